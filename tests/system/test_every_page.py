"""Every page for each user, at each width: accessible, not wider than the screen, without script errors."""

import pytest
from django.core.management import call_command

from estates_portal.accounts.models import Role
from tests.factories import PASSWORD, HubFactory, OrganisationFactory, UserFactory
from tests.pages import PAGES, office_pages

from .conftest import PHONE

LONG_NAME = "Oluwaseun Featherstonehaugh-Ramasubramanian"


@pytest.fixture(scope="module")
def address(blmk_portal):
    return blmk_portal


@pytest.fixture(scope="module")
def office(address):
    return UserFactory(role=Role.PROGRAMME_OFFICE, name=LONG_NAME)


@pytest.fixture(scope="module")
def example_pages(office):
    """The programme office's pages, after adding an example portfolio."""
    call_command("make_example_projects", count=20, verbosity=0)
    return office_pages()


def check(visitor, paths, subtests, checked, at_least):
    """Check each page on a desktop and two phones, the first ones by axe on a phone whatever their layout."""
    on_phone = 0
    for number, path in enumerate(paths):
        with subtests.test(page=path):
            visitor.goes_to(path)
            on_phone += visitor.looks(on_phone=number < 4)
    checked("pages in a browser, at three widths", len(paths), at_least)
    checked("pages by axe on a phone", on_phone, at_least=1)


def test_anonymous_pages_are_accessible(visitor, subtests, checked):
    check(visitor(), PAGES, subtests, checked, at_least=41)


def test_office_pages_without_example_data_are_accessible(visitor, office, subtests, checked):
    HubFactory(
        title="Unpublished", reference="EX-0", slug="unpublished", published=False, restricted=True, is_example=True
    )
    pages = ["/", "/projects/", "/projects/lad-asb/", "/projects/unpublished/", "/projects/?q=unpublished"]
    check(visitor(person=office), pages, subtests, checked, at_least=5)


def test_office_pages_are_accessible(visitor, office, example_pages, subtests, checked):
    check(visitor(person=office), example_pages, subtests, checked, at_least=50)


def test_administrator_pages_are_accessible(visitor, address, subtests, checked):
    trust = OrganisationFactory(name="A trust with a name as long as some of them have, NHS Foundation Trust")
    contributor = UserFactory(name="Featherstonehaugh-Ramasubramanian", organisation=trust, role=Role.CONTRIBUTOR)
    person = visitor()
    person.signs_in(UserFactory(role=Role.ADMINISTRATOR).email, PASSWORD)  # so that pages do not ask for the password
    pages = [
        "/account/",
        "/account/email/",
        "/account/password/",
        "/account/sessions/",
        "/account/second-step/",
        "/account/second-step/webauthn/",
        "/account/single-sign-on/",
        "/account/confirm-it-is-you/",
        "/account/sign-out/",
        "/people/",
        "/people/?q=nobody",
        "/people/?role=king",
        "/people/invite/",
        "/people/invitations/",
        f"/people/{contributor.pk}/",
        f"/people/{contributor.pk}/change/",
        f"/people/{contributor.pk}/deactivate/",
        f"/people/{contributor.pk}/remove-second-step/",
        f"/people/{contributor.pk}/send-reset/",
        "/projects/lad-asb/history/",
        "/projects/lad-asb/history/?what=Funding",
    ]
    check(person, pages, subtests, checked, at_least=21)


def test_wrong_password_error_is_accessible(visitor):
    person = visitor(PHONE)
    person.signs_in("nobody@example.org", "wrong")
    assert "There is a problem" in person.page.inner_text("main")
    person.looks(on_phone=True)
    assert person.page.title().startswith("Error: ")


def test_404_page_is_accessible(visitor):
    person = visitor()
    person.goes_to("/nothing-here/", status=404)
    person.looks(on_phone=True)
    person.errors.clear()  # the browser reports the expected 404
