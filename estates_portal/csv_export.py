"""Rows as a CSV file that a spreadsheet opens and nobody can hide a formula in."""

import csv

from django.http import StreamingHttpResponse

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """What `csv.writer` writes to: hands each line on instead of keeping it."""

    def write(self, line):
        return line


def safe(value):
    """The cell's text; what a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection)."""
    text = "" if value is None else str(value)
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return f"'{text}"
    return text


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def stream(headings, rows, filename):
    """The download: `headings`, then `rows` (an iterable of sequences), written as they are read."""
    writer = csv.writer(_Line())

    def lines():
        yield "\ufeff" + writer.writerow(headings)  # the mark by which Excel knows UTF-8
        for row in rows:
            yield writer.writerow([safe(value) for value in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
