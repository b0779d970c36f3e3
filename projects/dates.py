"""Dates that may be known only to the month, the quarter or the year.

Such a date is stored as the first day of its period beside its precision, and is never shown as a day.
"""

import datetime

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
