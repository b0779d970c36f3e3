import datetime
import re
from collections import Counter

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from projects.browse.place_queries import projects_at, projects_by_site
from tests.factories import (
    EstateReturnFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    PlaceFactory,
    ProgrammeFactory,
    SiteFactory,
)

pytestmark = pytest.mark.django_db
SITES, ORGANISATIONS = reverse("sites:site_list"), reverse("sites:organisation_list")


def text_of(client, page):
    response = client.get(page if isinstance(page, str) else page.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


class TestSiteList:
    def test_site_list_filters(self, client):
        luton = PlaceFactory(name="Luton", slug="luton")
        hospital = SiteFactory(name="L&D Hospital", kind="acute_hospital", place=luton, postcode="LU4 0DZ")
        SiteFactory(name="Library", kind="hub", address="St George's Square")

        def names(query):
            return [row.site.name for row in client.get(f"{SITES}?{query}").context["rows"]]

        assert names("") == ["L&D Hospital", "Library"]
        assert names("place=luton") == names("kind=acute_hospital") == names("q=lu4") == [hospital.name]
        assert names("q=george+square") == ["Library"]
        assert names("q=nowhere") == []
        faulty = client.get(f"{SITES}?place=atlantis&kind=%00&owner=nobody&page=x")
        assert set(faulty.context["form"].errors) == {"place", "kind", "owner"}
        assert len(faulty.context["rows"]) == 0

    @pytest.mark.parametrize("typed", ["women's", "women’s"])
    def test_site_and_organisation_are_found_with_any_apostrophe(self, client, typed):
        SiteFactory(name="Women’s Health Centre")
        SiteFactory(name="Women's Unit")
        OrganisationFactory(name="Women’s Trust")
        assert len(client.get(SITES, {"q": typed}).context["rows"]) == 2
        assert len(client.get(ORGANISATIONS, {"q": typed}).context["page_obj"].object_list) == 1

    def test_site_list_filters_by_owner(self, client):
        trust = OrganisationFactory(name="Zeta Trust")
        SiteFactory(name="Clinic", owner=trust)
        SiteFactory(name="Library", owner=OrganisationFactory(name="acorn Council"))
        OrganisationFactory(name="Owns nothing")
        page = client.get(SITES, {"owner": trust.slug})
        assert [row.site.name for row in page.context["rows"]] == ["Clinic"]
        offered = [label for _value, label in page.context["form"].fields["owner"].choices]
        assert offered == ["All site owners", "acorn Council", "Zeta Trust"]
        assert trust.slug in re.findall(r'<option value="([^"]*)"\s+selected', page.content.decode())

    def test_map_shows_matching_located_sites_without_example_data(self, client):
        hospital = SiteFactory(kind="acute_hospital", latitude="51.894", longitude="-0.474")
        hub = SiteFactory(kind="hub", latitude="52.026", longitude="-0.736")
        SiteFactory(kind="hub")
        SiteFactory(kind="hub", latitude="52.1", longitude="-0.5", is_example=True)
        assert set(client.get(SITES).context["map_sites"]) == {hospital, hub}
        assert client.get(f"{SITES}?kind=hub").context["map_sites"] == [hub]
        assert "Map of sites" not in text_of(client, f"{SITES}?kind=other")

    def test_site_list_counts_visible_projects_once(self, client, viewer_client, office_client):
        site = SiteFactory()
        both = HubFactory(site=site)
        both.further_sites.add(site)
        HubFactory(published=False).further_sites.add(site)
        HubFactory(site=site, published=False, restricted=True)
        for reader, count in ((client, 1), (viewer_client, 2), (office_client, 3)):
            assert [row.projects for row in reader.get(SITES).context["rows"]] == [count]


def test_owner_page_shows_first_sites_and_link_to_all(client):
    trust = OrganisationFactory()
    sites = [SiteFactory(name=f"Clinic {letter}", owner=trust) for letter in "ABCDEFGHIJKLMNOPQRSTUV"]
    page = client.get(trust.get_absolute_url()).content.decode()
    assert "Clinic T" in page and "Clinic U" not in page
    assert f'<a href="{SITES}?owner={trust.slug}"> View all 22 sites </a>' in " ".join(page.split())
    sites[0].delete(), sites[1].delete()
    assert "View all" not in client.get(trust.get_absolute_url()).content.decode()


def test_site_page_names_ended_owner_and_its_successor(client):
    new = OrganisationFactory(name="New Community Trust")
    old = OrganisationFactory(name="Old Community Trust", valid_to=datetime.date(2026, 4, 1), successor=new)
    site = SiteFactory(
        owner=old, latitude="52.1", longitude="-0.5", location_precision="postcode", source_url="https://www.x.org/list"
    )
    EstateReturnFactory(site=site, backlog_high_pounds=2_500_000)
    text = text_of(client, site)
    for part in ("Old Community Trust", "Ended on 1 April 2026", "New Community Trust", "centre of its postcode"):
        assert part in text
    for part in ("mlat=52.1", "2025/26", "2,500,000", "x.org", "Not dated"):
        assert part in text


def test_site_lists_only_visible_projects(client, office_client):
    site = SiteFactory()
    HubFactory(title="Open hub", site=site)
    HubFactory(title="Secret hub", published=False).further_sites.add(site)
    assert "1 project at this site" in text_of(client, site)
    assert "Secret hub" not in text_of(client, site)
    assert "Secret hub" in text_of(office_client, site)


class TestOrganisations:
    def test_organisation_list_shows_practices_only_if_selected(self, client):
        network = OrganisationFactory(name="Eden PCN", kind="primary_care_network")
        practice = OrganisationFactory(name="Eden Surgery", kind="gp_practice", network=network, postcode="LU1 1AA")
        listed = [organisation.name for organisation, *_rest in client.get(ORGANISATIONS).context["rows"]]
        assert listed == ["Eden PCN"]
        practices = [
            organisation.name
            for organisation, *_rest in client.get(f"{ORGANISATIONS}?kind=gp_practice").context["rows"]
        ]
        assert practices == ["Eden Surgery"]
        assert "LU1 1AA" in text_of(client, network)
        assert "Eden PCN" in text_of(client, practice)

    def test_organisation_page_counts_led_and_partnered_projects(self, client, office_client, trust):
        HubFactory(lead_organisation=trust)
        HubFactory(lead_organisation=trust, published=False)
        HubFactory(lead_organisation=None).partner_organisations.add(trust)

        def counts(reader):
            return [(led, partnered) for _one, led, partnered, _exists in reader.get(ORGANISATIONS).context["rows"]]

        assert counts(client) == [(1, 1)]
        assert counts(office_client) == [(2, 1)]

    def test_page_of_ended_organisation_shows_date_and_successor(self, client):
        new = OrganisationFactory(name="NHS Central East ICB", valid_from=datetime.date(2026, 4, 1))
        old = OrganisationFactory(name="NHS BLMK ICB", valid_to=datetime.date(2026, 4, 1), successor=new)
        text = text_of(client, old)
        assert "ended on 1 April 2026" in text
        assert new.get_absolute_url() in text
        assert "Replaced" in text_of(client, new)
        assert old.get_absolute_url() in text_of(client, new)
        assert "Ended on 1 April 2026" in text_of(client, ORGANISATIONS)

    def test_ended_organisations_are_last_of_their_type(self, client):
        OrganisationFactory(name="Ashby Trust", kind="nhs_trust", valid_to=datetime.date(2020, 4, 1))
        OrganisationFactory(name="Welby Trust", kind="nhs_trust")
        OrganisationFactory(name="Zeal Council", kind="council")
        listed = [organisation.name for organisation, *_rest in client.get(ORGANISATIONS).context["rows"]]
        assert listed == ["Zeal Council", "Welby Trust", "Ashby Trust"]

    def test_network_page_shows_visible_hubs(self, client, office_client):
        network = OrganisationFactory(kind="primary_care_network")
        for title, published in (("Open hub", True), ("Secret hub", False)):
            HubFactory(title=title, published=published).primary_care_networks.add(network)
        assert "Open hub" in text_of(client, network)
        assert "Secret hub" not in text_of(client, network)
        assert "Secret hub" in text_of(office_client, network)

    def test_hidden_programme_is_not_named(self, client, office_client, trust):
        programme = ProgrammeFactory(name="Secret plan", lead_organisation=trust)
        HubFactory(programme=programme, published=False)
        assert "Secret plan" not in text_of(client, trust)
        assert "Secret plan" in text_of(office_client, trust)


def test_place_page_shows_population_sites_networks_and_projects_by_stage(client):
    council = OrganisationFactory(name="Luton Borough Council", kind="council")
    place = PlaceFactory(
        name="Luton", slug="luton", council=council, population=225_300, population_on=datetime.date(2021, 3, 21)
    )
    SiteFactory(name="Central Library", place=place)
    OrganisationFactory(name="Eden PCN", kind="primary_care_network", place=place)
    HubFactory(place=place, stage="construction")
    HubFactory(place=place, stage="", published=True)
    HubFactory(place=place, stage="fbc", published=False)
    response = client.get(place.get_absolute_url())
    assert response.context["stages"] == [("Construction", "construction", 1), ("Not known", "unknown", 1)]
    text = response.content.decode()
    for part in ("225,300", "Census of 21 March 2021", "Luton Borough Council", "Central Library", "Eden PCN"):
        assert part in text


@pytest.mark.parametrize("route", ["site", "organisation", "place"])
def test_unknown_site_organisation_and_place_are_404(client, route):
    page = client.get(reverse(f"sites:{route}_detail", args=["nowhere"]))
    assertContains(page, "Page not found", status_code=404)


def test_example_data_is_labelled(client):
    site = SiteFactory(is_example=True)
    organisation = OrganisationFactory(is_example=True)
    HubFactory(is_example=True, place=site.place, site=site, lead_organisation=organisation)
    for url in (SITES, ORGANISATIONS, site, organisation, site.place):
        assert "Example data" in text_of(client, url)


@pytest.mark.parametrize("rows", [1, 25])
def test_query_counts_of_sites_organisations_and_places_are_constant(viewer_client, django_assert_num_queries, rows):
    place, trust = PlaceFactory(), OrganisationFactory()
    site = SiteFactory(place=place, owner=trust)
    for number in range(rows):
        hub = HubFactory(place=place, site=site, lead_organisation=trust)
        hub.partner_organisations.add(OrganisationFactory(place=place, network=None, successor=trust))
        MilestoneFactory(project=hub, forecast=datetime.date(2036, 1, 1))
        EstateReturnFactory(site=site, year=2025 - number)
        SiteFactory(place=place, owner=trust)
    queries = {
        # successions, 2 of choices, count, sites, 2 of projects, names, sites on the map; session, user, revision
        SITES: (9, 3),
        ORGANISATIONS: (2, 6),  # led, partnered; session, user, revision; count, organisations, codes
        site.get_absolute_url(): (
            6,
            7,
        ),  # ids, rows, periods, milestones, sources, removed; session, user, revision; site, codes, returns, surveys
        # the same, and of the organisation: codes, practices, predecessors and their returns, years of its returns,
        # programmes, funding, sites and their number
        trust.get_absolute_url(): (1, 13),
        # tally (the rows are those of the site); session, user, revision; place, sites, networks, ids
        place.get_absolute_url(): (1, 7),
    }
    for url, (once, always) in queries.items():  # cached queries, and the others
        with django_assert_num_queries(once + always):
            viewer_client.get(url)
        with django_assert_num_queries(always):
            viewer_client.get(url)


def test_counts_have_commas_in_thousands(client, monkeypatch):
    counted = {"accepted_stage": Counter({"construction": 12249}), "is_example": Counter({False: 12249})}
    monkeypatch.setattr("projects.models.project.ProjectQuerySet.tally", lambda self, *fields: counted)
    page = client.get(PlaceFactory(name="Luton").get_absolute_url()).content.decode()
    assert "12,249 projects in Luton" in page
    assert "Construction <strong>12,249</strong>" in page


def test_site_page_lists_project_at_main_and_other_site_once(office_client):
    site = SiteFactory()
    main, further = HubFactory(site=site), HubFactory(published=False)
    further.further_sites.add(site)
    main.further_sites.add(site)
    HubFactory(site=SiteFactory())
    assert {project.pk for project in projects_at(site, office_client.user)} == {main.pk, further.pk}
    assert projects_at(site, office_client.user).count() == 2
    assert projects_by_site([site], office_client.user) == {site.pk: 2}
