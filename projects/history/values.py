"""Columns of records and their values as text, as the forms show them."""

from decimal import Decimal

from django.db import models
from django.utils import formats, timezone
from django.utils.text import capfirst

from estates_portal.dates import PartialDate, PartialDateColumns, date_label
from projects.access import HIDDEN_MILESTONE, HIDDEN_PROJECT
from projects.models import Milestone, Project, year_label

from .kinds import KINDS, RecordKind

EMPTY = "(empty)"
DELETED = "(deleted)"
# {model: text in place of a record that the reader cannot see}
HIDDEN_RECORDS = {Project: HIDDEN_PROJECT, Milestone: capfirst(HIDDEN_MILESTONE)}

# Columns that are internal or repeat others.
HIDDEN = {"id", "project_ptr", "project", "milestone", "slug", "is_example", "current_until", "changed_at"}
LABELS = {
    "current_on": "current date",
    "public": "shown to the public",
    "proposed_public": "proposed for the public",
}
MEASURED = ("baseline", "target", "latest")  # figures of a benefit, in its unit
# {column of a date: column of its precision}
PRECISION = {
    date.day: date.precision
    for kind in KINDS
    if isinstance(kind, RecordKind)
    for model in kind.model.__mro__
    for date in vars(model).values()
    if isinstance(date, PartialDateColumns)
}


def columns_of(kind):
    """The columns of a type of record that are shown."""
    hidden = HIDDEN | set(PRECISION.values()) | ({"kind"} if issubclass(kind.model, Project) else set())
    return [column for column in kind.past.tracked_fields if column.name not in hidden]


def heading(column):
    label = LABELS.get(column.name, str(column.verbose_name))
    return label[:1].upper() + label[1:]


def raw(row, column):
    """The value to compare; for a date, with its precision."""
    value = getattr(row, column.attname)
    return (value, getattr(row, PRECISION[column.name])) if column.name in PRECISION and value else value


def summary_value(row, column, names):
    """The value without its heading, except of a tick: "Shown to the public: yes"."""
    text = value_text(row, column, names)
    return f"{heading(column)}: {text.lower()}" if isinstance(column, models.BooleanField) else text


def value_text(row, column, names):
    """The value as the forms show it, with its unit. `names` is {(model, id): name} of related records."""
    value = getattr(row, column.attname)
    if value is None or value == "":
        return EMPTY
    if column.is_relation:
        return name_of(column.related_model, value, names)
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if column.name in {"year", "price_year"}:
        return year_label(value)
    if isinstance(value, Decimal | int):
        return _with_unit(value, row, column)
    if column.name in PRECISION:
        return PartialDate.of(value, getattr(row, PRECISION[column.name])).label
    if isinstance(column, models.DateTimeField):
        return formats.date_format(timezone.localtime(value), "j F Y, H:i")
    if isinstance(column, models.DateField):
        return date_label(value)
    return str(value)


def name_of(model, pk, names):
    """The name of a related record, or a text in its place."""
    return names.get((model, pk), HIDDEN_RECORDS.get(model, DELETED))


def _with_unit(value, row, column):
    """The number with its unit: pounds, that of the benefit, or the one in the column's heading."""
    places = column.decimal_places if isinstance(value, Decimal) else 0
    number = f"{value:,.{places}f}".removesuffix(".00")
    if "(£)" in column.verbose_name:
        return f"£{number}"
    return f"{number} {row.unit}" if column.name in MEASURED else number
