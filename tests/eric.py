"""Files of estate returns for tests: those of 2014/15 as published, and copies with other cells."""

import csv
import io
import lzma

from estates_portal.spreadsheets import read_sheets
from projects.importing.eric_file import read_eric
from projects.management.commands.load_blmk import DATA

YEAR = 2014
CSV = DATA / "eric" / "2014-15.csv"  # seven trusts
XLS = "tests/data/eric/2014-15.xls.xz"  # all trusts of England
SEVEN = ["RC1", "RC9", "RD8", "RV3", "RWK", "RWN", "RYV"]
# As published for 2014/15: rows, aggregates, area, then backlog by risk: high, significant, moderate, low
TOTALS = {
    "RC9": (1, 0, 59_132, 8_877_570, 11_487_280, 10_568_470, 3_427_240),
    "RD8": (1, 0, 80_581, 2_099_470, 3_991_553, 1_720_100, 973_350),
    "RC1": (2, 0, 60_366, 196_181, 4_033_271, 5_205_919, 2_682_028),
    "RWK": (7, 1, 87_468, 0, 0, 0, 0),
    "RYV": (7, 1, 51_327, 22_000, 331_653, 333_350, 422_152),
    "RV3": (20, 1, 115_271, 0, 0, 2_193_000, 949_000),
    "RWN": (13, 1, 123_463, 176_457, 791_502, 3_667_807, 1_774_118),
}
ACUTE = (4, 0, 200_079, 11_173_221, 19_512_104, 17_494_489, 7_082_618)
ALL_SEVEN = (51, 4, 577_608, 11_371_678, 20_635_259, 23_688_646, 10_227_888)
ENGLAND = (1_251, 135, 26_361_575, 457_975_848, 1_062_095_570, 1_551_301_434, 1_266_546_724)


def csv_bytes():
    return CSV.read_bytes()


def xls_bytes():
    with lzma.open(XLS) as file:
        return file.read()


def table():
    """The cells of the CSV, headings first."""
    return list(csv.reader(io.StringIO(csv_bytes().decode("cp1252"), newline="")))


def as_csv(rows, encoding="utf-8"):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def changed(*changes, rename=None, without=()):
    """A copy of the CSV: with `changes` (site code, heading, cell), headings renamed, and without some of them.

    A heading stands for its first column.
    """
    rows = table()
    headings = rows[0]
    for code, heading, cell in changes:
        for row in rows[1:]:
            if row[4] == code:
                row[headings.index(heading)] = cell
    gone = {headings.index(heading) for heading in without}
    rows[0] = [(rename or {}).get(heading, heading) for heading in headings]
    return as_csv([[cell for at, cell in enumerate(row) if at not in gone] for row in rows])


def read(content):
    return read_eric(read_sheets(content))
