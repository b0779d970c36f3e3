"""A real browser against the real portal: Chromium, driven by Playwright."""

import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser import FLAGS, browser_path
from tests.gazetteer import load_sample
from tests.release import load_release

AXE = Axe()
LOAD_AXE = f"() => {{ if (!window.axe) {{ {AXE.axe_script} }} }}"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE_OPTIONS = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
# [The violations as text, the looks that were new]. Playwright would take longer to read all that axe returns.
# Contrast takes most of its time. It depends on the look of a text: its colour, size and weight, and what is behind it.
# So one text of each new look is checked for contrast.
BARRIERS = """async ([options, checked]) => {
    const known = new Set(checked), fresh = new Map(), behind = new Map()
    const backgrounds = part => {
        if (!part) return ""
        if (!behind.has(part)) {
            const style = getComputedStyle(part)
            const own = [style.backgroundColor, style.backgroundImage, style.opacity].join()
            const opaque = /^rgb\\(.*,none,1$/.test(own), clear = own === "rgba(0, 0, 0, 0),none,1"
            behind.set(part, (opaque ? "" : backgrounds(part.parentElement)) + (clear ? "" : `/${own}`))
        }
        return behind.get(part)
    }
    for (const part of document.querySelectorAll("body *")) {
        const says = [...part.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
        if (!(says || part.matches("input, select, textarea")) || !part.checkVisibility()) continue
        const style = getComputedStyle(part)
        const look = [style.color, style.fontSize, style.fontWeight, style.position, backgrounds(part)].join()
        if (!known.has(look) && !fresh.has(look)) fresh.set(look, part)
    }
    const found = [await axe.run({...options, rules: {"color-contrast": {enabled: false}}})]
    if (fresh.size) found.push(await axe.run([...fresh.values()], {runOnly: ["color-contrast"]}))
    const violations = found.flatMap(({violations}) => violations)
    return [
        violations.flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html.slice(0, 120)}`)),
        [...fresh.keys()],
    ]
}"""
DESK, PHONE, SMALL_PHONE = 1280, 390, 320  # pixels
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
LAYOUT = """() => [...new Set([...document.querySelectorAll("main *")].map(part => {
    const style = getComputedStyle(part)
    return [part.tagName, part.className, style.display, style.position, style.visibility].join()
}))]"""
# From the title of the page on: a success banner and an error summary come before it
SKIPPED_LEVELS = """() => {
    const all = [...document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")]
    const headings = all.slice(all.findIndex(heading => heading.tagName === "H1"))
    return headings.filter((heading, index) => index && heading.tagName[1] - headings[index - 1].tagName[1] > 1)
        .map(heading => heading.tagName + " " + heading.textContent.trim())
}"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/system/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            if "blmk_portal" in item.fixturenames:
                item.add_marker(pytest.mark.django_db)  # otherwise pytest-django makes no test database


def give_up(message):
    """Skip the test, or with REQUIRE_BROWSER=1 fail it."""
    (pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip)(message)


@pytest.fixture
def _django_db_helper(request):
    """Override pytest-django's rollback for modules that share a portal."""
    if "blmk_portal" not in request.fixturenames:
        request.getfixturevalue("_django_db_helper")


