"""What a project's page shows beside the project itself, in as few queries as its facts allow."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from operator import itemgetter

from django.urls import reverse
from django.utils import timezone

from projects.dates import DatePrecision
from projects.facts import facts_around
from projects.labels import STAGE_COLOURS, STAGES, STATE_COLOURS, STATES, money
from projects.models import FundingStatus, MilestoneStatement, Stage, StatementKind
from projects.models.milestone import approved_baseline, newest_statement
from projects.signs import over_budget

STEPS = [stage for stage in Stage if stage != Stage.CLOSED]


@dataclass
class Step:
    """One of the stages on the way, as drawn: done, current or ahead."""

    words: str
    state: str


@dataclass
class Fact:
    """Something small that belongs to the project: another name, a partner, a part of it."""

    words: str
    url: str = ""
    stage: str = ""
    colour: str = ""


@dataclass
class MilestoneLine:
    """A milestone as the timeline shows it."""

    title: str
    reached: bool = False
    overdue: bool = False
    now: str = ""
    first: str = ""
    first_is: str = ""
    moved: str = ""
    statements: list = field(default_factory=list)


@dataclass
class Figure:
    """A cost (`words`: what it covers), a funding line (who pays), a progress note, a year's forecast or a risk."""

    words: str
    source_url: str
    status: str
    project_id: int | None
    pk: int
    amount: Decimal | None
    day: date | None

    @property
    def status_words(self):
        return FundingStatus(self.status).label.lower() if self.status else ""

    def by_day(self):
        """A key that sorts by the day; those without one come first."""
        return (self.day is not None, self.day or date.min, self.pk)


def stage_steps(stage):
    """The steps from identified to operational for a project at `stage` ("" when it is not known)."""
    order = list(Stage)
    here = order.index(stage) if stage else -1
    names = {Stage.SOC: "Strategic outline case", Stage.OBC: "Outline business case", Stage.FBC: "Full business case"}
    return [
        Step(names.get(step, step.label), "current" if step == stage else "done" if place < here else "ahead")
        for place, step in enumerate(STEPS)
    ]


def moved_words(first, now):
    """How far a date moved since it was first planned, said no more exactly than both are known; "" where unmoved.

    The least that the two periods allow is given: first "2024" and now "August 2025" is "at least 7 months later".
    """
    if first is None or now is None:
        return ""
    exact = first.precision == now.precision == DatePrecision.DAY
    gap = timedelta(0 if exact else 1)  # between two periods: from the day after the one to the first of the other
    if now.on > first.until:
        start, end, direction = first.until + gap, now.on, "later"
    elif now.until < first.on:
        start, end, direction = now.until + gap, first.on, "earlier"
    else:
        return ""
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    days = (end - start).days
    size = f"{months} months" if months > 1 else f"{days} day{'' if days == 1 else 's'}"
    return f"{'' if exact else 'at least '}{size} {direction}" if days else ""


