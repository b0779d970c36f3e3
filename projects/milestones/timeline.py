"""Milestones on one axis of time: baseline against forecast against actual, as a picture and in words."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from django.db.models import Prefetch
from django.urls import reverse

from projects.dates import MONTH_NAMES, in_short, slippage
from projects.labels import STAGES, slippage_words
from projects.models import Gate, Milestone, MilestoneStatement, Project, Stage, StatementKind
from projects.models.milestone import approved_baseline, newest_statement

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
class Mark:
    """One date: `kind` is baseline, forecast or actual; `x` its place in the picture."""

    kind: str
    x: str
    words: str


@dataclass(slots=True)
class Bar:
    """A stretch of time: a stage of a project, or the gap between what was approved and what holds."""

    kind: str
    x: str
    width: str
    words: str


@dataclass(slots=True)
class Row:
    """A line of the picture: a project with its stages and milestones, or one milestone."""

    title: str
    url: str = ""
    note: str = ""
    is_example: bool = False
    marks: list = field(default_factory=list)
    bars: list = field(default_factory=list)


@dataclass(slots=True)
class Fact:
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
        """[(place, words)] of years or quarters; words are empty where there is no room for them."""
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

    The ids must be of projects that the reader may see; `public` leaves out milestones that are not for everybody.
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
    statements = Prefetch("statements", MilestoneStatement.objects.order_by("pk"), to_attr="said")
    milestones = Milestone.objects.filter(current_on__isnull=False).order_by("current_on", "pk")
    if public:
        milestones = milestones.filter(public=True)
    shown = Prefetch("milestones", milestones.prefetch_related(statements), to_attr="shown")
    columns = Project.objects.only("title", "slug", "stage", "is_example")
    return list(columns.filter(pk__in=ids).order_by().prefetch_related(shown))


def _dates(milestone):
    """(baseline, forecast, actual): the statements that hold, or None. A forecast counts until it is reached."""
    planned = approved_baseline(milestone.said)
    held = defaultdict(list)
    for statement in milestone.said:
        held[statement.kind].append(statement)
    actual = newest_statement(held[StatementKind.ACTUAL])
    forecast = None if actual else newest_statement(held[StatementKind.FORECAST])
    return planned, forecast, actual


def _axis(projects, on, by_quarter, near=None):
    days = [on] + [
        statement.on
        for project in projects
        for milestone in project.shown
        for statement in _dates(milestone)
        if statement is not None
    ]
    before, after = near or (YEARS_EACH_WAY, YEARS_EACH_WAY)
    first = max(min(days).year, on.year - before)
    last = min(max(days).year, on.year + after)
    return Axis(datetime.date(first, 1, 1), datetime.date(max(last, first), 12, 31), by_quarter)


def _project_row(project, axis, with_marks=True):
    row = Row(project.title, project.get_absolute_url(), STAGES.get(project.stage, "Stage not known"))
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
        begins, ends = in_short(here.current_on, here.current_precision), following.current_short
        bars.append(_bar(stage, here.current_on, following.current_on, axis, f"{STAGES[stage]}: {begins} to {ends}"))
    return [bar for bar in bars if bar is not None]


def _bar(kind, first, last, axis, words):
    start, end = axis.place(first), axis.place(last)
    return Bar(kind, f"{start:g}", f"{end - start:.1f}", words) if end > start else None


def _marks(milestone, axis, title):
    marks = []
    planned, *now = _dates(milestone)
    for kind, statement in zip(StatementKind, (None if planned in now else planned, *now), strict=True):
        if statement is not None and axis.holds(statement.on):
            words = f"{title}, {'first planned' if _is_only_planned(kind, statement) else kind}: {_short(statement)}"
            marks.append(Mark(str(kind), f"{axis.place(statement.on):g}", words))
    return marks


def _is_only_planned(kind, statement):
    """Whether what stands for the baseline was never approved: the first forecast."""
    return kind == StatementKind.BASELINE and statement.kind != StatementKind.BASELINE


def _milestone_row(milestone, axis):
    planned, forecast, actual = _dates(milestone)
    row = Row(milestone.title, note=_state(milestone))
    row.marks = _marks(milestone, axis, milestone.title)
    now = actual or forecast
    if planned is not None and now is not None and planned.on != now.on:
        early, late = sorted([planned.on, now.on])
        late_or_early = "late" if now.on > planned.on else "early"
        gap = _bar(late_or_early, early, late, axis, _against(planned, now))
        row.bars = [gap] if gap else []
    return row


def _state(milestone):
    words = "reached" if milestone.reached else "expected"
    return f"{words} {milestone.current_short}"


def _against(planned, now):
    return slippage_words(slippage(planned.on, planned.precision, now.on, now.precision))


def _short(statement):
    return in_short(statement.on, statement.precision)


def _facts(project):
    facts = []
    for milestone in project.shown:
        planned, forecast, actual = _dates(milestone)
        now = actual or forecast
        moved = planned is not None and now is not None and now.pk != planned.pk
        facts.append(
            Fact(
                project.title,
                reverse("projects:project_detail", args=[project.slug]),
                milestone.title,
                _short(planned) if planned else "",
                _short(now) if now else "",
                "Reached" if actual else "Expected" if now else "Planned",
                _against(planned, now) if moved else "",
            )
        )
    return facts
