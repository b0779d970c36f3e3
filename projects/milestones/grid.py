"""The rows of the grid of milestone dates: those of a page of projects, or those that were posted."""

import re
from dataclasses import dataclass

from django.db.models import Prefetch

from projects.models import Milestone, MilestoneStatement, Project

from .forms import GridRow, latest_history_ids, reason_choices

MAX_ROWS = 150  # on one screen, whatever the number of projects on the page
REACHED = (
    "Someone recorded this milestone as reached: {date}. Edit it on the project’s milestones page, and clear its dates "
    "here to save the others"
)
DELETED = "Someone deleted this milestone. Clear its dates to save the others"


@dataclass
class Part:
    """Which of the rows of a page are on screen; `previous` and `next` are the first milestones of its neighbours."""

    first: int
    last: int
    total: int
    previous: int | None
    next: int | None


def rows_ahead(project_ids, start):
    """(a `GridRow` for each milestone still ahead of these projects, the `Part` or None where all are on screen).

    At most MAX_ROWS of them: the part that holds the milestone with the id `start`, else the first. Four queries.
    """
    ahead = Milestone.objects.filter(project__in=project_ids, reached=False)
    order = {pk: index for index, pk in enumerate(project_ids)}
    milestones = list(_with_dates(ahead).order_by("current_on", "pk"))
    milestones.sort(key=lambda one: order[one.project_id])
    parts = [milestones[first : first + MAX_ROWS] for first in range(0, len(milestones), MAX_ROWS)] or [[]]
    number = next((n for n, part in enumerate(parts) if start in {str(one.pk) for one in part}), 0)
    return _rows({one.pk: one for one in parts[number]}), _part(parts, number) if len(parts) > 1 else None


def _part(parts, number):
    before = number * MAX_ROWS
    return Part(
        first=before + 1,
        last=before + len(parts[number]),
        total=sum(len(part) for part in parts),
        previous=parts[number - 1][0].pk if number else None,
        next=parts[number + 1][0].pk if number + 1 < len(parts) else None,
    )


def rows_posted(reader, data):
    """A `GridRow` for each milestone that was posted, in the order of the page it came from. Six queries at most.

    A milestone that has been reached or deleted since, or that the reader no longer sees, has a row too: `closed` says
    why its dates are not saved.
    """
    ids = [int(found[1]) for name in data if (found := re.fullmatch(r"m(\d{1,18})-seen", name))][:MAX_ROWS]
    visible = Project.objects.visible_to(reader)
    milestones = _with_dates(Milestone.objects.filter(pk__in=ids, project__in=visible.values("pk"))).in_bulk()
    milestones |= _deleted([pk for pk in ids if pk not in milestones], visible)
    return _rows({pk: milestones[pk] for pk in ids}, data)


def _with_dates(milestones):
    statements = Prefetch("statements", MilestoneStatement.objects.order_by("pk"))
    return milestones.select_related("project").prefetch_related(statements)


def _deleted(ids, visible):
    """{id: a stand-in for a milestone that is not there}, with its last title where the reader sees its project."""
    if not ids:
        return {}
    past = Milestone.history.filter(id__in=ids, project_id__in=visible.values("pk")).order_by("history_id")
    titles = {row.id: (row.title, row.project_id) for row in past}
    projects = visible.in_bulk({project_id for _title, project_id in titles.values()})
    nowhere = Project(title="No longer available")
    found = {}
    for pk in ids:
        title, project_id = titles.get(pk, ("Milestone", None))
        found[pk] = Milestone(title=title, project=projects.get(project_id, nowhere))
    return found


def _rows(milestones_by_id, data=None):
    versions, reasons = latest_history_ids(list(milestones_by_id)), reason_choices()
    return [
        GridRow(
            data, milestone=milestone, version=versions[pk], reasons=reasons, prefix=f"m{pk}", closed=_closed(milestone)
        )
        for pk, milestone in milestones_by_id.items()
    ]


def _closed(milestone):
    """Why the dates of the milestone are not changed in the grid; "" where they are."""
    if milestone.pk is None:
        return DELETED
    if milestone.reached:
        return REACHED.format(date=milestone.current.label)
    return ""
