"""The facts on a project's page, by user, and its query count."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from estates_portal.accounts.models import Role
from projects.detail.page import ProjectPage
from projects.models import (
    AnnualCost,
    Benefit,
    CostEstimate,
    Document,
    FundingLine,
    Hub,
    Milestone,
    MilestoneStatement,
    OtherName,
    Priority,
    ProgressNote,
    ProjectSource,
    Risk,
    Service,
)
from sites.models import Organisation, OrganisationKind, Site, SiteKind
from tests.factories import (
    CostEstimateFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    OtherNameFactory,
    PriorityFactory,
    ProgrammeFactory,
    ProgressNoteFactory,
    RiskFactory,
    SiteFactory,
    UserFactory,
)
from tests.periods import report_ratings

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 3, 1)


def page_of(project, reader):
    return ProjectPage.for_reader(project.slug, reader, today=TODAY)


def test_date_history_has_actual_date_first_then_the_newest_statement():
    milestone = MilestoneFactory()
    for kind, year, stated_on in (
        ("forecast", 2024, None),
        ("actual", 2025, None),
        ("forecast", 2027, datetime.date(2025, 6, 1)),
        ("baseline", 2026, datetime.date(2025, 1, 1)),
    ):
        milestone.record_date(kind, datetime.date(year, 1, 1), "year", stated_on=stated_on)
    (line,) = page_of(milestone.project, UserFactory()).milestones
    assert [statement.label for statement in line.statements] == ["2025", "2027", "2026", "2024"]


def test_project_page_lists_costs_funding_and_notes_newest_first():
    hub = HubFactory()
    CostEstimateFactory(project=hub, amount_pounds=5, as_of=None)
    CostEstimateFactory(project=hub, amount_pounds=Decimal("1234567.89"), covers="Shell", as_of=TODAY)
    FundingLineFactory(project=hub, funder="Land sale", amount_pounds=None)
    FundingLineFactory(project=hub, funder="Council", amount_pounds=2_000_000)
    ProgressNoteFactory(project=hub, date=TODAY - datetime.timedelta(1), text="Started.")
    ProgressNoteFactory(project=hub, date=TODAY, text="Finished.")
    page = page_of(hub, AnonymousUser())
    assert [str(cost) for cost in page.project.cost_estimates.all()] == ["£1,234,568", "£5"]
    assert [line.funder for line in page.project.funding_lines.all()] == ["Land sale", "Council"]
    assert page.funding_totals == "£2m with no stated status"
    assert [note.text for note in page.project.progress_notes.all()] == ["Finished.", "Started."]


def test_part_without_cost_shows_cost_of_whole_project():
    plan = HospitalSchemeFactory()
    block = HospitalSchemeFactory(parent=plan)
    CostEstimateFactory(project=plan, amount_pounds=800, as_of=datetime.date(2024, 1, 1))
    CostEstimateFactory(project=plan, amount_pounds=900, as_of=datetime.date(2025, 1, 1))
    assert page_of(block, AnonymousUser()).parent_cost.amount_pounds == 900
    CostEstimateFactory(project=block, amount_pounds=100)
    page = page_of(block, AnonymousUser())
    assert [cost.amount_pounds for cost in page.project.cost_estimates.all()] == [100]
    assert page.parent_cost is None
    assert page_of(plan, AnonymousUser()).parent_cost is None


def test_public_project_page_hides_partner_information(client, viewer_client):
    hub = HubFactory()
    Benefit.objects.create(project=hub, title="Shorter waits", unit="days")
    AnnualCost.objects.create(project=hub, year=2026, forecast=12_345_678)
    RiskFactory(project=hub)
    Document.objects.create(project=hub, title="Private paper", url="https://example.org/a", public=False)
    Document.objects.create(project=hub, title="Board paper", url="https://example.org/b", public=True)
    Milestone.objects.create(project=hub, title="Contract award", public=False)
    hidden = ("Shorter waits", "£12.3m", "1 open", "Private paper", "Contract award", "Follow")
    public = " ".join(client.get(hub.get_absolute_url()).content.decode().split())
    partner = " ".join(viewer_client.get(hub.get_absolute_url()).content.decode().split())
    for part in hidden:
        assert part not in public, part
        assert part in partner, part
    assert "Board paper" in public
    assert not hasattr(page_of(hub, AnonymousUser()).project, "open_risks")


def test_project_page_shows_risk_count_highest_score_and_overdue_reviews():
    hub = HubFactory()
    person = UserFactory(role=Role.VIEWER)
    RiskFactory(project=hub, likelihood=4, consequence=5, review_on=datetime.date(2020, 1, 1))
    RiskFactory(project=hub, likelihood=1, consequence=2, review_on=datetime.date(2099, 1, 1))
    RiskFactory(project=hub, likelihood=2, consequence=2, review_on=None)
    RiskFactory(project=hub, likelihood=5, consequence=5, closed_on=TODAY, closed_why="Over")
    page = page_of(hub, person)
    assert (len(page.project.open_risks), page.highest_risk_score, page.reviews_overdue) == (3, 20, 2)
    assert page.highest_band == ("extreme", "Extreme")
    nothing = page_of(HubFactory(), person)
    assert (nothing.project.open_risks, nothing.highest_band, nothing.reviews_overdue) == ([], None, 0)
    assert (nothing.costs.forecast, nothing.costs.over_label) == (None, "")


def test_project_page_lists_only_visible_parent_and_parts():
    trust, other = OrganisationFactory(), OrganisationFactory()
    hidden = {"published": False, "restricted": True, "lead_organisation": trust}
    plan = HospitalSchemeFactory(title="Plan", **hidden)
    block = HospitalSchemeFactory(parent=plan)
    HospitalSchemeFactory(title="Ward", parent=block, **hidden)
    CostEstimateFactory(project=plan)
    ours, theirs = UserFactory(organisation=trust), UserFactory(organisation=other)
    no_organisation = UserFactory(organisation=None)
    office = UserFactory(organisation=other, role=Role.PROGRAMME_OFFICE)
    for user, sees in [
        (ours, True),
        (office, True),
        (theirs, False),
        (no_organisation, False),
        (AnonymousUser(), False),
    ]:
        page = page_of(block, user)
        assert bool(page.parent) == bool(page.parent_cost) == bool(page.parts) == sees, user
        if not sees:
            with pytest.raises(Http404):
                page_of(plan, user)


def test_project_page_shows_details_of_its_type():
    hub = HubFactory(population_served=12_000, homes_planned=None)
    scheme = HospitalSchemeFactory(beds_added=0, theatres_added=-2, floor_area_m2=Decimal("1234.50"))
    assert page_of(hub, AnonymousUser()).details == [("People served", "12,000")]
    assert page_of(scheme, AnonymousUser()).details[-3:] == [
        ("Beds added", "0"),
        ("Theatres added", "-2"),
        ("Floor area", "1,234.50 m²"),
    ]


def record_about(hub, rows):
    """Add `rows` rows of everything that a hub's page shows."""
    numbers = range(rows)
    organisations = Organisation.objects.bulk_create(
        Organisation(name=f"Body {n}", slug=f"body-{n}", kind=OrganisationKind.PRIMARY_CARE_NETWORK) for n in numbers
    )
    sites = Site.objects.bulk_create(
        Site(name=f"Further site {n}", slug=f"further-{n}", kind=SiteKind.OTHER, place=hub.place) for n in numbers
    )
    priorities = Priority.objects.bulk_create(Priority(title=f"Aim {n}", slug=f"further-aim-{n}") for n in numbers)
    services = Service.objects.bulk_create(Service(name=f"Service {n}") for n in numbers)
    hub.partner_organisations.add(*organisations)
    hub.primary_care_networks.add(*organisations)
    hub.further_sites.add(*sites)
    hub.priorities.add(*priorities)
    hub.services.add(*services)
    about = {"project": hub}
    CostEstimate.objects.bulk_create(CostEstimate(amount_pounds=1, **about) for n in numbers)
    FundingLine.objects.bulk_create(FundingLine(funder="Council", amount_pounds=1, **about) for n in numbers)
    ProgressNote.objects.bulk_create(ProgressNote(date=TODAY, text="Started.", **about) for n in numbers)
    OtherName.objects.bulk_create(OtherName(name=f"Name {n}", **about) for n in numbers)
    ProjectSource.objects.bulk_create(ProjectSource(url=f"https://example.org/{n}", **about) for n in numbers)
    Document.objects.bulk_create(Document(title="Paper", url="https://x.org/", public=True, **about) for n in numbers)
    Benefit.objects.bulk_create(Benefit(title="Shorter waits", unit="days", **about) for n in numbers)
    AnnualCost.objects.bulk_create(AnnualCost(year=2000 + n, forecast=1, **about) for n in range(min(rows, 100)))
    Risk.objects.bulk_create(Risk(title="Cost", likelihood=3, consequence=3, raised_on=TODAY, **about) for n in numbers)
    milestones = Milestone.objects.bulk_create(
        Milestone(title="Opening", current_on=TODAY, current_until=TODAY, **about) for n in numbers
    )
    MilestoneStatement.objects.bulk_create(
        MilestoneStatement(milestone=milestone, kind="forecast", on=TODAY) for milestone in milestones
    )
    Hub.objects.filter(pk=hub.pk).update(parent=HospitalSchemeFactory())
    CostEstimateFactory(project=HospitalSchemeFactory())
    for _ in range(rows if rows < 10 else 30):
        HubFactory(parent=hub)


@pytest.mark.parametrize("rows", [3, 300])
def test_project_page_query_count_is_constant(
    client, viewer_client, contributor_client, office, trust, django_assert_num_queries, rows
):
    hub = HubFactory(site=SiteFactory(), programme=ProgrammeFactory(), lead_organisation=OrganisationFactory())
    OtherNameFactory(project=hub)
    hub.priorities.add(PriorityFactory())
    record_about(hub, rows)
    hub.partner_organisations.add(trust)
    report_ratings(hub, office, "green")
    with django_assert_num_queries(23):  # revision, project, 17 of its records, figures of its sites, its town, sources
        client.get(hub.get_absolute_url())
    # and session, user; benefits, costs, risks, reports, the backlog removed, proposals; the sources are known
    with django_assert_num_queries(31):
        viewer_client.get(hub.get_absolute_url())
    # and whether they succeeded the lead, and the open period that they can report for; sites are cached
    with django_assert_num_queries(29):
        contributor_client.get(hub.get_absolute_url())
    with django_assert_num_queries(28):
        contributor_client.get(hub.get_absolute_url())
