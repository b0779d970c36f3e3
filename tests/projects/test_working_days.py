"""Working days in England."""

import datetime

import pytest

from projects.working_days import BANK_HOLIDAYS, is_working_day, next_working_day

DAY = datetime.date


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (DAY(2026, 12, 4), DAY(2026, 12, 4)),
        (DAY(2026, 12, 5), DAY(2026, 12, 7)),  # Saturday
        (DAY(2026, 12, 25), DAY(2026, 12, 29)),  # Boxing Day is on a Saturday: Monday is its substitute
        (DAY(2027, 3, 26), DAY(2027, 3, 30)),  # Easter
        (DAY(2028, 1, 1), DAY(2028, 1, 4)),
    ],
)
def test_next_working_day_skips_weekends_and_bank_holidays(day, expected):
    assert next_working_day(day) == expected
    assert is_working_day(day) == (day == expected)


def test_bank_holidays_are_eight_weekdays_a_year():
    years = [day.year for day in BANK_HOLIDAYS]
    assert {year: years.count(year) for year in years} == {2026: 8, 2027: 8, 2028: 8, 2029: 8}
    assert all(day.weekday() < 5 for day in BANK_HOLIDAYS)
