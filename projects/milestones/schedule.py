"""The milestones of one project, with their slippage and dependencies."""

from dataclasses import dataclass, field

from django.utils import timezone

from projects.access import HIDDEN_MILESTONE
from projects.models import (
    ChangeRequest,
    Milestone,
    MilestoneDependency,
    Project,
    ReportMilestone,
)
from projects.models.milestone import MilestoneDates
from projects.models.reporting import REPORTED


@dataclass
class DependencyLink:
    """A dependency of a milestone; `url` is blank if the user cannot see its project."""

    label: str
    url: str = ""
    conflicts: bool = False


@dataclass
class ScheduleLine:
    """One milestone. `state` is a `MilestoneState`; `waiting` is its undecided change request."""

    milestone: Milestone
    baseline: str = ""
    first_planned: str = ""
    current: str = ""
    state: str = ""
    time_overdue: str = ""
    slippage: str = ""
    is_late: bool = False
    change: str = ""
    first_late_period: str = ""
    why: str = ""
    waiting: ChangeRequest | None = None
    dependencies: list = field(default_factory=list)


def milestone_schedule(project, reader):
    """[`ScheduleLine`] of the milestones of the project, by date. Six queries."""
    today = timezone.localdate()
    milestones = list(project.milestones.prefetch_related("statements__change_reason"))
    dependencies, late_periods = _dependencies(project, reader), first_late_periods(project)
    waiting = project.change_requests.of_baselines().waiting()
    requests = {change.milestone_id: change for change in waiting}
    return [
        _line(
            milestone,
            project,
            today,
            dependencies.get(milestone.pk, []),
            late_periods.get(milestone.pk, ""),
            requests.get(milestone.pk),
        )
        for milestone in milestones
    ]


def _line(milestone, project, today, dependencies, late_period, waiting):
    dates = MilestoneDates.from_statements(milestone.statements.all())
    position = dates.at(today, project.delivery_state)
    line = ScheduleLine(milestone, dependencies=dependencies, waiting=waiting)
    line.state, line.time_overdue = position.state, position.time_overdue
    line.slippage, line.is_late = position.slippage_label, (position.slippage_days or 0) > 0
    if dates.baseline is not None:
        line.baseline = dates.baseline.label
    elif dates.first_planned is not None:
        line.first_planned = dates.first_planned.label
    if (newest := dates.statement) is not None:
        line.current = newest.label
        line.why = ": ".join(filter(None, [str(newest.change_reason or ""), newest.explanation]))
    if dates.change is not None and dates.change.number and not position.is_overdue:
        line.change = f"{dates.change.change_label} than {dates.previous.label}"
    line.first_late_period = late_period if line.is_late and dates.baseline else ""
    return line


def first_late_periods(project):
    """{id of a milestone: name of the first period in which it was reported late}. One query."""
    rows = ReportMilestone.objects.filter(
        report__project=project, report__state__in=REPORTED, slippage_days__gt=0, milestone__isnull=False
    )
    first = {}
    for pk, period in rows.order_by("report__period__starts_on").values_list("milestone", "report__period__name"):
        first.setdefault(pk, period)
    return first


def _dependencies(project, reader):
    """{id of a milestone: [`DependencyLink`]}. Two queries."""
    links = MilestoneDependency.objects.filter(milestone__project=project)
    links = list(links.select_related("milestone", "depends_on__project"))
    visible_ids = set(
        Project.objects.visible_to(reader)
        .filter(pk__in={link.depends_on.project_id for link in links})
        .values_list("pk", flat=True)
    )
    dependencies = {}
    for link in links:
        dependencies.setdefault(link.milestone_id, []).append(_link(link, project, visible_ids))
    return dependencies


def _link(link, project, visible_ids):
    other = link.depends_on
    if other.project_id not in visible_ids:
        return DependencyLink(HIDDEN_MILESTONE, conflicts=link.conflicts_with_dependency)
    date = f", {other.current.label}" if other.current else ""
    if other.project_id == project.pk:
        return DependencyLink(f"{other.title}{date}", f"#milestone-{other.pk}", link.conflicts_with_dependency)
    return DependencyLink(
        f"{other.project.title}: {other.title}{date}", other.project.get_absolute_url(), link.conflicts_with_dependency
    )
