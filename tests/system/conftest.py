"""A real browser against the real portal: Chromium, driven by Playwright, with the BLMK facts loaded."""

import os
import shutil
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import sync_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RESIZED = 50  # milliseconds in which scripts follow a change of width
FONTS = "https://assets.nhs.uk/"  # not part of the portal, and not reached by tests


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/system/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    """The browser; where the machine has none the tests are skipped, saying so, or fail with REQUIRE_BROWSER=1."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        say = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
        say("No Chromium on this machine: install it, or name it in CHROMIUM")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright runs an event loop in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """A person at a browser: goes to pages of the portal and notices what is wrong with them."""

    def __init__(self, browser, base, width, scripts=True):
        self.base = base
        self.faults = []
        self.context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        self.context.route(f"{FONTS}**", lambda route: route.abort())
        self.page = self.context.new_page()
        self.page.on("console", self._noticed)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))

    def _noticed(self, message):
        ours = message.location.get("url", "").startswith(self.base) and self.page.url.startswith(self.base)
        if message.type == "error" and ours:
            self.faults.append(f"console: {message.text} {message.location}")

    def goes_to(self, path, status=200):
        response = self.page.goto(self.base + path)
        assert response.status == status, f"{path} answered {response.status}"

    def follows(self, link):
        """Click what leads to another page, and wait for it."""
        with self.page.expect_navigation():
            link.click()

    def signs_in(self, email, password):
        self.goes_to("/account/sign-in/")
        self.page.get_by_label("Email address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.follows(self.page.get_by_role("main").get_by_role("button", name="Sign in", exact=True))

    def barriers(self):
        """What axe finds against WCAG 2.2 AA on the page as it stands, in words."""
        found = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": WCAG}}).response["violations"]
        return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]

    @contextmanager
    def at_width(self, width):
        """Show the page on a screen of that width, then on the screen of before; its scripts are told."""
        before = self.page.viewport_size
        self.page.set_viewport_size({"width": width, "height": before["height"]})
        self.page.wait_for_timeout(RESIZED)
        yield
        self.page.set_viewport_size(before)

    def shape(self):
        """How the parts of the page's main content are laid out: other than before where a screen changes that."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll("main *")].map(part => {
                const style = getComputedStyle(part)
                return [style.display, style.position, style.visibility].join()
            })"""
        )

    def overflow(self):
        """How many pixels the page is wider than the screen."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.fixture
def visitor(chromium, live_server):
    """Makes visitors: `visitor()` at a desk, `visitor(390)` on a phone, `visitor(scripts=False)` without scripts."""
    made = []

    def make(width=1280, scripts=True):
        made.append(Visitor(chromium, live_server.url, width, scripts))
        return made[-1]

    yield make
    faults = [fault for one in made for fault in one.faults]
    for one in made:
        one.context.close()
    assert not faults, faults


@pytest.fixture
def blmk(live_server):
    """The facts that ship, in the database that the browser sees."""
    call_command("load_blmk", verbosity=0)
