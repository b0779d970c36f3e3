"""The dashboard and what changed: a number always equals the rows that its link shows."""

import datetime
import random
import re
from decimal import Decimal

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from estates_portal.accounts.models import Role
from projects.browse.group_views import in_stage_words
from projects.labels import NOT_REPORTED
from projects.models import AnnualCost, Project, Rating, Risk, Stage, StatusUpdate
from projects.portfolio.dashboard import Number, portfolio_of
from projects.portfolio.snapshots import changes_between, periods_reported, stood_at, two_periods
from projects.reporting import workflow
from tests.conftest import signed_in
from tests.factories import (
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    PlaceFactory,
    ProgrammeFactory,
    ReportingPeriodFactory,
    RiskFactory,
    reported,
)
from tests.projects.test_report_form import month

pytestmark = pytest.mark.django_db
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
HOME, CHANGED, AS_AT = reverse("home"), reverse("projects:what_changed"), reverse("projects:as_at")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC), tick=False) as clock:
        yield clock


def report(project, period, person, **words):
    """A submitted report of the project; its stage and milestones are as they stand."""
    Project.objects.filter(pk=project.pk).update(**{key: words.pop(key) for key in ("stage",) if key in words})
    project.refresh_from_db()
    words = {"path_to_green": "By works in another order", **words}
    return reported(workflow.start_update(project, period, person), person, **words)


def invented(seed, person, organisation):
    """A random portfolio: kinds, places, programmes, stages, states, ratings, risks, money, dates, openness."""
    dice = random.Random(seed)
    places, programmes = [PlaceFactory() for _ in range(3)], [ProgrammeFactory() for _ in range(2)]
    leads, periods = [organisation, OrganisationFactory()], [month(number) for number in (9, 10)]
    overdue = ReportingPeriodFactory(
        starts_on=DAY(2026, 8, 1), ends_on=DAY(2026, 8, 31), opens_on=DAY(2026, 8, 1), due_on=DAY(2026, 9, 5)
    )
    for _ in range(14):
        project = dice.choice([HubFactory, HospitalSchemeFactory])(
            place=dice.choice([*places, None]),
            programme=dice.choice([*programmes, None]),
            lead_organisation=dice.choice(leads),
            stage=dice.choice(["", *Stage.values]),
            delivery_state=dice.choice(["active", "active", "active", "on_hold", "complete"]),
            published=dice.random() < 0.7,
            restricted=dice.random() < 0.3,
            approved_budget=dice.choice([None, 1_000_000]),
        )
        opening = MilestoneFactory(project=project)
        opening.state_date("baseline", DAY(2027, 1, 1), said_on=DAY(2025, 1, 1))
        opening.state_date("forecast", DAY(2027, dice.randint(1, 12), 1), said_on=DAY(2026, 1, 1))
        if dice.random() < 0.5:
            AnnualCost.objects.create(project=project, year=2026, forecast=dice.choice([900_000, 1_200_000]))
        for _ in range(dice.randint(0, 2)):
            RiskFactory(
                project=project,
                likelihood=dice.randint(1, 5),
                consequence=dice.randint(1, 5),
                review_on=dice.choice([None, DAY(2026, 1, 1), DAY(2027, 1, 1)]),
            )
        for period in periods:
            if dice.random() < 0.7:
                report(project, period, person, overall=dice.choice(["red", "amber", "green", "not_rated"]))
    return overdue


def rows_behind(client, url):
    """How many projects the list at the address says that it has, with every filter of the address understood."""
    page = client.get(url)
    assert page.status_code == 200 and not page.context["form"].errors, url
    return page.context["page_obj"].paginator.count


def numbers_of(shown):
    yield shown.total
    yield from (*shown.ratings, *shown.signs, *shown.stages)
    for _words, numbers in shown.matrix:
        yield from numbers
    for groups in (shown.places, *shown.groups.values()):
        for group in groups:
            yield from (*group.numbers, group.total)


