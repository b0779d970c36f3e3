"""Timelines of projects: stages and milestone dates as a picture, with the same facts for a table."""

import datetime
from dataclasses import dataclass, field
from itertools import pairwise

from django.db.models import Prefetch
from django.urls import reverse

from estates_portal.dates import MONTH_NAMES
from projects.labels import STAGES
from projects.models import Gate, Milestone, MilestoneStatement, Project, Stage, StatementKind
from projects.models.milestone import MilestoneDates, main_opening
from projects.models.project import STATED_COLUMNS
from projects.models.statements import ACCEPTED_COLUMNS, column_for

ROWS = 200  # projects on one page
YEARS_EACH_WAY = 15  # longest axis before and after today
NEAR = (1, 4)  # years before and after this one, for several projects by quarter
WIDTH = 1000  # units of the picture
QUARTER = 66  # units of a quarter, if shown by quarter
MANY_YEARS = 20  # more years than this: only every second one is labelled

APPROVED = "approved"  # between approval of the full business case and start on site
BAR_LABELS = {
    Stage.IDENTIFIED: STAGES[Stage.IDENTIFIED],
    Stage.SOC: STAGES[Stage.SOC],
    Stage.OBC: STAGES[Stage.OBC],
    Stage.FBC: STAGES[Stage.FBC],
    APPROVED: "Approved, not started",
    Stage.CONSTRUCTION: STAGES[Stage.CONSTRUCTION],
    Stage.COMMISSIONING: STAGES[Stage.COMMISSIONING],
    Stage.OPERATIONAL: STAGES[Stage.OPERATIONAL],
}
# The stage of a project after each gate. Planning permission and the evaluation do not change the stage.
STAGE_AFTER = {
    Gate.SOC: Stage.OBC,
    Gate.OBC: Stage.FBC,
    Gate.FBC: Stage.CONSTRUCTION,
    Gate.START: Stage.CONSTRUCTION,
    Gate.HANDOVER: Stage.COMMISSIONING,
    Gate.OPENING: Stage.OPERATIONAL,
}


@dataclass(slots=True)
class TimelineMark:
    """One date: `kind` is baseline, forecast or actual; `x` is its position.

    A date outside the axis has the kind before or after, at its end of the axis, and its `year` as text.
    """

    kind: str
    x: str
    label: str
    year: str = ""


@dataclass(slots=True)
class TimelineBar:
    """A bar: a stage of a project, or the slippage of a milestone."""

    kind: str
    x: str
    width: str
    label: str


@dataclass(slots=True)
class TimelineRow:
    """A row of the picture: a project with its stages and milestones, or one milestone.

    `is_reviewed`: the programme office has accepted the stage, or date, that the note gives.
    """

    title: str
    url: str = ""
    note: str = ""
    is_example: bool = False
    is_reviewed: bool = True
    marks: list = field(default_factory=list)
    bars: list = field(default_factory=list)


@dataclass(slots=True)
class TimelineFact:
    """A milestone in the table under the picture."""

    project: str
    url: str
    title: str
    planned: str
    current: str
    slippage: str
    is_reviewed: bool


@dataclass
class Axis:
    """The time axis from the first to the last day, `width` units long."""

    first: datetime.date
    last: datetime.date
    by_quarter: bool

    @property
    def width(self):
        years = self.last.year - self.first.year + 1
        return max(WIDTH, years * 4 * QUARTER) if self.by_quarter else WIDTH

    def edge(self, day):
        """ "before" or "after" for a day outside the axis; "" for one on it."""
        return "before" if day < self.first else "after" if day > self.last else ""

    def position(self, day):
        """The position of the day. A day outside the axis is at its nearest end."""
        day = min(max(day, self.first), self.last)
        return round((day - self.first).days / ((self.last - self.first).days + 1) * self.width, 1)

    def ticks(self):
        """[(position, label)] of years or quarters. Labels are blank without space for them."""
        years = range(self.first.year, self.last.year + 1)
        if self.by_quarter:
            return [
                (f"{self.position(datetime.date(year, month, 1)):g}", f"{MONTH_NAMES[month - 1][:3]} {year}")
                for year in years
                for month in (1, 4, 7, 10)
            ]
        step = 2 if len(years) > MANY_YEARS else 1
        return [
            (f"{self.position(datetime.date(year, 1, 1)):g}", "" if number % step else str(year))
            for number, year in enumerate(years)
        ]


@dataclass
class Timeline:
    rows: list
    facts: list
    axis: Axis
    today: str
    example_data: bool

    @property
    def ticks(self):
        return self.axis.ticks()

    @property
    def stages(self):
        """[(stage, its label)] of the bars, for the key."""
        drawn = {bar.kind for row in self.rows for bar in row.bars}
        return [(stage, label) for stage, label in BAR_LABELS.items() if stage in drawn]


def timeline_of(ids, reader, *, on, by_quarter=False):
    """The `Timeline` of projects, with a row for each of the ids, in their order. Three queries.

    The reader must be able to see the projects; `on` is today.
    Dates beyond YEARS_EACH_WAY, or beyond NEAR by quarter, are marked at the end of the axis.
    """
    projects = {project.pk: project for project in _projects(ids, reader, on)}
    ordered = [projects[pk] for pk in ids if pk in projects]
    axis = _axis(ordered, on, by_quarter, NEAR if by_quarter else None)
    rows = [_project_row(project, axis) for project in ordered]
    facts = [fact for project in ordered for fact in _facts(project)]
    return Timeline(rows, facts, axis, f"{axis.position(on):g}", any(project.is_example for project in ordered))


