"""What changed in the rows of history: the fields with their values before and after, and links by name.

One save writes a row for each record; rows of one user within a few seconds, for one reason, are one entry.
"""

import datetime
from dataclasses import dataclass, field

from django.db.models import OuterRef, Q, Subquery

from estates_portal.accounts.models import User
from estates_portal.sorting import sort_key
from projects.models import HospitalScheme, Hub, Project, Proposal, ProposedNote, ReportAction, ReportEvent, year_label
from projects.models.links import ALREADY_LINKED

from .kinds import KINDS, KINDS_BY_KEY, EventKind, LinkKind, RecordKind
from .values import EMPTY, columns_of, heading, name_of, raw, summary_value, value_text

SAVE_WINDOW = datetime.timedelta(seconds=5)
DONE = {"+": "added", "~": "changed", "-": "deleted"}


@dataclass(frozen=True)
class HistoryRow:
    """One row of history, without its values."""

    at: datetime.datetime
    user_id: int | None
    key: str
    row_id: int
    reason: str


@dataclass
class Change:
    """A change of one record. `fields` is [(label, old, new)]; `summary` describes what has no fields.

    `project_id` is that of the project that it belongs to, or None.
    """

    label: str
    done: str
    record: tuple
    name: str = ""
    summary: str = ""
    fields: list = field(default_factory=list)
    project_id: int | None = None
    project: object = None

    @property
    def title(self):
        """The type and name of the record: "Milestone: Opening"."""
        return f"{self.label}: {self.name}" if self.name else self.label


@dataclass(frozen=True)
class DeletedProject:
    """A project that exists only in history."""

    title: str


@dataclass
class Entry:
    """One save."""

    at: datetime.datetime
    who: str
    reason: str
    changes: list


@dataclass
class Known:
    """What the changes of some rows are made of.

    `rows` is {(key of the kind, id): row}; `before` the row of each record before it; `names` {(model, id): name};
    `projects` {(model of a parent, id): id of its project}.
    """

    rows: dict
    before: dict
    names: dict
    projects: dict


def group_into_saves(history_rows):
    """[[`HistoryRow`]] grouped by save: by one user, for one reason if any, within SAVE_WINDOW of the next."""
    groups, last = [], None
    for history_row in history_rows:
        is_near = last is not None and last.at - history_row.at <= SAVE_WINDOW
        reasons = {history_row.reason, _reason(groups[-1])} - {""} if is_near else set()
        if is_near and last.user_id == history_row.user_id and len(reasons) < 2:
            groups[-1].append(history_row)
        else:
            groups.append([history_row])
        last = history_row
    return groups


def _reason(group):
    """The reason of a save: in the admin, the row of the record has it, and those of its inline rows and links not."""
    return next((history_row.reason for history_row in group if history_row.reason), "")


def entries(groups, reader, *, with_projects=False):
    """[`Entry`] of the saves, as `reader` can see them; on request with the project of each change.

    Queries for each type of record and of related record.
    """
    known = _known([history_row for group in groups for history_row in group], reader)
    people = {user.pk: user.name for user in User.objects.filter(pk__in={group[0].user_id for group in groups})}
    shown = []
    for group in groups:
        changes, reason = _changes(group, known), _reason(group)
        changes = _without_repeats(changes) or (changes if reason else [])
        reason = "" if reason == ALREADY_LINKED else reason
        shown.append(Entry(group[0].at, people.get(group[0].user_id, "System"), reason, changes))
    if with_projects:
        _add_projects(shown, reader)
    return shown


# Reading the rows ----------------------------------------------------------------------------------------------------


def _known(history_rows, reader):
    ids_by_key = {}
    for history_row in history_rows:
        ids_by_key.setdefault(history_row.key, set()).add(history_row.row_id)
    rows, before = {}, {}
    for key, ids in ids_by_key.items():
        kind = KINDS_BY_KEY[key]
        found = kind.rows().filter(pk__in=ids)
        if isinstance(kind, RecordKind):
            found = found.annotate(previous=_previous(kind))
        rows |= {(key, row.pk): row for row in found}
    for key in ids_by_key:
        if isinstance(KINDS_BY_KEY[key], RecordKind):
            before |= _rows_before(key, {pk: row for (its_key, pk), row in rows.items() if its_key == key})
    _read_choices(rows, before)
    names = _names_in([*rows.items(), *before.items()], reader)
    return Known(rows, before, names, _projects_of_parents(rows))


def _previous(kind):
    """The id of the row before the outer row, of the same record."""
    same = kind.past.objects.filter(id=OuterRef("id"))
    earlier = Q(history_date__lt=OuterRef("history_date")) | Q(
        history_date=OuterRef("history_date"), history_id__lt=OuterRef("history_id")
    )
    return Subquery(same.filter(earlier).order_by("-history_date", "-history_id").values("history_id")[:1])


