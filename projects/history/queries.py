"""The rows of history: of one project, and of all records."""

import datetime

from estates_portal.accounts.models import User
from estates_portal.dates import start_of
from estates_portal.sorting import SortKey

from .changes import HistoryRow
from .kinds import KINDS, PROJECT_KINDS

NEWEST_FIRST = ["-row_at", "row_key", "-row_id"]


def history_rows_of(project):
    """[`HistoryRow`] of the project and its records, newest first. One query."""
    parts = [kind.columns_of(kind.rows_of([project.pk])) for kind in PROJECT_KINDS]
    return as_rows(_combined(parts))


def all_rows(*, label="", people=None, projects=None, since=None, until=None):
    """The rows of all records as tuples, newest first: of kinds with this label, of these users, in these days.

    `people` are ids of users, or [None] for rows without one; `projects` ids of projects, for rows of them alone.
    """
    parts = []
    for kind in KINDS if projects is None else PROJECT_KINDS:
        if label and kind.label != label:
            continue
        rows = kind.rows() if projects is None else kind.rows_of(projects)
        if people is not None:
            rows = rows.filter(**({f"{kind.by}__isnull": True} if people == [None] else {f"{kind.by}__in": people}))
        if since:
            rows = rows.filter(**{f"{kind.at}__gte": start_of(since)})
        if until:
            rows = rows.filter(**{f"{kind.at}__lt": start_of(until + datetime.timedelta(days=1))})
        parts.append(kind.columns_of(rows))
    return _combined(parts)


def as_rows(tuples):
    """[`HistoryRow`] of these tuples."""
    return [HistoryRow(*values) for values in tuples]


def _combined(parts):
    parts = parts or [KINDS[0].columns_of(KINDS[0].rows().none())]  # no rows
    return parts[0].union(*parts[1:], all=True).order_by(*NEWEST_FIRST)


def people_in(history_rows):
    """[(id, name)] of the users in the rows, by name. One query."""
    ids = {history_row.user_id for history_row in history_rows if history_row.user_id}
    users = User.objects.filter(pk__in=ids).order_by(SortKey("name")).values_list("pk", "name")
    return [(str(pk), name) for pk, name in users]
