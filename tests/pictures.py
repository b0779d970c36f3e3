"""Takes the pictures of README.md from the demo portal: `make pictures`.

Starts `make demo` on a free port, signs in as the programme office and as a contributor, and writes
docs/pictures/*.jpg, each under 150 kB.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import FLAGS, browser_path

BASE = Path(__file__).resolve().parents[1]
PICTURES = BASE / "docs" / "pictures"
PASSWORD = "quiet-harbour-lamp-42"  # of the example accounts
LARGEST = 150_000


def main():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "estates_portal/bootstrap.py", "demo"]
    server = subprocess.Popen(command, cwd=BASE, env={**os.environ, "PORT": str(port)})
    try:
        wait_for(url, server)
        take_pictures(url)
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(url, server):
    for _attempt in range(600):
        if server.poll() is not None:
            raise SystemExit("The demo portal did not start")
        try:
            return urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.5)
    raise SystemExit("The demo portal did not answer")


def take_pictures(url):
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        office = signed_in(browser, url, "office@example.org")
        office.goto(f"{url}/")
        save(office, "portfolio")
        office.goto(f"{url}/projects/?sort=next")
        save(office, "projects")
        contributor = signed_in(browser, url, "contributor@example.org")
        contributor.goto(f"{url}/my-work/")
        contributor.locator(".app-work__title").first.click()
        save(contributor, "report")
        browser.close()


def signed_in(browser, url, email):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.route("https://assets.nhs.uk/**", lambda route: route.abort())
    page.goto(f"{url}/account/sign-in/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(lambda address: "sign-in" not in address)
    return page


def save(page, name):
    page.wait_for_load_state("networkidle")  # text shows once its font is loaded
    picture = PICTURES / f"{name}.jpg"
    page.screenshot(path=picture, type="jpeg", quality=70)
    if picture.stat().st_size > LARGEST:
        raise SystemExit(f"{picture.name} is larger than {LARGEST:,} bytes")


if __name__ == "__main__":
    main()
