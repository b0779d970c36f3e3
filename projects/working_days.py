"""Working days in England: Monday to Friday, except bank holidays.

`projects/data/bank_holidays.csv` lists the bank holidays of England and Wales from https://www.gov.uk/bank-holidays,
with their substitute days. Add each year when it is published: a day after the last year counts by its weekday alone.
"""

import csv
import datetime
from pathlib import Path

with (Path(__file__).parent / "data" / "bank_holidays.csv").open(encoding="utf-8", newline="") as file:
    BANK_HOLIDAYS = {datetime.date.fromisoformat(row["date"]): row["name"] for row in csv.DictReader(file)}


def is_working_day(day):
    return day.weekday() < 5 and day not in BANK_HOLIDAYS


def next_working_day(day):
    """The day itself if it is a working day, else the next one."""
    while not is_working_day(day):
        day += datetime.timedelta(days=1)
    return day


def nth_working_day(after, number):
    """The working day that is the `number`th after the day `after`."""
    day = after
    for _ in range(number):
        day = next_working_day(day + datetime.timedelta(days=1))
    return day


def working_days(after, until):
    """The number of working days after the day `after`, until the day `until`."""
    days = (until - after).days
    return sum(is_working_day(after + datetime.timedelta(days=number)) for number in range(1, days + 1))


def expected_share(opens_on, due_on, on):
    """The share, from 0 to 1, of the working days until `due_on` that have passed on the day `on`."""
    if on >= due_on:
        return 1.0
    return working_days(opens_on, on) / (working_days(opens_on, due_on) or 1)
