"""The history of a project and its records, with the values before and after each change.

The rows come from django-simple-history. One save in the admin writes a row for each record; rows of one user within a
few seconds are one entry.
"""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from django.db import models
from django.db.models import F, Value, Window
from django.db.models.functions import Lag
from django.utils import formats, timezone

from estates_portal.accounts.models import User
from projects.dates import PartialDate, PartialDateColumns, date_label
from projects.models import (
    AnnualCost,
    Benefit,
    ChangeRequest,
    CostEstimate,
    Decision,
    Document,
    FundingLine,
    HospitalScheme,
    Hub,
    Milestone,
    MilestoneDependency,
    MilestoneStatement,
    OtherName,
    ProgressNote,
    Project,
    ProjectSource,
    Risk,
    year_label,
)

SAVE_WINDOW = datetime.timedelta(seconds=5)
EMPTY = "(empty)"
HIDDEN_PROJECT = "Restricted project"

# Columns that are internal or repeat others.
HIDDEN = {"id", "project_ptr", "project", "milestone", "slug", "is_example", "current_until"}
LABELS = {
    "current_on": "current date",
    "public": "shown to the public",
    "proposed_public": "proposed for the public",
}


@dataclass(frozen=True)
class RecordKind:
    """A type of record in the history.

    `named_by` is the field with the name of a record; `summary` are the fields shown when one is added or deleted.
    """

    key: str
    label: str
    model: type
    named_by: str = ""
    summary: tuple = ()
    by_milestone: bool = False

    @property
    def past(self):
        return self.model.history.model

    def rows_of(self, project):
        """Queryset of the rows of history of the project, including deleted records."""
        if issubclass(self.model, Project):
            return self.past.objects.filter(id=project.pk)
        if self.by_milestone:
            milestones = Milestone.history.model.objects.filter(project_id=project.pk)
            return self.past.objects.filter(milestone_id__in=milestones.values("id"))
        return self.past.objects.filter(project_id=project.pk)


STATEMENT_FIELDS = ("kind", "on", "stated_on", "change_reason", "explanation", "wording")
BENEFIT_FIELDS = ("baseline", "target", "due_on", "latest", "latest_on")
KINDS = [
    RecordKind("hub", "Project", Hub),
    RecordKind("scheme", "Project", HospitalScheme),
    RecordKind("milestone", "Milestone", Milestone, "title", ("title", "kind")),
    RecordKind("statement", "Milestone date", MilestoneStatement, summary=STATEMENT_FIELDS, by_milestone=True),
    RecordKind("cost", "Cost", CostEstimate, summary=("amount_pounds", "covers", "as_of")),
    RecordKind("funding", "Funding", FundingLine, "funder", ("funder", "amount_pounds", "status", "note", "as_of")),
    RecordKind("name", "Other name", OtherName, "name", ("name",)),
    RecordKind("source", "Source", ProjectSource, summary=("url",)),
    RecordKind("note", "Progress note", ProgressNote, summary=("date", "text")),
    RecordKind("risk", "Risk or issue", Risk, "title", ("title", "kind", "likelihood", "consequence", "owner")),
    RecordKind("annual", "Annual cost", AnnualCost, "year", ("year", "budget", "forecast", "actual")),
    RecordKind("dependency", "Milestone dependency", MilestoneDependency, summary=("depends_on",), by_milestone=True),
    RecordKind("change", "Change request", ChangeRequest, "title", ("old_on", "new_on", "why", "state")),
    RecordKind("decision", "Decision", Decision, "title", ("decided_on", "decided_by", "words")),
    RecordKind("benefit", "Benefit", Benefit, "title", BENEFIT_FIELDS),
    RecordKind("document", "Document", Document, "title", ("kind", "dated", "url", "public")),
]
MEASURED = ("baseline", "target", "latest")  # figures of a benefit, in its unit
KINDS_BY_KEY = {kind.key: kind for kind in KINDS}
# {column of a date: column of its precision}
PRECISION = {
    date.day: date.precision
    for kind in KINDS
    for model in kind.model.__mro__
    for date in vars(model).values()
    if isinstance(date, PartialDateColumns)
}


