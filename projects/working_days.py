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