@pytest.mark.parametrize("scope", ["", "state=", "kind=hub&state=active", "state=on_hold", "year=2027&state="])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_number_is_the_number_of_rows_behind_it(office_client, trust, seed, scope):
    invented(seed, office_client.user, trust)
    viewer = signed_in(role=Role.VIEWER, organisation=trust)
    for client in (office_client, viewer):
        shown = client.get(f"{HOME}?{scope}").context["portfolio"]
        checked = 0
        for number in numbers_of(shown):
            assert rows_behind(client, number.url) == number.number, (number, scope)
            checked += 1
        assert checked > 15
        assert sum(number.number for number in shown.ratings) == shown.total.number
        assert sum(number.number for number in shown.stages) == shown.total.number


class TestDashboard:
    @pytest.fixture
    def period(self):
        return month(10)

    def test_it_is_the_front_page_of_who_is_signed_in(self, client, viewer_client):
        assert "portfolio" in viewer_client.get(HOME).context
        assert "portfolio" not in client.get(HOME).context
        assert "Find by place or name" in viewer_client.get(f"{HOME}?front").content.decode()

    def test_active_projects_alone_unless_asked(self, viewer_client):
        HubFactory(delivery_state="active")
        HubFactory(delivery_state="complete")
        assert viewer_client.get(HOME).context["portfolio"].total.number == 1
        assert viewer_client.get(f"{HOME}?state=").context["portfolio"].total.number == 2
        assert viewer_client.get(f"{HOME}?state=complete").context["portfolio"].total.number == 1

    def test_what_needs_attention_says_why_since_when_and_who(self, office_client, trust):
        hub = HubFactory(title="Riverside hub", lead_organisation=trust, approved_budget=1_000_000)
        AnnualCost.objects.create(project=hub, year=2026, forecast=4_100_000)
        RiskFactory(project=hub, likelihood=4, consequence=5, review_on=DAY(2026, 5, 1))
        opening = MilestoneFactory(project=hub)
        opening.state_date("baseline", DAY(2027, 1, 1), said_on=DAY(2025, 1, 1))
        opening.state_date("forecast", DAY(2027, 6, 1), said_on=DAY(2026, 1, 1))
        report(hub, month(9), office_client.user, overall="green")
        report(hub, month(10), office_client.user, overall="red", help_needed="Who pays?")
        HubFactory(title="Quiet hub")
        need, other = office_client.get(HOME).context["portfolio"].attention
        assert (other.title, other.rating_words, other.reasons) == ("Quiet hub", "Not reported", ["Report overdue"])
        assert (need.title, need.rating, need.since, need.lead) == (
            "Riverside hub",
            "red",
            "October 2026",
            "Luton Trust",
        )
        assert need.reasons == [
            "Newly worse",
            "Opening 5 months late",
            "£3.1m over budget",
            "Extreme risk",
            "Risk review overdue",
            "Help or a decision is asked for",
        ]

    def test_the_next_90_days_are_by_week(self, viewer_client):
        hub = HubFactory(title="Riverside hub")
        for on, precision in (
            (DAY(2026, 11, 25), "day"),
            (DAY(2026, 12, 9), "day"),
            (DAY(2027, 1, 1), "month"),
            (DAY(2027, 1, 1), "year"),
            (DAY(2027, 3, 1), "day"),
        ):
            MilestoneFactory(project=hub, title=f"{on} {precision}").state_date("forecast", on, precision)
        shown = viewer_client.get(HOME).context["portfolio"]
        assert [words for words, _rows in shown.weeks] == ["This week", "Week of 7 December", "During January 2027"]
        assert shown.ahead == 3

    def test_spending_is_that_of_the_financial_year(self, viewer_client):
        hub = HubFactory()
        AnnualCost.objects.create(project=hub, year=2026, budget=5, forecast=7, actual=2)
        AnnualCost.objects.create(project=hub, year=2027, budget=100)
        hidden = HubFactory(published=False, restricted=True)
        AnnualCost.objects.create(project=hidden, year=2026, budget=1_000)
        spend = viewer_client.get(HOME).context["portfolio"].spend
        assert (spend.year, spend.budget, spend.forecast, spend.actual, spend.projects) == ("2026/27", 5, 7, 2, 1)

    def test_movement_is_since_the_last_closed_period(self, office_client, trust):
        hub, person = HubFactory(), office_client.user
        periods = [month(number) for number in (8, 9, 10)]
        for period, rating in zip(periods, ("green", "amber", "amber"), strict=True):
            report(hub, period, person, overall=rating)
        older, newer, totals = office_client.get(HOME).context["movement"]
        assert (older, newer, totals.worse) == (periods[1], periods[2], 0)
        workflow.close_period(periods[0], person)
        cache.clear()  # one transaction on PostgreSQL is one change, and a test is one
        older, newer, totals = office_client.get(HOME).context["movement"]
        assert (older, newer, totals.worse) == (periods[0], periods[2], 1)
        page = office_client.get(CHANGED, {"from": older.slug, "to": newer.slug})
        assert page.context["totals"] == totals

    def test_an_overdue_report_is_a_sign_until_it_is_in(self, office_client, trust):
        hub = HubFactory(lead_organisation=trust)
        signs = {one.key: one.number for one in portfolio_of(Project.objects.all(), [], TODAY).signs}
        assert signs["report_overdue"] == 0
        period = month(10)
        assert period.due_on < TODAY
        signs = {one.key: one.number for one in portfolio_of(Project.objects.all(), [], TODAY).signs}
        assert signs["report_overdue"] == 1
        report(hub, period, office_client.user)
        signs = {one.key: one.number for one in portfolio_of(Project.objects.all(), [], TODAY).signs}
        assert signs["report_overdue"] == 0

    def test_it_is_there_without_any_project(self, viewer_client):
        page = viewer_client.get(HOME)
        assert page.context["portfolio"].total.number == 0
        assert "Nothing that was reported needs attention" in page.content.decode()

    @pytest.mark.parametrize("query", ["place=atlantis", "watch=%00", "page=x", "rating=purple&lead=" + "x" * 300])
    def test_bad_input_is_no_failure(self, viewer_client, query):
        assert viewer_client.get(f"{HOME}?{query}").status_code == 200

    @pytest.mark.parametrize("rows", [3, 60])
    def test_queries_do_not_grow(self, office_client, rows, django_assert_max_num_queries):
        person = office_client.user
        periods = [month(9), month(10)]
        for number in range(rows):
            hub = HubFactory(programme=ProgrammeFactory(), place=PlaceFactory())
            MilestoneFactory(project=hub, forecast=DAY(2026, 12, 1))
            if number < 12:
                report(hub, periods[number % 2], person, overall="red")
        with django_assert_max_num_queries(22):
            office_client.get(HOME)
        with django_assert_max_num_queries(4):  # nothing has changed since
            office_client.get(HOME)


