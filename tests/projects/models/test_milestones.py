import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import given
from hypothesis import strategies as st

from estates_portal.dates import DatePrecision, PartialDate
from projects.models import Milestone
from projects.models.milestone import (
    MilestoneDates,
    MilestoneState,
    first_planned,
    main_opening,
    newest_statement,
)
from tests.factories import HubFactory, MilestoneFactory, MilestoneStatementFactory

D = datetime.date


@pytest.fixture
def opening(db):
    return MilestoneFactory()


def test_milestone_without_statements_has_no_date(opening):
    opening.refresh_dates()
    assert opening.current_on is None
    assert opening.current_label == ""
    assert not opening.reached


def test_newest_forecast_is_current_and_older_one_stays(opening):
    opening.record_date("forecast", D(2024, 12, 25), "quarter", stated_on=D(2023, 5, 30))
    opening.record_date("forecast", D(2024, 6, 3), "year", stated_on=D(2022, 1, 19))
    opening.refresh_from_db()
    assert opening.current_label == "October to December 2024"
    assert opening.current_until == D(2024, 12, 31)
    assert first_planned(opening.statements.all()).date.label == "2024"
    assert opening.statements.count() == 2


def test_actual_date_is_current_over_any_forecast(opening):
    opening.record_date("actual", D(2025, 8, 7), "month", stated_on=D(2025, 8, 7))
    opening.record_date("forecast", D(2026, 1, 1), stated_on=D(2025, 9, 1))
    assert opening.reached
    assert opening.current_label == "August 2025"


def test_baseline_is_reference_date_even_if_forecast_is_older(opening):
    opening.record_date("forecast", D(2023, 1, 1), "year", stated_on=D(2019, 1, 1))
    opening.record_date("baseline", D(2024, 3, 1), "month", stated_on=D(2021, 1, 1))
    assert first_planned(opening.statements.all()).date.label == "March 2024"
    assert opening.current_label == "2023"


def test_dated_statement_is_newer_than_undated_one(opening):
    undated = MilestoneStatementFactory(milestone=opening, on=D(2030, 1, 1), stated_on=None)
    dated = MilestoneStatementFactory(milestone=opening, on=D(2028, 1, 1), stated_on=D(2020, 1, 1))
    assert newest_statement([undated, dated]) == dated
    assert first_planned([undated, dated]) == undated


def test_statement_is_stored_as_first_day_of_its_period(opening):
    statement = opening.record_date("forecast", D(2027, 8, 20), "quarter")
    assert statement.on == D(2027, 7, 1)
    typed = MilestoneStatementFactory.build(milestone=opening, on=D(2027, 8, 20), precision="year")
    typed.full_clean()
    assert typed.on == D(2027, 1, 1)


def test_year_is_in_the_future_until_it_ends(opening):
    opening.record_date("forecast", D(2026, 1, 1), "year")
    assert list(Milestone.objects.ahead(D(2026, 12, 31), AnonymousUser())) == [opening]
    assert not Milestone.objects.ahead(D(2027, 1, 1), AnonymousUser()).exists()


@pytest.mark.both_databases
class TestMainOpening:
    """The opening of a project: with the standard gate, else the only one."""

    def openings(self, *milestones):
        hub = HubFactory()
        made = [MilestoneFactory(project=hub, title=title, kind=kind, gate=gate) for title, kind, gate in milestones]
        found = main_opening(made)
        assert list(Milestone.objects.main_openings()) == ([found] if found else [])
        return found and found.title

    def test_it_has_the_gate(self, db):
        assert self.openings(("First", "opening", ""), ("Whole", "opening", "opening")) == "Whole"

    def test_without_gate_it_is_the_only_one(self, db):
        assert self.openings(("Handover", "works", ""), ("Doors open", "opening", "")) == "Doors open"

    def test_several_openings_have_none(self, db):
        assert self.openings(("First", "opening", ""), ("Second", "opening", "")) is None
        assert main_opening([]) is None