def timeline_of_project(project, reader, *, on, by_quarter=False):
    """The `Timeline` of one project: its stages, then a row for each milestone. Three queries."""
    shown_project = _projects([project.pk], reader, on)[0]
    axis = _axis([shown_project], on, by_quarter)
    rows = [_project_row(shown_project, axis, with_marks=False)]
    rows[0].title, rows[0].url = "Stages", ""
    rows = rows if rows[0].bars else []
    rows += [_milestone_row(milestone, axis) for milestone in shown_project.shown_milestones]
    return Timeline(rows, _facts(shown_project), axis, f"{axis.position(on):g}", shown_project.is_example)


def _projects(ids, reader, on):
    """The projects with their milestones, each with its `position` on the day `on`. Three queries."""
    statements = MilestoneStatement.objects.seen_by(reader).order_by("pk")
    known = Prefetch("statements", statements, to_attr="known_statements")
    milestones = Milestone.objects.order_by(column_for(reader, "current_on"), "pk").prefetch_related(known)
    of_project = Prefetch("milestones", milestones, to_attr="all_milestones")
    stated = [*STATED_COLUMNS, *(ACCEPTED_COLUMNS[name] for name in STATED_COLUMNS)]
    columns = Project.objects.only("title", "slug", "is_example", *stated)
    projects = list(columns.filter(pk__in=ids).order_by().prefetch_related(of_project))
    for project in projects:
        project.status = project.status_seen_by(reader)
        project.opening = main_opening(project.all_milestones)
        project.shown_milestones = [
            milestone
            for milestone in project.all_milestones
            if milestone.date_seen_by(reader)[0] and (milestone.public or reader.is_authenticated)
        ]
        for milestone in project.shown_milestones:
            milestone.dates = MilestoneDates.from_statements(milestone.known_statements)
            milestone.position = milestone.dates.at(on, project.status.delivery_state)
            milestone.shown_is_reviewed = milestone.is_reviewed or not reader.is_authenticated
    return projects


def _axis(projects, on, by_quarter, near=None):
    days = [on] + [
        date.first
        for project in projects
        for milestone in project.shown_milestones
        for date in _shown(milestone.dates).values()
        if date is not None
    ]
    years_before, years_after = near or (YEARS_EACH_WAY, YEARS_EACH_WAY)
    first = max(min(days).year, on.year - years_before)
    last = min(max(days).year, on.year + years_after)
    return Axis(datetime.date(first, 1, 1), datetime.date(max(last, first), 12, 31), by_quarter)


def _project_row(project, axis, with_marks=True):
    row = TimelineRow(
        project.title,
        project.get_absolute_url(),
        STAGES[project.status.stage] if project.status.stage else "Stage not known",
        is_example=project.is_example,
        is_reviewed=project.status.is_reviewed,
    )
    row.bars = _stages(project, axis)
    if with_marks:
        row.marks = [
            mark for milestone in project.shown_milestones for mark in _marks(milestone, axis, milestone.title)
        ]
    return row


def _stages(project, axis):
    """[`TimelineBar`] of the stages between gates with a date, in the order of the gates."""
    order = list(Gate)
    passed = {milestone.gate: milestone for milestone in project.shown_milestones if milestone.gate in STAGE_AFTER}
    if project.opening in project.shown_milestones:
        passed[Gate.OPENING] = project.opening
    gates = sorted(passed, key=order.index)
    bars = []
    for gate, next_gate in pairwise(gates):
        start, end = passed[gate].dates.current, passed[next_gate].dates.current
        if end.first <= start.first:
            continue
        stage = APPROVED if (gate, next_gate) == (Gate.FBC, Gate.START) else STAGE_AFTER[gate]
        label = f"{BAR_LABELS[stage]}: {start.short_label} to {end.short_label}"
        bars.append(_bar(stage, start.first, end.first, axis, label))
    return [bar for bar in bars if bar is not None]


def _bar(kind, first, last, axis, label):
    start, end = axis.position(first), axis.position(last)
    return TimelineBar(kind, f"{start:g}", f"{end - start:.1f}", label) if end > start else None


def _shown(dates):
    """{type of date: date or None} to draw: the reference if it is not the forecast; the forecast until reached."""
    return {
        StatementKind.BASELINE: None if dates.is_first_plan else dates.reference,
        StatementKind.FORECAST: None if dates.is_reached else dates.forecast,
        StatementKind.ACTUAL: dates.actual,
    }


def _marks(milestone, axis, title):
    marks = []
    for kind, date in _shown(milestone.dates).items():
        if date is not None:
            is_planned = kind == StatementKind.BASELINE and milestone.dates.baseline is None
            label = f"{title}, {'first planned' if is_planned else kind}: {date.short_label}"
            edge = axis.edge(date.first)
            marks.append(
                TimelineMark(edge or str(kind), f"{axis.position(date.first):g}", label, edge and str(date.first.year))
            )
    return marks


def _milestone_row(milestone, axis):
    dates = milestone.dates
    row = TimelineRow(milestone.title, note=milestone.position.label, is_reviewed=milestone.shown_is_reviewed)
    row.marks = _marks(milestone, axis, milestone.title)
    planned, newest, label = dates.reference, dates.newest, milestone.position.slippage_label
    if label and newest is not None and planned.first != newest.first:
        earlier, later = sorted([planned.first, newest.first])
        late_or_early = "late" if milestone.position.slippage.number >= 0 else "early"
        gap = _bar(late_or_early, earlier, later, axis, label)
        row.bars = [gap] if gap else []
    return row


def _facts(project):
    facts = []
    for milestone in project.shown_milestones:
        dates = milestone.dates
        facts.append(
            TimelineFact(
                project.title,
                reverse("projects:project_detail", args=[project.slug]),
                milestone.title,
                dates.reference.short_label if dates.reference else "",
                milestone.position.label,
                milestone.position.slippage_label,
                milestone.shown_is_reviewed,
            )
        )
    return facts
