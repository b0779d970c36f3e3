"""The figures of the financial year in the report form."""

import datetime
from decimal import Decimal

import pytest

from projects.models import AnnualCost, StatusReport
from projects.reporting import workflow
from projects.reporting.forms import StatusReportForm, rows_of
from projects.reporting.review_table import ReviewTable
from tests.factories import HubFactory, RiskFactory
from tests.form_inputs import posted_by
from tests.periods import month, report_form_url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)


@pytest.fixture
def hub(trust):
    return HubFactory(title="Oak hub", lead_organisation=trust)


@pytest.fixture
def figures(hub):
    return AnnualCost.objects.create(project=hub, year=2026, budget=14_500_000, forecast=12_100_000, actual=6_100_000)


def answers(page, **typed):
    """The data of the form of the page, with a complete report and what is typed."""
    _address, data = posted_by(page, "summary")
    return data | {"overall": "green", "summary": "On course"} | typed


@pytest.fixture
def send(contributor_client, hub, period):
    """Open the report form, post it with these answers, and return the response."""

    def post(action="submit", **typed):
        address = report_form_url(hub, period)
        return contributor_client.post(address, answers(contributor_client.get(address), **typed) | {"action": action})

    return post


def recorded(hub):
    return list(hub.annual_costs.values_list("year", "budget", "forecast", "actual"))


def test_figures_wait_in_draft_until_report_is_submitted(send, hub, figures):
    send("save", year_actual="£7.2m")
    assert recorded(hub) == [(2026, 14_500_000, 12_100_000, 6_100_000)]
    send()
    assert recorded(hub) == [(2026, 14_500_000, 12_100_000, Decimal("7200000"))]
    report = StatusReport.objects.get()
    assert (report.year_actual, report.year_forecast) == (7_200_000, None)  # the forecast is as recorded


def test_frozen_forecast_has_the_figure_of_the_report(send, hub, figures):
    AnnualCost.objects.create(project=hub, year=2027, forecast=1_000_000)
    send(year_forecast="13m")
    assert StatusReport.objects.get().frozen_forecast == 14_000_000


def test_first_figures_of_a_year_are_recorded(send, hub):
    send(year_forecast="2m")
    assert recorded(hub) == [(2026, None, 2_000_000, None)]


def test_report_without_new_figures_changes_none(send, hub, figures):
    send()
    assert figures.history.count() == 1
    assert recorded(hub) == [(2026, 14_500_000, 12_100_000, 6_100_000)]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("lots", "Enter an amount in pounds, for example 1,500,000 or 1.5m"),
        ("", "Enter an amount. Recorded: £6,100,000"),
        ("9" * 20, "Enter an amount in pounds, for example 1,500,000 or 1.5m"),
    ],
)
def test_wrong_figure_is_an_error_and_changes_nothing(send, hub, figures, typed, message):
    page = send(year_actual=typed)
    assert page.context["report_form"].errors_by_field() == {"year_actual": message}
    assert page.context["report_form"].form["year_actual"].value() == typed
    assert recorded(hub) == [(2026, 14_500_000, 12_100_000, 6_100_000)]
    assert not StatusReport.objects.get().submitted_at


def test_figure_that_someone_else_recorded_meanwhile_is_kept(contributor_client, hub, period, figures):
    address = report_form_url(hub, period)
    data = answers(contributor_client.get(address), year_forecast="13m")
    figures.actual = 6_500_000
    figures.save()
    contributor_client.post(address, data | {"action": "submit"})
    assert recorded(hub) == [(2026, 14_500_000, 13_000_000, 6_500_000)]


def test_report_of_an_earlier_period_has_no_figures(contributor_client, hub, period, figures):
    earlier = month(10)
    report = workflow.start_report(hub, period, contributor_client.user)
    workflow.save_draft(report, contributor_client.user, {"overall": "green", "summary": "On course"})
    workflow.submit(report, contributor_client.user)
    page = contributor_client.get(report_form_url(hub, earlier))
    assert page.context["report_form"].year_fields() == []


def test_review_shows_new_figures_and_report_is_not_accepted_with_others(send, hub, period, figures):
    send(year_actual="7.2m")
    report = StatusReport.objects.select_related("project", "period").get()
    lines = {line.label: line.newer for line in ReviewTable(report, None).lines}
    assert lines["Spent in 2026/27"] == "£7,200,000"
    assert "Forecast for 2026/27" not in lines


def test_form_of_returned_report_has_figures_as_submitted(send, hub, period, figures, office):
    send(year_actual="7.2m")
    report = workflow.return_report(StatusReport.objects.get(), office, "Say why")
    shown = StatusReportForm(report, rows_of(report), office)
    assert shown.form["year_actual"].value() == "7,200,000"


def test_page_names_three_highest_risks(contributor_client, hub, period):
    for title, likelihood in (("Low", 1), ("High", 5), ("Middle", 3), ("Medium", 4)):
        RiskFactory(project=hub, title=title, likelihood=likelihood, consequence=3)
    RiskFactory(
        project=hub,
        title="Closed",
        likelihood=5,
        consequence=5,
        closed_on=datetime.date(2026, 11, 1),
        closed_why="Gone",
    )
    page = contributor_client.get(report_form_url(hub, period))
    assert [risk.title for risk, _is_overdue in page.context["risks"]] == ["High", "Medium", "Middle"]