def _rows_before(key, rows):
    """{(key, id of a row): the row before it}. One query."""
    past = KINDS_BY_KEY[key].past.objects.in_bulk([row.previous for row in rows.values() if row.previous])
    return {(key, pk): past[row.previous] for pk, row in rows.items() if row.previous}


def _read_choices(rows, before):
    """Add to rows of records whose history has many-to-many choices {field: {id of the choice}}. A query for each."""
    pairs = [*rows.items(), *before.items()]
    for key, kind in KINDS_BY_KEY.items():
        chosen = getattr(getattr(kind, "past", None), "_history_m2m_fields", ())
        versions = [row for (its_key, _pk), row in pairs if its_key == key] if chosen else []
        for choice in chosen if versions else ():
            column = f"{choice.m2m_reverse_field_name()}_id"
            past = getattr(kind.past, choice.name).model
            ids = {version.pk: set() for version in versions}
            for pk, chosen_id in past.objects.filter(history__in=list(ids)).values_list("history_id", column):
                ids[pk].add(chosen_id)
            for version in versions:
                version.choices = getattr(version, "choices", {}) | {choice: ids[version.pk]}


def _names_in(rows, reader):
    """{(model, id): name} of the records that the rows refer to, if the reader can see them and their projects."""
    ids_by_model = {}
    for (key, _pk), row in rows:
        for model, pk in _referred(KINDS_BY_KEY[key], row):
            ids_by_model.setdefault(model, set()).add(pk)
    names = {}
    for model, ids in ids_by_model.items():
        records = _visible(model.objects.filter(pk__in=ids), model, reader)
        names |= {(model, record.pk): str(record) for record in records}
        missing = ids - {pk for its_model, pk in names if its_model is model}
        if missing and model is not Project and hasattr(model, "history"):
            past = _visible(model.history.filter(id__in=missing).latest_of_each(), model, reader)
            past = past.order_by("history_date", "history_id")
            names |= {(model, row.id): str(row.history_object) for row in past}
    return names


def _visible(rows, model, reader):
    """The rows of the model, or of its history, without those of projects that the reader cannot see."""
    if model is Project:
        return rows.visible_to(reader)
    if not hasattr(model, "project_id") or reader.sees_everything:
        return rows
    return rows.filter(project__in=Project.objects.visible_to(reader).order_by())


def _referred(kind, row):
    """(model, id) of each record that a row refers to."""
    if isinstance(kind, LinkKind):
        yield kind.linked_model, getattr(row, kind.linked_column)
    if not isinstance(kind, RecordKind):
        return
    for column in columns_of(kind):
        if column.is_relation and getattr(row, column.attname) is not None:
            yield column.related_model, getattr(row, column.attname)
    if kind.parent:
        column, model = kind.parent
        yield model, getattr(row, column)
    for choice, ids in getattr(row, "choices", {}).items():
        yield from ((choice.remote_field.model, pk) for pk in ids)


def _projects_of_parents(rows):
    """{(model, id): id of its project} of the records that others are part of. A query for each type."""
    ids_by_model = {}
    for (key, _pk), row in rows.items():
        column, model = getattr(KINDS_BY_KEY[key], "parent", ()) or (None, None)
        if model is not None and hasattr(model, "project_id"):
            ids_by_model.setdefault(model, set()).add(getattr(row, column))
    projects = {}
    for model, ids in ids_by_model.items():
        past = model.history.model.objects.filter(id__in=ids).order_by("history_date", "history_id")
        projects |= {(model, pk): project_id for pk, project_id in past.values_list("id", "project_id")}
    return projects


# Changes -------------------------------------------------------------------------------------------------------------


def _changes(history_rows, known):
    """[`Change`] of the rows of one save; the links of a project in one change for each kind."""
    changes, links = [], {}
    for history_row in history_rows:
        kind, row = KINDS_BY_KEY[history_row.key], known.rows.get((history_row.key, history_row.row_id))
        if row is None:  # deleted in the meantime
            continue
        if isinstance(kind, RecordKind):
            changes.append(_record_change(kind, row, known))
        elif isinstance(kind, EventKind):
            changes.append(_event_change(kind, row))
        else:
            links.setdefault((kind, getattr(row, kind.record_column)), []).append(row)
    return changes + [_link_change(kind, pk, rows, known.names) for (kind, pk), rows in links.items()]


