"""The named figures of a cost: names, differences and precision, the same on every page and in every file."""

import datetime
import io
import random
import re
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from projects.costs import FROZEN_COSTS, CostName, Costs
from projects.labels import money_against
from projects.models import AnnualCost, Project, ReportingPeriod, StatusReport
from projects.portfolio.changes import changes_between
from projects.portfolio.snapshots import snapshots_at
from projects.reporting import workflow
from projects.signs import filter_by_warning, over_budget
from tests.factories import CostEstimateFactory, HubFactory, reported
from tests.periods import month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TODAY = datetime.date(2026, 11, 23)


def text_of(client, url):
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(url).content.decode()).split())


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("forecast", "over"),
    [("1000000.40", None), ("1000000.49", None), ("999999.60", None), ("1000000.50", 1), ("1000001", 1)],
)
def test_forecast_is_over_budget_from_a_whole_pound_in_lists_and_on_pages(forecast, over):
    hub = HubFactory(approved_budget=1_000_000)
    AnnualCost.objects.create(project=hub, year=2026, forecast=Decimal(forecast) - 1)
    AnnualCost.objects.create(project=hub, year=2027, forecast=1)
    assert over_budget(Decimal(forecast), Decimal(1_000_000)) == over
    assert filter_by_warning(Project.objects.all(), ["over_budget"], TODAY).exists() == bool(over)


def in_pounds(text):
    number = Decimal(re.sub("[£,m]|[a-z ]+$", "", text.partition(" ")[0]))
    return number * 1_000_000 if "m" in text.partition(" ")[0] else number


def test_forecast_less_budget_is_their_difference_as_shown():
    dice = random.Random(48)
    for _number in range(5000):
        top = 10 ** dice.randint(2, 9)
        budget = Decimal(dice.randint(0, top * 100)) / 100
        forecast = dice.choice(
            [Decimal(dice.randint(0, top * 100)) / 100, budget + Decimal(dice.randint(0, 300)) / 100]
        )
        shown, of, difference = money_against(forecast, budget)
        sign = {"over": 1, "under": -1}.get(difference.rpartition(" ")[2], 0)
        expected = sign * in_pounds(difference) if sign else 0
        assert in_pounds(shown) - in_pounds(of) == expected, (forecast, budget)
        assert (sign > 0) == (over_budget(forecast, budget) is not None)


def test_amounts_of_a_sentence_have_one_precision():
    assert money_against(Decimal(25_907_999), Decimal(25_400_000)) == ("£25.9m", "£25.4m", "£0.5m over")
    assert money_against(Decimal(25_400_001), Decimal(25_400_000)) == ("£25,400,001", "£25,400,000", "£1 over")
    assert money_against(Decimal(2_000_000), Decimal(2_000_000)) == ("£2m", "£2m", "On budget")


def frozen(approved, forecast, estimate):
    """The `Costs` of a report that froze these pounds, and nothing else."""
    blank = dict.fromkeys(FROZEN_COSTS) | {"frozen_cost_precision": "", "frozen_cost_source_url": ""}
    figures = {"frozen_budget": approved, "frozen_forecast": forecast, "frozen_cost": estimate}
    return Costs.frozen(blank | figures, TODAY)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ((None, 25, 20), (None, 27, 20), (CostName.FORECAST, 2)),
        ((None, None, 25), (None, 27, 25), (CostName.FORECAST, None)),
        ((None, None, 20), (None, None, 25), (CostName.ESTIMATE, 5)),
        ((None, 20, 20), (None, None, 25), None),
        ((None, None, None), (None, None, 25), (CostName.ESTIMATE, None)),
        ((5, None, None), (6, None, None), None),
    ],
)
def test_figures_are_compared_with_figures_of_the_same_name(before, after, change):
    assert frozen(*after).change_since(frozen(*before)) == change


@pytest.fixture
def hub(office_client):
    """A hub with a published figure of £25m; forecast from October on at £25.7m."""
    hub = HubFactory(title="Riverside hub", approved_budget=25_200_000, approved_budget_on=datetime.date(2026, 1, 5))
    CostEstimateFactory(project=hub, amount_pounds=25_000_000, as_of=datetime.date(2025, 3, 1), covers="The building")
    reported(workflow.start_report(hub, month(9), office_client.user), office_client.user)
    AnnualCost.objects.create(project=hub, year=2026, forecast=25_700_000, actual=4_000_000)
    reported(workflow.start_report(hub, month(10), office_client.user), office_client.user)
    return hub


