"""Editing the facts of a project in groups."""

import datetime

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from projects.models import Hub, Project, Service
from projects.records.facts import GROUPS
from sites.models import OrganisationKind
from tests.conftest import signed_in
from tests.factories import (
    HospitalSchemeFactory,
    HubFactory,
    OrganisationFactory,
    PlaceFactory,
    ProgrammeFactory,
    SiteFactory,
)
from tests.form_inputs import posted_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def url(project, key="people"):
    return reverse("projects:project_facts", args=[project.slug, key])


@pytest.fixture
def hub(trust, other_trust):
    hub = HubFactory(title="Riverside Hub", lead_organisation=trust, project_manager="Ada Old")
    hub.partner_organisations.add(other_trust)
    return hub


def send(client, project, key, **typed):
    """Open the form of a group, change these fields and save."""
    _action, data = posted_by(client.get(url(project, key)), "opened")
    return client.post(url(project, key), data | typed)


def test_contributor_of_lead_corrects_project_manager_in_three_clicks(contributor_client, hub):
    page = contributor_client.get(hub.get_absolute_url())
    start = reverse("projects:project_facts_start", args=[hub.slug])
    assertContains(page, f'href="{start}"')
    for text in ('value="Ada Old"', "Edit people: Riverside Hub", "Edit people</h1>"):
        assertContains(contributor_client.get(start), text)
    assertRedirects(send(contributor_client, hub, "people", project_manager="Bea New"), hub.get_absolute_url())
    saved = Hub.objects.get()
    assert (saved.project_manager, saved.version) == ("Bea New", hub.version + 1)
    assert saved.history.first().history_user == contributor_client.user


def test_viewer_can_edit_no_facts(hub, viewer_client):
    assertNotContains(viewer_client.get(hub.get_absolute_url()), "Edit facts")
    assertContains(viewer_client.get(url(hub)), "You can view this, but not change it", status_code=403)


def test_restricted_project_and_unknown_group_do_not_exist(hub, viewer_client, office_client):
    Project.objects.update(published=False, restricted=True)
    stranger = signed_in(role="contributor", organisation=OrganisationFactory())
    assert stranger.get(url(hub)).status_code == 404
    assert stranger.post(url(hub), {"project_manager": "x"}).status_code == 404
    assert office_client.get(url(hub, "other")).status_code == 404


def test_successor_of_lead_saves_people(hub, trust, clock):
    successor = OrganisationFactory()
    trust.successor, trust.valid_to = successor, datetime.date(2026, 1, 1)
    trust.save()
    client = signed_in(role="contributor", organisation=successor)
    assert send(client, hub, "people", senior_responsible_owner="Cy Next").status_code == 302


def test_office_saves_public_text_and_former_title_stays_as_other_name(office_client, hub):
    service = Service.objects.create(name="Physiotherapy")
    network = OrganisationFactory(kind=OrganisationKind.PRIMARY_CARE_NETWORK)
    hub.other_names.create(name="The Wharf")
    typed = {"title": "Wharf Hub", "summary": "By the wharf.", "population_served": "12000", "services": [service.pk]}
    typed |= {"primary_care_networks": [network.pk], "other_names": " Old  Mill \nWharf Centre\n\nOld Mill"}
    assert send(office_client, hub, "public", **typed).status_code == 302
    saved = Hub.objects.get()
    assert (saved.title, saved.population_served, [*saved.services.all()]) == ("Wharf Hub", 12000, [service])
    assert [*saved.primary_care_networks.all()] == [network]
    assert [name.name for name in saved.other_names.all()] == ["Old Mill", "Riverside Hub", "Wharf Centre"]


def test_office_saves_facts_of_hospital_scheme(office_client):
    scheme = HospitalSchemeFactory()
    assert send(office_client, scheme, "public", beds_added="-4", clinical_function="Renal").status_code == 302
    scheme.refresh_from_db()
    assert (scheme.beds_added, scheme.clinical_function) == (-4, "Renal")


def test_office_saves_stage_with_new_date(office_client, hub):
    page = send(office_client, hub, "stage", stage="fbc")
    assertContains(page, "Enter the date or source of the new stage")
    assert send(office_client, hub, "stage", stage="fbc", stage_as_of="2 November 2026").status_code == 302
    saved = Hub.objects.get()
    assert (saved.stage, saved.accepted_stage, saved.stage_known.label) == ("fbc", "fbc", "2 November 2026")


def test_office_saves_place_sites_and_organisations(office_client, hub):
    place, site, further = PlaceFactory(), SiteFactory(), SiteFactory()
    assert (
        send(office_client, hub, "place", place="several", site=site.pk, further_sites=[further.pk]).status_code == 302
    )
    assert (Hub.objects.get().place, Hub.objects.get().site) == (None, site)
    assert send(office_client, hub, "place", place=place.pk).status_code == 302
    lead, programme, parent = OrganisationFactory(), ProgrammeFactory(), HubFactory()
    typed = {"lead_organisation": lead.pk, "programme": programme.pk, "parent": parent.pk, "partner_organisations": []}
    assert send(office_client, hub, "organisations", **typed).status_code == 302
    saved = Hub.objects.get(pk=hub.pk)
    assert (saved.place, saved.lead_organisation, saved.programme) == (place, lead, programme)
    assert (saved.parent.pk, [*saved.partner_organisations.all()]) == (parent.pk, [])


