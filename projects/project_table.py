"""Projects as rows of a table. Values are formatted here, because formatting in templates is slow."""

from dataclasses import dataclass

from django.db.models import F, Subquery
from django.utils import timezone

from estates_portal.caching import cached_until_change

from .dates import PartialDate, short_date_label
from .labels import (
    ALL_RATING_LABELS,
    DELIVERY_STATES,
    NOT_REPORTED,
    SHORT_STAGES,
    STAGE_COLOURS,
    STAGES,
    STATE_COLOURS,
    kind_label,
    money,
    place_label,
)
from .models import DeliveryState, Milestone, Project
from .models.finance import newest_costs
from .signs import FIGURE_COLUMNS, figures_of, signs_shown, with_delivery_figures


@dataclass(slots=True)
class ProjectRow:
    url: str
    title: str
    reference: str
    kind: str
    place: str
    stage: str
    stage_long: str
    stage_colour: str
    state: str
    state_colour: str
    as_of: str
    next_title: str
    next_on: str
    past: str
    cost: str
    lead: str
    published: bool
    is_example: bool
    rating: str = ""
    rating_label: str = ""
    reported: str = ""
    signs: tuple = ()


def cached_rows(request, ids):
    """The `ProjectRow`s of these ids, with their status for signed-in users. No query if nothing has changed."""
    today, with_status = timezone.localdate(), request.user.is_authenticated
    return cached_until_change(request, ("rows", *ids), lambda: project_rows(ids, today, with_status))


def project_rows(ids, today, with_status=False):
    """[`ProjectRow`] of the ids, in their order, with the next milestone on that day, else the last one.

    The ids must be `visible_to` the reader: this is not checked. `with_status` adds ratings and warning signs, which
    are for signed-in readers only. Two queries; three with the status.
    """
    ids = list(ids)
    milestones = _milestones(ids, today)
    rows = {}
    for project in _projects(ids, today if with_status else None):
        rows[project.pk] = row = _row(project, milestones.get(project.pk))
        if with_status:
            _add_status(row, project)
    return [rows[pk] for pk in ids if pk in rows]


def _projects(ids, today):
    """The projects with the columns of a row; with the figures of the warning signs if `today` is not None."""
    projects = Project.objects.filter(pk__in=ids).order_by().select_related("place", "lead_organisation")
    projects = projects.annotate(hub_type=F("hub__hub_type"), cost=Subquery(newest_costs().values("amount_pounds")[:1]))
    if today is None:
        return projects.only(*ROW_FIELDS)
    return (
        with_delivery_figures(projects, today)
        .select_related("current_report")
        .only(*ROW_FIELDS, *FIGURE_COLUMNS, "current_report__submitted_at")
    )


ROW_FIELDS = (
    "slug",
    "title",
    "reference",
    "place__name",
    "stage",
    "stage_as_of",
    "stage_as_of_precision",
    "delivery_state",
    "lead_organisation__short_name",
    "lead_organisation__name",
    "published",
    "is_example",
)


def _add_status(row, project):
    figures = figures_of(project)
    row.rating = figures.rating or NOT_REPORTED
    row.rating_label = ALL_RATING_LABELS[row.rating]
    submitted_at = project.current_report.submitted_at if project.current_report else None
    row.reported = short_date_label(timezone.localdate(submitted_at)) if submitted_at else ""
    row.signs = tuple(sign.reason(figures) for sign in signs_shown(figures))


def _milestones(ids, today):
    """{project id: (title, date, whether ahead, whether reached)} of the milestone to show for each project."""
    dated = Milestone.objects.filter(project__in=ids, public=True, current_until__isnull=False).order_by("pk")
    columns = ("project", "title", "current_on", "current_precision", "current_until", "reached")
    best = {}
    for project, title, current_on, precision, until, reached in dated.values_list(*columns):
        ahead = not reached and until >= today
        # the nearest milestone ahead, else the latest past one
        rank = (ahead, -until.toordinal() if ahead else until.toordinal())
        if project not in best or rank > best[project][0]:
            best[project] = (rank, title, PartialDate.of(current_on, precision).short_label, ahead, reached)
    return {project: ranked[1:] for project, ranked in best.items()}


def _past(ahead, reached, state):
    """The label of a past milestone; "" for one ahead. Unreached is overdue only until the project is complete."""
    if ahead:
        return ""
    if reached:
        return "Latest"
    return "Planned" if state == DeliveryState.COMPLETE else "Overdue"


def _row(project, milestone):
    next_title, next_on, ahead, reached = milestone or ("", "", True, False)
    lead = project.lead_organisation
    return ProjectRow(
        url=project.get_absolute_url(),
        title=project.title,
        reference=project.reference,
        kind=kind_label(project.hub_type),
        place=place_label(project.place),
        stage=SHORT_STAGES[project.stage],
        stage_long=STAGES[project.stage],
        stage_colour=STAGE_COLOURS[project.stage],
        state=DELIVERY_STATES[project.delivery_state],
        state_colour=STATE_COLOURS.get(project.delivery_state, ""),
        as_of=project.stage_known.short_label if project.stage_known else "",
        next_title=next_title,
        next_on=next_on,
        past=_past(ahead, reached, project.delivery_state),
        cost=money(project.cost),
        lead=lead.short_name or lead.name if lead else "",
        published=project.published,
        is_example=project.is_example,
    )
