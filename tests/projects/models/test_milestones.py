import datetime

import pytest
from django.contrib.auth.models import AnonymousUser

from projects.models import Milestone, Project
from projects.models.milestone import first_planned, newest_statement
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
def test_opening_year_filter_uses_only_openings(db):
    hub = HubFactory()
    MilestoneFactory(project=hub, kind="works", forecast=D(2026, 5, 1))
    MilestoneFactory(project=hub, kind="opening", forecast=D(2027, 5, 1))
    assert list(Project.objects.completing_in(2027, AnonymousUser())) == [Project.objects.get()]
    assert not Project.objects.completing_in(2026, AnonymousUser()).exists()