@pytest.fixture(scope="session")
def chromium():
    """The browser. Without one the tests are skipped with a message, or fail with REQUIRE_BROWSER=1."""
    path = browser_path()
    if not path:
        give_up("No Chromium on this machine: install it, or name it in CHROMIUM")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright runs an event loop in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium_with_back_cache(chromium):
    """Chromium with its back/forward cache, which Playwright turns off. The headless shell has none."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not path:
        give_up("No full Chromium on this machine: the headless shell has no back/forward cache")
    browser = chromium.browser_type.launch(
        executable_path=path, args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield browser
    browser.close()


class Visitor:
    """A user with a browser, who opens pages and notices errors."""

    checked_looks = set()  # of texts, by any visitor

    def __init__(self, browser, base, width, scripts=True):
        self.base = base
        self.errors = []
        self.checked_on_phone = set()  # layouts
        self.context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        self.page = self.context.new_page()
        self.page.on("console", self._noticed)
        self.page.on("pageerror", lambda error: self.errors.append(f"script: {error}"))

    def _noticed(self, message):
        ours = message.location.get("url", "").startswith(self.base) and self.page.url.startswith(self.base)
        if message.type == "error" and ours:
            self.errors.append(f"console: {message.text} {message.location}")

    def goes_to(self, path, status=200):
        response = self.page.goto(self.base + path)
        assert response.status == status, f"{path} answered {response.status}"

    def follows(self, link):
        """Click a link or button that opens another page, and wait for it."""
        with self.page.expect_navigation():
            link.click()

    def expects(self, *texts):
        """Forget the errors that the browser logs for answers that this test causes."""
        self.errors = [error for error in self.errors if not any(text in error for text in texts)]

    def signs_in(self, email, password):
        self.goes_to("/account/sign-in/")
        self.page.get_by_label("Email address").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.follows(self.page.get_by_role("main").get_by_role("button", name="Sign in", exact=True))

    def is_signed_in_as(self, person):
        """Sign the user in without the form."""
        client = Client()
        client.force_login(person)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.base}])

    def barriers(self):
        """The violations of WCAG 2.2 AA that axe finds on the page, as text."""
        self.page.evaluate(LOAD_AXE)
        violations, looks = self.page.evaluate(BARRIERS, [AXE_OPTIONS, list(self.checked_looks)])
        self.checked_looks.update(looks)
        return violations

    def looks(self, on_phone=False):
        """Check that the page is accessible, and not wider than the screen, on a desktop and two phones.

        axe checks it again on a phone if its parts change there as on no page before, or if `on_phone`.
        Returns whether it did.
        """
        skipped = self.page.evaluate(SKIPPED_LEVELS)
        assert not skipped, f"{self.page.url} skips a level of headings before {skipped}"
        before = self.page.viewport_size["width"]
        for width in (DESK, PHONE, SMALL_PHONE):
            self.resizes(width)
            overflow = self.overflow()
            assert overflow <= 0, f"{self.page.url} is {overflow} px too wide at {width}"
            if width == DESK:
                at_desk = self.layout()
            elif width == PHONE:
                changed = self.layout() - at_desk - self.checked_on_phone
                on_phone = on_phone or bool(changed)
                self.checked_on_phone |= changed
            if width == DESK or (width == PHONE and on_phone):
                barriers = self.barriers()
                assert barriers == [], f"{self.page.url} at {width}: {barriers}"
        self.resizes(before)
        return on_phone

    def resizes(self, width):
        """Resize the screen and wait until scripts have reacted to the new width."""
        before = self.page.viewport_size
        if before["width"] != width:
            self.page.set_viewport_size({"width": width, "height": before["height"]})
            self.page.evaluate(DRAWN)

    def layout(self):
        """How each kind of element of the main content is laid out, to compare between screens."""
        return set(self.page.evaluate(LAYOUT))

    def overflow(self):
        """The pixels by which the page is wider than the screen, after scripts have reacted to a new width."""
        for _ in range(10):
            if (pixels := self.page.evaluate(OVERFLOW)) <= 0:
                break
            self.page.wait_for_timeout(100)
        return pixels


@pytest.fixture
def address(live_server):
    """The address of an empty portal; a module can use `blmk_portal` instead."""
    return live_server.url


@pytest.fixture(scope="module")
def blmk_portal(django_db_setup, django_db_blocker):
    """The address of a portal with the BLMK data. What a test writes stays for the other tests of the module."""
    with django_db_blocker.unblock():
        load_release()
        load_sample()
        server = LiveServer("localhost")
        yield server.url
        server.stop()
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def visitor(chromium, address):
    """Makes visitors: `visitor()` at a desk, `visitor(PHONE)`, `visitor(scripts=False)`, `visitor(person=office)`."""
    made = []

    def make(width=DESK, scripts=True, person=None):
        made.append(Visitor(chromium, address, width, scripts))
        if person:
            made[-1].is_signed_in_as(person)
        return made[-1]

    yield make
    errors = [error for each_visitor in made for error in each_visitor.errors]
    for each_visitor in made:
        each_visitor.context.close()
    assert not errors, errors
