"""Reads dates as people write them: days, months, quarters, years and financial years."""

import datetime
import re

from estates_portal.statements import DatePrecision

YEARS = range(1900, 2101)  # of any date entered or recorded
YEAR_ERROR = f"Enter a year from {YEARS[0]} to {YEARS[-1]}"
APRIL = 4  # the first month of a financial year
MONTH_NAMES = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
DAY_EXAMPLE = "14/3/2027"
DATE_EXAMPLES = f"{DAY_EXAMPLE}, March 2027, April to June 2027, 2027 or 2026/27"
DAY_FORMAT_ERROR = f"Enter a date, for example {DAY_EXAMPLE}"
DATE_FORMAT_ERROR = f"{DAY_FORMAT_ERROR}, March 2027, 2027 or 2026/27"

_MONTH = {name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, 1)}
_MONTH_NAME = "|".join(f"{name[:3]}(?:{name[3:]})?|{name[:4]}" for name in MONTH_NAMES).lower()
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?"
_YEAR = r"(?P<year>\d{4}|['’]?\d{2})"  # two digits are of this century
_FINANCIAL_YEAR = r"(?:fy ?)?(?P<year>\d{4}) ?[/–-] ?(?P<next>\d{2}|\d{4})"
_FORMS = [
    (DatePrecision.DAY, rf"(?P<day>\d{{1,2}})[/.\- ](?P<month>\d{{1,2}})[/.\- ]{_YEAR}"),
    (DatePrecision.DAY, r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"),
    (DatePrecision.DAY, rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ -]?(?P<name>{_MONTH_NAME})\.?,?[ -]?{_YEAR}"),
    (DatePrecision.MONTH, rf"(?P<name>{_MONTH_NAME})\.?,?[ /-]?(?P<year>\d{{4}})"),
    (DatePrecision.MONTH, rf"(?P<name>{_MONTH_NAME})(?:-|/| ?['’])(?P<year>\d{{2}})"),  # "Mar-27", as Excel shows it
    (DatePrecision.MONTH, r"(?P<month>\d{1,2})[/.-](?P<year>\d{4})"),
    (DatePrecision.QUARTER, rf"q(?P<quarter>[1-4]),? ?{_FINANCIAL_YEAR}"),
    (DatePrecision.QUARTER, rf"(?P<name>{_MONTH_NAME}) ?(?:to|-|–) ?(?P<last>{_MONTH_NAME}),? (?P<year>\d{{4}})"),
    (DatePrecision.YEAR, r"(?P<year>\d{4})"),
    (DatePrecision.FINANCIAL_YEAR, _FINANCIAL_YEAR),
]
_FORMS = [(precision, re.compile(pattern, re.ASCII)) for precision, pattern in _FORMS]
_ISO_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])", re.ASCII)
_UNCLEAR_QUARTER = re.compile(r"q(?P<quarter>[1-4])[ /]?(?P<year>\d{4})", re.ASCII)


def read_date(text, years=YEARS):
    """(first day, precision) of the date in the text; None for blank text.

    Raises ValueError with a message for the user for other text, for a year outside `years`, and for "Q4 2026", which
    has two meanings. "2027-03" is a month, "2026-27" a financial year.
    """
    normalised = " ".join(text.lower().split()).rstrip(".,")
    if not normalised:
        return None
    match = _ISO_MONTH.fullmatch(normalised)
    if match and int(match["month"]) != (int(match["year"]) + 1) % 100:
        return _first_day(match.groupdict(), years), DatePrecision.MONTH
    for precision, pattern in _FORMS:
        if match := pattern.fullmatch(normalised):
            return _first_day(match.groupdict(), years), precision
    if match := _UNCLEAR_QUARTER.fullmatch(normalised):
        raise ValueError(_unclear_quarter_error(normalised, int(match["quarter"]), int(match["year"])))
    raise ValueError(DATE_FORMAT_ERROR)


def read_day(text, years=YEARS):
    """The day in the text; None for blank text. Raises ValueError with a message for the user."""
    try:
        date = read_date(text, years)
    except ValueError as error:
        raise ValueError(DAY_FORMAT_ERROR if str(error) == DATE_FORMAT_ERROR else str(error)) from None
    if date and date[1] != DatePrecision.DAY:
        raise ValueError(f"Enter a day, month and year, for example {DAY_EXAMPLE}")
    return date and date[0]


def write_day(day):
    """The day as people type it: "14/3/2027"."""
    return f"{day.day}/{day.month}/{day.year}"


def _first_day(parts, years):
    month, year = int(parts.get("month") or 1), _year(parts["year"])
    if parts.get("name"):
        month = _MONTH[parts["name"][:3]]
    if parts.get("next"):
        if int(parts["next"]) not in {year + 1, (year + 1) % 100}:
            raise ValueError("A financial year is two years in a row, for example 2026/27")
        month, year = _financial_quarter(int(parts.get("quarter") or 1), year)
    if parts.get("last") and (_MONTH[parts["last"][:3]] != month + 2 or month % 3 != 1):
        raise ValueError("A quarter is January to March, April to June, July to September or October to December")
    if year not in years:
        raise ValueError(f"Enter a year from {years[0]} to {years[-1]}")
    if not 1 <= month <= 12:
        raise ValueError("The month must be from 1 to 12")
    try:
        return datetime.date(year, month, int(parts.get("day") or 1))
    except ValueError as error:
        raise ValueError("There is no such day in the calendar") from error


def _year(text):
    digits = text.lstrip("'’")
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _financial_quarter(quarter, year):
    """(month, year) in which the quarter of the financial year starts: the fourth in January of the next year."""
    return (1, year + 1) if quarter == 4 else (quarter * 3 + 1, year)


def _quarter_label(month, year):
    return f"{MONTH_NAMES[month - 1]} to {MONTH_NAMES[month + 1]} {year}"


def _unclear_quarter_error(text, quarter, year):
    """The error for "Q4 2026": it has a calendar and a financial meaning."""
    if year not in YEARS[1:-1]:
        return YEAR_ERROR
    return (
        f"{text.upper()} has two meanings. Enter Q{quarter} {year}/{(year + 1) % 100:02} for "
        f"{_quarter_label(*_financial_quarter(quarter, year))}, or enter {_quarter_label(quarter * 3 - 2, year)}"
    )
