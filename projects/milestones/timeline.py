"""Milestones on one axis of time: baseline against forecast against actual, as a picture and in words."""

import datetime
from dataclasses import dataclass, field
from itertools import pairwise

from django.db.models import Prefetch
from django.urls import reverse

from projects.dates import MONTH_NAMES
from projects.labels import STAGES, slippage_label
from projects.models import Gate, Milestone, MilestoneStatement, Project, Stage, StatementKind
from projects.models.milestone import MilestoneDates

ROWS = 200  # projects on one page
YEARS_EACH_WAY = 15  # the axis reaches no further from today
NEAR = (1, 4)  # years before and after this one that several projects are shown for by quarter
WIDTH = 1000  # units of the picture
QUARTER = 66  # units of a quarter, where quarters are drawn
MANY_YEARS = 20  # from which every second year has its number

# The stage that a project is in once it has passed a gate; planning permission and the evaluation begin none.
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
    """One date: `kind` is baseline, forecast or actual; `x` its place in the picture."""

    kind: str
    x: str
    label: str


@dataclass(slots=True)
class TimelineBar:
    """A stretch of time: a stage of a project, or the gap between what was approved and what holds."""

    kind: str
    x: str
    width: str
    label: str


@dataclass(slots=True)
class TimelineRow:
    """A line of the picture: a project with its stages and milestones, or one milestone."""

    title: str
    url: str = ""
    note: str = ""
    is_example: bool = False
    marks: list = field(default_factory=list)
    bars: list = field(default_factory=list)


@dataclass(slots=True)
class TimelineFact:
    """A milestone in the table that says the same as the picture."""

    project: str
    url: str
    title: str
    planned: str
    now: str
    state: str
    slippage: str


