import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.dates import DatePrecision, first_day, from_words, in_short, in_words, last_day, slippage

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


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("14/3/2027", (2027, 3, 14), "day"),
        ("14.03.2027", (2027, 3, 14), "day"),
        ("2027-03-14", (2027, 3, 14), "day"),
        ("14 March 2027", (2027, 3, 14), "day"),
        ("1st Mar 2027", (2027, 3, 1), "day"),
        (" march   2027 ", (2027, 3, 1), "month"),
        ("Sept 2027", (2027, 9, 1), "month"),
        ("3/2027", (2027, 3, 1), "month"),
        ("Q2 2027", (2027, 4, 1), "quarter"),
        ("April to June 2027", (2027, 4, 1), "quarter"),
        ("Oct-Dec 2027", (2027, 10, 1), "quarter"),
        ("2027", (2027, 1, 1), "year"),
    ],
)
def test_dates_are_read_as_people_write_them(text, day, precision):
    assert from_words(text) == (datetime.date(*day), precision)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("soon", "like 14/3/2027"),
        ("30/2/2027", "no such day"),
        ("13/2027", "no such day"),
        ("May to July 2027", "A quarter is"),
        ("Q5 2027", "like 14/3/2027"),
        ("1066", "between 1900 and 2100"),
        ("99999", "like 14/3/2027"),
        ("\0", "like 14/3/2027"),
    ],
)
def test_other_dates_are_refused_with_how_to_write_them(text, words):
    with pytest.raises(ValueError, match=words):
        from_words(text)


def test_no_date_is_none():
    assert from_words("  ") == (None, "")


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)), st.sampled_from(DatePrecision.values))
def test_what_is_shown_can_be_typed_again(day, precision):
    assert from_words(in_words(first_day(day, precision), precision)) == (first_day(day, precision), precision)


@pytest.mark.parametrize(
    ("planned", "now", "days"),
    [
        ((datetime.date(2027, 1, 1), "day"), (datetime.date(2027, 5, 1), "day"), 120),
        ((datetime.date(2027, 5, 1), "day"), (datetime.date(2027, 1, 1), "day"), -120),
        ((datetime.date(2027, 3, 1), "month"), (datetime.date(2027, 7, 1), "month"), 122),  # March to July
        ((datetime.date(2027, 1, 1), "quarter"), (datetime.date(2027, 4, 1), "quarter"), 90),  # a quarter later
        ((datetime.date(2024, 1, 1), "year"), (datetime.date(2025, 8, 1), "month"), 213),  # from the end of 2024
        ((datetime.date(2024, 1, 1), "year"), (datetime.date(2024, 8, 1), "month"), 0),  # within 2024
        ((datetime.date(2025, 10, 15), "day"), (datetime.date(2025, 10, 1), "month"), 0),
        ((datetime.date(2025, 10, 15), "day"), (datetime.date(2025, 7, 1), "quarter"), -15),  # by 30 September
        ((None, ""), (datetime.date(2025, 10, 1), "month"), None),
        ((datetime.date(2025, 10, 1), "month"), (None, ""), None),
    ],
)
def test_slippage_claims_no_more_than_is_known(planned, now, days):
    assert slippage(*planned, *now) == days
