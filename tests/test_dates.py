import datetime

import pytest
from django.conf import settings
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from estates_portal.dates import (
    TOO_VAGUE,
    DatePrecision,
    PartialDate,
    PartialDateColumns,
    Slippage,
    date_label,
    short_date_label,
)
from projects.change_requests.forms import BaselineRequestForm
from projects.registers.forms import DecisionForm

DAY = datetime.date(2024, 11, 17)
precisions = st.sampled_from(DatePrecision.values)


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
        ("financial", datetime.date(2024, 4, 1), datetime.date(2025, 3, 31), "2024/25", "2024/25"),
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
    ("precision", "is_past_from"),
    [
        ("day", datetime.date(2024, 11, 18)),
        ("month", datetime.date(2024, 12, 1)),
        ("quarter", datetime.date(2025, 1, 1)),
        ("year", datetime.date(2025, 1, 1)),
        ("financial", datetime.date(2025, 4, 1)),
    ],
)
def test_date_is_past_once_its_whole_period_is(precision, is_past_from):
    date = PartialDate.of(DAY, precision)
    assert date.is_past(is_past_from)
    assert not date.is_past(is_past_from - datetime.timedelta(days=1))


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
        ("14/3/27", (2027, 3, 14), "day"),  # as Excel shows it
        ("14-Mar-2027", (2027, 3, 14), "day"),
        ("14-Mar-27", (2027, 3, 14), "day"),
        ("14 March ’27", (2027, 3, 14), "day"),
        ("14march2027", (2027, 3, 14), "day"),
        ("2027/3/14", (2027, 3, 14), "day"),
        ("Sunday 14 March 2027", (2027, 3, 14), "day"),
        ("Mar-27", (2027, 3, 1), "month"),
        ("Mar ’27", (2027, 3, 1), "month"),
        ("Mar. 2027", (2027, 3, 1), "month"),
        ("March 2027.", (2027, 3, 1), "month"),
        ("2027-03", (2027, 3, 1), "month"),
        ("03-2027", (2027, 3, 1), "month"),
        ("2026-27", (2026, 4, 1), "financial"),
        ("2011-12", (2011, 4, 1), "financial"),  # rather than December 2011
        ("Q1 2026/27", (2026, 4, 1), "quarter"),  # NHS quarters start in April
        ("Q4 2026/27", (2027, 1, 1), "quarter"),
        ("q4 2026-2027", (2027, 1, 1), "quarter"),
        ("April to June 2027", (2027, 4, 1), "quarter"),
        ("Oct-Dec 2027", (2027, 10, 1), "quarter"),
        ("2027", (2027, 1, 1), "year"),
        ("2026/27", (2026, 4, 1), "financial"),
        ("FY 2026/27", (2026, 4, 1), "financial"),
        ("1999/2000", (1999, 4, 1), "financial"),
    ],
)
def test_dates_are_parsed_in_common_formats(text, day, precision):
    assert PartialDate.parse(text) == PartialDate(datetime.date(*day), precision)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("soon", "for example 14/3/2027"),
        ("30/2/2027", "no such day"),
        ("13/2027", "The month must be from 1 to 12"),
        ("3/14/2027", "The month must be from 1 to 12"),
        ("14/3/1899", "Enter a year from 1900 to 2100"),
        ("May to July 2027", "A quarter is"),
        ("Q5 2027", "for example 14/3/2027"),
        ("Q4 2026", "two meanings. Enter Q4 2026/27 for January to March 2027, or enter October to December 2026"),
        ("Q1 2026", "two meanings. Enter Q1 2026/27 for April to June 2026, or enter January to March 2026"),
        ("Q1 9999", "Enter a year from 1900 to 2100"),
        ("2026/28", "A financial year is two years in a row"),
        ("Q2 2026/25", "A financial year is two years in a row"),
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


def slippage(planned, now):
    return PartialDate.parse(now).slippage_from(PartialDate.parse(planned))


