import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.dates import DatePrecision, PartialDate, PartialDateColumns, date_label, short_date_label

DAY = datetime.date(2024, 11, 17)


@pytest.mark.parametrize(
    ("precision", "first", "last", "label", "short"),
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
def test_date_label_shows_its_precision(precision, first, last, label, short):
    date = PartialDate.of(DAY, precision)
    assert (date.first, date.last) == (first, last)
    assert (date.label, date.short_label) == (label, short)


def test_no_date_is_none_and_has_no_label():
    assert PartialDate.of(None, "year") is None
    assert (date_label(None), short_date_label(None)) == ("", "")
    assert (date_label(DAY), short_date_label(DAY)) == ("17 November 2024", "17 Nov 2024")


def test_date_without_precision_is_a_day():
    assert PartialDate.of(DAY, "") == PartialDate(DAY)


def test_last_possible_month_has_an_end():
    assert PartialDate.of(datetime.date(9999, 12, 1), "month").last == datetime.date(9999, 12, 31)
    assert PartialDate.of(datetime.date(9999, 12, 1), "quarter").label == "October to December 9999"


def test_february_ends_on_its_last_day():
    assert PartialDate.of(datetime.date(2024, 2, 3), "month").last == datetime.date(2024, 2, 29)
    assert PartialDate.of(datetime.date(2023, 2, 3), "month").last == datetime.date(2023, 2, 28)


@given(st.dates(datetime.date(1948, 7, 5), datetime.date(2200, 1, 1)), st.sampled_from(DatePrecision.values))
def test_period_contains_its_date_and_starts_on_first_day(date, precision):
    period = PartialDate.of(date, precision)
    assert period.first <= date <= period.last
    assert (
        PartialDate.of(period.first, precision) == PartialDate.of(period.last, precision) == period
        or precision == "day"
    )


@pytest.mark.parametrize(
    ("precision", "is_over_from"),
    [
        ("day", datetime.date(2024, 11, 18)),
        ("month", datetime.date(2024, 12, 1)),
        ("quarter", datetime.date(2025, 1, 1)),
        ("year", datetime.date(2025, 1, 1)),
    ],
)
def test_date_is_past_once_its_whole_period_is(precision, is_over_from):
    date = PartialDate.of(DAY, precision)
    assert date.is_over(is_over_from)
    assert not date.is_over(is_over_from - datetime.timedelta(days=1))


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
def test_dates_are_parsed_in_common_formats(text, day, precision):
    assert PartialDate.parse(text) == PartialDate(datetime.date(*day), precision)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("soon", "for example 14/3/2027"),
        ("30/2/2027", "no such day"),
        ("13/2027", "no such day"),
        ("May to July 2027", "A quarter is"),
        ("Q5 2027", "for example 14/3/2027"),
        ("1066", "Enter a year from 1900 to 2100"),
        ("99999", "for example 14/3/2027"),
        ("\0", "for example 14/3/2027"),
    ],
)
def test_invalid_dates_are_rejected_with_an_example(text, message):
    with pytest.raises(ValueError, match=message):
        PartialDate.parse(text)


def test_no_date_is_none():
    assert PartialDate.parse("  ") is None


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)), st.sampled_from(DatePrecision.values))
def test_date_label_can_be_parsed(day, precision):
    date = PartialDate.of(day, precision)
    assert PartialDate.parse(date.label) == date


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
    ],
)
def test_slippage_of_vague_dates_is_at_least_so_long(planned, now, days):
    assert PartialDate.of(*now).slippage_from(PartialDate.of(*planned)) == days


class Row:
    opens_on, opens_precision = DAY, ""
    opens = PartialDateColumns("opens_on", "opens_precision")


def test_date_and_precision_columns_are_one_attribute():
    row = Row()
    assert row.opens == PartialDate(DAY)
    row.opens = PartialDate.of(DAY, "quarter")
    assert (row.opens_on, row.opens_precision) == (datetime.date(2024, 10, 1), "quarter")
    row.opens = None
    assert (row.opens_on, row.opens_precision, row.opens) == (None, "", None)
