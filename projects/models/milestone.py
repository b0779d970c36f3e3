"""Milestones, and every dated statement of when each was or is to be reached."""

import re

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, OuterRef, Q
from simple_history.models import HistoricalRecords

from ..dates import DatePrecision, first_day, in_short, in_words, last_day
from .choices import MilestoneKind
from .project import Project


class Gate(models.TextChoices):
    """The standard gates of a capital project, in their order: the business cases of HM Treasury's Green Book (the
    "five case model", as NHS England's capital guidance applies it), and the RIBA-like steps of building after them.
    """

    SOC = "soc", "Strategic outline case approved"
    OBC = "obc", "Outline business case approved"
    PLANNING = "planning", "Planning permission granted"
    FBC = "fbc", "Full business case approved"
    START = "start", "Start on site"
    HANDOVER = "handover", "Building handed over"
    OPENING = "opening", "Opening"
    EVALUATION = "evaluation", "Post-project evaluation"


GATE_KINDS = {
    Gate.SOC: MilestoneKind.APPROVAL,
    Gate.OBC: MilestoneKind.APPROVAL,
    Gate.PLANNING: MilestoneKind.APPROVAL,
    Gate.FBC: MilestoneKind.APPROVAL,
    Gate.START: MilestoneKind.WORKS,
    Gate.HANDOVER: MilestoneKind.WORKS,
    Gate.OPENING: MilestoneKind.OPENING,
    Gate.EVALUATION: MilestoneKind.OTHER,
}

# How milestones that were named before gates were known, or that sources name, tell that they are one.
GATE_TITLES = {
    Gate.SOC: r"strategic outline case approved",
    Gate.OBC: r"outline business case approved",
    Gate.PLANNING: r"planning permission( granted)?",
    Gate.FBC: r"full business case approved",
    Gate.START: r"(construction|work|works|building work|renovation) starts|start on site",
    Gate.HANDOVER: r"(building )?handed over.*|building handover|handover",
    Gate.OPENING: r"opening",
    Gate.EVALUATION: r"post-project evaluation",
}


def gate_of(title):
    """The standard gate that a milestone of this title is, or ""."""
    for gate, pattern in GATE_TITLES.items():
        if re.fullmatch(pattern, title.strip(), re.IGNORECASE):
            return gate
    return ""


class StatementKind(models.TextChoices):
    BASELINE = "baseline", "Baseline"
    FORECAST = "forecast", "Forecast"
    ACTUAL = "actual", "Actual"


class MilestoneQuerySet(models.QuerySet):
    def shown_to(self, user):
        """All of them for signed-in users, those for the public for others. Projects are not checked here."""
        return self if user.is_authenticated else self.filter(public=True)

    def ahead(self, on):
        """Not yet reached, and expected on the day `on`, in a period that holds it, or later."""
        return self.filter(reached=False, current_until__gte=on)

    def in_date_order(self):
        return self.order_by("current_on", "pk")


