"""Dates that can be known only to the month, quarter or year.

Such a date is stored as the first day of its period, with its precision. It is never shown as a day.
"""

import datetime
import re
from dataclasses import dataclass

from django.db import models


class DatePrecision(models.TextChoices):
    DAY = "day", "Day"
    MONTH = "month", "Month"
    QUARTER = "quarter", "Quarter"
    YEAR = "year", "Year"


YEARS = range(1900, 2101)  # of any date entered or recorded
YEAR_ERROR = f"Enter a year from {YEARS[0]} to {YEARS[-1]}"
MONTHS_IN = {DatePrecision.MONTH: 1, DatePrecision.QUARTER: 3, DatePrecision.YEAR: 12}
MONTH_NAMES = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day, month, calendar quarter or year. Created with `of` or `parse`."""

    first: datetime.date
    precision: str = DatePrecision.DAY

    @classmethod
    def of(cls, day, precision=DatePrecision.DAY):
        """The month, quarter or year that contains the day; the day itself without a precision. None for None."""
        if day is None:
            return None
        precision = precision or DatePrecision.DAY
        if precision == DatePrecision.DAY:
            return cls(day, precision)
        month = {
            DatePrecision.MONTH: day.month,
            DatePrecision.QUARTER: (day.month - 1) // 3 * 3 + 1,
            DatePrecision.YEAR: 1,
        }[precision]
        return cls(day.replace(month=month, day=1), precision)

    @classmethod
    def parse(cls, text):
        """The day, month, quarter or year in the text; None for blank text.

        Raises ValueError with a message for the user for other text, and for a year outside YEARS.
        """
        normalised = " ".join(text.lower().split())
        if not normalised:
            return None
        for precision, pattern in _FORMS:
            if match := pattern.fullmatch(normalised):
                return cls(_first_day(match.groupdict()), precision)
        raise ValueError(DATE_FORMAT_ERROR)

    @property
    def last(self):
        """The last day of the month, quarter or year; the day itself."""
        if self.precision == DatePrecision.DAY:
            return self.first
        months = self.first.year * 12 + self.first.month - 1 + MONTHS_IN[self.precision]
        if months // 12 > datetime.MAXYEAR:
            return datetime.date.max
        return datetime.date(months // 12, months % 12 + 1, 1) - datetime.timedelta(days=1)

    @property
    def label(self):
        """The date to its precision: "5 August 2019", "May 2025", "October to December 2024", "2024"."""
        return self._label(MONTH_NAMES, " to ")

    @property
    def in_text(self):
        """The date after a verb: "on 5 August 2019", "in May 2025", "between October and December 2024"."""
        if self.precision == DatePrecision.QUARTER:
            return f"between {self._label(MONTH_NAMES, ' and ')}"
        return f"{'on' if self.precision == DatePrecision.DAY else 'in'} {self.label}"

    @property
    def short_label(self):
        """The same for tables: "5 Aug 2019", "May 2025", "Oct-Dec 2024" (with an en dash), "2024"."""
        return self._label(_SHORT_MONTHS, "–")

    def _label(self, names, to):
        year, month = self.first.year, names[self.first.month - 1]
        if self.precision == DatePrecision.YEAR:
            return str(year)
        if self.precision == DatePrecision.QUARTER:
            return f"{month}{to}{names[self.first.month + 1]} {year}"
        if self.precision == DatePrecision.MONTH:
            return f"{month} {year}"
        return f"{self.first.day} {month} {year}"

    def is_over(self, today):
        """Whether its last day is before today."""
        return self.last < today

    def slippage_from(self, planned):
        """Days by which this date is later than `planned`, below zero if it is earlier; None without `planned`.

        Dates of the same precision are compared by their first days: March to July 2027 is 122 days. Others are
        compared by the gap between them: 213 days from "2024" to 1 August 2025, and 0 if one contains the other.
        """
        if planned is None:
            return None
        start, end = self._days_compared(planned)
        return (end - start).days

    def months_from(self, planned):
        """Whole calendar months between the days that `slippage_from` compares, at least zero."""
        start, end = sorted(self._days_compared(planned))
        return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)

    def _days_compared(self, planned):
        if self.precision == planned.precision:
            return planned.first, self.first
        if self.first > planned.last:
            return planned.last, self.first
        if self.last < planned.first:
            return planned.first, self.last
        return self.first, self.first

    def planned(self, slippage):
        """The planned date from which this date has slipped by this number of days.

        With the precision of this date if that gives the same slippage, else a day.
        """
        candidate = PartialDate.of(self.first - datetime.timedelta(slippage), self.precision)
        if self.slippage_from(candidate) == slippage:
            return candidate
        return PartialDate((self.first if slippage > 0 else self.last) - datetime.timedelta(slippage))


class PartialDateColumns:
    """A model attribute that reads and sets a date column and a precision column as one PartialDate, or None."""

    def __init__(self, day, precision, empty=""):
        self.day, self.precision, self.empty = day, precision, empty

    def __get__(self, row, model=None):
        if row is None:
            return self
        return PartialDate.of(getattr(row, self.day), getattr(row, self.precision))

    def __set__(self, row, date):
        setattr(row, self.day, date.first if date else None)
        setattr(row, self.precision, date.precision if date else self.empty)


def date_label(day):
    """A day in text: "5 August 2019"; "" for None."""
    return PartialDate(day).label if day else ""


def deadline_label(day):
    """A deadline: "Friday 4 December 2026"."""
    return f"{day:%A} {date_label(day)}"


def short_date_label(day):
    """A day in a table: "5 Aug 2019"; "" for None."""
    return PartialDate(day).short_label if day else ""


_SHORT_MONTHS = [name[:3] for name in MONTH_NAMES]
_MONTH = {name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, 1)}
_MONTH_NAME = "|".join(f"{name[:3]}(?:{name[3:]})?|{name[:4]}" for name in MONTH_NAMES).lower()
_FORMS = [
    (DatePrecision.DAY, re.compile(r"(?P<day>\d{1,2})[/.\- ](?P<month>\d{1,2})[/.\- ](?P<year>\d{4})")),
    (DatePrecision.DAY, re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")),
    (DatePrecision.DAY, re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<name>{_MONTH_NAME}),? (?P<year>\d{{4}})")),
    (DatePrecision.MONTH, re.compile(rf"(?P<name>{_MONTH_NAME}),? (?P<year>\d{{4}})")),
    (DatePrecision.MONTH, re.compile(r"(?P<month>\d{1,2})/(?P<year>\d{4})")),
    (DatePrecision.QUARTER, re.compile(r"q(?P<quarter>[1-4])[ /]?(?P<year>\d{4})")),
    (
        DatePrecision.QUARTER,
        re.compile(rf"(?P<name>{_MONTH_NAME}) ?(?:to|-|–) ?(?P<last>{_MONTH_NAME}),? (?P<year>\d{{4}})"),
    ),
    (DatePrecision.YEAR, re.compile(r"(?P<year>\d{4})")),
]
DATE_FORMAT_ERROR = "Enter a date, for example 14/3/2027, March 2027 or 2027"


def _first_day(parts):
    month = int(parts.get("month") or 1)
    if parts.get("name"):
        month = _MONTH[parts["name"][:3]]
    if parts.get("quarter"):
        month = int(parts["quarter"]) * 3 - 2
    if parts.get("last") and (_MONTH[parts["last"][:3]] != month + 2 or month % 3 != 1):
        raise ValueError("A quarter is January to March, April to June, July to September or October to December")
    year = int(parts["year"])
    if year not in YEARS:
        raise ValueError(YEAR_ERROR)
    try:
        return datetime.date(year, month, int(parts.get("day") or 1))
    except ValueError as error:
        raise ValueError("There is no such day in the calendar") from error
