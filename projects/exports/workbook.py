"""Filtered lists as an Excel workbook. Rows are written as they are read to limit memory."""

import tempfile
from decimal import Decimal

import xlsxwriter

from estates_portal.printable import printable
from projects.columns import DATE, FIGURE, NUMBER, POUNDS, TEXT
from projects.labels import PALETTE

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_TEXT = 32_767  # characters in a cell of Excel
MAX_WIDTH = 60
A4 = 9  # the number of the paper size in Excel


def workbook(title, sheets, about):
    """A temporary file with the workbook of [(sheet, its rows)]. `about` is [(label, value)] of the cover.

    Every sheet has dates and numbers as such, a frozen heading and filters. Text is never written as a formula. Rows
    go to disk as they are read, so memory use is constant. Closing the file deletes it.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- the response closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    book.set_properties({"title": title})
    formats = {
        "heading": book.add_format(
            {"bold": True, "bg_color": PALETTE["line"], "text_wrap": True, "valign": "top", "border": 1}
        ),
        TEXT: book.add_format({"text_wrap": True, "valign": "top"}),
        DATE: book.add_format({"num_format": "d mmm yyyy", "align": "left", "valign": "top"}),
        POUNDS: book.add_format({"num_format": "£#,##0;[Red]-£#,##0", "valign": "top"}),
        NUMBER: book.add_format({"num_format": "0", "valign": "top"}),
        FIGURE: book.add_format({"num_format": "#,##0.##", "valign": "top"}),
        "title": book.add_format({"bold": True, "font_size": 16}),
    }
    _cover(book, formats, title, about)
    for sheet, rows in sheets:
        _write(book.add_worksheet(sheet.title), sheet, rows, formats)
    book.close()
    file.seek(0)
    return file


def _cover(book, formats, title, about):
    cover = book.add_worksheet("About")
    cover.set_column(0, 0, 24)
    cover.set_column(1, 1, 90)
    cover.write_string(0, 0, printable(title), formats["title"])
    for number, (label, value) in enumerate(about, 2):
        cover.write_string(number, 0, label)
        cover.write_string(number, 1, printable(value)[:MAX_TEXT], formats[TEXT])


def _write(page, sheet, rows, formats):
    page.freeze_panes(1, 2)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)  # one page wide, as many as it takes
    page.repeat_rows(0)
    page.set_footer("&L&A&CPage &P of &N")
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, min(column.width, MAX_WIDTH))
        page.write_string(0, index, column.label, formats["heading"])
    last = 0
    for last, row in enumerate(rows, 1):
        for index, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _cell(page, last, index, column.kind, value, formats)
    page.autofilter(0, 0, max(last, 1), len(sheet.columns) - 1)


def _cell(page, row, column, kind, value, formats):
    if value is None or value == "":
        return
    if kind == DATE:
        page.write_datetime(row, column, value, formats[DATE])
    elif kind in (POUNDS, NUMBER, FIGURE):
        page.write_number(row, column, float(value) if isinstance(value, Decimal) else value, formats[kind])
    else:
        page.write_string(row, column, printable(value)[:MAX_TEXT], formats[TEXT])
