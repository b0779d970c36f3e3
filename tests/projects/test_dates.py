import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.dates import DatePrecision, first_day, in_short, in_words, last_day

DAY = datetime.date(2024, 11, 17)


@pytest.mark.parametrize(
    ("precision", "first", "last", "words", "short"),
    [
        ("day", DAY, DAY, "17 November 2024", "17 Nov 2024"),
        ("month", datetime.date(2024, 11, 1), datetime.date(2024, 11, 30), "November 2024", "Nov 2024"),
        (
            "quarter",
            datetime.date(2024, 10, 1),
            datetime.date(2024, 12, 31),
            "October to December 2024",
            "Oct–Dec 2024",
        ),
        ("year", datetime.date(2024, 1, 1), datetime.date(2024, 12, 31), "2024", "2024"),
    ],
)
def test_a_date_is_shown_only_as_far_as_it_is_known(precision, first, last, words, short):
    assert first_day(DAY, precision) == first
    assert last_day(DAY, precision) == last
    assert in_words(DAY, precision) == words
    assert in_short(DAY, precision) == short


def test_no_date_is_no_words():
    assert in_words(None) == ""
    assert in_short(None, "year") == ""


def test_the_last_month_that_a_computer_knows_ends_too():
    assert last_day(datetime.date(9999, 12, 1), "month") == datetime.date(9999, 12, 31)
    assert in_words(datetime.date(9999, 12, 1), "quarter") == "October to December 9999"


def test_february_ends_on_its_last_day():
    assert last_day(datetime.date(2024, 2, 3), "month") == datetime.date(2024, 2, 29)
    assert last_day(datetime.date(2023, 2, 3), "month") == datetime.date(2023, 2, 28)


@given(st.dates(datetime.date(1948, 7, 5), datetime.date(2200, 1, 1)), st.sampled_from(DatePrecision.values))
def test_a_period_holds_its_date_and_is_found_from_any_of_its_days(date, precision):
    start, end = first_day(date, precision), last_day(date, precision)
    assert start <= date <= end
    assert first_day(end, precision) == start
    assert last_day(start, precision) == end
    assert in_words(start, precision) == in_words(end, precision) or precision == "day"
