"""The browser of tests and of the pictures of README.md. Needs no settings of Django."""

import os
import shutil

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP assets.nhs.uk ~NOTFOUND",  # fonts: not part of the portal, and not reachable in tests
]


def browser_path():
    """The path of the browser, or None.

    The headless shell takes a third of the time of Chromium, which also opens its own window and pages.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
