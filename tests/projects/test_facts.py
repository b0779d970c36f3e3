"""What is recorded around a project is read for each reader as they may see it, by SQL that is written once."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser

from estates_portal.accounts.models import Role
from projects.detail.page import Profile
from projects.facts import facts_around
from projects.models import AnnualCost, Benefit, Document, Following, Project
from projects.prepared import STAND_IN, Prepared
from tests.factories import (
    CostEstimateFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    OrganisationFactory,
    ProgressNoteFactory,
    RiskFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 1)


def kinds(project, user):
    return sorted({row[0] for row in facts_around(project, user)})


def test_amounts_and_days_come_as_the_database_keeps_them():
    hub = HubFactory()
    CostEstimateFactory(project=hub, amount_pounds=Decimal("1234567.89"), covers="Shell", as_of=DAY)
    CostEstimateFactory(project=hub, amount_pounds=5, as_of=None)
    FundingLineFactory(project=hub, funder="Council", amount_pounds=None)
    ProgressNoteFactory(project=hub, date=DAY, text="Begun.")
    profile = Profile(hub, AnonymousUser())
    assert [(cost.amount, cost.words, cost.day) for cost in profile.own_costs] == [
        (Decimal("1234567.89"), "Shell", DAY),
        (Decimal(5), "", None),
    ]
    assert [(line.words, line.amount) for line in profile.funding] == [("Council", None)]
    assert [(note.day, note.words) for note in profile.notes] == [(DAY, "Begun.")]


def test_costs_of_a_project_and_its_plan_are_told_apart():
    plan = HospitalSchemeFactory()
    block = HospitalSchemeFactory(parent=plan)
    CostEstimateFactory(project=plan, amount_pounds=900)
    assert Profile(block, AnonymousUser()).parent_cost.amount == 900
    CostEstimateFactory(project=block, amount_pounds=100)
    profile = Profile(block, AnonymousUser())
    assert [cost.amount for cost in profile.own_costs] == [100]
    assert profile.parent_cost is None
    assert [cost.amount for cost in Profile(plan, AnonymousUser()).own_costs] == [900]


def test_what_is_for_partners_is_not_read_for_the_public():
    hub = HubFactory()
    person = UserFactory(role=Role.VIEWER)
    Benefit.objects.create(project=hub, title="Shorter waits", unit="days")
    Following.objects.create(project=hub, person=person)
    AnnualCost.objects.create(project=hub, year=2026, forecast=10)
    RiskFactory(project=hub)
    Document.objects.create(project=hub, title="Full business case", url="https://example.org/a", public=False)
    assert kinds(hub, AnonymousUser()) == []
    assert kinds(hub, person) == ["benefit", "document", "following", "forecast", "risk"]
    assert kinds(hub, UserFactory(role=Role.VIEWER)) == ["benefit", "document", "forecast", "risk"]


def test_risks_are_counted_with_their_worst_and_those_to_review():
    hub = HubFactory()
    person = UserFactory(role=Role.VIEWER)
    RiskFactory(project=hub, likelihood=4, consequence=5, review_on=datetime.date(2020, 1, 1))
    RiskFactory(project=hub, likelihood=1, consequence=2, review_on=datetime.date(2099, 1, 1))
    RiskFactory(project=hub, likelihood=2, consequence=2, review_on=None)
    RiskFactory(project=hub, likelihood=5, consequence=5, closed_on=DAY, closed_why="Over")
    profile = Profile(hub, person)
    assert (profile.open_risks, profile.worst_score, profile.reviews_overdue) == (3, 20, 2)
    nothing = Profile(HubFactory(), person)
    assert (nothing.open_risks, nothing.worst_score, nothing.reviews_overdue) == (0, None, 0)
    assert (nothing.forecast_total, nothing.over_budget) == (None, None)


def test_one_readers_plan_is_not_shown_to_the_next():
    """The same SQL serves them one after another."""
    trust, other = OrganisationFactory(), OrganisationFactory()
    plan = HospitalSchemeFactory(title="Plan", published=False, restricted=True, lead_organisation=trust)
    block = HospitalSchemeFactory(parent=plan)
    CostEstimateFactory(project=plan)
    ours, theirs = UserFactory(organisation=trust), UserFactory(organisation=other)
    nobodys = UserFactory(organisation=None)
    office = UserFactory(organisation=other, role=Role.PROGRAMME_OFFICE)
    for user, sees in [(ours, 1), (theirs, 0), (ours, 1), (nobodys, 0), (office, 1), (AnonymousUser(), 0), (theirs, 0)]:
        assert kinds(block, user) == ["cost", "parent"] * sees, user


def test_a_prepared_query_is_written_once_and_asked_for_many(django_assert_num_queries):
    hubs = [HubFactory(title=title) for title in ("Alpha", "Beta")]
    builds = []

    def build(project):
        builds.append(project)
        return Project.objects.filter(pk=project).order_by().values_list("title", "approved_budget")

    query = Prepared(build, "project")
    for hub in hubs * 2:
        with django_assert_num_queries(1):
            assert query.rows(project=hub.pk) == [(hub.title, None)]
    assert query.rows(project=None) == []
    assert builds == [STAND_IN]