def test_saved_records_that_are_not_accepted_stay(office_client, hub):
    site, further, lead = SiteFactory(accepted=False), SiteFactory(accepted=False), OrganisationFactory(accepted=False)
    other, place = SiteFactory(accepted=False, name="Waiting Hall"), PlaceFactory()
    Project.objects.update(site=site, lead_organisation=lead)
    hub.further_sites.add(further)
    assertNotContains(office_client.get(url(hub, "place")), other.name)
    assert send(office_client, hub, "place", place=place.pk).status_code == 302
    assert send(office_client, hub, "organisations", programme=ProgrammeFactory().pk).status_code == 302
    page = send(office_client, hub, "place", site=further.pk)
    assertContains(page, "Select a site that is accepted")
    saved = Hub.objects.get()
    assert (saved.place, saved.site, [*saved.further_sites.all()]) == (place, site, [further])
    assert (saved.lead_organisation, saved.programme is None) == (lead, False)


def test_office_publishes_and_reference_is_then_permanent(office_client, client):
    hub = HubFactory(published=False, place=None, lead_organisation=OrganisationFactory(accepted=False))
    assertContains(office_client.get(url(hub, "visibility")), "place, acceptance of the lead organisation")
    assert send(office_client, hub, "visibility", reference="riv-1", published="on").status_code == 302
    assert client.get(hub.get_absolute_url()).status_code == 200
    assert Hub.objects.get().reference == "RIV-1"
    assertNotContains(office_client.get(url(hub, "visibility")), "Not recorded yet")
    send(office_client, hub, "visibility", reference="OTHER", reporting="quarterly")
    assert (Hub.objects.get().reference, Hub.objects.get().reporting) == ("RIV-1", "quarterly")


@pytest.mark.parametrize(
    ("key", "typed", "error"),
    [
        ("people", {"project_manager": "x" * 151}, "Project manager must be 150 characters or less"),
        ("public", {"title": ""}, "Enter a title"),
        ("public", {"population_served": "-1"}, "People served must be 0 or more"),
        ("public", {"homes_planned": "few"}, "New homes served must be a whole number"),
        ("public", {"services": "9" * 30}, "Select services from the list"),
        ("public", {"other_names": "x" * 201}, "200 characters"),
        ("stage", {"stage_as_of": "soon"}, "Enter a date"),
        ("stage", {"stage_as_of": "June 2027"}, "Date of the stage must be today or in the past"),
        ("stage", {"delivery_state": "on_hold"}, "Enter why the project is on hold"),
        ("place", {"place": ""}, "Select a place"),
        ("place", {"site": "9" * 30}, "Select a site from the list"),
        ("organisations", {"lead_organisation": "none"}, "Select an organisation from the list"),
        ("organisations", {"parent": "9" * 30}, "Select a project from the list"),
        ("visibility", {"reporting": "daily"}, "Select"),
    ],
)
def test_error_keeps_what_was_typed_and_changes_nothing(office_client, hub, key, typed, error):
    page = send(office_client, hub, key, **typed)
    assertContains(page, error)
    assertContains(page, "There is a problem")
    assert (Hub.objects.get().version, hub.history.count()) == (hub.version, 1)


def test_clash_at_save_shows_what_was_typed(office_client, clash):
    hub, _other = HubFactory(published=False), HubFactory(reference="TAKEN")
    page = send(office_client, hub, "visibility", reference="taken")
    assertContains(page, clash)
    assertContains(page, 'value="taken"')
    assert Hub.objects.get(pk=hub.pk).version == hub.version


def test_two_users_save_different_fields_and_the_same_field_is_asked_about(office_client, contributor_client, hub):
    _action, opened = posted_by(contributor_client.get(url(hub)), "opened")
    send(office_client, hub, "people", senior_responsible_owner="Olive")
    assert contributor_client.post(url(hub), opened | {"project_manager": "Bea"}).status_code == 302
    assert (Hub.objects.get().senior_responsible_owner, Hub.objects.get().project_manager) == ("Olive", "Bea")
    send(office_client, hub, "people", project_manager="Cy")
    answer = contributor_client.post(url(hub), opened | {"project_manager": "Dee"})
    assertContains(answer, "Select which version", status_code=409)
    assert Hub.objects.get().project_manager == "Cy"


def test_stored_fact_of_another_group_does_not_stop_the_user(contributor_client, hub):
    Project.objects.update(stage_as_of=datetime.date(2030, 1, 1))
    assert send(contributor_client, hub, "people", project_manager="Bea").status_code == 302


def test_saving_unchanged_facts_adds_no_history(office_client, hub):
    for key in GROUPS:
        assert send(office_client, hub, key).status_code == 302
        assert (key, Hub.objects.get().version) == (key, hub.version)
    assert (Hub.objects.get().version, hub.history.count()) == (hub.version, 1)


@pytest.mark.parametrize("rows", [1, 25])
@pytest.mark.parametrize(("key", "number"), [("people", 15), ("organisations", 21), ("place", 21)])
def test_query_counts_are_constant(office_client, django_assert_num_queries, hub, rows, key, number):
    for count in range(rows):
        organisation = OrganisationFactory(ods_code=f"R{count:02}")
        HubFactory(lead_organisation=organisation, site=SiteFactory(ods_code=f"RXX{count:02}"))
    with django_assert_num_queries(number):
        office_client.get(url(hub, key))
