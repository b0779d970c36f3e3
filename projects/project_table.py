"""Projects as rows of a table. Values are formatted here, because formatting in templates is slow."""

from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone

from estates_portal.caching import cached_until_change
from estates_portal.dates import PartialDate, short_date_label
from sites.models import hide_waiting
from sites.successions import successions_of

from .facts import fact_of, sources_of
from .labels import (
    ALL_RATING_LABELS,
    DELIVERY_STATES,
    NOT_REPORTED,
    SHORT_STAGES,
    STAGE_COLOURS,
    STAGES,
    STATE_COLOURS,
    kind_label,
    lead_label,
    money,
    place_label,
)
from .models import Milestone, Project
from .models.finance import newest_cost
from .models.milestone import MilestoneState, milestone_state
from .models.statements import column_for
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
    stage_provenance: str
    is_reviewed: bool
    next_title: str
    next_on: str
    latest: str
    next_is_reviewed: bool
    cost: str
    cost_covers: str
    lead: str
    published: bool
    is_example: bool
    rating: str = ""
    rating_label: str = ""
    office_rating: str = ""
    reported: str = ""
    signs: tuple = ()


def cached_rows(request, ids):
    """The `ProjectRow`s of these ids, with their status for signed-in users. No query if nothing has changed."""
    today = timezone.localdate()
    return cached_until_change(
        request,
        ("rows", *ids),
        lambda: project_rows(ids, today, request.user, successions_of(request), sources_of(request)),
    )


def project_rows(ids, today, reader, successions, sources):
    """[`ProjectRow`] of the ids, in their order, with the next milestone on that day, else the last one.

    The ids must be `visible_to` the reader: this is not checked. Ratings and warning signs are for signed-in readers
    only. `successions` are those of `Organisation.objects`, `sources` the `Sources`. Two queries; three for a signed-in
    reader.
    """
    ids = list(ids)
    milestones = _milestones(ids, today, reader)
    rows = {}
    for project in _projects(ids, today if reader.is_authenticated else None):
        hide_waiting(project, reader, "lead_organisation")
        rows[project.pk] = row = _row(project, milestones.get(project.pk), today, reader, successions, sources)
        if reader.is_authenticated:
            _add_status(row, project)
    return [rows[pk] for pk in ids if pk in rows]


def _projects(ids, today):
    """The projects with the columns of a row; with the figures of the warning signs if `today` is not None."""
    projects = Project.objects.filter(pk__in=ids).order_by().select_related("place", "lead_organisation")
    projects = projects.annotate(
        hub_type=F("hub__hub_type"), cost=newest_cost("amount_pounds"), cost_covers=newest_cost("covers")
    )
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
    "stage_basis",
    "stage_source_url",
    "delivery_state",
    "accepted_stage",
    "accepted_stage_as_of",
    "accepted_stage_as_of_precision",
    "accepted_stage_basis",
    "accepted_stage_source_url",
    "accepted_delivery_state",
    "lead_organisation__short_name",
    "lead_organisation__name",
    "lead_organisation__accepted",
    "published",
    "is_example",
)


def _add_status(row, project):
    figures = figures_of(project)
    row.rating = figures.rating or NOT_REPORTED
    row.rating_label = ALL_RATING_LABELS[row.rating]
    row.office_rating = project.current_report.office_rating if project.current_report else ""
    submitted_at = project.current_report.submitted_at if project.current_report else None
    row.reported = short_date_label(timezone.localdate(submitted_at)) if submitted_at else ""
    row.signs = tuple(sign.reason(figures) for sign in signs_shown(figures))


def _milestones(ids, today, reader):
    """{project id: (title, date, whether reached, whether reviewed)} of the milestone of each row."""
    dated = Milestone.objects.filter(project__in=ids, public=True).dated(reader).order_by("pk")
    seen = [column_for(reader, name) for name in ("current_on", "current_precision", "current_until", "reached")]
    columns = ("project", "title", *seen, "accepted_on", "accepted_precision", "accepted_reached")
    best = {}
    for project, title, on, precision, until, reached, *accepted in dated.values_list(*columns):
        ahead = not reached and until >= today
        # the nearest milestone ahead, else the latest past one
        rank = (ahead, -until.toordinal() if ahead else until.toordinal())
        if project not in best or rank > best[project][0]:
            is_reviewed = [on, precision, reached] == accepted
            best[project] = (rank, title, PartialDate.of(on, precision), reached, is_reviewed)
    return {project: ranked[1:] for project, ranked in best.items()}


def _next_and_latest(delivery_state, milestone, today):
    """The milestone of a row: the date and title of one ahead, or a line on the latest past one."""
    if milestone is None:
        return {"next_on": "", "next_title": "", "latest": "", "next_is_reviewed": True}
    title, date, reached, is_reviewed = milestone
    state = milestone_state(date, reached, today, delivery_state)
    if state == MilestoneState.AHEAD:
        return {"next_on": date.short_label, "next_title": title, "latest": "", "next_is_reviewed": is_reviewed}
    label = "Latest" if reached else state.label
    latest = f"{label}: {date.short_label}, {title}"
    return {"next_on": "", "next_title": "", "latest": latest, "next_is_reviewed": is_reviewed}


def _stage_provenance(status, sources):
    """The date, basis and source of the stage in short: "as at Mar 2026, stated by NHS England"; "" for no stage."""
    if not status.stage and not status.source_url:
        return ""
    fact = fact_of(status, sources)
    date = f"as at {fact.date.short_label}" if fact.date else "not dated"
    publisher = fact.source.publisher if fact.source else ""
    return f"{date}, {fact.lead_in[0].lower()}{fact.lead_in[1:]} {publisher}".strip()


def _row(project, milestone, today, reader, successions, sources):
    status = project.status_seen_by(reader)
    return ProjectRow(
        url=project.get_absolute_url(),
        title=project.title,
        reference=project.reference,
        kind=kind_label(project.hub_type),
        place=place_label(project.place),
        stage=SHORT_STAGES[status.stage],
        stage_long=STAGES[status.stage],
        stage_colour=STAGE_COLOURS[status.stage],
        state=DELIVERY_STATES[status.delivery_state],
        state_colour=STATE_COLOURS.get(status.delivery_state, ""),
        stage_provenance=_stage_provenance(status, sources),
        is_reviewed=status.is_reviewed,
        **_next_and_latest(status.delivery_state, milestone, today),
        cost=money(project.cost),
        cost_covers=project.cost_covers or "",
        lead=lead_label(project.lead_organisation, successions),
        published=project.published,
        is_example=project.is_example,
    )