class Milestone(models.Model):
    """An event of a project. Its statements are the truth; the `current_` columns repeat the newest, for lists.

    They are written by `refresh_dates()` alone.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=MilestoneKind, default=MilestoneKind.OTHER)
    gate = models.CharField("standard gate", max_length=10, choices=Gate, blank=True)
    public = models.BooleanField(default=True, help_text="Shown to the public with a published project")
    current_on = models.DateField(null=True, blank=True, editable=False)
    current_precision = models.CharField(
        max_length=10, choices=DatePrecision, default=DatePrecision.DAY, editable=False
    )
    current_until = models.DateField(null=True, blank=True, editable=False)
    reached = models.BooleanField(default=False, editable=False)

    objects = MilestoneQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["current_on", "pk"]
        indexes = [
            # next milestone of the projects on a page; openings of a year
            models.Index(fields=["project", "reached", "current_until"], name="projects_milestone_next"),
            models.Index(fields=["kind", "current_on", "project"], name="projects_milestone_by_date"),
            # what comes next, on the home page
            models.Index(
                fields=["current_until", "id"],
                condition=Q(reached=False, public=True),
                name="projects_milestone_ahead",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="projects_milestone_kind_known",
                condition=Q(kind__in=MilestoneKind.values),
                violation_error_message="Select a kind of milestone from the list",
            ),
            models.CheckConstraint(
                name="projects_milestone_gate_known",
                condition=Q(gate__in=["", *Gate.values]),
                violation_error_message="Select a gate from the list",
            ),
            models.UniqueConstraint(
                name="projects_milestone_gate_once",
                fields=["project", "gate"],
                condition=~Q(gate=""),
                violation_error_message="The project has this gate already",
            ),
            models.CheckConstraint(
                name="projects_milestone_reached_has_date",
                condition=Q(reached=False) | Q(current_on__isnull=False),
                violation_error_message="A milestone that was reached needs its date",
            ),
        ]

    def __str__(self):
        return self.title

    @transaction.atomic
    def state_date(self, kind, on, precision=DatePrecision.DAY, **more):
        """Keep one more statement of this milestone's date and return it; the current date follows.

        `more` is what else the statement says: said_on, source_url, move_reason, move_words.
        """
        statement = self.statements.create(kind=kind, on=first_day(on, precision), precision=precision, **more)
        self.refresh_dates()
        return statement

    def refresh_dates(self):
        """Set the current date from the statements: the newest actual, else the newest forecast, else the baseline."""
        newest = newest_statement(self.statements.all())
        self.current_on = newest.on if newest else None
        self.current_precision = newest.precision if newest else DatePrecision.DAY
        self.current_until = last_day(newest.on, newest.precision) if newest else None
        self.reached = newest is not None and newest.kind == StatementKind.ACTUAL
        self.save(update_fields=["current_on", "current_precision", "current_until", "reached"])

    @property
    def current_words(self):
        return in_words(self.current_on, self.current_precision)

    @property
    def current_short(self):
        return in_short(self.current_on, self.current_precision)


def next_milestones(on):
    """For each project (the outer query's `pk`), its milestones still ahead on that day, the nearest first."""
    return Milestone.objects.filter(project=OuterRef("pk"), public=True).ahead(on).order_by("current_until", "pk")


STATEMENT_WEIGHT = {StatementKind.BASELINE: 0, StatementKind.FORECAST: 1, StatementKind.ACTUAL: 2}


def newest_statement(statements):
    """The statement that holds now, or None: an actual before a forecast before a baseline, then the last said.

    One without a date of saying counts as older than any with one, and one marked as superseded never holds; among
    equals the last recorded does.
    """
    return max(
        (s for s in statements if not s.superseded),
        key=lambda s: (STATEMENT_WEIGHT[s.kind], s.said_on is not None, s.said_on or s.on, s.pk or 0),
        default=None,
    )


def first_planned(statements):
    """The date first planned, or None: the baseline where one was approved, else the earliest forecast said.

    One marked as superseded is earlier than the rest, and so is one without a date of saying.
    """
    return min(
        (s for s in statements if s.kind != StatementKind.ACTUAL),
        key=lambda s: (STATEMENT_WEIGHT[s.kind], not s.superseded, s.said_on is not None, s.said_on or s.on, s.pk or 0),
        default=None,
    )


def approved_baseline(statements):
    """The date that slippage is measured against, or None: the baseline that holds, else the date first planned.

    Of several baselines the one last approved holds; `changes` marks those before it as superseded.
    """
    held = [s for s in statements if s.kind == StatementKind.BASELINE]
    return newest_statement(held) or first_planned(statements)


class MilestoneDependency(models.Model):
    """That a milestone cannot be reached before another one, of the same project or another."""

    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="needs")
    needs = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="needed_by")

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "milestone dependencies"
        constraints = [
            models.UniqueConstraint(
                name="projects_dependency_once",
                fields=["milestone", "needs"],
                violation_error_message="This dependency is recorded already",
            ),
            models.CheckConstraint(
                name="projects_dependency_not_on_itself",
                condition=~Q(milestone=F("needs")),
                violation_error_message="A milestone cannot depend on itself",
            ),
        ]

    def __str__(self):
        return f"{self.milestone} needs {self.needs}"

    @property
    def is_broken(self):
        """Whether the milestone now falls before what it needs, as far as both dates are known: its whole period does.

        One that was reached no longer waits for anything.
        """
        late, early = self.needs, self.milestone
        if early.reached or early.current_until is None or late.current_on is None:
            return False
        return early.current_until < late.current_on


class MilestoneStatement(models.Model):
    """What one source said, on its day, of when a milestone was or would be reached."""

    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="statements")
    kind = models.CharField(max_length=10, choices=StatementKind)
    on = models.DateField("date", help_text="Any day of the month, quarter or year meant")
    precision = models.CharField("known to the", max_length=10, choices=DatePrecision, default=DatePrecision.DAY)
    said_on = models.DateField(null=True, blank=True, help_text="The day of the report or page that says so")
    superseded = models.BooleanField(
        default=False, help_text="Replaced by another statement, where the days on which they were said do not show it"
    )
    move_reason = models.ForeignKey(
        "projects.MoveReason", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    move_words = models.CharField("why it moved, in a sentence", max_length=300, blank=True)
    wording = models.CharField(max_length=200, blank=True, help_text="How the source put it")
    source_url = models.URLField("source", max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = [F("said_on").asc(nulls_first=True), "pk"]
        verbose_name = "statement of date"
        verbose_name_plural = "statements of date"
        constraints = [
            models.CheckConstraint(
                name="projects_milestonestatement_kind_known",
                condition=Q(kind__in=StatementKind.values),
                violation_error_message="Select baseline, forecast or actual",
            ),
            models.CheckConstraint(
                name="projects_milestonestatement_precision_known",
                condition=Q(precision__in=DatePrecision.values),
                violation_error_message="Select how precisely the date is known from the list",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.words}"

    def clean(self):
        if self.on and self.precision in DatePrecision.values:
            self.on = first_day(self.on, self.precision)

    @property
    def words(self):
        return in_words(self.on, self.precision)

    @property
    def until(self):
        """The last day of the period stated."""
        return last_day(self.on, self.precision)


YEARS = range(1900, 2101)


def check_stated_date(kind, on, precision, *, today):
    """Raise ValidationError for a date that no milestone can have: far outside our time, or reached in the future."""
    if on.year not in YEARS:
        raise ValidationError(f"Enter a year from {YEARS[0]} to {YEARS[-1]}", code="year")
    if kind == StatementKind.ACTUAL and first_day(on, precision) > today:
        raise ValidationError("An actual date cannot be in the future: choose forecast", code="future")


def check_said_on(said_on, *, today):
    """Raise ValidationError for a statement dated after today, or long ago."""
    if said_on.year not in YEARS:
        raise ValidationError(f"Enter a year from {YEARS[0]} to {YEARS[-1]}", code="year")
    if said_on > today:
        raise ValidationError("The day that it was said cannot be in the future", code="future")
