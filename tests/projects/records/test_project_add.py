"""Adding a project on two pages."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from projects.models import Hub, Project, StageBasis
from projects.records.names import like_title, suggested_reference
from sites.models import Postcode, Site
from tests.factories import HubFactory, OrganisationFactory, PlaceFactory, ProgrammeFactory, SiteFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ADD, DETAILS = "/projects/add/", "/projects/add/details/"
DETAILS_TYPED = {
    "reference": "riv-h",
    "hub_type": "primary_care",
    "summary": "A hub by the river.",
    "reporting": "monthly",
    "restricted": "False",
}


@pytest.fixture
def place():
    return PlaceFactory(name="Riverside")


@pytest.fixture
def start(place, trust):
    return {
        "kind": "hub",
        "title": "Riverside Neighbourhood Hub",
        "place": str(place.pk),
        "lead_organisation": str(trust.pk),
        "stage": "obc",
        "stage_as_of": "March 2026",
    }


@pytest.fixture
def save(office_client, start):
    """Save both pages with these answers, and return the answer to the second."""

    def post(**typed):
        return office_client.post(DETAILS, start | DETAILS_TYPED | typed)

    return post


def test_office_adds_hub_which_is_not_published(office_client, start, place, trust):
    assertRedirects(office_client.post(ADD, start), DETAILS)
    page = office_client.get(DETAILS)
    assertContains(page, 'value="RIV-NH"')
    assertContains(page, '<input type="hidden" name="stage_as_of" value="March 2026">', html=True)
    assert not Project.objects.exists()
    partner, programme = OrganisationFactory(), ProgrammeFactory()
    typed = {"programme": programme.pk, "partner_organisations": [partner.pk], "restricted": "True"}
    answer = office_client.post(DETAILS, start | DETAILS_TYPED | typed)
    hub = Hub.objects.get()
    assertRedirects(answer, hub.get_absolute_url())
    assert (hub.reference, hub.slug, hub.kind) == ("RIV-H", "riverside-neighbourhood-hub", "hub")
    assert (hub.place, hub.lead_organisation, hub.programme) == (place, trust, programme)
    assert [*hub.partner_organisations.all()] == [partner]
    assert (hub.published, hub.restricted) == (False, True)
    assert (hub.stage, hub.stage_known.label, hub.stage_basis) == ("obc", "March 2026", StageBasis.OFFICE)
    assert hub.history.get().history_user == office_client.user
    assertNotContains(office_client.get(ADD), "Riverside Neighbourhood Hub")


def test_page_of_new_project_lists_what_to_finish(office_client, contributor_client, save):
    url = save().url
    assertContains(office_client.get(url), "To finish")
    for label in ("Add gates", "Enter the approved budget", "Add funding", "Publish"):
        assertContains(office_client.get(url), f">{label}</a>")
    assertNotContains(contributor_client.get(url), "To finish")
    Project.objects.update(published=True)
    assertNotContains(office_client.get(url), "To finish")


def test_hospital_scheme_has_no_hub_type_and_can_go_on_to_gates(save):
    answer = save(kind="hospital_scheme", hub_type="", action="gates")
    scheme = Project.objects.get().hospitalscheme
    assertRedirects(answer, reverse("projects:gates_add", args=[scheme.slug]))


def test_new_site_gets_place_and_point_of_its_postcode(save, place):
    Postcode.objects.create(code="MK42 8AA", latitude=52.1262, longitude=-0.4701, place=place)
    save(**{"new-name": "River Hall", "new-kind": "hub", "new-postcode": "mk428aa"})
    site = Project.objects.get().site
    assert (site.name, site.postcode, site.place, site.location_precision) == (
        "River Hall",
        "MK42 8AA",
        place,
        "postcode",
    )
    assert (float(site.latitude), float(site.longitude)) == (52.1262, -0.4701)


def test_unknown_postcode_is_asked_about_and_then_gives_no_point(save):
    typed = {"new-name": "River Hall", "new-kind": "hub", "new-postcode": "ZZ1 1ZZ"}
    assertContains(save(**typed), "The portal does not know where ZZ1 1ZZ is", count=2)
    assert not Site.objects.exists()
    save(**typed, **{"new-postcode-confirmed": "ZZ1 1ZZ"})
    site = Project.objects.get().site
    assert (site.postcode, site.latitude, site.place) == ("ZZ1 1ZZ", None, None)


def test_title_like_another_is_asked_about_once(office_client, start):
    HubFactory(title="Riverside Health Hub", published=False)
    typed = start | {"title": "Riverside hub"}
    page = office_client.post(ADD, typed)
    assertContains(page, "This title is like “Riverside Health Hub”", count=2)
    assertContains(page, 'name="title-confirmed" value="Riverside hub"')
    assertRedirects(office_client.post(ADD, typed | {"title-confirmed": "Riverside hub"}), DETAILS)


@pytest.mark.parametrize(
    ("title", "is_like"),
    [
        ("Bedford Hospital Elective Care Centre", True),
        ("Bedford elective care", True),
        ("Bedfrod Elective Care Unit", True),
        ("Bedford Elective Care Unit, Phase 2", False),
        ("Bedford Hub", False),
    ],
)
def test_titles_with_the_same_telling_words_are_alike(office, title, is_like):
    HubFactory(title="Bedford Elective Care Unit")
    assert bool(like_title(title, office)) == is_like


def test_reference_is_suggested_from_title_and_free(office):
    assert suggested_reference("The Bedford Elective Care Centre") == "BED-ECC"
    HubFactory(reference="Bed-ECC")
    assert suggested_reference("Bedford Elective Care Centre") == "BED-ECC-2"
    assert suggested_reference("“–”") == ""


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"kind": ""}, "Select a type"),
        ({"kind": "castle"}, "Select a type from the list"),
        ({"title": " "}, "Enter a title"),
        ({"title": "x" * 201}, "Title must be 200 characters or less"),
        ({"place": ""}, "Select a place"),
        ({"place": "9" * 30}, "Select a place from the list"),
        ({"lead_organisation": "9" * 30}, "Select an organisation from the list"),
        ({"stage": "closed"}, "Select a stage from the list"),
        ({"stage_as_of": ""}, "Enter the date of the stage"),
        ({"stage_as_of": "June 2027"}, "Date of the stage must be today or in the past"),
        ({"stage_as_of": "soon"}, "Enter a date"),
        ({"stage_source_url": "no web"}, "Enter a web address that starts with https://"),
    ],
)
def test_first_page_keeps_what_was_typed_on_error(office_client, start, typed, error):
    page = office_client.post(ADD, start | {"title": "Riverside Hub"} | typed)
    assertContains(page, error)
    assertContains(
        page, f'value="{typed.get("title", "Riverside Hub").strip()}"' if typed.get("title") != " " else error
    )
    assertRedirects(office_client.get(DETAILS), ADD)


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"reference": ""}, "Enter a reference"),
        ({"reference": "taken"}, "Enter another reference. Another project has this one"),
        ({"hub_type": ""}, "Select a hub type"),
        ({"summary": ""}, "Enter a summary"),
        ({"site": "9" * 30}, "Select a site from the list"),
        ({"programme": "none"}, "Select a programme from the list"),
        ({"partner_organisations": "9" * 30}, "Select organisations from the list"),
        ({"reporting": ""}, "Select how often it reports"),
        ({"restricted": "maybe"}, "Select who can see it"),
        ({"new-postcode": "MK4"}, "Enter a full UK postcode"),
        ({"new-postcode": "MK42 8AA"}, "Enter the name of the site"),
    ],
)
def test_second_page_keeps_what_was_typed_on_error(office_client, save, typed, error):
    HubFactory(reference="TAKEN", title="Elsewhere")
    page = save(senior_responsible_owner="Ada Owner", **typed)
    assertContains(page, error)
    assertNotContains(page, "already exists")
    assertContains(page, 'value="Ada Owner"')
    assert Project.objects.count() == 1


def test_clash_at_save_shows_what_was_typed_and_adds_nothing(save, clash):
    HubFactory(reference="TAKEN", title="Elsewhere")
    page = save(reference="taken", **{"new-name": "River Hall", "new-kind": "hub"})
    assertContains(page, clash)
    assertContains(page, 'value="River Hall"')
    assert (Project.objects.count(), Site.objects.count()) == (1, 0)


def test_site_is_selected_or_new_not_both(save):
    site = SiteFactory(name="River Hall", postcode="MK42 8AA", ods_code="RXX01")
    page = save(**{"site": site.pk, "new-name": "Other", "new-kind": "hub"})
    assertContains(page, "Select a site or add a new one, not both")
    assertContains(page, "River Hall (RXX01), MK42 8AA")
    save(site=site.pk)
    assert Project.objects.get().site == site


def test_back_keeps_the_answers_of_both_pages_until_they_are_cleared(office_client, start, save):
    assertRedirects(save(action="back", summary="Half a summ"), ADD)
    page = office_client.get(ADD)
    assertContains(page, 'value="Riverside Neighbourhood Hub"')
    assertContains(page, 'value="March 2026"')
    assertContains(office_client.get(DETAILS), "Half a summ")
    assert not Project.objects.exists()
    assertRedirects(office_client.post(ADD, {"clear": "yes"}), ADD)
    assertNotContains(office_client.get(ADD), "Riverside Neighbourhood Hub")


def test_back_forgets_boxes_without_a_tick(office_client, save):
    partner = OrganisationFactory()
    save(action="back", partner_organisations=[partner.pk])
    assertContains(office_client.get(DETAILS), "checked", count=3)
    save(action="back")
    assertContains(office_client.get(DETAILS), "checked", count=2)


def test_back_with_too_long_text_shows_the_page_with_an_error(office_client, save):
    page = save(action="back", summary="x" * 20_001)
    assertContains(page, "Summary for the public must be 2,000 characters or less. It has 20,001")
    assertContains(page, "x" * 20_001)
    assert not Project.objects.exists()


def test_first_page_is_shown_again_if_its_answers_no_longer_hold(office_client, save, trust):
    page = save(lead_organisation="0")
    assertContains(page, "Page 1 of 2")
    assertContains(page, "Select an organisation from the list")


def test_contributor_and_viewer_cannot_add_and_have_no_button(contributor_client, viewer_client, office_client, start):
    for client in (contributor_client, viewer_client):
        for url in (ADD, DETAILS):
            assertContains(client.get(url), "You cannot open this page", status_code=403)
            assertContains(client.post(url, start | DETAILS_TYPED), "You cannot make this change", status_code=403)
        assertNotContains(client.get("/projects/"), "Add a project")
    assert not Project.objects.exists()
    assertContains(office_client.get("/projects/"), 'href="/projects/add/"')


def test_no_project_gets_the_address_of_this_page(save):
    assert save(**{"title": "Add", "title-confirmed": "Add"}).url == "/projects/add-2/"


@pytest.mark.parametrize("rows", [1, 25])
def test_query_counts_are_constant(office_client, django_assert_num_queries, start, rows):
    for number in range(rows):
        organisation = OrganisationFactory(ods_code=f"R{number:02}")
        HubFactory(lead_organisation=organisation, site=SiteFactory(ods_code=f"RXX{number:02}"))
    with django_assert_num_queries(13):
        office_client.get(ADD)
    office_client.post(ADD, start)
    with django_assert_num_queries(19):
        office_client.get(DETAILS)
