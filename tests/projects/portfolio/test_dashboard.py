"""The dashboard."""

import datetime

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from django.urls import reverse
from pytest_django.asserts import assertContains

from estates_portal.accounts.models import Role
from projects.browse.group_views import stages_label
from projects.models import AnnualCost, Project
from projects.portfolio.dashboard import CountLink, portfolio_of
from projects.project_list import ProjectList
from projects.reporting import workflow
from tests.conftest import signed_in
from tests.factories import HubFactory, MilestoneFactory, PlaceFactory, ProgrammeFactory, RiskFactory
from tests.periods import month, random_portfolio, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
HOME, CHANGED = reverse("home"), reverse("projects:what_changed")


def rows_behind(reader, url):
    """The number of projects in the list at this address. Fails if a filter of the address is invalid."""
    request = RequestFactory().get(url)
    request.user = reader
    projects = ProjectList.from_request(request)
    assert not projects.form.errors, url
    return projects.count


def numbers_of(shown):
    yield shown.total
    yield from (*shown.ratings, *shown.signs, *shown.stages)
    for _words, numbers in shown.matrix:
        yield from numbers
    for groups in (shown.places, *shown.groups.values()):
        for group in groups:
            yield from (*group.numbers, group.total)


@pytest.mark.parametrize("seed", [1, 2])
def test_each_number_equals_rows_of_its_link(office_client, trust, seed, checked):
    random_portfolio(seed, office_client.user, trust)
    viewer = signed_in(role=Role.VIEWER, organisation=trust)
    done = 0
    for scope in ("", "state=", "kind=hub&state=active", "state=on_hold", "year=2027&state="):
        for client in (office_client, viewer):
            shown = client.get(f"{HOME}?{scope}").context["portfolio"]
            numbers = list(numbers_of(shown))
            assert len(numbers) > 15
            done += len(numbers)
            for number in numbers:
                assert rows_behind(client.user, number.url) == number.number, (number, client.user.role)
            assert sum(number.number for number in shown.ratings) == shown.total.number
            assert sum(number.number for number in shown.stages) == shown.total.number
    checked("numbers of a dashboard and the rows behind them", done, at_least=750)


def test_linked_list_shows_same_number(office_client, trust):
    random_portfolio(1, office_client.user, trust)
    for number in numbers_of(office_client.get(HOME).context["portfolio"]):
        page = office_client.get(number.url)
        assert page.context["page_obj"].paginator.count == number.number, number


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("scope", ["", "state=", "kind=hub"])
def test_each_change_equals_the_rows_of_its_link(office_client, trust, seed, scope):
    random_portfolio(seed, office_client.user, trust)
    numbers = office_client.get(f"{HOME}?{scope}").context["movement_numbers"]
    assert len(numbers) == 12
    for kind, total, _is_marked, url in numbers:
        shown = office_client.get(url).context
        assert kind.shown(sum(kind.amount(change) for change, *_title in shown["rows"])) == total, (kind.key, url)


def test_labels_of_numbers_name_their_day_or_period(office_client, trust):
    random_portfolio(1, office_client.user, trust)
    page = office_client.get(HOME)
    for label in (
        "As at 23 November 2026. Ratings are counted as reported in the latest report of each project",
        "Delivery confidence as reported",
        "Warning signs in the latest reports",
        "Warning signs on 23 November 2026",
        "From 23 November 2026 to 21 February 2027",
        "Changes from September 2026 to October 2026",
        "figures for this year, as at 23 November 2026.",
    ):
        assertContains(page, label)
    assert {number.key for number in page.context["portfolio"].signs_today} == {
        "report_overdue",
        "over_budget",
        "extreme_risk",
        "review_overdue",
    }
    assertContains(office_client.get(reverse("projects:as_at")), "Warning signs when the reports were submitted")


