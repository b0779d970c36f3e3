"""Every page, on every width, for those who may see it: accessible, no wider than the screen, without script errors."""

import pytest
from django.core.management import call_command

from tests.factories import PASSWORD, HubFactory, UserFactory
from tests.pages import PAGES, office_pages

PHONE, SMALL_PHONE = 390, 320


def check(visitor, paths, subtests, checked, at_least):
    """Each page on a desk's screen and on two phones'. axe looks at a phone's page where it is laid out otherwise."""
    on_phone = 0
    for number, path in enumerate(paths):
        with subtests.test(page=path):
            visitor.goes_to(path)
            shape = visitor.shape()
            assert visitor.barriers() == []
            assert visitor.overflow() <= 0
            for width in (PHONE, SMALL_PHONE):
                with visitor.at_width(width):
                    assert visitor.overflow() <= 0, f"{visitor.overflow()} px too wide at {width}"
                    if width == PHONE and (number == 0 or visitor.shape() != shape):
                        assert visitor.barriers() == []
                        on_phone += 1
    checked("pages in a browser, at three widths", len(paths), at_least)
    checked("pages by axe on a phone", on_phone, at_least=1)


def test_signed_out(visitor, blmk, subtests, checked):
    check(visitor(), PAGES, subtests, checked, at_least=41)


def test_the_programme_office(visitor, blmk, subtests, checked):
    UserFactory(email="office@example.org", role="programme_office", name="Oluwaseun Featherstonehaugh-Ramasubramanian")
    HubFactory(
        title="Unpublished", reference="EX-0", slug="unpublished", published=False, restricted=True, is_example=True
    )
    person = visitor()
    person.signs_in("office@example.org", PASSWORD)
    blmk_pages = ["/", "/projects/", "/projects/lad-asb/", "/projects/unpublished/", "/projects/?q=unpublished"]
    check(person, blmk_pages, subtests, checked, at_least=5)
    call_command("make_example_projects", count=40, verbosity=0)
    check(person, office_pages(), subtests, checked, at_least=50)


@pytest.mark.parametrize("width", [1280, 390])
def test_errors_are_said_accessibly(visitor, blmk, width):
    person = visitor(width)
    person.signs_in("nobody@example.org", "wrong")
    assert "There is a problem" in person.page.inner_text("main")
    assert person.barriers() == []
    assert person.page.title().startswith("Error: ")


def test_not_found_is_accessible(visitor, blmk):
    person = visitor()
    person.goes_to("/nothing-here/", status=404)
    assert person.barriers() == []
    person.faults.clear()  # the browser reports the 404 that was asked for