TODAY = D(2026, 11, 26)
partial_dates = st.builds(PartialDate.of, st.dates(D(1990, 1, 1), D(2060, 1, 1)), st.sampled_from(DatePrecision.values))


def position(on=TODAY, state="active", **dates):
    return MilestoneDates(**{name: PartialDate.parse(text) for name, text in dates.items()}).at(on, state)


class TestPosition:
    """The state and slippage of a milestone on a day."""

    @pytest.mark.parametrize(
        ("dates", "state", "label"),
        [
            ({"forecast": "October 2027"}, "active", "Expected Oct 2027"),
            ({"forecast": "2026"}, "active", "Expected 2026"),  # the year is not over
            ({"forecast": "January to March 2026"}, "active", "Overdue: Jan–Mar 2026"),
            ({"forecast": "January to March 2026"}, "complete", "Jan–Mar 2026, not recorded as reached"),
            ({"forecast": "January to March 2026"}, "on_hold", "Last planned for Jan–Mar 2026"),
            ({"forecast": "October 2027"}, "cancelled", "Last planned for Oct 2027"),
            ({"forecast": "2026", "actual": "May 2025"}, "complete", "Reached May 2025"),
            ({"baseline": "2025"}, "active", "Overdue: 2025"),
            ({}, "active", "Date not known"),
        ],
    )
    def test_state_is_of_the_day_and_the_delivery_state(self, dates, state, label):
        assert position(state=state, **dates).label == label

    def test_overdue_milestone_is_late_since_its_baseline_and_never_early(self):
        overdue = position(baseline="2027", forecast="January to March 2026")
        assert (overdue.slippage_label, overdue.time_overdue) == ("", "7 months")
        assert position(baseline="2025", forecast="January to March 2026").slippage_label == "at least 10 months late"
        assert position(baseline="2025").slippage_label == "at least 10 months late"
        first_planned = position(first_planned="2023", forecast="January to March 2026")
        assert first_planned.slippage_label == "at least 2 years 10 months later than first planned"
        assert position(first_planned="2023", forecast="2023").slippage_label == ""

    @given(partial_dates, partial_dates, st.dates(D(1990, 1, 1), D(2060, 1, 1)))
    def test_overdue_milestone_is_never_early_or_on_time(self, baseline, forecast, today):
        overdue = MilestoneDates(baseline=baseline, forecast=forecast).at(today)
        if overdue.is_overdue:
            assert forecast.last < today
            assert "early" not in overdue.slippage_label and overdue.slippage_label != "on time"
            assert (overdue.slippage_days or 0) >= 0

    @pytest.mark.parametrize("state", ["on_hold", "cancelled", "complete"])
    def test_project_that_is_not_active_has_no_slippage_of_unreached_milestones(self, state):
        assert position(state=state, baseline="2023", forecast="2024").slippage_label == ""
        reached = position(state=state, baseline="2023", forecast="2024", actual="2025")
        assert reached.slippage_label == "2 years late"

    def test_without_baseline_nothing_is_late_early_or_on_time(self):
        assert position(first_planned="2027", forecast="October 2027").slippage_label == ""
        later = position(first_planned="March 2027", forecast="October 2027")
        assert later.slippage_label == "7 months later than first planned"

    def test_change_is_measured_from_the_forecast_before(self, opening):
        opening.record_date("forecast", D(2026, 1, 1), "quarter", stated_on=D(2025, 1, 1))
        opening.record_date("forecast", D(2027, 4, 1), "quarter", stated_on=D(2026, 9, 1))
        opening.record_date("baseline", D(2027, 1, 1), "year", stated_on=D(2024, 1, 1))
        dates = MilestoneDates.of(opening)
        assert dates.change.change_label == "15 months later"
        assert dates.at(TODAY).slippage_label == "on time"
        assert dates.at(TODAY).state == MilestoneState.AHEAD
