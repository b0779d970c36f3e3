"""Back to a private page, after signing out and as another user, in a browser with its back/forward cache."""

import pytest

from estates_portal.accounts.models import Role
from tests.factories import HubFactory, RiskFactory, UserFactory

from .conftest import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
REMEMBER = """addEventListener("pageshow", ({persisted}) => {
    if (persisted) sessionStorage.setItem("restored", location.pathname)
})"""
SECRET = "Asbestos behind the plant room"
RISKS = "/projects/hidden/risks/"
PAGES = ["/my-work/", "/risks/", RISKS, "/people/", "/admin/projects/hub/"]


@pytest.fixture
def office(chromium_with_back_cache, live_server):
    """A visitor from the programme office, with a risk that no other user sees."""
    RiskFactory(project=HubFactory(title="Hidden hub", slug="hidden", published=False, restricted=True), title=SECRET)
    visitor = Visitor(chromium_with_back_cache, live_server.url, 1280)
    visitor.context.add_init_script(REMEMBER)
    visitor.person = UserFactory(role=Role.PROGRAMME_OFFICE, name="Olive Office")
    visitor.is_signed_in_as(visitor.person)
    yield visitor
    visitor.context.close()


def opens(visitor, path):
    visitor.goes_to(path)
    assert "Olive Office" in visitor.page.content()


def goes_back(visitor):
    """Go back, and return the text of the page once it shows, with the path of the page if the browser restored it."""
    visitor.page.go_back(wait_until="commit")
    visitor.page.locator("main").wait_for()  # it shows once the page knows its signed-in user
    return visitor.page.evaluate("[document.body.innerText, sessionStorage.getItem('restored')]")


def assert_nothing_private(text):
    assert "Olive Office" not in text and "Hidden hub" not in text and SECRET not in text


def test_back_after_sign_out_shows_nothing_private(office):
    for path in PAGES:
        office.is_signed_in_as(office.person)
        opens(office, path)
        office.follows(office.page.get_by_role("button", name="Sign out"))
        text, restored = goes_back(office)
        assert_nothing_private(text)
        assert restored is None, path


class TestWithoutNoStore:
    """The second line of defence: the browser restores the page, which asks who is signed in."""

    @pytest.fixture(autouse=True)
    def _kept_by_browsers(self, monkeypatch):
        monkeypatch.setattr("estates_portal.accounts.middleware.PRIVATE", "private, no-cache")

    def test_page_shows_again_to_its_user(self, office):
        opens(office, RISKS)
        opens(office, "/glossary/")
        text, restored = goes_back(office)
        assert SECRET in text
        assert restored == RISKS

    @pytest.mark.parametrize("other", ["", "Vera Viewer"])
    def test_page_leaves_if_its_user_has(self, office, other):
        opens(office, RISKS)
        opens(office, "/glossary/")
        office.context.clear_cookies()  # the portal could not clear the cache
        if other:
            office.is_signed_in_as(UserFactory(role=Role.VIEWER, name=other))
        office.page.go_back(wait_until="commit")
        office.page.get_by_text(other or "Sign in").first.wait_for()
        text, restored = office.page.evaluate("[document.body.innerText, sessionStorage.getItem('restored')]")
        assert_nothing_private(text)
        assert restored == RISKS
