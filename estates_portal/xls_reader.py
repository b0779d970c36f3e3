"""Reads an .xls workbook from standard input and writes its sheets as JSON to standard output.

`estates_portal.spreadsheets` runs it in a process of its own, with limits of memory and time, because a hostile
workbook can ask for more of both than the portal has. It uses no module of the portal.
"""

import json
import math
import resource
import sys

MEMORY = 600 * 1024 * 1024
SECONDS = 20
MAX_CELLS = 3_000_000
MAX_CHARACTERS = 60_000_000  # a text that many cells share is written for each of them


def text_of(kind, value, datemode):
    """The value of a cell as text: whole numbers without a decimal point, dates as yyyy-mm-dd, errors as in Excel."""
    if kind == xlrd.XL_CELL_NUMBER:
        if not math.isfinite(value):
            return "#NUM!"
        return str(int(value)) if value == int(value) else repr(value)
    if kind == xlrd.XL_CELL_DATE:
        try:
            return xlrd.xldate_as_datetime(value, datemode).isoformat().removesuffix("T00:00:00")
        except (xlrd.xldate.XLDateError, OverflowError, ValueError):
            return repr(value)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE"
    if kind == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(value, "#ERROR!")
    return str(value)


def sheets_of(content):
    """[[name, rows]] of the sheets that are not hidden, each row a list of texts. Raises XLRDError if too large."""
    with open("/dev/null", "w") as nowhere:
        book = xlrd.open_workbook(file_contents=content, on_demand=True, ragged_rows=True, logfile=nowhere)
        sheets, cells, characters = [], 0, 0
        for name in book.sheet_names():
            sheet = book.sheet_by_name(name)
            if sheet.visibility == 0:
                rows = []
                for number in range(sheet.nrows):
                    typed = zip(sheet.row_types(number), sheet.row_values(number), strict=True)
                    rows.append([text_of(*cell, book.datemode) for cell in typed])
                    cells += len(rows[-1])
                    characters += sum(map(len, rows[-1]))
                    if cells > MAX_CELLS or characters > MAX_CHARACTERS:
                        raise xlrd.XLRDError("too large")
                sheets.append([name, rows])
            book.unload_sheet(name)
    return sheets


def main():
    try:
        answer = {"sheets": sheets_of(sys.stdin.buffer.read())}
    except xlrd.XLRDError as error:
        answer = {"error": str(error)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    import xlrd  # after the limits, as it reads files that are not checked yet

    main()
