"""Merging two records of one organisation."""

import datetime

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from estates_portal.accounts.models import AuditEvent, AuditKind, Role
from projects.handover import merging
from projects.models import ReportExpected, SavedView
from projects.reporting import workflow
from sites.models import Organisation, System
from tests.factories import (
    EstateReturnFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    InvitationFactory,
    OrganisationFactory,
    PlaceFactory,
    ProgrammeFactory,
    SiteFactory,
    UserFactory,
)
from tests.periods import month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def duplicate(db):
    """An organisation that a record of each kind names."""
    organisation = OrganisationFactory(name="Luton NHS Trust", slug="luton-nhs-trust", ods_code="RC9")
    HospitalSchemeFactory(title="Led", lead_organisation=organisation)
    hub = HubFactory(title="Partnered")
    hub.partner_organisations.add(organisation)
    hub.primary_care_networks.add(organisation)
    FundingLineFactory(project=hub, funding_organisation=organisation)
    ProgrammeFactory(lead_organisation=organisation)
    SiteFactory(owner=organisation)
    SiteFactory(reported_by=organisation)
    EstateReturnFactory(reported_by=organisation)
    EstateReturnFactory(aggregate_of=organisation)
    PlaceFactory(council=organisation)
    OrganisationFactory(successor=organisation, valid_to=datetime.date(2020, 1, 1))
    OrganisationFactory(network=organisation)
    OrganisationFactory(merged_into=organisation)
    owner = UserFactory(role=Role.ADMINISTRATOR, organisation=organisation)
    UserFactory(other_organisations=[organisation])
    InvitationFactory(organisation=organisation)
    InvitationFactory().other_organisations.add(organisation)
    SavedView.objects.create(owner=owner, name="Luton", path="/projects/", query="lead=luton-nhs-trust")
    System.objects.create(name="Farshire", short_name="FAR", organisation=organisation)
    return organisation


@pytest.fixture
def url(duplicate):
    return reverse("projects:organisation_merge", args=[duplicate.slug])


def test_merge_moves_every_current_record(office_client, url, duplicate, trust):
    relations = merging.relations()
    assert len(relations) == 18
    named = {
        relation.name: set(relation.related_model.objects.filter(**{relation.field.name: duplicate}))
        for relation in relations
    }
    assert all(named.values()), "the fixture has a record of each kind"
    page = office_client.post(url, {"kept": trust.pk})
    assertContains(page, "Merge Luton NHS Trust into Luton Trust?")
    assert {"2 projects", "2 sites", "2 users"} <= {*page.context["counts"]} | {"2 projects"}
    response = office_client.post(url, {"kept": trust.pk, "confirm": "yes"})
    assertRedirects(response, trust.get_absolute_url())
    for relation in relations:
        rows = relation.related_model.objects
        assert not rows.filter(**{relation.field.name: duplicate}).exists()
        assert named[relation.name] - {duplicate} <= set(rows.filter(**{relation.field.name: trust}))
    assert System.objects.get().organisation == trust
    assert SavedView.objects.get().query == "lead=luton-trust"
    assert AuditEvent.objects.get(kind=AuditKind.ORGANISATIONS_MERGED).actor == office_client.user
    scheme = trust.led_projects.get().as_its_kind()
    assert scheme.history.first().history_change_reason == "Luton NHS Trust merged into Luton Trust"


def test_merged_record_keeps_name_and_redirects(office_client, client, url, duplicate, trust):
    office_client.post(url, {"kept": trust.pk, "confirm": "yes"})
    duplicate.refresh_from_db()
    trust.refresh_from_db()
    assert (duplicate.merged_into, duplicate.ods_code, trust.ods_code) == (trust, None, "RC9")
    assert trust.earlier_codes == []
    assertRedirects(client.get(duplicate.get_absolute_url()), trust.get_absolute_url(), status_code=301)
    text = client.get(trust.get_absolute_url()).content.decode()
    assert "Also recorded as" in text and "Luton NHS Trust" in text
    rows = client.get(reverse("sites:organisation_list")).context["rows"]
    assert duplicate not in [organisation for organisation, *_rest in rows]
    assert not Organisation.objects.existing(datetime.date(2026, 11, 23)).filter(pk=duplicate.pk).exists()
    assert office_client.get(url).status_code == 404


def test_code_of_merged_record_becomes_an_earlier_one(office_client, url, duplicate, trust):
    trust.identifiers.create(value="RX1")
    office_client.post(url, {"kept": trust.pk, "confirm": "yes"})
    trust.refresh_from_db()
    assert (trust.ods_code, [code.value for code in trust.earlier_codes]) == ("RX1", ["RC9"])


@pytest.mark.parametrize("of", ["site", "aggregate"])
def test_records_with_return_of_one_year_are_not_merged(office_client, url, duplicate, trust, of):
    if of == "aggregate":
        EstateReturnFactory(aggregate_of=trust)
    else:
        EstateReturnFactory(site=duplicate.estate_returns.get().site, reported_by=trust)
    page = office_client.post(url, {"kept": trust.pk, "confirm": "yes"})
    assertContains(page, "2025/26. Delete one of the two first")
    assert not Organisation.objects.filter(merged_into=trust).exists()


def test_closed_period_keeps_name_of_merged_record(office_client, url, office, duplicate, trust):
    period = month(10)
    workflow.close_period(period, office)
    page = reverse("projects:period_detail", args=[period.slug])
    before = {row.progress.name for row in office_client.get(page).context["rows"]}
    assert "Luton NHS Trust" in before
    expected = set(ReportExpected.objects.values_list("project", "organisation"))
    office_client.post(url, {"kept": trust.pk, "confirm": "yes"})
    assert {row.progress.name for row in office_client.get(page).context["rows"]} == before
    assert set(ReportExpected.objects.values_list("project", "organisation")) == expected


@pytest.mark.parametrize("far", [False, True])
def test_organisations_that_followed_one_another_are_not_merged(office_client, url, duplicate, trust, far):
    trust.successor = OrganisationFactory(successor=duplicate) if far else duplicate
    trust.save()
    page = office_client.post(url, {"kept": trust.pk, "confirm": "yes"})
    assertContains(page, "One of these organisations replaced the other. Hand over instead")
    assert not Organisation.objects.filter(merged_into=trust).exists()


@pytest.mark.parametrize("kept", ["", "x", "0"])
def test_bad_input_is_refused(office_client, url, kept):
    page = office_client.post(url, {"kept": kept, "confirm": "yes"})
    assertContains(page, "Select an organisation")
    assert not AuditEvent.objects.filter(kind=AuditKind.ORGANISATIONS_MERGED).exists()