class Profile:
    """The facts around one project, as `user` may see them: one query when first read, and one for the milestones."""

    def __init__(self, project, user):
        self.project = project
        self.user = user

    @cached_property
    def steps(self):
        return stage_steps(self.project.stage)

    @property
    def step_number(self):
        """The place of the current stage among the steps, from 1; 0 where it is not one of them."""
        return next((number for number, step in enumerate(self.steps, 1) if step.state == "current"), 0)

    @property
    def stage(self):
        return Fact(STAGES.get(self.project.stage, "Stage not known"), colour=STAGE_COLOURS[self.project.stage])

    @property
    def state(self):
        """The delivery state where it says more than the stage does, else None."""
        colour = STATE_COLOURS.get(self.project.delivery_state)
        return Fact(STATES[self.project.delivery_state], colour=colour) if colour else None

    @property
    def child(self):
        """The project as the hub or hospital scheme that it is."""
        return self.project.hub if hasattr(self.project, "hub") else self.project.hospitalscheme

    @cached_property
    def milestones(self):
        """`MilestoneLine`s in the order of their dates; those without a date come last. One query."""
        today = timezone.localdate()
        statements = MilestoneStatement.objects.filter(milestone__project=self.project).select_related("milestone")
        if not self.user.is_authenticated:
            statements = statements.filter(milestone__public=True)
        ordered = sorted(statements, key=lambda s: (s.milestone.current_on, s.milestone_id))
        dated = [
            self._line(next(iter(group)).milestone, group, today)
            for group in (list(group) for _pk, group in groupby(ordered, key=lambda s: s.milestone_id))
        ]
        undated = [MilestoneLine(fact.words) for fact in self.facts.get("undated", [])]
        return dated + undated

    def _line(self, milestone, statements, today):
        first = approved_baseline(statements)
        now = newest_statement(statements)
        return MilestoneLine(
            title=milestone.title,
            reached=milestone.reached,
            overdue=not milestone.reached and milestone.current_until < today,
            now=milestone.current_words,
            first=first.words if first and (first.on, first.precision) != (now.on, now.precision) else "",
            first_is="Approved" if first and first.kind == StatementKind.BASELINE else "First planned",
            moved=moved_words(first, now),
            statements=statements,
        )

    @cached_property
    def _rows(self):
        rows = sorted(facts_around(self.project, self.user), key=itemgetter(0, 1))
        return {kind: list(group) for kind, group in groupby(rows, key=itemgetter(0))}

    @cached_property
    def facts(self):
        """What is said in words alone, in their order: {kind: [`Fact`]}; `facts_around` names the kinds. One query."""
        return {kind: [_fact(*row[:4]) for row in rows] for kind, rows in self._rows.items() if kind not in FIGURES}

    @cached_property
    def figures(self):
        """What has an amount or a day: {kind: [`Figure`]}, the kinds of FIGURES. One query, shared with `facts`."""
        return {kind: [Figure(*row[1:]) for row in self._rows.get(kind, ())] for kind in FIGURES}

    @property
    def partner_ids(self):
        """The ids of the organisations that partner it."""
        return {row[5] for row in self._rows.get("partner", ())}

    @property
    def own_costs(self):
        """This project's cost figures, the newest first."""
        return [line for line in self._newest_costs if line.project_id == self.project.pk]

    @property
    def parent_cost(self):
        """The newest figure of the plan it is a part of, where this project has none of its own, else None."""
        return None if self.own_costs else next(iter(self._newest_costs), None)

    @cached_property
    def _newest_costs(self):
        return sorted(self.figures["cost"], key=Figure.by_day, reverse=True)

    @property
    def funding(self):
        """Its funding lines, in the order entered."""
        return sorted(self.figures["funding"], key=lambda line: line.pk)

    @property
    def funding_known(self):
        """The sum of the amounts that are known, in words; "" when none is."""
        amounts = [line.amount for line in self.funding if line.amount is not None]
        return money(sum(amounts)) if amounts else ""

    @cached_property
    def notes(self):
        """Progress notes, newest first."""
        return sorted(self.figures["note"], key=Figure.by_day, reverse=True)

    @property
    def forecast_total(self):
        """Pounds that the forecasts of all its years come to; None where there is none. For who is signed in."""
        years = self.figures["forecast"]
        return sum(year.amount for year in years) if years else None

    @property
    def over_budget(self):
        """Pounds by which the forecast is over the approved budget; None where it is not, or not known."""
        return over_budget(self.forecast_total, self.project.approved_budget)

    @property
    def open_risks(self):
        """How many risks and issues are open. For who is signed in."""
        return len(self.figures["risk"])

    @property
    def worst_score(self):
        """The highest score of an open risk or issue; None where there is none. For who is signed in."""
        return max((int(risk.amount) for risk in self.figures["risk"]), default=None)

    @property
    def reviews_overdue(self):
        """How many open ones should have been reviewed before today. For who is signed in."""
        today = timezone.localdate()
        return sum(risk.day is None or risk.day < today for risk in self.figures["risk"])


FIGURES = ("cost", "funding", "note", "forecast", "risk")
ROUTES = {
    "partner": "sites:organisation_detail",
    "successor": "sites:organisation_detail",
    "network": "sites:organisation_detail",
    "site": "sites:site_detail",
    "priority": "projects:priority_detail",
    "part": "projects:project_detail",
    "parent": "projects:project_detail",
}


def _fact(kind, words, link, stage):
    url = reverse(ROUTES[kind], args=[link]) if kind in ROUTES else link
    if kind in {"part", "parent"}:
        return Fact(words, url, STAGES.get(stage, "Not known"), STAGE_COLOURS[stage])
    return Fact(words, url)