@dataclass(frozen=True)
class HistoryRow:
    """One row of history, without its values."""

    at: datetime.datetime
    user_id: int | None
    key: str
    history_id: int
    previous_id: int | None
    reason: str


@dataclass
class Change:
    """A change of one record. `fields` is [(label, old, new)]; `summary` describes an added or deleted record."""

    label: str
    done: str
    record: tuple
    name: str = ""
    summary: str = ""
    fields: list = field(default_factory=list)

    @property
    def title(self):
        """The type and name of the record: "Milestone: Opening"."""
        return f"{self.label}: {self.name}" if self.name else self.label


@dataclass
class Entry:
    """One save."""

    at: datetime.datetime
    who: str
    reason: str
    changes: list


def history_rows_of(project):
    """[`HistoryRow`] of the project and its records, newest first. One query."""
    columns = ["history_date", "history_user_id", "key", "history_id", "previous", "history_change_reason"]
    before = Window(Lag("history_id"), partition_by=[F("id")], order_by=["history_date", "history_id"])
    parts = [
        kind.rows_of(project).order_by().annotate(key=Value(kind.key), previous=before).values_list(*columns)
        for kind in KINDS
    ]
    rows = parts[0].union(*parts[1:], all=True).order_by("-history_date", "key", "-history_id")
    return [HistoryRow(*row[:5], row[5] or "") for row in rows]


def group_into_saves(history_rows):
    """[[`HistoryRow`]] grouped by save: by one user, for one reason, within SAVE_WINDOW of the next."""
    groups, last = [], None
    for history_row in history_rows:
        is_same_author = last is not None and (history_row.user_id, history_row.reason) == (last.user_id, last.reason)
        if is_same_author and last.at - history_row.at <= SAVE_WINDOW:
            groups[-1].append(history_row)
        else:
            groups.append([history_row])
        last = history_row
    return groups


def people_in(history_rows):
    """[(id, name)] of the users in the rows, by name. One query."""
    ids = {history_row.user_id for history_row in history_rows if history_row.user_id}
    return [(str(pk), name) for pk, name in User.objects.filter(pk__in=ids).order_by("name").values_list("pk", "name")]


def entries(groups, reader):
    """[`Entry`] of the saves, as `reader` can see them. One query for each type of record and of related record."""
    rows = _rows_of([history_row for group in groups for history_row in group])
    names = _names_in(rows, reader)
    people = {user.pk: user.name for user in User.objects.filter(pk__in={group[0].user_id for group in groups})}
    shown = []
    for group in groups:
        changes = [_change(history_row, rows, names) for history_row in group]
        who = people.get(group[0].user_id, "System")
        shown.append(Entry(group[0].at, who, group[0].reason, _without_repeats(changes)))
    return shown


def _rows_of(history_rows):
    """{(key of the type, history id): row} of these rows and of the row before each."""
    ids_by_kind = {}
    for history_row in history_rows:
        ids_by_kind.setdefault(history_row.key, set()).update(
            {history_row.history_id, history_row.previous_id} - {None}
        )
    return {
        (key, row.history_id): row
        for key, ids in ids_by_kind.items()
        for row in KINDS_BY_KEY[key].past.objects.filter(history_id__in=ids)
    }


