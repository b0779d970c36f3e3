"""Every page, on every width, for those who may see it: accessible, no wider than the screen, without script errors."""

import datetime

import pytest
from django.core.management import call_command

from estates_portal.accounts.models import User
from projects.milestones import services
from projects.models import Project, StatusUpdate
from tests.factories import PASSWORD, HubFactory, UserFactory

PAGES = [
    "/",
    "/projects/",
    "/projects/?page=2&sort=-cost",
    "/projects/?view=table",
    "/projects/?place=luton&stage=construction&q=centre",
    "/projects/?q=nothing+is+called+this",
    "/projects/?place=atlantis&year=soon",
    "/hubs/",
    "/hospital-schemes/",
    "/projects/lad-asb/",
    "/projects/leighton-buzzard-hub/",
    "/projects/maternity-hubs/",
    "/timeline/?kind=hospital_scheme",
    "/timeline/?q=nothing+is+called+this",
    "/projects/lad-asb/timeline/",
    "/open-data/",
    "/programmes/",
    "/programmes/lad-sdp/",
    "/priorities/maternity-hubs/",
    "/sites/",
    "/sites/milton-keynes-university-hospital/",
    "/sites/?q=nowhere",
    "/organisations/",
    "/organisations/nhs-bedfordshire-luton-and-milton-keynes-integrated-care-board/",
    "/places/luton/",
    "/search/",
    "/search/?q=leighton+buzzard",
    "/search/?q=xyzzy",
    "/glossary/",
    "/about-the-data/",
    "/accessibility/",
    "/account/sign-in/",
    "/account/sign-up/",
    "/account/inactive/",
    "/account/password/reset/",
    "/account/password/reset/sent/",
    "/account/password/reset/1-wrong/",
    "/account/password/reset/done/",
    "/account/email/sent/",
    "/account/email/confirm/wrong/",
    "/account/single-sign-on/cancelled/",
]


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


def office_pages():
    """The programme office's pages, of an example project that has been reported on."""
    project = Project.objects.filter(is_example=True, programme__isnull=False, current_update__isnull=False).first()
    milestone = project.milestones.filter(reached=False).first() or project.milestones.first()
    office = User.objects.filter(role="programme_office", is_active=True).first()
    change = services.ask_for_change(milestone, office, on=datetime.date(2040, 5, 1), precision="month", why="Land")
    update, waits = project.current_update, StatusUpdate.objects.filter(state="submitted").first()
    return [
        "/my-work/",
        "/review/",
        f"/review/{waits.pk}/",
        "/periods/",
        f"/periods/{update.period.slug}/",
        "/projects/?rating=red&sort=rating",
        project.get_absolute_url(),
        project.programme.get_absolute_url(),
        f"{project.get_absolute_url()}history/",
        f"{project.get_absolute_url()}updates/",
        f"{project.get_absolute_url()}updates/compare/",
        update.get_absolute_url(),
        "/risks/",
        "/risks/?q=nothing+like+it",
        f"{project.get_absolute_url()}risks/",
        f"{project.get_absolute_url()}risks/add/",
        project.risks.first().get_absolute_url(),
        f"{project.get_absolute_url()}money/",
        f"{project.get_absolute_url()}money/edit/",
        "/projects/?watch=over_budget&watch=extreme_risk",
        "/",
        "/?state=&kind=hub",
        "/?q=nothing+like+it",
        "/calendar/",
        "/views/",
        "/views/add/?page=/projects/%3Fplace=luton",
        "/board-report/",
        f"/board-report/?period={update.period.slug}&restricted=yes",
        "/what-changed/",
        "/what-changed/?kind=hub&place=luton",
        "/as-at/",
        "/timeline/",
        "/timeline/?zoom=quarter&kind=hub",
        f"{project.get_absolute_url()}timeline/",
        f"{project.get_absolute_url()}milestones/",
        f"{project.get_absolute_url()}milestones/add/",
        f"{project.get_absolute_url()}milestones/gates/",
        f"{project.get_absolute_url()}milestones/{milestone.pk}/",
        f"{project.get_absolute_url()}milestones/{milestone.pk}/change/",
        "/milestones/",
        "/changes/",
        f"/changes/{change.pk}/",
        f"{project.get_absolute_url()}benefits/",
        f"{project.get_absolute_url()}benefits/add/",
        f"{project.get_absolute_url()}decisions/",
        f"{project.get_absolute_url()}documents/add/",
        "/people/",
        "/people/invite/",
        "/people/invitations/",
        "/account/",
    ]


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
