"""The history as rows of a CSV file: one for each changed field, or for a change without fields."""

from itertools import islice

from django.utils import timezone
from django.utils.text import Truncator

from .changes import entries, group_into_saves
from .queries import as_rows

HEADINGS = [
    "When",
    "Changed by",
    "Record",
    "Name",
    "Project",
    "Change",
    "Field",
    "Before",
    "After",
    "Details",
    "Reason",
]
BATCH = 500
LONGEST = 1000  # characters of a value: a map has many more


def csv_rows(rows, reader):
    """The rows of the file for these rows of history, read in batches."""
    tuples = rows.iterator(chunk_size=BATCH)
    while batch := list(islice(tuples, BATCH)):
        for entry in entries(group_into_saves(as_rows(batch)), reader, with_projects=True):
            for change in entry.changes:
                yield from _rows_of(entry, change)


def _rows_of(entry, change):
    when = timezone.localtime(entry.at).strftime("%Y-%m-%d %H:%M:%S")
    project = change.project.title if change.project else ""
    start = [when, entry.who, change.label, change.name, project, change.done]
    for label, old, new in change.fields or [("", "", "")]:
        yield [*start, label, _short(old), _short(new), _short(change.summary), entry.reason]


def _short(text):
    return Truncator(text).chars(LONGEST)
