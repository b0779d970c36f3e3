"""CSV downloads for spreadsheets, safe from injected formulas."""

import csv
import re

from django.http import StreamingHttpResponse

from estates_portal.printable import printable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # the last four are full-width
TELEPHONE = re.compile(r"\+\d[\d ]*")


class _Line:
    """A file for `csv.writer` that returns each line."""

    def write(self, line):
        return line


def safe(value):
    """The text of a cell, with an apostrophe before anything that could be a formula (OWASP, CSV injection).

    "- item" has one too: Excel would read it as a formula and show an error. Numbers and telephone numbers have none.
    """
    text = "" if value is None else printable(value)
    if text.startswith(FORMULA_STARTS) and not (_is_number(text) or TELEPHONE.fullmatch(text)):
        return f"'{text}"
    return text


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def stream(headings, rows, filename):
    """A streaming CSV response with `headings`, then `rows` (an iterable of sequences)."""
    writer = csv.writer(_Line())

    def lines():
        yield "\ufeff" + writer.writerow(headings)  # the byte order mark tells Excel that this is UTF-8
        for row in rows:
            yield writer.writerow([safe(value) for value in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