class TestTrend:
    @pytest.mark.parametrize(
        ("ratings", "trend"),
        [
            (["green"], "first"),
            (["green", "amber"], "worse"),
            (["amber", "green"], "better"),
            (["amber", "amber"], "steady"),
            (["red"] * 6, "stale"),
            (["green"] * 6, "steady"),
            (["green", "not_rated"], ""),
        ],
    )
    def test_it_is_kept_with_the_project_when_it_reports(self, office_client, ratings, trend):
        hub = HubFactory()
        for number, rating in enumerate(ratings, 5):
            report(hub, month(number), office_client.user, overall=rating)
        hub.refresh_from_db()
        assert hub.trend == trend

    def test_taking_a_report_back_takes_its_trend_back(self, office_client):
        hub, period = HubFactory(), month(11)
        report(hub, month(10), office_client.user, overall="green")
        update = report(hub, period, office_client.user, overall="red")
        assert Project.objects.get(pk=hub.pk).trend == "worse"
        workflow.take_back(StatusUpdate.objects.get(pk=update.pk), office_client.user)
        assert Project.objects.get(pk=hub.pk).trend == "first"


# What changed --------------------------------------------------------------------------------------------------------


class TestWhatChanged:
    @pytest.fixture
    def periods(self):
        return [month(number) for number in (8, 9, 10)]

    @pytest.fixture
    def hub(self, office_client, periods):
        """Green, at outline business case, to open in March 2027 for £2m in August; in October it is all otherwise."""
        hub = HubFactory(title="Riverside hub", stage="obc")
        opening = MilestoneFactory(project=hub)
        opening.state_date("forecast", DAY(2027, 3, 1), said_on=DAY(2025, 1, 1))
        cost = AnnualCost.objects.create(project=hub, year=2026, forecast=2_000_000)
        report(hub, periods[0], office_client.user, overall="green")
        opening.state_date("forecast", DAY(2027, 7, 1), said_on=DAY(2026, 9, 1))
        AnnualCost.objects.filter(pk=cost.pk).update(forecast=5_100_000)
        RiskFactory(project=hub, raised_on=DAY(2026, 9, 10))
        RiskFactory(project=hub, raised_on=DAY(2026, 1, 10), closed_on=DAY(2026, 10, 31), closed_why="Gone")
        RiskFactory(project=hub, raised_on=DAY(2026, 8, 31))
        report(hub, periods[2], office_client.user, overall="amber", stage="fbc")
        return hub

    def test_a_worked_example(self, hub, periods):
        (change,), totals = changes_between(Project.objects.all(), periods[0], periods[2])
        assert (change.before.rating, change.after.rating, change.rating_move) == ("green", "amber", "worse")
        assert (change.before.stage, change.after.stage, change.stage_moved) == ("obc", "fbc", True)
        assert (change.opening_days, change.cost_moved) == (122, Decimal(3_100_000))
        assert (change.risks_raised, change.risks_closed) == (1, 1)
        assert (totals.worse, totals.later, totals.cost_moved, totals.stage_moves) == (1, 1, 3_100_000, 1)

    def test_between_periods_without_a_report_nothing_changed(self, hub, periods):
        (change,), totals = changes_between(Project.objects.all(), periods[0], periods[1])
        assert not change.rating_move and not change.stage_moved and not change.opening_days
        assert (totals.before["green"], totals.after["green"]) == (1, 1)

    def test_a_first_report_and_an_end_are_told(self, hub, periods, office_client):
        new = HubFactory(title="New hub")
        report(new, periods[2], office_client.user)
        done = HubFactory(title="Done hub", stage="commissioning")
        report(done, periods[0], office_client.user)
        report(done, periods[2], office_client.user, stage="operational")
        changes, totals = changes_between(Project.objects.all(), periods[0], periods[2])
        told = {change.project_id: (change.is_new, change.is_finished) for change in changes}
        assert told == {hub.pk: (False, False), new.pk: (True, False), done.pk: (False, True)}
        assert (totals.new, totals.finished) == (1, 1)

    def test_a_correction_stands_for_what_it_corrects(self, periods, office_client):
        hub, person = HubFactory(), office_client.user
        update = report(hub, periods[0], person, overall="green")
        update = workflow.accept(update, person)
        wrong = workflow.start_correction(update, person)
        reported(wrong, person, overall="red", path_to_green="By works in another order")
        assert stood_at(Project.objects.all(), periods[0])[hub.pk].rating == "red"

    @pytest.mark.parametrize("seed", range(5))
    def test_the_matrix_adds_up(self, seed, office_client, trust):
        invented(seed, office_client.user, trust)
        older, newer = two_periods(periods_reported(), "", "")
        projects = Project.objects.visible_to(office_client.user)
        changes, totals = changes_between(projects, older, newer)
        for _words, numbers, total in totals.matrix:
            assert sum(number for number, _old, _new in numbers) == total
        for rating, _words, number in totals.columns:
            assert number == sum(moved for (_old, new), moved in totals.moves.items() if new == rating)
        assert sum(totals.before.values()) == sum(totals.after.values()) == len(changes)
        assert totals.after[NOT_REPORTED] == 0
        at = stood_at(projects, newer)
        for rating in Rating.values:
            assert totals.after[rating] == sum(one.rating == rating for one in at.values())
        assert totals.new == totals.before[NOT_REPORTED]

    def test_the_page(self, viewer_client, hub, periods):
        page = viewer_client.get(CHANGED, {"from": periods[0].slug})
        text = re.sub(r"\s+", " ", page.content.decode())
        for words in ("Riverside hub", "Green →", "OBC → FBC", "4 months later", "+£3.1m", "1 raised, 1 closed"):
            assert words in text, words
        assert f"?from={page.context['rows'][0][0].before.update_id}" in text

    def test_days_may_be_asked_for(self, hub, periods):
        assert two_periods(periods_reported(), "2026-08-15", "2026-10-01") == (periods[0], periods[2])

    def test_periods_that_make_no_sense_are_put_right(self, viewer_client, hub, periods):
        for asked in ({"from": "x", "to": "y"}, {"from": periods[2].slug, "to": periods[0].slug}, {"to": "\0"}):
            page = viewer_client.get(CHANGED, asked)
            older, newer = page.context["pair"]
            assert older.starts_on < newer.starts_on

    def test_hidden_projects_are_left_out(self, viewer_client, office_client, hub, periods):
        hidden = HubFactory(title="Hidden hub", published=False, restricted=True)
        report(hidden, periods[0], office_client.user, overall="green")
        report(hidden, periods[2], office_client.user, overall="red")
        page = viewer_client.get(CHANGED, {"from": periods[0].slug})
        assert "Hidden" not in page.content.decode()
        assert page.context["totals"].worse == 1
        assert office_client.get(CHANGED, {"from": periods[0].slug}).context["totals"].worse == 2

    def test_filters_choose(self, viewer_client, hub, periods):
        page = viewer_client.get(CHANGED, {"from": periods[0].slug, "kind": "hospital_scheme"})
        assert page.context["rows"] == [] and "Nothing changed" in page.content.decode()

    def test_before_two_periods_it_says_so(self, viewer_client):
        assert "Nothing to compare yet" in viewer_client.get(CHANGED).content.decode()
        assert "Nothing has been reported yet" in viewer_client.get(AS_AT).content.decode()

    @pytest.mark.parametrize("rows", [2, 20])
    def test_queries_do_not_grow(self, office_client, periods, rows, django_assert_max_num_queries):
        for _ in range(rows):
            hub = HubFactory()
            report(hub, periods[0], office_client.user, overall="green")
            report(hub, periods[2], office_client.user, overall="red")
        office_client.get(CHANGED)
        for url in (f"{CHANGED}?from={periods[0].slug}", f"{AS_AT}?period={periods[2].slug}"):
            with django_assert_max_num_queries(11):
                office_client.get(url)