def _record_change(kind, row, known):
    done = DONE[row.history_type]
    change = Change(kind.label, done, (kind.key, row.id), _name(kind, row, known.names))
    change.project_id = _project_id(kind, row, known)
    before = known.before.get((kind.key, row.pk))
    if done == "changed" and before is None:
        change.summary = "Earlier version not recorded"
    elif done == "changed":
        change.fields = _changed_fields(kind, before, row, known.names)
    else:
        by_name = {column.name: column for column in columns_of(kind)}
        values = [summary_value(row, by_name[name], known.names) for name in kind.summary]
        change.summary = "; ".join(value for value in values if value not in {EMPTY, change.name})
    return change


def _changed_fields(kind, before, row, names):
    """[(label, old, new)] of the columns and the many-to-many choices that differ."""
    fields = [
        (heading(column), value_text(before, column, names), value_text(row, column, names))
        for column in columns_of(kind)
        if raw(before, column) != raw(row, column)
    ]
    for choice, new in getattr(row, "choices", {}).items():
        old = before.choices[choice]
        if old != new:
            model = choice.remote_field.model
            fields.append((heading(choice), _listed(model, old, names) or EMPTY, _listed(model, new, names) or EMPTY))
    return fields


def _listed(model, ids, names):
    return ", ".join(sorted((name_of(model, pk, names) for pk in ids), key=sort_key))


def _project_id(kind, row, known):
    if issubclass(kind.model, Project):
        return row.id
    if kind.parent:
        column, model = kind.parent
        return known.projects.get((model, getattr(row, column)))
    return getattr(row, "project_id", None)


def _link_change(kind, pk, rows, names):
    """One change of the links of a record: "added A, B; removed C"."""
    parts = []
    for history_type, word in (("+", "added"), ("-", "removed")):
        ids = {getattr(row, kind.linked_column) for row in rows if row.history_type == history_type}
        if ids:
            parts.append(f"{word} {_listed(kind.linked_model, ids, names)}")
    if rows[0].history_change_reason == ALREADY_LINKED:
        parts = [parts[0].removeprefix("added "), ALREADY_LINKED[:1].lower() + ALREADY_LINKED[1:]]
    return Change(kind.label, "", (kind.key, pk), summary="; ".join(parts), project_id=pk)


def _event_change(kind, event):
    """The change of an event: of a report, of a proposed note, or of organisations."""
    record = (kind.key, event.pk)
    if isinstance(event, ReportEvent):
        report = event.report
        name = f"{report.period.name} (correction)" if report.corrects_id else report.period.name
        done = event.get_action_display().lower()
        rating = event.action == ReportAction.ACCEPTED and report.independent_rating
        rated = f"Programme office rating: {report.get_independent_rating_display()}" if rating else ""
        summary = "; ".join(filter(None, (rated, event.comment)))
        return Change(kind.label, done, record, name, summary, project_id=report.project_id)
    if isinstance(event, ProposedNote):
        return Change(kind.label, "declined", record, summary=event.text, project_id=event.report.project_id)
    if isinstance(event, Proposal):
        summary = f"“{event.new_text}”; {event.reply}"
        return Change(kind.label, "declined", record, event.label, summary, project_id=event.project_id)
    return Change(kind.label, "", record, event.get_kind_display(), event.detail)


def _without_repeats(changes):
    """The changes grouped by type of record, the project first, without empty ones.

    Excludes changes to a record in the save that added or deleted it.
    """
    added_or_deleted = {change.record for change in changes if change.done in {"added", "deleted"}}
    shown = [
        change
        for change in changes
        if change.done != "changed" or ((change.fields or change.summary) and change.record not in added_or_deleted)
    ]
    order = {kind.label: number for number, kind in reversed(list(enumerate(KINDS)))}
    return sorted(shown, key=lambda change: order[change.label])


def _name(kind, row, names):
    """The name of the record, after that of the one that it is part of; "" if its type has no names."""
    parts = []
    if kind.parent:
        column, model = kind.parent
        parts.append(names.get((model, getattr(row, column)), ""))
    if kind.named_by:
        value = getattr(row, kind.named_by)
        parts.append(year_label(value) if kind.named_by == "year" else str(value))
    return ", ".join(filter(None, parts))


def _add_projects(shown, reader):
    """Set the project of each change of these entries. At most three queries."""
    changes = [change for entry in shown for change in entry.changes if change.project_id]
    ids = {change.project_id for change in changes}
    projects = Project.objects.visible_to(reader).in_bulk(ids)
    missing = ids - projects.keys()
    for model in (Hub, HospitalScheme) if missing else ():
        past = model.history.model.objects.filter(id__in=missing).order_by("history_date", "history_id")
        projects |= {row.id: DeletedProject(row.title) for row in past}
    for change in changes:
        change.project = projects.get(change.project_id)