class TestDashboard:
    @pytest.fixture
    def period(self):
        return month(10)

    def test_dashboard_is_start_page_of_signed_in_user(self, client, viewer_client):
        assert "portfolio" in viewer_client.get(HOME).context
        assert "portfolio" not in client.get(HOME).context
        assert "Search by postcode, place or name" in viewer_client.get(f"{HOME}?front").content.decode()

    def test_dashboard_counts_only_active_projects_by_default(self, viewer_client):
        HubFactory(delivery_state="active")
        HubFactory(delivery_state="complete")
        assert viewer_client.get(HOME).context["portfolio"].total.number == 1
        assert viewer_client.get(f"{HOME}?state=").context["portfolio"].total.number == 2
        assert viewer_client.get(f"{HOME}?state=complete").context["portfolio"].total.number == 1

    def test_attention_items_show_reason_date_and_lead(self, office_client, trust):
        hub = HubFactory(title="Riverside hub", lead_organisation=trust, approved_budget=1_000_000)
        AnnualCost.objects.create(project=hub, year=2026, forecast=4_100_000)
        RiskFactory(project=hub, likelihood=4, consequence=5, review_on=DAY(2026, 5, 1))
        opening = MilestoneFactory(project=hub)
        opening.record_date("baseline", DAY(2027, 1, 1), stated_on=DAY(2025, 1, 1))
        opening.record_date("forecast", DAY(2027, 6, 1), stated_on=DAY(2026, 1, 1))
        submitted_report(hub, month(9), office_client.user, overall="green")
        submitted_report(hub, month(10), office_client.user, overall="red", help_needed="Who pays?")
        HubFactory(title="Quiet hub")
        need, other = office_client.get(HOME).context["portfolio"].attention
        assert (other.title, other.rating_label, other.reasons) == ("Quiet hub", "Not reported", ["Report overdue"])
        assert (need.title, need.rating, need.period, need.lead) == (
            "Riverside hub",
            "red",
            "October 2026",
            "Luton Trust",
        )
        assert need.reasons == [
            "Rating deteriorated",
            "Opening 5 months late",
            "£3.1m over budget",
            "Extreme risk",
            "Risk review overdue",
            "Decision or help needed",
        ]

    def test_next_90_days_are_grouped_by_week(self, viewer_client):
        hub = HubFactory(title="Riverside hub")
        for on, precision in (
            (DAY(2026, 11, 25), "day"),
            (DAY(2026, 12, 9), "day"),
            (DAY(2027, 1, 1), "month"),
            (DAY(2027, 1, 1), "year"),
            (DAY(2027, 3, 1), "day"),
        ):
            MilestoneFactory(project=hub, title=f"{on} {precision}").record_date("forecast", on, precision)
        shown = viewer_client.get(HOME).context["portfolio"]
        assert [label for label, _rows in shown.weeks] == [
            "This week",
            "Week beginning 7 December",
            "January 2027, no exact date",
        ]
        assert shown.ahead == 3

    def test_spending_is_for_current_financial_year(self, viewer_client):
        hub = HubFactory()
        AnnualCost.objects.create(project=hub, year=2026, budget=5, forecast=7, actual=2)
        AnnualCost.objects.create(project=hub, year=2027, budget=100)
        hidden = HubFactory(published=False, restricted=True)
        AnnualCost.objects.create(project=hidden, year=2026, budget=1_000)
        spend = viewer_client.get(HOME).context["portfolio"].spend
        assert (spend.year, spend.budget, spend.forecast, spend.actual, spend.projects) == ("2026/27", 5, 7, 2, 1)

    def test_rating_movement_is_since_last_closed_period(self, office_client, trust):
        hub, person = HubFactory(), office_client.user
        periods = [month(number) for number in (8, 9, 10)]
        for period, rating in zip(periods, ("green", "amber", "amber"), strict=True):
            submitted_report(hub, period, person, overall=rating)
        older, newer, totals = office_client.get(HOME).context["movement"]
        assert (older, newer, totals.amounts["deteriorated"]) == (periods[1], periods[2], 0)
        workflow.close_period(periods[0], person)
        cache.clear()  # one transaction on PostgreSQL is one change, and a test is one
        older, newer, totals = office_client.get(HOME).context["movement"]
        assert (older, newer, totals.amounts["deteriorated"]) == (periods[0], periods[2], 1)
        page = office_client.get(CHANGED, {"from": older.slug, "to": newer.slug})
        assert page.context["totals"] == totals

    def test_overdue_report_is_warning_sign_until_submitted(self, office_client, trust):
        hub = HubFactory(lead_organisation=trust)
        signs = {sign.key: sign.number for sign in portfolio_of(Project.objects.all(), [], TODAY, {}).signs}
        assert signs["report_overdue"] == 0
        period = month(10)
        assert period.due_on < TODAY
        signs = {sign.key: sign.number for sign in portfolio_of(Project.objects.all(), [], TODAY, {}).signs}
        assert signs["report_overdue"] == 1
        submitted_report(hub, period, office_client.user)
        signs = {sign.key: sign.number for sign in portfolio_of(Project.objects.all(), [], TODAY, {}).signs}
        assert signs["report_overdue"] == 0

    def test_dashboard_without_projects_opens(self, viewer_client):
        page = viewer_client.get(HOME)
        assert page.context["portfolio"].total.number == 0
        assert "No projects need attention" in page.content.decode()

    @pytest.mark.parametrize(
        ("query", "number"),
        [("place=atlantis", 0), ("rating=purple&lead=" + "x" * 300, 0), ("watch=%00", 1), ("page=x", 1)],
    )
    def test_dashboard_counts_nothing_for_invalid_filter(self, viewer_client, query, number):
        HubFactory()
        assert viewer_client.get(f"{HOME}?{query}").context["portfolio"].total.number == number

    @pytest.mark.parametrize("rows", [3, 60])
    def test_dashboard_query_count_is_constant(self, office_client, rows, django_assert_max_num_queries):
        person = office_client.user
        periods = [month(9), month(10)]
        for number in range(rows):
            hub = HubFactory(programme=ProgrammeFactory(), place=PlaceFactory())
            MilestoneFactory(project=hub, forecast=DAY(2026, 12, 1))
            if number < 12:
                submitted_report(hub, periods[number % 2], person, overall="red")
        with django_assert_max_num_queries(38):
            office_client.get(HOME)
        with django_assert_max_num_queries(5):  # cached
            office_client.get(HOME)


def test_counts_have_commas_in_thousands():
    assert CountLink("", "Projects", 12249, "").shown == "12,249"
    assert stages_label({"construction": 1200, "": 1001}) == "1,200 construction, 1,001 not known"
