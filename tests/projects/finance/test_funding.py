"""Funding sources on a project's finance page."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from projects.finance.summary import finance_summary
from projects.models import FundingLine, FundingStatus, Project
from tests.factories import FundingLineFactory, HubFactory, OrganisationFactory
from tests.form_inputs import posted_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TYPED = {"funder": "National programme", "funder_kind": "health", "status": "secured", "amount_pounds": "4m"}


@pytest.fixture
def hub(trust):
    return HubFactory(lead_organisation=trust, approved_budget=10_000_000, published=False)


def add(hub):
    return reverse("projects:funding_add", args=[hub.slug])


def edit(line, action="edit"):
    return reverse(f"projects:funding_{action}", args=[line.project.slug, line.pk])


def test_office_adds_secured_source_and_gap_follows(office_client, hub):
    finance = reverse("projects:finance", args=[hub.slug])
    assertContains(office_client.get(finance), f'href="{add(hub)}"')
    payer = OrganisationFactory(ods_code="RXX")
    assertContains(office_client.get(add(hub)), f"{payer} (RXX)")
    typed = TYPED | {"funding_organisation": payer.pk, "as_of": "March 2026"}
    assertRedirects(office_client.post(add(hub), typed), finance)
    line = FundingLine.objects.get()
    assert (line.funding_organisation, line.dated.label, line.amount_pounds) == (payer, "March 2026", 4_000_000)
    assert finance_summary(hub).funding_gap == 6_000_000
    assert Project.objects.get().version == hub.version + 1
    assertContains(office_client.get(finance), edit(line))


def test_contributor_of_lead_adds_source_that_is_not_secured(contributor_client, hub):
    assertContains(contributor_client.post(add(hub), TYPED), "Select a status from the list")
    assert contributor_client.post(add(hub), TYPED | {"status": "identified"}).status_code == 302
    line = FundingLine.objects.get()
    assert contributor_client.post(edit(line), TYPED | {"status": "applied_for"}).status_code == 302
    assert contributor_client.post(edit(line, "remove")).status_code == 302
    assert not FundingLine.objects.exists()
    assert FundingLine.history.filter(history_type="-").exists()


@pytest.mark.parametrize("fields", [{"status": "secured"}, {"published": True}])
def test_contributor_cannot_change_secured_source_or_what_the_public_sees(contributor_client, hub, fields):
    Project.objects.update(published=fields.get("published", False))
    line = FundingLineFactory(project=hub, status=fields.get("status", FundingStatus.IDENTIFIED))
    for url in (edit(line), edit(line, "remove")):
        assertContains(contributor_client.get(url), "You can view this, but not change it", status_code=403)
        assert contributor_client.post(url, TYPED | {"status": "identified"}).status_code == 403
    assertNotContains(contributor_client.get(reverse("projects:finance", args=[hub.slug])), edit(line))
    line.refresh_from_db()
    assert line.funder == "NHS England"


def test_viewer_and_contributor_of_partner_cannot_add(viewer_client, other_contributor_client, other_trust, hub):
    hub.partner_organisations.add(other_trust)
    for client in (viewer_client, other_contributor_client):
        assert client.get(add(hub)).status_code == 403
        assert client.post(add(hub), TYPED).status_code == 403
        assertNotContains(client.get(reverse("projects:finance", args=[hub.slug])), "Add a funding source")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"funder": ""}, "Enter a funding source"),
        ({"amount_pounds": "0"}, "Amount must be more than 0"),
        ({"amount_pounds": "lots"}, "Enter an amount"),
        ({"as_of": "soon"}, "Enter a date"),
        ({"as_of": "June 2027"}, "must be today or in the past"),
        ({"source_url": "no web"}, "Enter a web address that starts with https://"),
        ({"funding_organisation": "9" * 30}, "Select an organisation from the list"),
        ({"funder_kind": "bank"}, "Select a type from the list"),
    ],
)
def test_error_keeps_what_was_typed(office_client, hub, typed, error):
    page = office_client.post(add(hub), TYPED | {"note": "Until spring"} | typed)
    assertContains(page, error)
    assertContains(page, 'value="Until spring"')
    assert not FundingLine.objects.exists()


def test_two_users_edit_different_fields(office_client, admin_client, hub):
    line = FundingLineFactory(project=hub)
    _action, opened = posted_by(office_client.get(edit(line)), "opened")
    admin_client.post(edit(line), opened | {"note": "Until spring"})
    assert office_client.post(edit(line), opened | {"amount_pounds": "2m"}).status_code == 302
    line.refresh_from_db()
    assert (line.note, line.amount_pounds) == ("Until spring", 2_000_000)
    assert office_client.post(edit(line), opened | {"note": "Until May"}).status_code == 409


@pytest.mark.parametrize("rows", [1, 25])
def test_query_count_is_constant(contributor_client, django_assert_num_queries, hub, rows):
    for number in range(rows):
        FundingLineFactory(project=hub, status=FundingStatus.values[number % 4])
    with django_assert_num_queries(12):
        contributor_client.get(reverse("projects:finance", args=[hub.slug]))
