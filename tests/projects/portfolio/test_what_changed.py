"""What changed between two periods."""

import datetime
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from projects.labels import NOT_REPORTED
from projects.models import AnnualCost, Project, Rating
from projects.portfolio.changes import changes_between
from projects.portfolio.snapshots import periods_reported, snapshots_at, two_periods
from projects.reporting import workflow
from tests.factories import HubFactory, MilestoneFactory, RiskFactory, reported
from tests.periods import month, random_portfolio, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
CHANGED, AS_AT = reverse("projects:what_changed"), reverse("projects:as_at")


class TestWhatChanged:
    @pytest.fixture
    def periods(self):
        return [month(number) for number in (8, 9, 10)]

    @pytest.fixture
    def hub(self, office_client, periods):
        """August: green, outline business case, opening in March 2027, £2m. In October all of these differ."""
        hub = HubFactory(title="Riverside hub", stage="obc")
        opening = MilestoneFactory(project=hub)
        opening.record_date("forecast", DAY(2027, 3, 1), stated_on=DAY(2025, 1, 1))
        cost = AnnualCost.objects.create(project=hub, year=2026, forecast=2_000_000)
        submitted_report(hub, periods[0], office_client.user, overall="green")
        opening.record_date("forecast", DAY(2027, 7, 1), stated_on=DAY(2026, 9, 1))
        AnnualCost.objects.filter(pk=cost.pk).update(forecast=5_100_000)
        RiskFactory(project=hub, raised_on=DAY(2026, 9, 10))
        RiskFactory(project=hub, raised_on=DAY(2026, 1, 10), closed_on=DAY(2026, 10, 31), closed_why="Gone")
        RiskFactory(project=hub, raised_on=DAY(2026, 8, 31))
        submitted_report(hub, periods[2], office_client.user, overall="amber", stage="fbc")
        return hub

    def test_changes_between_periods_match_hand_counted_example(self, hub, periods):
        (change,), totals = changes_between(Project.objects.all(), periods[0], periods[2])
        assert (change.before.rating, change.after.rating, change.rating_movement) == ("green", "amber", "worse")
        assert (change.before.stage, change.after.stage, change.is_stage_changed) == ("obc", "fbc", True)
        assert (change.opening_days, change.cost_change) == (122, Decimal(3_100_000))
        assert (change.risks_raised, change.risks_closed) == (1, 1)
        assert {kind: amount for kind, amount in totals.amounts.items() if amount} == {
            "deteriorated": 1,
            "stage": 1,
            "later": 1,
            "forecast": 3_100_000,
            "raised": 1,
            "closed": 1,
        }

    def test_project_without_new_report_has_no_changes(self, hub, periods):
        (change,), totals = changes_between(Project.objects.all(), periods[0], periods[1])
        assert not change.rating_movement and not change.is_stage_changed and not change.opening_days
        assert (totals.before["green"], totals.after["green"]) == (1, 1)

    def test_first_report_and_completion_are_listed(self, hub, periods, office_client):
        new = HubFactory(title="New hub")
        submitted_report(new, periods[2], office_client.user)
        done = HubFactory(title="Done hub", stage="commissioning")
        submitted_report(done, periods[0], office_client.user)
        submitted_report(done, periods[2], office_client.user, stage="operational")
        changes, totals = changes_between(Project.objects.all(), periods[0], periods[2])
        flags = {change.project_id: (change.is_new, change.is_finished) for change in changes}
        assert flags == {hub.pk: (False, False), new.pk: (True, False), done.pk: (False, True)}
        assert (totals.amounts["new"], totals.amounts["finished"]) == (1, 1)

    def test_correction_replaces_the_corrected_report(self, periods, office_client):
        hub, person = HubFactory(), office_client.user
        report = submitted_report(hub, periods[0], person, overall="green")
        report = workflow.accept(report, person)
        wrong = workflow.start_correction(report, person)
        reported(wrong, person, overall="red", path_to_green="By works in another order")
        assert snapshots_at(Project.objects.all(), periods[0])[hub.pk].rating == "red"

    @pytest.mark.parametrize("seed", range(5))
    def test_matrix_totals_match_ratings(self, seed, office_client, trust):
        random_portfolio(seed, office_client.user, trust)
        older, newer = two_periods(periods_reported(), "", "")
        projects = Project.objects.visible_to(office_client.user)
        changes, totals = changes_between(projects, older, newer)
        for _words, numbers, total in totals.matrix:
            assert sum(number for number, _old, _new in numbers) == total
        for rating, _words, number in totals.columns:
            assert number == sum(moved for (_old, new), moved in totals.moves.items() if new == rating)
        assert sum(totals.before.values()) == sum(totals.after.values()) == len(changes)
        assert totals.after[NOT_REPORTED] == 0
        at = snapshots_at(projects, newer)
        for rating in Rating.values:
            assert totals.after[rating] == sum(snapshot.rating == rating for snapshot in at.values())
        assert totals.amounts["new"] == totals.before[NOT_REPORTED]

    def test_what_changed_page_lists_changes(self, viewer_client, hub, periods):
        page = viewer_client.get(CHANGED, {"from": periods[0].slug})
        text = re.sub(r"\s+", " ", page.content.decode())
        for part in ("Riverside hub", "Green →", "OBC → FBC", "4 months later", "£3.1m more", "1 raised, 1 closed"):
            assert part in text, part
        assert f"?from={page.context['rows'][0][0].before.report_id}" in text

    def test_snapshots_use_period_of_a_day(self, hub, periods):
        assert two_periods(periods_reported(), "2026-08-15", "2026-10-01") == (periods[0], periods[2])

    def test_periods_in_wrong_order_are_swapped(self, viewer_client, hub, periods):
        for query in ({"from": "x", "to": "y"}, {"from": periods[2].slug, "to": periods[0].slug}, {"to": "\0"}):
            page = viewer_client.get(CHANGED, query)
            older, newer = page.context["pair"]
            assert older.starts_on < newer.starts_on
        assert two_periods(periods_reported(), periods[2].slug, periods[0].slug) == (periods[0], periods[2])

    def test_what_changed_excludes_hidden_projects(self, viewer_client, office_client, hub, periods):
        hidden = HubFactory(title="Hidden hub", published=False, restricted=True)
        submitted_report(hidden, periods[0], office_client.user, overall="green")
        submitted_report(hidden, periods[2], office_client.user, overall="red")
        page = viewer_client.get(CHANGED, {"from": periods[0].slug})
        assert "Hidden" not in page.content.decode()
        assert page.context["totals"].amounts["deteriorated"] == 1
        totals = office_client.get(CHANGED, {"from": periods[0].slug}).context["totals"]
        assert totals.amounts["deteriorated"] == 2

    def test_what_changed_filters_projects(self, viewer_client, hub, periods):
        page = viewer_client.get(CHANGED, {"from": periods[0].slug, "kind": "hospital_scheme"})
        assert page.context["rows"] == [] and "No changes match these filters." in page.content.decode()

    @pytest.fixture
    def five_hubs(self, office_client):
        """Five hubs that reported for September; one of them also for October, with nothing changed."""
        hubs = [HubFactory(title=f"Hub {letter}") for letter in "ABCDE"]
        september, october = month(9), month(10)
        for hub in hubs:
            submitted_report(hub, september, office_client.user)
        submitted_report(hubs[0], october, office_client.user)
        return hubs

    def test_projects_that_did_not_report_are_named_and_do_not_count_as_unchanged(self, viewer_client, five_hubs):
        page = viewer_client.get(CHANGED)
        assertContains(page, "5 projects: 1 reported for October 2026, 4 shown from an earlier report.")
        assertContains(page, "1 project reported no change.")
        assertContains(page, "4 reports outstanding")
        assert [project.title for project in page.context["outstanding"]] == ["Hub B", "Hub C", "Hub D", "Hub E"]

    @pytest.mark.parametrize("seed", range(3))
    def test_each_number_of_what_changed_equals_the_rows_of_its_link(self, seed, office_client, trust, checked):
        random_portfolio(seed, office_client.user, trust)
        page = office_client.get(CHANGED)
        for kind, total, _is_marked, url in page.context["numbers"]:
            shown = office_client.get(url).context
            amounts = [kind.amount(change) for change, *_title in shown["rows"]]
            assert shown["page_obj"].paginator.count == len(amounts) and all(amounts), kind.key
            assert kind.shown(sum(amounts)) == total, kind.key
        checked("numbers of what changed and the rows behind them", len(page.context["numbers"]), at_least=12)

    def test_unknown_kind_of_change_shows_no_rows(self, viewer_client, hub, periods):
        for change in ("x", "%00", "deteriorated%20"):
            page = viewer_client.get(f"{CHANGED}?from={periods[0].slug}&change={change}")
            assert page.context["rows"] == []
            assertContains(page, "No changes match these filters.")

    def test_what_changed_without_two_periods_says_so(self, viewer_client):
        assert "No reports to compare yet" in viewer_client.get(CHANGED).content.decode()
        assert "No reports submitted yet" in viewer_client.get(AS_AT).content.decode()

    @pytest.mark.parametrize("rows", [2, 20])
    def test_what_changed_and_as_at_query_count_is_constant(
        self, office_client, periods, rows, django_assert_max_num_queries
    ):
        for _ in range(rows):
            hub = HubFactory()
            submitted_report(hub, periods[0], office_client.user, overall="green")
            submitted_report(hub, periods[2], office_client.user, overall="red")
        office_client.get(CHANGED)
        for url in (f"{CHANGED}?from={periods[0].slug}", f"{AS_AT}?period={periods[2].slug}"):
            with django_assert_max_num_queries(12):
                office_client.get(url)
