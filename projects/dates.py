"""Dates that can be known only to the month, quarter, year or financial year, and the time between two of them.

Such a date is stored as the first day of its period, with its precision. It is never shown as a day.
"""

import datetime
import re
from dataclasses import dataclass, replace

from estates_portal.statements import DatePrecision

YEARS = range(1900, 2101)  # of any date entered or recorded
YEAR_ERROR = f"Enter a year from {YEARS[0]} to {YEARS[-1]}"
MONTHS_IN = {
    DatePrecision.MONTH: 1,
    DatePrecision.QUARTER: 3,
    DatePrecision.YEAR: 12,
    DatePrecision.FINANCIAL_YEAR: 12,
}
APRIL = 4  # the first month of a financial year
MONTH_NAMES = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip


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
        """The day, month, quarter, year or financial year in the text; None for blank text.

        "Q4 2026/27" is a quarter of the financial year, January to March 2027. Raises ValueError with a message for the
        user for other text, for a year outside YEARS, and for "Q4 2026", which has two meanings.
        """
        normalised = " ".join(text.lower().split())
        if not normalised:
            return None
        for precision, pattern in _FORMS:
            if match := pattern.fullmatch(normalised):
                return cls(_first_day(match.groupdict()), precision)
        if match := _UNCLEAR_QUARTER.fullmatch(normalised):
            raise ValueError(_unclear_quarter_error(normalised, int(match["quarter"]), int(match["year"])))
        raise ValueError(DATE_FORMAT_ERROR)

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


def deadline_label(day):
    """A deadline: "Friday 4 December 2026"."""
    return f"{day:%A} {date_label(day)}"


def short_date_label(day):
    """A day in a table: "5 Aug 2019"; "" for None."""
    return PartialDate(day).short_label if day else ""


_SHORT_MONTHS = [name[:3] for name in MONTH_NAMES]
_MONTH = {name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, 1)}
_MONTH_NAME = "|".join(f"{name[:3]}(?:{name[3:]})?|{name[:4]}" for name in MONTH_NAMES).lower()
_FINANCIAL_YEAR = r"(?:fy ?)?(?P<year>\d{4}) ?[/–-] ?(?P<next>\d{2}|\d{4})"
_FORMS = [
    (DatePrecision.DAY, re.compile(r"(?P<day>\d{1,2})[/.\- ](?P<month>\d{1,2})[/.\- ](?P<year>\d{4})")),
    (DatePrecision.DAY, re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")),
    (DatePrecision.DAY, re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<name>{_MONTH_NAME}),? (?P<year>\d{{4}})")),
    (DatePrecision.MONTH, re.compile(rf"(?P<name>{_MONTH_NAME}),? (?P<year>\d{{4}})")),
    (DatePrecision.MONTH, re.compile(r"(?P<month>\d{1,2})/(?P<year>\d{4})")),
    (DatePrecision.QUARTER, re.compile(rf"q(?P<quarter>[1-4]),? ?{_FINANCIAL_YEAR}")),
    (
        DatePrecision.QUARTER,
        re.compile(rf"(?P<name>{_MONTH_NAME}) ?(?:to|-|–) ?(?P<last>{_MONTH_NAME}),? (?P<year>\d{{4}})"),
    ),
    (DatePrecision.YEAR, re.compile(r"(?P<year>\d{4})")),
    (DatePrecision.FINANCIAL_YEAR, re.compile(_FINANCIAL_YEAR)),
]
_UNCLEAR_QUARTER = re.compile(r"q(?P<quarter>[1-4])[ /]?(?P<year>\d{4})")
DATE_EXAMPLES = "14/3/2027, March 2027, April to June 2027, 2027 or 2026/27"
DATE_FORMAT_ERROR = "Enter a date, for example 14/3/2027, March 2027, 2027 or 2026/27"


def _first_day(parts):
    month, year = int(parts.get("month") or 1), int(parts["year"])
    if parts.get("name"):
        month = _MONTH[parts["name"][:3]]
    if parts.get("next"):
        if int(parts["next"]) not in {year + 1, (year + 1) % 100}:
            raise ValueError("A financial year is two years in a row, for example 2026/27")
        month, year = _financial_quarter(int(parts.get("quarter") or 1), year)
    if parts.get("last") and (_MONTH[parts["last"][:3]] != month + 2 or month % 3 != 1):
        raise ValueError("A quarter is January to March, April to June, July to September or October to December")
    if year not in YEARS:
        raise ValueError(YEAR_ERROR)
    try:
        return datetime.date(year, month, int(parts.get("day") or 1))
    except ValueError as error:
        raise ValueError("There is no such day in the calendar") from error


def _financial_quarter(quarter, year):
    """(month, year) in which the quarter of the financial year starts: the fourth in January of the next year."""
    return (1, year + 1) if quarter == 4 else (quarter * 3 + 1, year)


def _unclear_quarter_error(text, quarter, year):
    """The error for "Q4 2026": it has a calendar and a financial meaning."""
    if year not in YEARS[1:-1]:
        return YEAR_ERROR
    month, financial_start = _financial_quarter(quarter, year)
    financial = PartialDate(datetime.date(financial_start, month, 1), DatePrecision.QUARTER)
    calendar = PartialDate(datetime.date(year, quarter * 3 - 2, 1), DatePrecision.QUARTER)
    financial_year = PartialDate(datetime.date(year, APRIL, 1), DatePrecision.FINANCIAL_YEAR)
    return (
        f"{text.upper()} has two meanings. Enter Q{quarter} {financial_year.label} for {financial.label}, "
        f"or enter {calendar.label}"
    )