@dataclass
class Axis:
    """From the first to the last day, `width` units long."""

    first: datetime.date
    last: datetime.date
    by_quarter: bool

    @property
    def width(self):
        years = self.last.year - self.first.year + 1
        return max(WIDTH, years * 4 * QUARTER) if self.by_quarter else WIDTH

    def holds(self, day):
        return self.first <= day <= self.last

    def place(self, day):
        """Where the day lies; one before or after the axis lies at its end."""
        day = min(max(day, self.first), self.last)
        return round((day - self.first).days / ((self.last - self.first).days + 1) * self.width, 1)

    def ticks(self):
        """[(place, label)] of years or quarters; labels are empty where there is no room for them."""
        years = range(self.first.year, self.last.year + 1)
        if self.by_quarter:
            return [
                (f"{self.place(datetime.date(year, month, 1)):g}", f"{MONTH_NAMES[month - 1][:3]} {year}")
                for year in years
                for month in (1, 4, 7, 10)
            ]
        step = 2 if len(years) > MANY_YEARS else 1
        return [
            (f"{self.place(datetime.date(year, 1, 1)):g}", "" if number % step else str(year))
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
        """[(stage, its word)] of the bars that are drawn, for the key."""
        drawn = {bar.kind for row in self.rows for bar in row.bars}
        return [(stage, STAGES[stage]) for stage in Stage if stage in drawn]


def timeline_of(ids, *, on, by_quarter=False, public=True):
    """The `Timeline` of several projects, a row each, in the order of their ids. Three queries.

    The ids must be of projects that the reader can see; `public` leaves out milestones that are not public.
    `on` is today. Dates further from it than YEARS_EACH_WAY, by quarter than NEAR, are in the facts alone.
    """
    projects = {one.pk: one for one in _projects(ids, public)}
    ordered = [projects[pk] for pk in ids if pk in projects]
    axis = _axis(ordered, on, by_quarter, NEAR if by_quarter else None)
    rows = [_project_row(one, axis) for one in ordered]
    facts = [fact for one in ordered for fact in _facts(one)]
    return Timeline(rows, facts, axis, f"{axis.place(on):g}", any(one.is_example for one in ordered))


def timeline_of_one(project, *, on, by_quarter=False, public=True):
    """The `Timeline` of one project: its stages, then a row for each milestone. Three queries."""
    found = _projects([project.pk], public)[0]
    axis = _axis([found], on, by_quarter)
    rows = [_project_row(found, axis, with_marks=False)]
    rows[0].title, rows[0].url = "Stages", ""
    rows = rows if rows[0].bars else []
    rows += [_milestone_row(one, axis) for one in found.shown]
    return Timeline(rows, _facts(found), axis, f"{axis.place(on):g}", found.is_example)


def _projects(ids, public):
    statements = Prefetch("statements", MilestoneStatement.objects.order_by("pk"), to_attr="known_statements")
    milestones = Milestone.objects.filter(current_on__isnull=False).order_by("current_on", "pk")
    if public:
        milestones = milestones.filter(public=True)
    shown = Prefetch("milestones", milestones.prefetch_related(statements), to_attr="shown")
    columns = Project.objects.only("title", "slug", "stage", "is_example")
    projects = list(columns.filter(pk__in=ids).order_by().prefetch_related(shown))
    for milestone in (one for project in projects for one in project.shown):
        milestone.dates = MilestoneDates.from_statements(milestone.known_statements)
    return projects


def _axis(projects, on, by_quarter, near=None):
    days = [on] + [
        date.first
        for project in projects
        for milestone in project.shown
        for date in _shown(milestone.dates).values()
        if date is not None
    ]
    before, after = near or (YEARS_EACH_WAY, YEARS_EACH_WAY)
    first = max(min(days).year, on.year - before)
    last = min(max(days).year, on.year + after)
    return Axis(datetime.date(first, 1, 1), datetime.date(max(last, first), 12, 31), by_quarter)


def _project_row(project, axis, with_marks=True):
    row = TimelineRow(
        project.title, project.get_absolute_url(), STAGES[project.stage] if project.stage else "Stage not known"
    )
    row.is_example = project.is_example
    row.bars = _stages(project, axis)
    if with_marks:
        row.marks = [mark for milestone in project.shown for mark in _marks(milestone, axis, milestone.title)]
    return row


def _stages(project, axis):
    """Bars of the stages between the gates that have a date, in the order of the gates."""
    order = list(Gate)
    passed = [one for one in project.shown if one.gate in STAGE_AFTER]
    passed.sort(key=lambda one: order.index(one.gate))
    bars = []
    for here, following in pairwise(passed):
        if following.current_on <= here.current_on:
            continue
        stage = STAGE_AFTER[here.gate]
        begins, ends = here.current_short_label, following.current_short_label
        bars.append(_bar(stage, here.current_on, following.current_on, axis, f"{STAGES[stage]}: {begins} to {ends}"))
    return [bar for bar in bars if bar is not None]


def _bar(kind, first, last, axis, label):
    start, end = axis.place(first), axis.place(last)
    return TimelineBar(kind, f"{start:g}", f"{end - start:.1f}", label) if end > start else None


def _shown(dates):
    """{kind: date or None} to draw: the reference, unless it is the forecast itself; a forecast until it is reached."""
    return {
        StatementKind.BASELINE: None if dates.is_first_plan else dates.reference,
        StatementKind.FORECAST: None if dates.is_reached else dates.forecast,
        StatementKind.ACTUAL: dates.actual,
    }


def _marks(milestone, axis, title):
    marks = []
    for kind, date in _shown(milestone.dates).items():
        if date is not None and axis.holds(date.first):
            is_planned = kind == StatementKind.BASELINE and milestone.dates.baseline is None
            label = f"{title}, {'first planned' if is_planned else kind}: {date.short_label}"
            marks.append(TimelineMark(str(kind), f"{axis.place(date.first):g}", label))
    return marks


def _milestone_row(milestone, axis):
    dates = milestone.dates
    row = TimelineRow(milestone.title, note=_state(milestone))
    row.marks = _marks(milestone, axis, milestone.title)
    planned, now = dates.reference, dates.newest
    if planned is not None and now is not None and planned.first != now.first:
        early, late = sorted([planned.first, now.first])
        late_or_early = "late" if now.first > planned.first else "early"
        gap = _bar(late_or_early, early, late, axis, slippage_label(dates))
        row.bars = [gap] if gap else []
    return row


def _state(milestone):
    label = "reached" if milestone.reached else "expected"
    return f"{label} {milestone.current_short_label}"


def _facts(project):
    facts = []
    for milestone in project.shown:
        dates = milestone.dates
        now = dates.newest
        facts.append(
            TimelineFact(
                project.title,
                reverse("projects:project_detail", args=[project.slug]),
                milestone.title,
                dates.reference.short_label if dates.reference else "",
                now.short_label if now else "",
                "Reached" if dates.is_reached else "Expected" if now else "Planned",
                slippage_label(dates),
            )
        )
    return facts
