"""The rows of the date grid: of a page of projects, or as posted."""

import re
from dataclasses import dataclass

from django.db.models import Prefetch

from estates_portal.merging import OPENED
from projects.models import Milestone, MilestoneStatement, Project

from .forms import GridRow, reason_choices

MAX_ROWS = 150  # on one screen
REACHED = (
    "Someone recorded this milestone as reached: {date}. Edit it on the project’s milestones page, and clear its dates "
    "here to save the others"
)
NOT_OWN = "You can no longer edit the dates of this project. Clear its dates here to save the others"
DELETED = "Someone deleted this milestone. Clear its dates to save the others"


@dataclass
class GridPart:
    """The rows on screen, if a page has too many. `previous` and `next` are ids of the first milestones next to it."""

    first: int
    last: int
    total: int
    previous: int | None
    next: int | None


def own_projects(reader, today):
    """{ids of the projects whose dates the reader can edit}; None if they can edit all. One query at most."""
    if reader.sees_everything:
        return None
    own = Project.objects.visible_to(reader).of_organisations(reader.organisation_ids, today)
    return frozenset(own.order_by().values_list("pk", flat=True))


def with_rows_ahead(projects):
    """These projects, or their ids, that have milestones which are not reached."""
    return projects.filter(pk__in=Milestone.objects.filter(reached=False).values("project"))


def rows_ahead(project_ids, start, today, own=None):
    """([`GridRow`] of milestones of these projects that are not reached, `GridPart` or None). Three queries.

    Milestones whose date has passed on the day `today` come first. Only rows of the projects in `own` can be edited. At
    most MAX_ROWS rows: the part that contains the milestone with the id `start`, else the first. The part is None if it
    has all rows.
    """
    ahead = Milestone.objects.filter(project__in=project_ids, reached=False)
    order = {pk: index for index, pk in enumerate(project_ids)}
    milestones = list(_with_dates(ahead).order_by("current_on", "pk"))
    milestones.sort(key=lambda milestone: (not milestone.has_passed(today), order[milestone.project_id]))
    parts = [milestones[first : first + MAX_ROWS] for first in range(0, len(milestones), MAX_ROWS)] or [[]]
    number = next((index for index, part in enumerate(parts) if start in {str(milestone.pk) for milestone in part}), 0)
    rows = _rows({milestone.pk: milestone for milestone in parts[number]}, own)
    return rows, _part(parts, number) if len(parts) > 1 else None


def _part(parts, number):
    before = number * MAX_ROWS
    return GridPart(
        first=before + 1,
        last=before + len(parts[number]),
        total=sum(len(part) for part in parts),
        previous=parts[number - 1][0].pk if number else None,
        next=parts[number + 1][0].pk if number + 1 < len(parts) else None,
    )


def rows_posted(reader, data, own=None):
    """[`GridRow`] of the posted milestones, in the order of their page, which are locked. Six queries at most.

    A milestone that was since reached or deleted, or that the reader can no longer see or edit, has a row with an error
    in `closed`.
    """
    names = [re.fullmatch(rf"m(\d{{1,18}})-(?:{OPENED}|forecast)", name) for name in data]
    ids = list(dict.fromkeys(int(match[1]) for match in names if match))[:MAX_ROWS]
    visible = Project.objects.visible_to(reader)
    milestones = Milestone.objects.filter(pk__in=ids, project__in=visible.values("pk")).order_by("pk")
    projects = Project.objects.filter(pk__in=milestones.order_by().values("project")).order_by("pk")
    list(projects.select_for_update(no_key=True).values_list("pk"))  # first, as in `lock_project`
    milestones = _with_dates(milestones.select_for_update(of=("self",))).in_bulk()
    milestones |= _deleted([pk for pk in ids if pk not in milestones], visible)
    return _rows({pk: milestones[pk] for pk in ids}, own, data)


def _with_dates(milestones):
    statements = Prefetch("statements", MilestoneStatement.objects.order_by("pk"))
    return milestones.select_related("project").prefetch_related(statements)


def _deleted(ids, visible):
    """{id: unsaved `Milestone` in place of a deleted one}, with its last title if the reader can see its project."""
    if not ids:
        return {}
    history = Milestone.history.filter(id__in=ids, project_id__in=visible.values("pk")).order_by("history_id")
    titles = {row.id: (row.title, row.project_id) for row in history}
    projects = visible.in_bulk({project_id for _title, project_id in titles.values()})
    unavailable = Project(title="No longer available")
    milestones = {}
    for pk in ids:
        title, project_id = titles.get(pk, ("Milestone", None))
        milestones[pk] = Milestone(title=title, project=projects.get(project_id, unavailable))
    return milestones


def _rows(milestones_by_id, own, data=None):
    reasons = reason_choices()
    return [
        GridRow(data, milestone=milestone, reasons=reasons, prefix=f"m{pk}", closed=_closed(milestone, own))
        for pk, milestone in milestones_by_id.items()
    ]


def _closed(milestone, own):
    """The error if the dates of the milestone cannot be changed in the grid, or ""."""
    if milestone.pk is None:
        return DELETED
    if milestone.reached:
        return REACHED.format(date=milestone.current.label)
    return "" if own is None or milestone.project_id in own else NOT_OWN
