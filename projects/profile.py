"""What a project's page shows beside the project itself, in as few queries as its facts allow."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from django.db.models import CharField, DateField, F, Value
from django.urls import reverse
from django.utils import timezone

from sites.models import Organisation, Site

from .dates import DatePrecision
from .models import (
    CostEstimate,
    Document,
    FundingLine,
    FundingStatus,
    Milestone,
    MilestoneStatement,
    OtherName,
    Priority,
    Project,
    ProjectSource,
    Service,
    Stage,
    StatementKind,
)
from .models.milestone import approved_baseline, newest_statement
from .rows import STAGE_COLOURS, STAGES, STATE_COLOURS, STATES, money

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
class MoneyLine:
    """A cost figure (`words`: what it covers) or a funding line (`words`: who pays); `amount` is Decimal pounds."""

    kind: str
    project_id: int
    pk: int
    amount: Decimal | None
    words: str
    status: str
    as_of: date | None
    source_url: str

    @property
    def status_words(self):
        return FundingStatus(self.status).label.lower() if self.status else ""


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
    """The facts around one project, as `user` may see them. Each attribute queries once, when first read."""

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
    def _money(self):
        """Cost figures of this project and of its plan, and its funding, as `MoneyLine`s. One query."""
        owners = [self.project.pk, self.project.parent_id] if "parent" in self.facts else [self.project.pk]
        nothing, undated = Value("", output_field=CharField()), Value(None, output_field=DateField())
        costs = CostEstimate.objects.filter(project__in=owners).order_by()
        funding = FundingLine.objects.filter(project=self.project).order_by()
        rows = costs.values_list(
            Value("cost", output_field=CharField()), "project_id", "pk", "amount_pounds", "covers", nothing, "as_of",
            "source_url",
        ).union(
            funding.values_list(
                Value("funding", output_field=CharField()), "project_id", "pk", "amount_pounds", "funder", "status",
                undated, "source_url",
            ),
            all=True,
        )  # fmt: skip
        return [MoneyLine(*row) for row in rows]

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
        costs = [line for line in self._money if line.kind == "cost"]
        return sorted(costs, key=lambda line: (line.as_of is not None, line.as_of or date.min, line.pk), reverse=True)

    @property
    def funding(self):
        """Its funding lines, in the order entered."""
        return sorted((line for line in self._money if line.kind == "funding"), key=lambda line: line.pk)

    @property
    def funding_known(self):
        """The sum of the amounts that are known, in words; "" when none is."""
        amounts = [line.amount for line in self.funding if line.amount is not None]
        return money(sum(amounts)) if amounts else ""

    @cached_property
    def notes(self):
        """Progress notes, newest first. One query."""
        return list(self.project.progress_notes.all())

    def _undated_milestones(self):
        undated = Milestone.objects.filter(project=self.project, current_on=None)
        return undated if self.user.is_authenticated else undated.filter(public=True)

    def _documents(self):
        documents = Document.objects.filter(project=self.project)
        return documents if self.user.is_authenticated else documents.filter(public=True)

    @cached_property
    def facts(self):
        """The small things by kind ("name", "source", "partner", "site", "priority", "network", "service", "undated",
        "document", "part", "parent"), in one query."""
        pk = self.project.pk
        visible = Project.objects.visible_to(self.user)
        rows = _facts("name", OtherName.objects.filter(project=pk), "name").union(
            _facts("source", ProjectSource.objects.filter(project=pk), "supports", "url"),
            _facts("partner", Organisation.objects.filter(partnered_projects=pk), "name", "slug"),
            _facts("network", Organisation.objects.filter(hubs=pk), "name", "slug"),
            _facts("site", Site.objects.filter(further_projects=pk), "name", "slug"),
            _facts("priority", Priority.objects.filter(projects=pk), "title", "slug"),
            _facts("service", Service.objects.filter(hubs=pk), "name"),
            _facts("undated", self._undated_milestones(), "title"),
            _facts("document", self._documents(), "title", "url"),
            _facts("part", visible.filter(parent=pk), "title", "slug", "stage"),
            _facts("parent", visible.filter(pk=self.project.parent_id), "title", "slug", "stage"),
            all=True,
        )
        ordered = sorted(rows, key=lambda row: (row[0], row[1]))
        return {kind: [_fact(*row) for row in group] for kind, group in groupby(ordered, key=lambda row: row[0])}


def _facts(kind, queryset, words, link=None, stage=None):
    """One branch of the union: kind, words, what its address is made of, stage."""
    empty = Value("", output_field=CharField())
    return queryset.order_by().values_list(
        Value(kind, output_field=CharField()),
        F(words),
        F(link) if link else empty,
        F(stage) if stage else empty,
    )


ROUTES = {
    "partner": "sites:organisation_detail",
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
