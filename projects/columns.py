"""Columns of downloads, and their rows as CSV."""

from collections.abc import Callable
from dataclasses import dataclass

TEXT, DATE, POUNDS, NUMBER, FIGURE = "text", "date", "pounds", "number", "figure"


@dataclass(frozen=True)
class Column:
    """A column: its label, the key of its value in a record, a function to convert the value, and its format."""

    label: str
    name: str
    write: Callable | None = None
    kind: str = TEXT
    width: int = 16


def yes(value):
    return "Yes" if value else "No"


EXAMPLE = Column("Example data", "project__is_example", yes)
OF_PROJECT = (Column("Reference", "project__reference"), Column("Project", "project__title", width=44))


def of_project(project):
    """The part of a record for OF_PROJECT and EXAMPLE, with the id of the project as "project"."""
    return {
        "project": project.pk,
        "project__reference": project.reference,
        "project__title": project.title,
        "project__is_example": project.is_example,
    }


def row_of(columns, record):
    """The values of a record, a dict, in these columns. Missing values are None."""
    values = [(column.write, record.get(column.name)) for column in columns]
    return [write(value) if write else value for write, value in values]


def csv_rows(sheet, rows):
    """Yields the rows of something with `columns` for CSV."""
    return csv_cells(sheet.columns, rows)


def csv_cells(columns, rows):
    """Yields the rows of these columns for CSV, with dates as 2027-03-01 and pounds with pence."""
    for row in rows:
        yield [_plain(column.kind, value) for column, value in zip(columns, row, strict=True)]


def _plain(kind, value):
    if value is None or value == "":
        return ""
    if kind == DATE:
        return value.isoformat()
    return f"{value:.2f}" if kind == POUNDS else value