def _names_in(rows, reader):
    """{(model, id): name} of the records that the rows refer to; projects only if the reader can see them."""
    ids_by_model = {}
    for (key, _history_id), row in rows.items():
        for column in _columns(KINDS_BY_KEY[key]):
            if column.is_relation and getattr(row, column.attname) is not None:
                ids_by_model.setdefault(column.related_model, set()).add(getattr(row, column.attname))
        if KINDS_BY_KEY[key].by_milestone:
            ids_by_model.setdefault(Milestone, set()).add(row.milestone_id)
    names = {}
    for model, ids in ids_by_model.items():
        records = model.objects.filter(pk__in=ids)
        if model is Project:
            records = records.visible_to(reader)
        names |= {(model, record.pk): str(record) for record in records}
    missing = ids_by_model.get(Milestone, set()) - {pk for model, pk in names if model is Milestone}
    for row in Milestone.history.model.objects.filter(id__in=missing).order_by("history_date"):
        names[Milestone, row.id] = row.title
    return names


def _columns(kind):
    """The columns that are shown."""
    hidden = HIDDEN | set(PRECISION.values()) | ({"kind"} if issubclass(kind.model, Project) else set())
    return [column for column in kind.past.tracked_fields if column.name not in hidden]


def _change(history_row, rows, names):
    kind, row = KINDS_BY_KEY[history_row.key], rows[history_row.key, history_row.history_id]
    done = {"+": "added", "~": "changed", "-": "deleted"}[row.history_type]
    change = Change(kind.label, done, (history_row.key, row.id), _name(kind, row, names))
    before = rows.get((history_row.key, history_row.previous_id))
    if done == "changed" and before is not None:
        change.fields = [
            (_heading(column), _value(before, column, names), _value(row, column, names))
            for column in _columns(kind)
            if _raw(before, column) != _raw(row, column)
        ]
    elif done != "changed":
        by_name = {column.name: column for column in _columns(kind)}
        values = [_summary_value(row, by_name[name], names) for name in kind.summary]
        change.summary = "; ".join(value for value in values if value not in {EMPTY, change.name})
    return change


def _without_repeats(changes):
    """The changes grouped by type of record, the project first, without empty ones.

    Excludes changes to a record in the save that added or deleted it.
    """
    added_or_deleted = {change.record for change in changes if change.done != "changed"}
    shown = [
        change
        for change in changes
        if change.done != "changed" or (change.fields and change.record not in added_or_deleted)
    ]
    order = {kind.label: number for number, kind in enumerate(KINDS)}
    return [
        change
        for _label, group in groupby(
            sorted(shown, key=lambda change: order[change.label]), key=lambda change: change.label
        )
        for change in group
    ]


def _name(kind, row, names):
    """The name of the record; "" if its type has no names."""
    if kind.by_milestone:
        return names.get((Milestone, row.milestone_id), "")
    if kind.model is AnnualCost:
        return year_label(row.year)
    return getattr(row, kind.named_by) if kind.named_by else ""


def _heading(column):
    label = LABELS.get(column.name, str(column.verbose_name))
    return label[:1].upper() + label[1:]


def _raw(row, column):
    """The value to compare; for a date, with its precision."""
    value = getattr(row, column.attname)
    return (value, getattr(row, PRECISION[column.name])) if column.name in PRECISION and value else value


def _summary_value(row, column, names):
    """The value without its heading, except of a tick: "Shown to the public: yes"."""
    value = _value(row, column, names)
    return f"{_heading(column)}: {value.lower()}" if isinstance(column, models.BooleanField) else value


def _value(row, column, names):
    """The value as the forms show it, with its unit."""
    value = getattr(row, column.attname)
    if value is None or value == "":
        return EMPTY
    if column.is_relation:
        return names.get(
            (column.related_model, value), HIDDEN_PROJECT if column.related_model is Project else "(deleted)"
        )
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if column.name == "year":
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


def _with_unit(value, row, column):
    """The number with its unit: pounds, that of the benefit, or the one in the column's heading."""
    number = f"{value:,.2f}".removesuffix(".00") if isinstance(value, Decimal) else f"{value:,}"
    if "(£)" in column.verbose_name:
        return f"£{number}"
    return f"{number} {row.unit}" if column.name in MEASURED else number
