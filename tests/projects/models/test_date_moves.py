"""Moved dates: one rule for the report, the milestone page, the grid and the admin."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from estates_portal.dates import PartialDate
from projects.models import DateChangeReason, ReportingPeriod, StatementKind
from projects.models.milestone import MilestoneDates, date_move_errors
from tests.admin_forms import filled_in
from tests.factories import HubFactory, MilestoneFactory
from tests.form_inputs import opened_by
from tests.periods import month, report_form_url

pytestmark = pytest.mark.django_db
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
BASELINE, FORECAST = StatementKind.BASELINE, StatementKind.FORECAST
MARCH, MAY = PartialDate(DAY(2027, 3, 1), "month"), PartialDate(DAY(2027, 5, 1), "month")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def reason(db):
    return DateChangeReason.objects.create(name="Contractor or supply of steel")


@pytest.fixture
def opening(db):
    return MilestoneFactory(project=HubFactory(), title="Opening")


def fields_of(form):
    return {field.html_name: "" if field.value() is None else field.value() for field in form}


# Each posts a forecast, with or without reason and explanation, and returns the response.


def by_milestone_page(client, milestone, forecast, reason, explanation, **more):
    url = reverse("projects:milestone_edit", args=[milestone.project.slug, milestone.pk])
    page = client.get(url)
    form, dates = page.context["form"], page.context["dates"]
    data = {"public": "on", **fields_of(form), **fields_of(dates), **opened_by(form), **opened_by(dates)}
    data |= {"dates-forecast": forecast, "dates-reason": reason, "dates-explanation": explanation}
    data |= {f"dates-{name}": value for name, value in more.items()}
    return client.post(url, data, follow=True)


def by_grid(client, milestone, forecast, reason, explanation, **more):
    url, key, data = "/milestones/", f"m{milestone.pk}", {}
    for row in client.get(url).context["rows"]:
        data |= fields_of(row) | opened_by(row)
    data |= {f"{key}-forecast": forecast, f"{key}-reason": reason, f"{key}-explanation": explanation}
    data |= {f"{key}-{name}": value for name, value in more.items()}
    return client.post(url, data, follow=True)


def november():
    return ReportingPeriod.objects.first() or month(11)


def by_report(client, milestone, forecast, reason, explanation, **more):
    url, key = report_form_url(milestone.project, november()), f"m{milestone.pk}"
    report, data = client.get(url).context["report_form"], {}
    for form in (report.form, *report.milestones):
        data |= fields_of(form)
    data |= {f"{key}-forecast": forecast, f"{key}-reason": reason, f"{key}-explanation": explanation}
    data |= {f"{key}-{name}": value for name, value in more.items()}
    return client.post(url, {**data, "action": "submit", "overall": "green", "summary": "On time"}, follow=True)


def by_admin(client, milestone, forecast, reason, explanation, **more):
    url = reverse("admin:projects_hub_change", args=[milestone.project.pk])
    typed = {"reason": reason, "explanation": explanation, "new_kind": "actual" if "actual" in more else "forecast"}
    if "unknown" in more:
        typed["date_not_known"] = "on"
    else:
        typed["new_date"] = more.get("actual") or forecast
    typed = {f"milestones-0-{name}": value for name, value in typed.items()}
    return client.post(url, filled_in(client.get(url), **typed), follow=True)


WRITERS = [by_report, by_milestone_page, by_grid, by_admin]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("before", [BASELINE, FORECAST])
class TestChangedForecast:
    """The date changes from a forecast, or from a baseline."""

    def test_office_is_asked_for_a_reason_and_nothing_is_recorded(self, admin_client, opening, reason, write, before):
        opening.record_date(before, MARCH.first, MARCH.precision, stated_on=DAY(2026, 1, 1))
        page = write(admin_client, opening, "May 2027", "", "")
        assert "Select a reason for the new forecast" in page.content.decode()
        assert opening.statements.count() == 1

    def test_office_is_asked_for_an_explanation_and_nothing_is_recorded(
        self, admin_client, opening, reason, write, before
    ):
        opening.record_date(before, MARCH.first, MARCH.precision, stated_on=DAY(2026, 1, 1))
        page = write(admin_client, opening, "May 2027", str(reason.pk), " ")
        assert "Explain in one sentence why the date changed" in page.content.decode()
        assert opening.statements.count() == 1

    def test_statement_keeps_reason_and_explanation(self, admin_client, opening, reason, write, before):
        opening.record_date(before, MARCH.first, MARCH.precision, stated_on=DAY(2026, 1, 1))
        write(admin_client, opening, "May 2027", str(reason.pk), "Steel is late")
        newest = opening.current_statement(FORECAST)
        assert (newest.date, newest.change_reason, newest.explanation) == (MAY, reason, "Steel is late")


@pytest.mark.parametrize("write", WRITERS)
class TestUnchangedForecast:
    def test_first_forecast_needs_no_reason(self, admin_client, opening, write):
        write(admin_client, opening, "May 2027", "", "")
        assert opening.current_statement(FORECAST).date == MAY

    def test_forecast_of_the_baseline_s_date_needs_no_reason(self, admin_client, opening, write):
        opening.record_date(BASELINE, MAY.first, MAY.precision, stated_on=DAY(2026, 1, 1))
        write(admin_client, opening, "May 2027", "", "")
        assert opening.current_statement(FORECAST).date == MAY

    def test_same_forecast_needs_no_reason(self, admin_client, opening, write):
        opening.record_date(FORECAST, MAY.first, MAY.precision, stated_on=DAY(2026, 1, 1))
        write(admin_client, opening, "May 2027", "", "")
        assert opening.current_statement(FORECAST).date == MAY


PAST = PartialDate(DAY(2026, 1, 1), "quarter")


@pytest.mark.parametrize("write", WRITERS)
class TestPastForecast:
    """A forecast whose date has passed has three answers: it happened, a new forecast, or the date is not known."""

    @pytest.fixture
    def overdue(self, opening):
        opening.record_date(BASELINE, DAY(2027, 1, 1), "year", stated_on=DAY(2025, 1, 1))
        opening.record_date(FORECAST, PAST.first, PAST.precision, stated_on=DAY(2025, 1, 1))
        return opening

    def test_new_forecast_in_the_past_is_challenged(self, admin_client, overdue, reason, write):
        page = write(admin_client, overdue, "October 2026", str(reason.pk), "Steel is late")
        assert "October 2026 has passed. If it happened, enter the actual date" in page.content.decode()
        assert overdue.statements.count() == 2

    def test_actual_date_answers(self, admin_client, overdue, write):
        write(admin_client, overdue, PAST.label, "", "", actual="March 2026")
        assert MilestoneDates.of(overdue).actual == PartialDate(DAY(2026, 3, 1), "month")

    def test_new_forecast_with_reason_answers(self, admin_client, overdue, reason, write):
        write(admin_client, overdue, "May 2027", str(reason.pk), "Steel is late")
        assert MilestoneDates.of(overdue).forecast == MAY

    def test_unknown_date_with_sentence_answers(self, admin_client, overdue, write):
        page = write(admin_client, overdue, PAST.label, "", " ", unknown="on")
        assert "Explain in one sentence why the date is not known" in page.content.decode()
        write(admin_client, overdue, PAST.label, "", "The contract is being tendered again", unknown="on")
        dates = MilestoneDates.of(overdue)
        assert (dates.is_not_known, dates.forecast, dates.expected) == (True, None, None)
        overdue.refresh_from_db()
        assert (overdue.current_on, overdue.current_until) == (None, None)
        assert overdue.current_statement(FORECAST).explanation == "The contract is being tendered again"


class TestRecordedPastForecast:
    @pytest.fixture
    def overdue(self, opening):
        opening.record_date(FORECAST, PAST.first, PAST.precision, stated_on=DAY(2025, 1, 1))
        return opening

    def test_report_asks_about_it(self, admin_client, overdue):
        page = by_report(admin_client, overdue, PAST.label, "", "")
        assert "January to March 2026 has passed" in page.content.decode()
        assert not overdue.project.status_reports.filter(state="submitted").exists()

    def test_milestone_page_and_grid_save_other_things(self, admin_client, overdue):
        assert "has passed" not in by_milestone_page(admin_client, overdue, PAST.label, "", "").content.decode()
        assert "No changes to save" in by_grid(admin_client, overdue, PAST.label, "", "").content.decode()

    def test_next_report_does_not_ask_again_about_unknown_date(self, admin_client, overdue):
        by_report(admin_client, overdue, PAST.label, "", "Out to tender again", unknown="on")
        report = overdue.project.status_reports.get()
        assert (report.state, report.milestones.get().date_not_known) == ("submitted", True)
        assert (report.milestones.get().forecast, report.frozen_opening) == (None, None)
        page = admin_client.get(report.get_absolute_url()).content.decode()
        assert "Date not known" in page
        assert "Date not known" in admin_client.get(overdue.project.get_absolute_url()).content.decode()
        milestones = reverse("projects:milestone_list", args=[overdue.project.slug])
        assert "Date not known" in admin_client.get(milestones).content.decode()

    def test_draft_keeps_its_answer(self, admin_client, overdue):
        url, key = report_form_url(overdue.project, november()), f"m{overdue.pk}"
        data = {
            name: value
            for form in admin_client.get(url).context["report_form"].forms
            for name, value in fields_of(form).items()
        }
        data |= {f"{key}-unknown": "on", f"{key}-explanation": "Out to tender"}
        admin_client.post(url, {**data, "action": "save"})
        form = admin_client.get(url).context["report_form"].milestones[0]
        assert (form["unknown"].value(), form["forecast"].value()) == ("on", PAST.label)


def errors_of(dates, **typed):
    nothing = {"forecast": dates.forecast, "actual": dates.actual, "reason": None, "explanation": ""}
    return date_move_errors(dates, **{**nothing, **typed}, today=TODAY)


class TestDateMoveErrors:
    def test_stated_date_cannot_be_blanked(self):
        planned, reached = MilestoneDates(forecast=MAY), MilestoneDates(forecast=MAY, actual=PartialDate(TODAY))
        assert list(errors_of(planned, forecast=None)) == ["forecast"]
        assert list(errors_of(reached, actual=None)) == ["actual"]

    def test_forecast_can_be_left_blank_once_the_milestone_is_reached(self):
        assert errors_of(MilestoneDates(forecast=MAY), forecast=None, actual=PartialDate(TODAY)) == {}
        assert errors_of(MilestoneDates(forecast=MAY, actual=PartialDate(TODAY)), forecast=None) == {}

    @pytest.mark.parametrize("name", ["forecast", "actual"])
    @pytest.mark.parametrize("year", [1899, 2101])
    def test_year_is_from_1900_to_2100(self, name, year):
        errors = errors_of(MilestoneDates(), **{name: PartialDate(DAY(year, 1, 1), "year")})
        assert errors == {name: "Enter a year from 1900 to 2100"}

    def test_actual_date_is_not_in_the_future(self):
        tomorrow = PartialDate(TODAY + datetime.timedelta(days=1))
        assert list(errors_of(MilestoneDates(), actual=tomorrow)) == ["actual"]
        assert errors_of(MilestoneDates(), actual=PartialDate(TODAY)) == {}
        assert errors_of(MilestoneDates(), actual=PartialDate(DAY(2026, 1, 1), "year")) == {}

    def test_corrected_actual_date_needs_no_reason(self):
        reached = MilestoneDates(baseline=MAY, actual=PartialDate(TODAY))
        assert errors_of(reached, actual=PartialDate(DAY(2026, 11, 1))) == {}

    def test_unknown_date_takes_no_forecast(self):
        assert list(errors_of(MilestoneDates(), forecast=MAY, date_not_known=True, explanation="Why")) == ["forecast"]
        assert errors_of(MilestoneDates(forecast=MAY), date_not_known=True, explanation="Why") == {}
        assert errors_of(MilestoneDates(is_not_known=True), date_not_known=True) == {}
        assert list(errors_of(MilestoneDates(is_not_known=True))) == ["forecast"]
        assert errors_of(MilestoneDates(is_not_known=True), forecast=MAY) == {}

    def test_forecast_stated_before_its_date_is_not_past(self):
        old = PartialDate(DAY(2020, 1, 1), "year")
        assert list(errors_of(MilestoneDates(), forecast=old)) == ["forecast"]
        assert errors_of(MilestoneDates(), forecast=old, stated_on=DAY(2019, 1, 1)) == {}

    def test_period_that_is_not_over_is_not_past(self):
        assert errors_of(MilestoneDates(), forecast=PartialDate(DAY(2026, 1, 1), "year")) == {}

    def test_change_of_precision_is_a_new_date(self):
        assert list(errors_of(MilestoneDates(forecast=MAY), forecast=PartialDate(MAY.first))) == ["reason"]
