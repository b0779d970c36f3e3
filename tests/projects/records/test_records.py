"""Adding and editing sites, organisations and programmes."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from projects.models import Hub, Programme
from sites.models import Organisation, Postcode, Site
from tests.factories import HubFactory, OrganisationFactory, PlaceFactory, ProgrammeFactory, SiteFactory
from tests.form_inputs import posted_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SITE = {"name": "River Hall", "kind": "hub"}
ORGANISATION = {"name": "River Trust", "kind": "nhs_trust"}


@pytest.fixture
def place():
    place = PlaceFactory(name="Riverside")
    Postcode.objects.create(code="MK42 8AA", latitude=52.12621, longitude=-0.47011, place=place)
    return place


def send(client, record, **typed):
    """Open the form of a record, change these fields and save."""
    url = f"{record.get_absolute_url()}edit/"
    _action, data = posted_by(client.get(url), "opened")
    return client.post(url, data | typed)


@pytest.mark.parametrize(
    ("folder", "make", "label"),
    [
        ("sites", SiteFactory, "Add a site"),
        ("organisations", OrganisationFactory, "Add an organisation"),
        ("programmes", lambda: HubFactory(programme=ProgrammeFactory()).programme, "Add a programme"),
    ],
)
def test_only_the_office_sees_and_opens_add_and_edit(folder, make, label, office_client, contributor_client, client):
    record = make()
    add, edit = f"/{folder}/add/", f"{record.get_absolute_url()}edit/"
    assertContains(office_client.get(f"/{folder}/"), label)
    assertContains(office_client.get(record.get_absolute_url()), f'href="{edit}"')
    for url in (add, edit):
        assert office_client.get(url).status_code == 200
        assertContains(contributor_client.get(url), "You cannot open this page", status_code=403)
        assertContains(contributor_client.post(url, SITE), "You cannot make this change", status_code=403)
    for reader in (contributor_client, client):
        assertNotContains(reader.get(f"/{folder}/"), label)
        assertNotContains(reader.get(record.get_absolute_url()), f'href="{edit}"')


class TestSite:
    def test_site_from_postcode_alone_has_place_point_and_precision(self, office_client, place):
        typed = SITE | {"postcode": "mk428aa", "ods_code": "rxx01"}
        site_url = office_client.post("/sites/add/", typed).url
        site = Site.objects.get()
        assert (site.get_absolute_url(), site.postcode, site.place) == (site_url, "MK42 8AA", place)
        assert (float(site.latitude), float(site.longitude)) == (52.12621, -0.47011)
        assert (site.location_precision, site.ods_code) == ("postcode", "RXX01")
        assert site.history.first().history_user == office_client.user

    def test_typed_point_and_place_replace_those_of_postcode(self, office_client, place):
        other = PlaceFactory()
        typed = SITE | {"postcode": "MK42 8AA", "place": other.pk, "latitude": "52.2", "longitude": "-0.5"}
        office_client.post("/sites/add/", typed)
        site = Site.objects.get()
        assert (site.place, float(site.latitude), site.location_precision) == (other, 52.2, "site")

    @pytest.mark.parametrize(
        ("precision", "code", "has_place", "latitude"),
        [
            ("postcode", "MK42 9AA", True, 52.5),
            ("postcode", "ZZ1 1ZZ", False, None),
            ("site", "MK42 9AA", True, 52),
            ("site", "ZZ1 1ZZ", False, 52),
            ("", "ZZ1 1ZZ", False, 52),
        ],
    )
    def test_new_postcode_replaces_only_what_the_former_gave(
        self, office_client, place, precision, code, has_place, latitude
    ):
        former = PlaceFactory()
        point = {"latitude": 52, "longitude": 0, "location_precision": precision}
        site = SiteFactory(postcode="MK42 8AA", place=former, **point)
        send(office_client, site, address="Mill Lane")
        site.refresh_from_db()
        assert (site.latitude, site.location_precision, site.address) == (52, precision, "Mill Lane")
        Postcode.objects.create(code="MK42 9AA", latitude=52.5, longitude=-0.1, place=place)
        send(office_client, site, **{"postcode": code, "postcode-confirmed": code})
        site.refresh_from_db()
        kept = None if precision == "postcode" else former
        assert (site.postcode, site.latitude, site.place) == (code, latitude, place if has_place else kept)
        assert site.location_precision == (precision if latitude else "")

    def test_cleared_point_becomes_that_of_the_new_postcode(self, office_client, place):
        site = SiteFactory(latitude=52, longitude=0, location_precision="site", postcode="MK42 9AA")
        send(office_client, site, postcode="MK42 8AA", latitude="", longitude="")
        site.refresh_from_db()
        assert (float(site.latitude), site.location_precision) == (52.12621, "postcode")

    def test_saved_owner_that_is_not_accepted_stays(self, office_client):
        site = SiteFactory(owner=OrganisationFactory(accepted=False))
        assert send(office_client, site, address="Mill Lane").status_code == 302
        saved = Site.objects.get()
        assert (saved.owner, saved.address) == (site.owner, "Mill Lane")

    def test_unknown_postcode_is_asked_about_and_point_stays_blank(self, office_client):
        typed = SITE | {"postcode": "ZZ1 1ZZ"}
        assertContains(office_client.post("/sites/add/", typed), "The portal does not know where ZZ1 1ZZ is", count=2)
        assert office_client.post("/sites/add/", typed | {"postcode-confirmed": "ZZ1 1ZZ"}).status_code == 302
        assert Site.objects.get().latitude is None

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ({"name": ""}, "Enter the name of the site"),
            ({"kind": ""}, "Select the type of site"),
            ({"postcode": "MK4"}, "Enter a full UK postcode"),
            ({"latitude": "52"}, "Enter a latitude and longitude in the United Kingdom"),
            ({"latitude": "north"}, "Latitude must be a number between 49.8 and 60.9"),
            ({"ods_code": "taken"}, "Taken Hall has the code TAKEN"),
            ({"owner": "9" * 30}, "Select an organisation from the list"),
            ({"place": "9" * 30}, "Select a place from the list"),
        ],
    )
    def test_error_keeps_what_was_typed(self, office_client, typed, error):
        SiteFactory(name="Taken Hall", ods_code="TAKEN")
        page = office_client.post("/sites/add/", SITE | {"address": "Mill Lane"} | typed)
        assertContains(page, error)
        assertContains(page, 'value="Mill Lane"')
        assert Site.objects.count() == 1


class TestOrganisation:
    def test_office_adds_organisation_with_code_and_ends_another(self, office_client):
        former = OrganisationFactory(name="Old Mill Trust")
        answer = office_client.post("/organisations/add/", ORGANISATION | {"ods_code": "rzz", "valid_from": "1/4/2026"})
        new = Organisation.objects.get(name="River Trust")
        assertRedirects(answer, "/organisations/river-trust/")
        assert new.ods_code == "RZZ"
        assert send(office_client, former, valid_to="1/4/2026", successor=new.pk).status_code == 302
        former.refresh_from_db()
        assert former.successor == new

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ({"name": ""}, "Enter a name"),
            ({"name": "Old Mill Trust"}, "Another organisation has this name"),
            ({"name": "Old Mill NHS Foundation Trust"}, "This name is like “Old Mill Trust”"),
            ({"kind": ""}, "Select a type"),
            ({"ods_code": "rxx"}, "Old Mill Trust has the code RXX in this period"),
            ({"postcode": "MK4"}, "Enter a full UK postcode"),
            ({"valid_from": "1/4/2026", "valid_to": "1/4/2025"}, "Valid to must be after valid from"),
            ({"successor": "9" * 30}, "Select an organisation from the list"),
        ],
    )
    def test_error_keeps_what_was_typed(self, office_client, typed, error):
        OrganisationFactory(name="Old Mill Trust", ods_code="RXX")
        page = office_client.post("/organisations/add/", ORGANISATION | {"short_name": "RT"} | typed)
        assertContains(page, error)
        assertContains(page, 'value="RT"')
        assert Organisation.objects.count() == 1

    def test_name_like_another_is_asked_about_once(self, office_client):
        OrganisationFactory(name="River Foundation Trust")
        assert office_client.post("/organisations/add/", ORGANISATION).status_code == 200
        typed = ORGANISATION | {"name-confirmed": "River Trust"}
        assert office_client.post("/organisations/add/", typed).status_code == 302

    def test_two_users_edit_one_organisation(self, office_client, admin_client):
        trust = OrganisationFactory()
        url = f"{trust.get_absolute_url()}edit/"
        _action, opened = posted_by(office_client.get(url), "opened")
        admin_client.post(url, opened | {"short_name": "RT"})
        assert office_client.post(url, opened | {"note": "Merged soon"}).status_code == 302
        trust.refresh_from_db()
        assert (trust.short_name, trust.note) == ("RT", "Merged soon")
        assert office_client.post(url, opened | {"short_name": "Other"}).status_code == 409


class TestProgramme:
    def test_office_adds_programme_with_projects_and_changes_them(self, office_client):
        first, second = HubFactory(programme=ProgrammeFactory(name="Other")), HubFactory()
        assertContains(office_client.get("/programmes/add/"), f"{first} (now in Other)")
        typed = {"name": "Riverside renewal", "projects": [first.pk]}
        assertRedirects(office_client.post("/programmes/add/", typed), "/programmes/riverside-renewal/")
        programme = Programme.objects.get(slug="riverside-renewal")
        saved = Hub.objects.get(pk=first.pk)
        assert (saved.programme, saved.version) == (programme, first.version + 1)
        assert saved.history.first().history_user == office_client.user
        assert send(office_client, programme, projects=[second.pk]).status_code == 302
        assert list(programme.projects.values_list("pk", flat=True)) == [second.pk]
        assert send(office_client, programme, description="Ten years").status_code == 302
        assert Hub.objects.get(pk=second.pk).version == second.version + 1

    def test_programme_without_projects_leads_back_to_list(self, office_client):
        hub = HubFactory(programme=ProgrammeFactory())
        assertRedirects(send(office_client, hub.programme, projects=[]), "/programmes/")

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ({"name": ""}, "Enter a name"),
            ({"projects": []}, "Select at least one project"),
            ({"projects": "9" * 30}, "Select projects from the list"),
            ({"lead_organisation": "9" * 30}, "Select an organisation from the list"),
        ],
    )
    def test_error_keeps_what_was_typed(self, office_client, typed, error):
        hub = HubFactory()
        typed = {"name": "Renewal", "projects": [hub.pk], "description": "Ten years"} | typed
        page = office_client.post("/programmes/add/", typed)
        assertContains(page, error)
        assertContains(page, "Ten years</textarea>")
        assert not Programme.objects.exists()


def test_clash_at_save_shows_what_was_typed(office_client, clash):
    OrganisationFactory(name="River Trust")
    page = office_client.post("/organisations/add/", ORGANISATION | {"name-confirmed": "River Trust", "note": "New"})
    assertContains(page, clash)
    assertContains(page, "Add an organisation</h1>")
    assertContains(page, "New</textarea>")
    assert Organisation.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 25])
@pytest.mark.parametrize(("folder", "number"), [("sites", 15), ("organisations", 13), ("programmes", 13)])
def test_query_counts_are_constant(office_client, django_assert_num_queries, folder, number, rows):
    for count in range(rows):
        HubFactory(lead_organisation=OrganisationFactory(ods_code=f"R{count}"), programme=ProgrammeFactory())
    with django_assert_num_queries(number):
        office_client.get(f"/{folder}/add/")
