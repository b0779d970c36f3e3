"""Financial years."""

import datetime

import pytest

from projects.models import financial_year_of, year_label

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.mark.parametrize(
    ("day", "year", "label"),
    [
        ((2026, 3, 31), 2025, "2025/26"),
        ((2026, 4, 1), 2026, "2026/27"),
        ((2027, 3, 31), 2026, "2026/27"),
        ((2099, 12, 31), 2099, "2099/00"),
    ],
)
def test_financial_year_is_from_1_april_to_31_march(day, year, label):
    assert financial_year_of(datetime.date(*day)) == year
    assert year_label(year) == label
