"""Dates that may be known only to the month, the quarter or the year.

Such a date is stored as the first day of its period beside its precision, and is never shown as a day.
"""

import datetime
import re

from django.db import models


class DatePrecision(models.TextChoices):
    DAY = "day", "Day"
    MONTH = "month", "Month"
    QUARTER = "quarter", "Quarter"
    YEAR = "year", "Year"


MONTHS_IN = {DatePrecision.MONTH: 1, DatePrecision.QUARTER: 3, DatePrecision.YEAR: 12}
MONTH_NAMES = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip


def first_day(date, precision):
    """The first day of the period that `date` lies in (calendar quarters and years)."""
    if precision == DatePrecision.DAY:
        return date
    month = {
        DatePrecision.MONTH: date.month,
        DatePrecision.QUARTER: (date.month - 1) // 3 * 3 + 1,
        DatePrecision.YEAR: 1,
    }[precision]
    return date.replace(month=month, day=1)


def last_day(date, precision):
    """The last day of the period that `date` lies in."""
    if precision == DatePrecision.DAY:
        return date
    start = first_day(date, precision)
    months = start.year * 12 + start.month - 1 + MONTHS_IN[precision]
    if months // 12 > datetime.MAXYEAR:
        return datetime.date.max
    return datetime.date(months // 12, months % 12 + 1, 1) - datetime.timedelta(days=1)


def in_words(date, precision=DatePrecision.DAY):
    """The date as far as it is known: "5 August 2019", "May 2025", "October to December 2024", "2024"; "" for None."""
    if date is None:
        return ""
    month = MONTH_NAMES[date.month - 1]
    if precision == DatePrecision.YEAR:
        return str(date.year)
    if precision == DatePrecision.QUARTER:
        end = last_day(date, precision)
        return f"{MONTH_NAMES[first_day(date, precision).month - 1]} to {MONTH_NAMES[end.month - 1]} {date.year}"
    if precision == DatePrecision.MONTH:
        return f"{month} {date.year}"
    return f"{date.day} {month} {date.year}"


def in_short(date, precision=DatePrecision.DAY):
    """The same for tables: "5 Aug 2019", "May 2025", "Oct-Dec 2024" (with an en dash), "2024"; "" for None."""
    if date is None:
        return ""
    month = MONTH_NAMES[date.month - 1][:3]
    if precision == DatePrecision.YEAR:
        return str(date.year)
    if precision == DatePrecision.QUARTER:
        start, end = first_day(date, precision), last_day(date, precision)
        return f"{MONTH_NAMES[start.month - 1][:3]}–{MONTH_NAMES[end.month - 1][:3]} {date.year}"
    if precision == DatePrecision.MONTH:
        return f"{month} {date.year}"
    return f"{date.day} {month} {date.year}"


def slippage(planned, planned_precision, now, now_precision):
    """Days by which `now` is later than `planned`; negative when it is earlier, None where either is None.

    Two dates known alike are compared by their first days: March to July 2027 is 122 days. Of two known unalike no
    more is claimed than is sure: none where the one lies within the other ("2024" and August 2024), else the days from
    the end of the earlier period to the start of the later one ("2024" and 1 August 2025: 213).
    """
    if planned is None or now is None:
        return None
    if planned_precision == now_precision:
        return (now - planned).days
    if now > (end := last_day(planned, planned_precision)):
        return (now - end).days
    if (end := last_day(now, now_precision)) < planned:
        return (end - planned).days
    return 0


_MONTH = {name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, 1)}
_MONTH_WORD = "|".join(f"{name[:3]}(?:{name[3:]})?|{name[:4]}" for name in MONTH_NAMES).lower()
_FORMS = [
    (DatePrecision.DAY, re.compile(r"(?P<day>\d{1,2})[/.\- ](?P<month>\d{1,2})[/.\- ](?P<year>\d{4})")),
    (DatePrecision.DAY, re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")),
    (DatePrecision.DAY, re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<name>{_MONTH_WORD}),? (?P<year>\d{{4}})")),
    (DatePrecision.MONTH, re.compile(rf"(?P<name>{_MONTH_WORD}),? (?P<year>\d{{4}})")),
    (DatePrecision.MONTH, re.compile(r"(?P<month>\d{1,2})/(?P<year>\d{4})")),
    (DatePrecision.QUARTER, re.compile(r"q(?P<quarter>[1-4])[ /]?(?P<year>\d{4})")),
    (
        DatePrecision.QUARTER,
        re.compile(rf"(?P<name>{_MONTH_WORD}) ?(?:to|-|–) ?(?P<last>{_MONTH_WORD}),? (?P<year>\d{{4}})"),
    ),
    (DatePrecision.YEAR, re.compile(r"(?P<year>\d{4})")),
]
LIKE = "Write a date like 14/3/2027, March 2027, Q2 2027 or 2027"


def from_words(text):
    """(date, precision) of what a person typed: a day, a month, a calendar quarter or a year; (None, "") for nothing.

    Raises ValueError, saying how to write it, for anything else and for years outside 1900 to 2100.
    """
    words = " ".join(text.lower().split())
    if not words:
        return None, ""
    for precision, form in _FORMS:
        found = form.fullmatch(words)
        if found:
            return _date_of(precision, found.groupdict()), precision
    raise ValueError(LIKE)


def _date_of(precision, parts):
    month = int(parts.get("month") or 1)
    if parts.get("name"):
        month = _MONTH[parts["name"][:3]]
    if parts.get("quarter"):
        month = int(parts["quarter"]) * 3 - 2
    if parts.get("last") and (_MONTH[parts["last"][:3]] != month + 2 or month % 3 != 1):
        raise ValueError("A quarter is January to March, April to June, July to September or October to December")
    year = int(parts["year"])
    if not 1900 <= year <= 2100:
        raise ValueError("The year must be between 1900 and 2100")
    try:
        return datetime.date(year, month, int(parts.get("day") or 1))
    except ValueError as fault:
        raise ValueError("There is no such day in the calendar") from fault
