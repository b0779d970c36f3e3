"""Dates that can be known only to the month, quarter, year or financial year, and the time between two of them.

Such a date is stored as the first day of its period, with its precision. It is never shown as a day.
"""

import datetime
from dataclasses import dataclass, replace

from django.utils import timezone

from .statements import DatePrecision
from .written_dates import APRIL, MONTH_NAMES, read_date

MONTHS_IN = {
    DatePrecision.MONTH: 1,
    DatePrecision.QUARTER: 3,
    DatePrecision.YEAR: 12,
    DatePrecision.FINANCIAL_YEAR: 12,
}


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day, month, calendar quarter, year or financial year. Created with `of` or `parse`."""

    first: datetime.date
    precision: str = DatePrecision.DAY

    @classmethod
    def of(cls, day, precision=DatePrecision.DAY):
        """The month, quarter, year or financial year of the day; the day itself without a precision. None for None."""
        if day is None:
            return None
        precision = precision or DatePrecision.DAY
        if precision == DatePrecision.DAY:
            return cls(day, precision)
        month = {
            DatePrecision.MONTH: day.month,
            DatePrecision.QUARTER: (day.month - 1) // 3 * 3 + 1,
            DatePrecision.YEAR: 1,
            DatePrecision.FINANCIAL_YEAR: APRIL,
        }[precision]
        year = max(day.year - (month > day.month), datetime.MINYEAR)
        return cls(datetime.date(year, month, 1), precision)

    @classmethod
    def parse(cls, text):
        """The date that `read_date` reads in the text; None for blank text. Raises its ValueError.

        "Q4 2026/27" is a quarter of the financial year, January to March 2027.
        """
        date = read_date(text)
        return cls(*date) if date else None

    @property
    def last(self):
        """The last day of the period; the day itself."""
        if self.precision == DatePrecision.DAY:
            return self.first
        months = self.first.year * 12 + self.first.month - 1 + MONTHS_IN[self.precision]
        if months // 12 > datetime.MAXYEAR:
            return datetime.date.max
        return datetime.date(months // 12, months % 12 + 1, 1) - datetime.timedelta(days=1)

    @property
    def label(self):
        """The date to its precision: "5 August 2019", "May 2025", "October to December 2024", "2024", "2026/27"."""
        return self._label(MONTH_NAMES, " to ")

    @property
    def in_text(self):
        """The date after a verb: "on 5 August 2019", "in May 2025", "between October and December 2024"."""
        if self.precision == DatePrecision.QUARTER:
            return f"between {self._label(MONTH_NAMES, ' and ')}"
        return f"{'on' if self.precision == DatePrecision.DAY else 'in'} {self.label}"

    @property
    def short_label(self):
        """The same for tables: "5 Aug 2019", "May 2025", "Oct-Dec 2024" (with an en dash), "2024", "2026/27"."""
        return self._label(_SHORT_MONTHS, "–")

    def _label(self, names, to):
        year, month = self.first.year, names[self.first.month - 1]
        if self.precision == DatePrecision.YEAR:
            return str(year)
        if self.precision == DatePrecision.FINANCIAL_YEAR:
            return f"{year}/{(year + 1) % 100:02}"
        if self.precision == DatePrecision.QUARTER:
            return f"{month}{to}{names[self.first.month + 1]} {year}"
        if self.precision == DatePrecision.MONTH:
            return f"{month} {year}"
        return f"{self.first.day} {month} {year}"

    def is_past(self, on):
        """Whether its last day is before the day `on`."""
        return self.last < on

    def time_since(self, on):
        """The time from its last day to the later day `on`: "60 days", "8 months"."""
        return Slippage(*_time_between(self.last, on), (on - self.last).days).size

    def contains(self, other):
        """Whether the other date is within this one: a day of the month, or the same date."""
        return self.first <= other.first and other.last <= self.last

    def slippage_from(self, planned):
        """The `Slippage` of this date from `planned`; None without `planned`.

        Dates of the same precision are compared in its unit: days, months or years. Others are compared by the days
        between them, which are sure: from "2023" to October 2024 is at least nine months. A date within the planned
        one is on time; whether other dates that overlap are on time is not certain.
        """
        if planned is None:
            return None
        if self.precision == planned.precision:
            days = (self.first - planned.first).days
            if self.precision == DatePrecision.DAY:
                return Slippage(*_time_between(planned.first, self.first), days)
            months = (self.first.year - planned.first.year) * 12 + self.first.month - planned.first.month
            if MONTHS_IN[self.precision] == 12:
                return Slippage(months // 12, "year", days)
            return Slippage(months, "month", days)
        if self.first > planned.last:
            start, end = planned.last, self.first
        elif self.last < planned.first:
            start, end = planned.first, self.last
        else:
            return Slippage(0, "day", 0, is_exact=planned.contains(self))
        return Slippage(*_time_between(start, end), (end - start).days, is_exact=False)


TOO_VAGUE = "dates too vague to compare"


@dataclass(frozen=True, slots=True)
class Slippage:
    """How much later a date is than another: `number` units, below zero if it is earlier.

    The unit is a day, month or year. If `is_exact` is False, the number is the part that is sure, and 0 is not
    known. `days` are for filters and sorting only.
    """

    number: int
    unit: str
    days: int
    is_exact: bool = True

    def at_least(self):
        """The same slippage as the part that is sure."""
        return replace(self, is_exact=False)

    @property
    def label(self):
        """The slippage from an approved date: "7 months late", "at least 12 days early", "on time"."""
        return self._label("late", "early") or ("on time" if self.is_exact else TOO_VAGUE)

    @property
    def change_label(self):
        """The change from an earlier forecast: "7 months later", "at least 12 days earlier"; "" for no sure change."""
        return self._label("later", "earlier")

    @property
    def since_label(self):
        """The `change_label` with a text for no change: "no change", "dates too vague to compare"."""
        return self.change_label or ("no change" if self.is_exact else TOO_VAGUE)

    @property
    def is_known(self):
        """Whether the dates can be compared: if not, 0 does not mean on time."""
        return self.is_exact or self.number != 0

    @property
    def size(self):
        """The length of time without its direction: "60 days", "7 months", "2 years 3 months"."""
        number, unit = abs(self.number), self.unit
        if unit != "month" or number < 24:
            return _counted(number, unit)
        years, months = divmod(number, 12)
        return " ".join([_counted(years, "year")] + ([_counted(months, "month")] if months else []))

    def _label(self, later, earlier):
        if self.number == 0:
            return ""
        return f"{'' if self.is_exact else 'at least '}{self.size} {later if self.number > 0 else earlier}"


def _time_between(start, end):
    """(number, unit) from one day to the other: days below three whole months, then months; below zero if earlier."""
    if end < start:
        number, unit = _time_between(end, start)
        return -number, unit
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    return (months, "month") if months >= 3 else ((end - start).days, "day")


def _counted(number, unit):
    return f"{number} {unit}{'' if number == 1 else 's'}"


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


def start_of(day):
    """The first moment of the day."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


def deadline_label(day):
    """A deadline: "Friday 4 December 2026"."""
    return f"{day:%A} {date_label(day)}"


def read_label(date):
    """What was read from the text of a date, a day or a PartialDate: "Friday 4 December 2026", "March 2027"."""
    if isinstance(date, PartialDate):
        return date.label if date.precision != DatePrecision.DAY else deadline_label(date.first)
    return deadline_label(date)


def short_date_label(day):
    """A day in a table: "5 Aug 2019"; "" for None."""
    return PartialDate(day).short_label if day else ""


_SHORT_MONTHS = [name[:3] for name in MONTH_NAMES]