@pytest.mark.parametrize(
    ("planned", "now", "label"),
    [
        ("March 2027", "March 2033", "6 years late"),
        ("2024", "2030", "6 years late"),
        ("January 2027", "March 2027", "2 months late"),
        ("February 2027", "March 2027", "1 month late"),
        ("25 July 2029", "21 July 2030", "11 months late"),
        ("31 March 2027", "30 May 2027", "60 days late"),
        ("March 2027", "October 2027", "7 months late"),
        ("2023", "October to December 2024", "at least 9 months late"),
        # two days: days below three months, then whole months
        ("10 January 2025", "10 January 2025", "on time"),
        ("10 January 2025", "11 January 2025", "1 day late"),
        ("13 January 2025", "1 January 2025", "12 days early"),
        ("10 January 2025", "9 April 2025", "89 days late"),
        ("10 January 2025", "10 April 2025", "3 months late"),
        ("10 July 2025", "10 January 2025", "6 months early"),
        ("1 January 2027", "31 December 2028", "23 months late"),
        ("1 January 2027", "1 January 2029", "2 years late"),
        ("1 January 2027", "5 April 2030", "3 years 3 months late"),
        ("1 January 2027", "5 February 2030", "3 years 1 month late"),
        # the same precision: its unit
        ("April to June 2027", "January to March 2027", "3 months early"),
        ("January to March 2026", "April to June 2027", "15 months late"),
        ("2026/27", "2027/28", "1 year late"),
        ("2028", "2026", "2 years early"),
        # different precision: the sure part
        ("2024", "August 2025", "at least 7 months late"),  # as Acute Services Block in the BLMK data
        ("January to March 2026", "2 October 2025", "at least 91 days early"),
        ("2024", "1 January 2025", "at least 1 day late"),
        ("2024", "October to December 2024", "on time"),
        ("2026/27", "January to March 2027", "on time"),
        ("October to December 2024", "2024", TOO_VAGUE),
        ("2026/27", "2027", TOO_VAGUE),
    ],
)
def test_slippage_is_in_the_unit_of_both_dates_or_at_least_the_sure_part(planned, now, label):
    slipped = slippage(planned, now)
    assert slipped.label == label
    change = {"on time": "", TOO_VAGUE: ""}.get(label, label.replace("late", "later").replace("early", "earlier"))
    assert slipped.change_label == change


@given(*[st.builds(PartialDate.of, st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)), precisions)] * 2)
def test_slippage_backwards_is_the_opposite(first, second):
    there, back = second.slippage_from(first), first.slippage_from(second)
    assert (there.number, there.unit, there.days) == (-back.number, back.unit, -back.days)
    assert there.number == 0 or there.days * there.number > 0


@given(*[st.builds(PartialDate.of, st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)), precisions)] * 2)
def test_date_is_late_only_if_every_day_of_it_is(planned, now):
    slipped = now.slippage_from(planned)
    if not slipped.is_exact and slipped.number:
        assert now.first > planned.last or now.last < planned.first
    if slipped.label == "on time":
        assert planned.contains(now)


@pytest.mark.parametrize(
    ("planned", "now", "days"),
    [
        ("1 January 2027", "1 May 2027", 120),
        ("1 May 2027", "1 January 2027", -120),
        ("March 2027", "July 2027", 122),
        ("January to March 2027", "April to June 2027", 90),
        ("2024", "August 2025", 213),  # from the end of 2024
        ("15 October 2025", "July to September 2025", -15),  # by 30 September
    ],
)
def test_slippage_has_days_to_sort_by(planned, now, days):
    assert slippage(planned, now).days == days


def test_slippage_of_unknown_date_is_not_known():
    assert PartialDate.parse("2027").slippage_from(None) is None


def test_slippage_is_counted_in_calendar_months_in_one_place():
    """Item 31 of the findings: ten years were 121 months."""
    sources = (settings.BASE_DIR / "projects").rglob("*.py")
    assert [path.name for path in sources if "// 30" in path.read_text()] == []
    assert Slippage(120, "month", 3653).label == "10 years late"


def test_form_says_how_it_read_a_date():
    form = BaselineRequestForm({"date": "Q4 2026/27", "why": ""})
    assert not form.is_valid()
    assert "Read as January to March 2027" in str(form)
    assert "Read as" not in str(BaselineRequestForm({"date": "January to March 2027", "why": ""}))
    assert "Read as" not in str(BaselineRequestForm({"date": "Q4 2026", "why": ""}))


def test_form_says_the_weekday_of_a_day():
    form = DecisionForm({"decided_on": "14/3/2025"}, reader=None)
    assert "Read as Friday 14 March 2025" in str(form["decided_on"].as_field_group())
    assert 'data-app-date="day"' in str(form)


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ({"text": "14/3/2027", "day": ""}, "Sunday 14 March 2027"),
        ({"text": "14 mar 27"}, "Sunday 14 March 2027"),
        ({"text": "2026/27"}, "2026/27"),
        ({"text": "q4 2026/27"}, "January to March 2027"),
        ({"text": "March 2027", "day": ""}, ""),
        ({"text": "soon"}, ""),
        ({"text": " \0"}, ""),
        ({"text": "1" * 500}, ""),
        ({}, ""),
    ],
)
@pytest.mark.django_db
def test_portal_reads_the_text_of_a_date(viewer_client, query, read):
    assert viewer_client.get(reverse("date_read"), query).json() == {"read": read}


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