class TestAsAt:
    def test_it_shows_what_was_frozen_then(self, office_client):
        hub, person = HubFactory(title="Riverside hub", stage="obc"), office_client.user
        periods = [month(9), month(10)]
        report(hub, periods[0], person, overall="green")
        report(hub, periods[1], person, overall="red", stage="fbc")
        Risk.objects.create(project=hub, title="x", likelihood=5, consequence=5, raised_on=TODAY)
        page = office_client.get(AS_AT, {"period": periods[0].slug})
        ((stood, title, *_rest),) = page.context["rows"]
        assert (title, stood.rating, stood.stage, stood.worst_risk) == ("Riverside hub", "green", "obc", None)

    def test_its_numbers_are_those_of_its_rows(self, office_client, trust):
        invented(7, office_client.user, trust)
        page = office_client.get(AS_AT)
        checked = 0
        for values in page.context["counts"].values():
            for _value, _words, number, url in values:
                assert office_client.get(AS_AT + url).context["page_obj"].paginator.count == number, url
                checked += 1
        assert checked > 10

    @pytest.mark.parametrize("query", ["sign=x", "rating=purple", "stage=%00", "period=x&sign=help&sign=slipping"])
    def test_bad_input_is_no_failure(self, office_client, trust, query):
        invented(1, office_client.user, trust)
        assert office_client.get(f"{AS_AT}?{query}").status_code == 200


def test_thousands_have_a_comma():
    assert Number("", "Projects", 12249, "").shown == "12,249"
    assert in_stage_words({"construction": 1200, "": 1001}) == "1,200 construction, 1,001 not known"
