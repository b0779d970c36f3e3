"""Every page, on every width, for those who may see it: accessible, no wider than the screen, without script errors."""

import pytest
from django.core.management import call_command

from tests.factories import PASSWORD, HubFactory, UserFactory
from tests.pages import PAGES, office_pages


def check(visitor, paths):
    wrong = []
    for path in paths:
        visitor.goes_to(path)
        wrong += [f"{path}: {barrier}" for barrier in visitor.barriers()]
        if visitor.overflow() > 0:
            wrong.append(f"{path} is {visitor.overflow()} px too wide")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("width", [1280, 390])
def test_signed_out(visitor, blmk, width):
    check(visitor(width), PAGES)


def test_the_narrowest_screen_has_room(visitor, blmk):
    phone = visitor(320)
    for path in PAGES:
        phone.goes_to(path)
        assert phone.overflow() <= 0, path


@pytest.mark.parametrize("width", [1280, 390])
def test_signed_in(visitor, blmk, width):
    UserFactory(email="office@example.org", role="programme_office", name="Oluwaseun Featherstonehaugh-Ramasubramanian")
    HubFactory(title="Unpublished hub", published=False, restricted=True, is_example=True, slug="unpublished")
    person = visitor(width)
    person.signs_in("office@example.org", PASSWORD)
    check(person, ["/", "/projects/", "/projects/lad-asb/", "/projects/unpublished/", "/projects/?q=unpublished"])


@pytest.mark.parametrize("width", [1280, 390])
def test_the_programme_office(visitor, blmk, width):
    UserFactory(email="office@example.org", role="programme_office", name="Oluwaseun Featherstonehaugh-Ramasubramanian")
    call_command("make_example_projects", count=40, verbosity=0)
    person = visitor(width)
    person.signs_in("office@example.org", PASSWORD)
    check(person, office_pages())


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