def test_every_page_and_file_shows_the_same_figures_by_name(hub, office_client):
    older, newer = hub.status_reports.order_by("period__starts_on")
    project = text_of(office_client, hub.get_absolute_url())
    assert "Cost estimate £25m The building" in project
    assert "forecast £25.7m of £25.2m approved, £0.5m over" in project
    finance = text_of(office_client, reverse("projects:finance", args=[hub.slug]))
    for part in (
        "Approved budget £25.2m As at 5 January 2026",
        "Forecast cost £25.7m",
        "Cost estimate £25m",
        "Spent £4m",
    ):
        assert part in finance, part
    assert "Variance £0.5m over forecast £25.7m of £25.2m approved" in finance
    report = text_of(office_client, newer.get_absolute_url())
    for part in ("Approved budget £25.2m", "Forecast cost £25.7m", "Cost estimate £25m"):
        assert part in report, part
    compare = reverse("projects:report_compare", args=[hub.slug])
    compared = text_of(office_client, f"{compare}?from={older.pk}&to={newer.pk}")
    for name in ("Approved budget", "Forecast cost", "Cost estimate"):
        assert name in compared, name
    forecast = "£25.7m Forecast cost: 23 Nov 2026, sum of the annual figures £0.5m over"
    assert forecast in text_of(office_client, reverse("projects:as_at"))
    changed = text_of(office_client, reverse("projects:what_changed"))
    assert f"{forecast} first forecast cost" in changed
    board = text_of(office_client, f"{reverse('projects:board_report')}?period={newer.period.slug}")
    assert "Forecast cost £25.7m (£0.5m over)" in board and "first forecast cost" in board
    rows = office_client.get(reverse("projects:project_list")).context["rows"]
    assert [(row.cost, row.cost_covers, row.signs) for row in rows] == [
        ("£25m", "The building", ("£0.5m over budget",))
    ]
    answer = office_client.get(reverse("projects:export_workbook"))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))["Projects"]
    row = {cell.value: value.value for cell, value in zip(sheet[1], sheet[2], strict=True)}
    figures = [row[f"{name} (£)"] for name in ("Cost estimate", "Approved budget", "Forecast cost")]
    assert figures == [25_000_000, 25_200_000, 25_700_000]


def test_figures_of_a_report_keep_their_date_and_source_at_submission(hub, office_client):
    report = hub.status_reports.order_by("period__starts_on").last()
    hub.cost_estimates.update(source_url="https://www.bbc.co.uk/news/1")
    workflow.return_report(report, office_client.user, "Once more")
    report.refresh_from_db()
    workflow.submit(report, office_client.user)
    hub.cost_estimates.update(amount_pounds=1, as_of=None, source_url="https://later.example/")
    Project.objects.update(approved_budget=1, approved_budget_on=None)
    page = text_of(office_client, report.get_absolute_url())
    assert "Approved budget £25.2m As at 5 January 2026. Source not stated." in page
    assert "Forecast cost £25.7m As at 23 November 2026. Sum of the annual figures." in page
    assert "Cost estimate £25m The building As at 1 March 2025. Stated by BBC News" in page
    board = text_of(office_client, f"{reverse('projects:board_report')}?period={report.period.slug}")
    for part in (
        "Forecast cost £25.7m: 23 Nov 2026, sum of the annual figures",
        "Approved budget £25.2m: 5 Jan 2026, source not stated",
        "Cost estimate £25m: 1 Mar 2025, BBC News",
    ):
        assert part in board, part
    compare = f"{reverse('projects:report_compare', args=[hub.slug])}?to={report.pk}"
    assert "£25m (1 Mar 2025, BBC News)" in text_of(office_client, compare)


def test_report_without_kept_sources_says_so(hub, office_client):
    report = hub.status_reports.order_by("period__starts_on").last()
    kept = {"frozen_budget_on": None, "frozen_budget_basis": "", "frozen_cost_on": None, "frozen_cost_basis": ""}
    StatusReport.objects.filter(pk=report.pk).update(**kept, frozen_cost_source_url="")
    page = text_of(office_client, report.get_absolute_url())
    assert "Approved budget £25.2m Date and source not kept." in page
    board = text_of(office_client, f"{reverse('projects:board_report')}?period={report.period.slug}")
    assert "Cost estimate £25m: date and source not kept" in board


def test_total_of_changes_is_the_sum_of_its_rows(hub, office_client):
    older, newer = ReportingPeriod.objects.order_by("starts_on")
    other = HubFactory(title="Other hub")
    AnnualCost.objects.create(project=other, year=2026, forecast=1_000_000)
    reported(workflow.start_report(other, older, office_client.user), office_client.user)
    AnnualCost.objects.filter(project=other).update(forecast=3_000_000)
    reported(workflow.start_report(other, newer, office_client.user), office_client.user)
    changes, totals = changes_between(Project.objects.all(), older, newer)
    assert {change.cost_label for change in changes} == {"first forecast cost", "£2m more"}
    assert totals.amounts["forecast"] == sum(change.cost_change or 0 for change in changes) == 2_000_000
    assert (totals.amounts["estimate"], totals.amounts["first_forecast"]) == (0, 1)
    assert snapshots_at(Project.objects.all(), newer)[hub.pk].costs.expected.name == CostName.FORECAST
