"""Milestones, their statements (the date history) and their dependencies."""

import datetime
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.text import capfirst
from simple_history.models import HistoricalRecords

from estates_portal.constraints import known_choice
from estates_portal.dates import DatePrecision, PartialDate, PartialDateColumns
from estates_portal.fields import Day
from estates_portal.statements import StageBasis
from estates_portal.written_dates import YEAR_ERROR, YEARS

from .choices import DeliveryState, MilestoneKind
from .project import Project
from .statements import Statement, column_for


class Gate(models.TextChoices):
    """The standard gates of a capital project, in order.

    First the business cases of HM Treasury's Green Book (the "five case model" of NHS England's capital guidance),
    then steps of building like those of RIBA.
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

# Titles in sources, and in records older than gates, that mean a standard gate.
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
    """The standard gate for a milestone's title, or ""."""
    for gate, pattern in GATE_TITLES.items():
        if re.fullmatch(pattern, title.strip(), re.IGNORECASE):
            return gate
    return ""


def complete_details(details, milestone):
    """Give the `details` of a new milestone the type and gate that its title stands for, if none was selected.

    `details` are cleaned data with "title", "kind" and "gate". The gate Opening always has the type Opening. One query
    if the title is that of a gate.
    """
    if milestone.pk is None and (gate := gate_of(details.get("title") or "")):
        if details.get("gate") == "" and not has_gate(milestone, gate):
            details["gate"] = gate
        if details.get("kind") == MilestoneKind.OTHER:
            details["kind"] = GATE_KINDS[gate]
    if details.get("gate") == Gate.OPENING:
        details["kind"] = MilestoneKind.OPENING


def has_gate(milestone, gate):
    """Whether another milestone of its project has the gate. One query."""
    return Milestone.objects.filter(project=milestone.project_id, gate=gate).exclude(pk=milestone.pk).exists()


class StatementKind(models.TextChoices):
    BASELINE = "baseline", "Baseline"
    FORECAST = "forecast", "Forecast"
    ACTUAL = "actual", "Actual"


class MilestoneQuerySet(models.QuerySet):
    def shown_to(self, user):
        """All milestones for signed-in users, public milestones for others. Does not check the project."""
        return self if user.is_authenticated else self.filter(public=True)

    def main_openings(self):
        """The opening of each project, as `main_opening`."""
        others = Milestone.objects.filter(project=OuterRef("project"), kind=MilestoneKind.OPENING)
        is_only = ~Exists(others.exclude(pk=OuterRef("pk")))
        return self.filter(Q(gate=Gate.OPENING) | is_only, kind=MilestoneKind.OPENING)

    def ahead(self, on, reader):
        """Milestones not reached, due on the day `on` or later. A month or quarter counts until its last day."""
        reached, until = column_for(reader, "reached"), column_for(reader, "current_until")
        return self.shown_to(reader).filter(**{reached: False, f"{until}__gte": on})

    def dated(self, reader):
        """Milestones with a date that `reader` can see, by date. Does not check the project."""
        on = column_for(reader, "current_on")
        return self.shown_to(reader).filter(**{f"{on}__isnull": False}).order_by(on, "pk")

    def dependents(self):
        """Dependencies of other milestones on these, with both milestones and their projects."""
        links = MilestoneDependency.objects.filter(depends_on__in=self.order_by()).exclude(
            milestone__in=self.order_by()
        )
        return links.select_related("milestone__project", "depends_on__project")


class Milestone(models.Model):
    """An event of a project. Its dates are its statements; columns copy the newest one, and the newest accepted one.

    Only `set_dates()` writes them: see `statements`.
    """

    own_rows = ("statements",)
    named_references = ("dependents",)  # `reasons_to_keep` names them, also those of the project

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="milestones")
    title = models.CharField(max_length=200)
    kind = models.CharField("type", max_length=10, choices=MilestoneKind, default=MilestoneKind.OTHER)
    gate = models.CharField("standard gate", max_length=10, choices=Gate, blank=True)
    public = models.BooleanField(default=True, help_text="Shown to the public with a published project")
    proposed_public = models.BooleanField(
        "propose to show it to the public",
        default=False,
        db_default=False,
        help_text="The programme office decides what the public sees",
    )
    current_on = Day(null=True, blank=True, editable=False)
    current_precision = models.CharField(
        max_length=10, choices=DatePrecision, default=DatePrecision.DAY, editable=False
    )
    current_until = Day(null=True, blank=True, editable=False)
    reached = models.BooleanField(default=False, editable=False)
    accepted_on = Day(null=True, blank=True, editable=False)
    accepted_precision = models.CharField(
        max_length=10, choices=DatePrecision, default=DatePrecision.DAY, db_default=DatePrecision.DAY, editable=False
    )
    accepted_until = Day(null=True, blank=True, editable=False)
    accepted_reached = models.BooleanField(default=False, db_default=False, editable=False)

    objects = MilestoneQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["accepted_on", "accepted_precision", "accepted_until", "accepted_reached"]
    )

    class Meta:
        ordering = ["current_on", "pk"]
        indexes = [
            # next milestones on lists, openings of a year
            models.Index(fields=["project", "reached", "current_until"], name="projects_milestone_next"),
            models.Index(fields=["kind", "current_on", "project"], name="projects_milestone_by_date"),
            # next milestones on the home page
            models.Index(
                fields=["accepted_until", "id"],
                condition=Q(accepted_reached=False, public=True),
                name="projects_milestone_expected",
            ),
        ]
        constraints = [
            known_choice("projects_milestone_kind_known", "Select a milestone type from the list", kind=MilestoneKind),
            known_choice("projects_milestone_gate_known", "Select a gate from the list", or_blank=True, gate=Gate),
            models.UniqueConstraint(
                name="projects_milestone_gate_once",
                fields=["project", "gate"],
                condition=~Q(gate=""),
                violation_error_message="This project already has this gate",
            ),
            models.CheckConstraint(
                name="projects_milestone_reached_has_date",
                condition=Q(reached=False) | Q(current_on__isnull=False),
                violation_error_message="Enter the date when the milestone was reached",
            ),
        ]

    def __str__(self):
        return self.title

    @transaction.atomic
    def record_date(self, kind, on, precision=DatePrecision.DAY, **more):
        """Add a statement, refresh the current date and return the statement.

        `on` is None for a forecast whose date is not known. `more` are other fields of the statement: stated_on,
        source_url, change_reason, explanation.
        """
        date = PartialDate.of(on, precision)
        dated = {"on": date.first, "precision": date.precision} if date else {}
        statement = self.statements.create(kind=kind, **dated, **more)
        self.refresh_dates()
        return statement

    def record_dates(
        self, *, forecast=None, actual=None, date_not_known=False, reason=None, explanation="", today, **origin
    ):
        """Record the new dates among these, stated on `today`, and return their number.

        `date_not_known` replaces the forecast. The reason and explanation are saved with it, with a forecast that
        differs from the expected date, and with a corrected actual date. `origin` are fields of `Statement`. Checks
        nothing: see `date_move_errors`.
        """
        dates, made = MilestoneDates.of(self), 0
        why = {"change_reason": reason, "explanation": explanation.strip()}
        if date_not_known and actual is None:
            if not dates.is_not_known:
                self.record_date(StatementKind.FORECAST, None, stated_on=today, **origin, **why)
                made += 1
        elif forecast is not None and forecast != dates.forecast:
            more = origin | (why if forecast != dates.expected else {})
            self.record_date(StatementKind.FORECAST, forecast.first, forecast.precision, stated_on=today, **more)
            made += 1
        if actual is not None and actual != dates.actual:
            more = origin | (why if dates.actual is not None else {})
            self.record_date(StatementKind.ACTUAL, actual.first, actual.precision, stated_on=today, **more)
            made += 1
        return made

    def refresh_dates(self):
        """Set the dates from the statements in the database, and save them."""
        self.set_dates(list(self.statements.standing()))
        self.save(update_fields=DATE_COLUMNS)

    def set_dates(self, statements):
        """Set the dates from all its statements: the newest actual, else the newest forecast, else the baseline."""
        newest = newest_statement(statements)
        accepted = newest_statement([statement for statement in statements if statement.is_accepted])
        self.current, self.accepted = (statement.date if statement else None for statement in (newest, accepted))
        self.current_until, self.accepted_until = (
            date.last if date else None for date in (self.current, self.accepted)
        )
        self.reached, self.accepted_reached = (
            statement is not None and statement.kind == StatementKind.ACTUAL for statement in (newest, accepted)
        )

    def current_statement(self, kind):
        """The current statement of this type, or None. One query, none if statements are prefetched."""
        return current_statement(self.statements.all(), kind) if self.pk else None

    current = PartialDateColumns("current_on", "current_precision", empty=DatePrecision.DAY)
    accepted = PartialDateColumns("accepted_on", "accepted_precision", empty=DatePrecision.DAY)

    def reasons_to_keep(self):
        """Sentences why it cannot be deleted, beside what refers to it. At most five queries."""
        was_public = self.public or self.history.filter(public=True).exists()
        reasons = ["The public could see it."] if was_public and self.project.was_ever_published() else []
        dependents = (link.milestone for link in Milestone.objects.filter(pk=self.pk).dependents())
        return reasons + [f"Milestone “{other}” of {other.project} depends on it." for other in dependents]

    @property
    def is_reviewed(self):
        """Whether the current date is the accepted one."""
        return (self.current, self.reached) == (self.accepted, self.accepted_reached)

    def date_seen_by(self, reader):
        """(the date that `reader` sees as PartialDate or None, whether it is reached)."""
        return (self.current, self.reached) if reader.is_authenticated else (self.accepted, self.accepted_reached)

    def has_passed(self, on):
        """Whether the milestone is not reached and its date is over on the day `on`."""
        return not self.reached and self.current_until is not None and self.current_until < on

    @property
    def current_label(self):
        return self.current.label if self.current_on else ""

    @property
    def current_short_label(self):
        return self.current.short_label if self.current_on else ""


DATE_COLUMNS = [
    "current_on",
    "current_precision",
    "current_until",
    "reached",
    "accepted_on",
    "accepted_precision",
    "accepted_until",
    "accepted_reached",
]


SEVERAL_OPENINGS = "Several openings"  # none of them is the main one


def has_several_openings(milestones):
    """Whether there are several openings (of milestones, or their rows in a report) and none is the main one."""
    openings = [milestone for milestone in milestones if milestone.kind == MilestoneKind.OPENING]
    return len(openings) > 1 and main_opening(openings) is None


def main_opening(milestones):
    """The opening of a project among all its milestones (or their rows in a report); None for none, and for several.

    It has the standard gate Opening, which the programme office or a contributor can select, or it is the only one.
    """
    openings = [milestone for milestone in milestones if milestone.kind == MilestoneKind.OPENING]
    with_gate = [milestone for milestone in openings if milestone.gate == Gate.OPENING]
    return (with_gate or openings)[0] if with_gate or len(openings) == 1 else None


def next_milestones(on, reader):
    """Public milestones ahead of the outer query's project (its `pk`) on that day, nearest first."""
    ahead = Milestone.objects.filter(project=OuterRef("pk"), public=True).ahead(on, reader)
    return ahead.order_by(column_for(reader, "current_until"), "pk")


STATEMENT_WEIGHT = {StatementKind.BASELINE: 0, StatementKind.FORECAST: 1, StatementKind.ACTUAL: 2}


def newest_statement(statements):
    """The statement of the current date, or None: the latest actual, else the latest forecast, else the baseline.

    A statement without `stated_on` is older than any with one. Superseded and withdrawn ones never count. Among equals,
    the last recorded one counts.
    """
    return max(
        (statement for statement in statements if not statement.superseded and not statement.is_withdrawn),
        key=lambda statement: (
            STATEMENT_WEIGHT[statement.kind],
            statement.stated_on is not None,
            statement.stated_on or statement.on,
            statement.pk or 0,
        ),
        default=None,
    )


def first_planned(statements):
    """The statement of the first planned date, or None: the baseline, else the earliest forecast.

    Superseded statements, and statements without `stated_on`, are earlier than all others.
    """
    return min(
        (
            statement
            for statement in statements
            if statement.on and statement.kind != StatementKind.ACTUAL and not statement.is_withdrawn
        ),
        key=lambda statement: (
            STATEMENT_WEIGHT[statement.kind],
            not statement.superseded,
            statement.stated_on is not None,
            statement.stated_on or statement.on,
            statement.pk or 0,
        ),
        default=None,
    )


def current_statement(statements, kind):
    """The newest statement of this type that is not superseded, or None."""
    return newest_statement([statement for statement in statements if statement.kind == kind])


@dataclass(frozen=True, slots=True)
class MilestoneDates:
    """The dates of one milestone, each a PartialDate or None.

    `baseline` is the approved date; `first_planned` is the earliest one; `previous` is the forecast before the newest.
    `statement` is that of the newest actual date, else of the newest forecast; None without either. If the date is
    `is_not_known`, that forecast says so.
    """

    baseline: PartialDate | None = None
    first_planned: PartialDate | None = None
    forecast: PartialDate | None = None
    actual: PartialDate | None = None
    previous: PartialDate | None = None
    is_not_known: bool = False
    statement: object = None

    @classmethod
    def from_statements(cls, statements, on=None):
        """The dates from these statements, or from those stated by the day `on`. No query."""
        known = [
            statement
            for statement in statements
            if on is None or statement.stated_on is None or statement.stated_on <= on
        ]
        forecast, actual = (current_statement(known, kind) for kind in (StatementKind.FORECAST, StatementKind.ACTUAL))
        # a baseline that the programme office has not accepted is not approved: it is the first planned date
        approved = [statement for statement in known if statement.is_accepted]
        baseline = current_statement(approved, StatementKind.BASELINE)
        forecasts = [statement for statement in known if statement.kind == StatementKind.FORECAST and statement.on]
        previous = newest_statement([statement for statement in forecasts if statement is not forecast])
        counting = (baseline, first_planned(known), forecast, actual, previous)
        counting = (baseline, first_planned(known), forecast, actual, previous)
        dates = [PartialDate.of(statement.on, statement.precision) if statement else None for statement in counting]
        return cls(*dates, is_not_known=forecast is not None and forecast.on is None, statement=actual or forecast)

    @classmethod
    def of(cls, milestone):
        """The recorded dates of a milestone. One query, none if its statements are prefetched."""
        return cls.from_statements(milestone.statements.all() if milestone.pk else ())

    @classmethod
    def as_reported(cls, reference, is_approved, **dates):
        """The dates frozen with a report, with the baseline, or the first planned date, that it was compared with."""
        return cls(baseline=reference, **dates) if is_approved else cls(first_planned=reference, **dates)

    @property
    def reference(self):
        """The date that the newest one is compared with: the baseline, else the first planned date."""
        return self.baseline or self.first_planned

    @property
    def is_first_plan(self):
        """Whether the newest date is the first planned one, without a baseline: there is nothing to compare."""
        return self.baseline is None and self.newest == self.first_planned

    @property
    def expected(self):
        """The expected date: the forecast, else the baseline, else the first planned date; None if it is not known."""
        return None if self.is_not_known else self.forecast or self.reference

    @property
    def current(self):
        """The date that applies: the actual one, else the forecast, else the baseline."""
        return self.actual or self.expected

    @property
    def newest(self):
        """The actual date, else the forecast. Slippage is how late it is."""
        return self.actual or self.forecast

    @property
    def is_reached(self):
        return self.actual is not None

    @property
    def change(self):
        """The `Slippage` of the newest date from the forecast before it; None without one."""
        return None if self.newest is None else self.newest.slippage_from(self.previous)

    def at(self, on, delivery_state=DeliveryState.ACTIVE):
        """The `MilestonePosition` on the day `on`, of a project in that delivery state."""
        return MilestonePosition(self, on, delivery_state)


@dataclass(frozen=True, slots=True)
class MilestonePosition:
    """What the dates of a milestone mean on the day `on`: its state and its slippage."""

    dates: MilestoneDates
    on: datetime.date
    delivery_state: str = DeliveryState.ACTIVE

    @property
    def state(self):
        return milestone_state(self.dates.current, self.dates.is_reached, self.on, self.delivery_state)

    @property
    def label(self):
        """The state with the date, for tables: "Reached May 2025", "Overdue: 2024", "Last planned for 2024"."""
        state, date = self.state, self.dates.current
        return state.label if date is None else POSITION_LABELS[state].format(date.short_label)

    @property
    def in_text(self):
        """The state with the date, for files: "Reached May 2025", "Was planned for 2024. Overdue, no update"."""
        return POSITION_TEXTS[self.state].format(self.dates.current.label if self.dates.current else "")

    @property
    def is_overdue(self):
        return self.state == MilestoneState.OVERDUE

    @property
    def time_overdue(self):
        """How long ago its date passed, if it is overdue: "8 months"; else ""."""
        return self.dates.current.time_since(self.on) if self.is_overdue else ""

    @property
    def slippage(self):
        """The `Slippage` of the newest date from the reference; None if not known.

        An overdue milestone has slipped at least from the reference to the day `on`. One that is not expected any more
        has no slippage.
        """
        dates = self.dates
        if dates.reference is None or self.state in WITHOUT_SLIPPAGE:
            return None
        if self.is_overdue:
            passed = PartialDate(self.on).slippage_from(dates.reference)
            return passed.at_least() if passed.number > 0 and not dates.is_first_plan else None
        return None if dates.newest is None or dates.is_first_plan else dates.newest.slippage_from(dates.reference)

    @property
    def slippage_days(self):
        """The slippage in days, to filter and sort by; None if not known."""
        return self.slippage.days if self.slippage is not None and self.slippage.is_known else None

    @property
    def days_against_baseline(self):
        """The slippage in days from the approved baseline; None without one, or if not known."""
        return self.slippage_days if self.dates.baseline else None

    @property
    def days_since_first_planned(self):
        """The slippage in days from the first planned date, where there is no baseline; else None."""
        return None if self.dates.baseline else self.slippage_days

    @property
    def slippage_label(self):
        """ "7 months late" or "on time"; without a baseline "7 months later than first planned"; "" if not known."""
        if self.slippage is None:
            return ""
        if self.dates.baseline is not None:
            return self.slippage.label
        return f"{change} than first planned" if (change := self.slippage.change_label) else ""

    @property
    def against_baseline(self):
        """The slippage where no baseline is shown: "7 months late", "On time", "No approved baseline", "Not known"."""
        if self.slippage_label:
            return capfirst(self.slippage_label)
        if self.dates.baseline is None:
            return "No approved baseline"
        return "No date expected" if self.state == MilestoneState.STOPPED else "Not known"


class MilestoneState(models.TextChoices):
    REACHED = "reached", "Reached"
    AHEAD = "ahead", "Expected"
    OVERDUE = "overdue", "Overdue"
    NOT_RECORDED = "not_recorded", "Not recorded as reached"
    STOPPED = "stopped", "Last planned"
    UNKNOWN = "unknown", "Date not known"


WITHOUT_SLIPPAGE = {MilestoneState.STOPPED, MilestoneState.NOT_RECORDED, MilestoneState.UNKNOWN}
POSITION_LABELS = {
    MilestoneState.REACHED: "Reached {}",
    MilestoneState.AHEAD: "Expected {}",
    MilestoneState.OVERDUE: "Overdue: {}",
    MilestoneState.NOT_RECORDED: "{}, not recorded as reached",
    MilestoneState.STOPPED: "Last planned for {}",
}
POSITION_TEXTS = {
    MilestoneState.REACHED: "Reached {}",
    MilestoneState.AHEAD: "Expected {}",
    MilestoneState.OVERDUE: "Was planned for {}. Overdue, no update",
    MilestoneState.NOT_RECORDED: "Was planned for {}. Not recorded as reached",
    MilestoneState.STOPPED: "Last planned for {}",
    MilestoneState.UNKNOWN: MilestoneState.UNKNOWN.label,
}


def milestone_state(date, is_reached, on, delivery_state=DeliveryState.ACTIVE):
    """The `MilestoneState` on the day `on` of a milestone with this current date, a PartialDate or None.

    A date that has passed is overdue in an active project only. A project on hold or cancelled has no expected dates.
    """
    if is_reached:
        return MilestoneState.REACHED
    if date is None:
        return MilestoneState.UNKNOWN
    if delivery_state in {DeliveryState.ON_HOLD, DeliveryState.CANCELLED}:
        return MilestoneState.STOPPED
    if not date.is_past(on):
        return MilestoneState.AHEAD
    return MilestoneState.NOT_RECORDED if delivery_state == DeliveryState.COMPLETE else MilestoneState.OVERDUE


class MilestoneDependency(models.Model):
    """A milestone that depends on another, of the same project or another."""

    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="dependencies")
    depends_on = models.ForeignKey(Milestone, on_delete=models.PROTECT, db_column="needs_id", related_name="dependents")

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "milestone dependencies"
        constraints = [
            models.UniqueConstraint(
                name="projects_dependency_once",
                fields=["milestone", "depends_on"],
                violation_error_message="This dependency already exists",
            ),
            models.CheckConstraint(
                name="projects_dependency_not_on_itself",
                condition=~Q(milestone=F("depends_on")),
                violation_error_message="A milestone cannot depend on itself",
            ),
        ]

    def __str__(self):
        return f"{self.milestone} depends on {self.depends_on}"

    def clean(self):
        if self.milestone_id is None or self.depends_on_id is None:
            return
        try:
            self.check_circle()
        except ValidationError as error:
            raise ValidationError({"depends_on": error}) from error

    def check_circle(self):
        """Raise ValidationError if the other milestone is the same or already depends on it. A query for each step."""
        checked, to_check = set(), {self.depends_on_id}
        while to_check:
            if self.milestone_id in to_check:
                raise ValidationError(f"{self.depends_on} already depends on {self.milestone}", code="circle")
            checked |= to_check
            links = MilestoneDependency.objects.filter(milestone__in=to_check)
            to_check = set(links.values_list("depends_on", flat=True)) - checked

    @property
    def conflicts_with_dependency(self):
        """Whether the milestone is expected before its dependency. False if it is reached or a date is not known."""
        late, early = self.depends_on, self.milestone
        if early.reached or early.current_until is None or late.current_on is None:
            return False
        return early.current_until < late.current_on


class MilestoneStatement(Statement):
    """One dated record of a milestone's date, with its source."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="statements")
    kind = models.CharField("type of date", max_length=10, choices=StatementKind)
    on = Day(
        "date", null=True, blank=True, help_text="Enter any day in that month, quarter or year. Blank if not known"
    )
    precision = models.CharField("date precision", max_length=10, choices=DatePrecision, default=DatePrecision.DAY)
    stated_on = Day(null=True, blank=True, db_column="said_on", help_text="Date of the report or page")
    stated_precision = models.CharField(
        max_length=10, choices=DatePrecision, default=DatePrecision.DAY, db_default=DatePrecision.DAY, editable=False
    )
    superseded = models.BooleanField(
        default=False, help_text="Replaced by another statement, if their dates do not show it"
    )
    change_reason = models.ForeignKey(
        "projects.DateChangeReason",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_column="move_reason_id",
        related_name="+",
    )
    explanation = models.CharField("explanation in one sentence", max_length=300, blank=True, db_column="move_words")
    wording = models.CharField(max_length=200, blank=True, help_text="Exact text of the source")
    source_url = models.URLField("source", max_length=500, blank=True)

    history = HistoricalRecords(
        excluded_fields=["report", "stated_by", "stated_for", "recorded_at", "accepted_at", "withdrawn_at"]
    )

    class Meta:
        ordering = [F("stated_on").asc(nulls_first=True), "pk"]
        verbose_name = "date statement"
        verbose_name_plural = "date statements"
        constraints = [
            known_choice(
                "projects_milestonestatement_kind_known", "Select baseline, forecast or actual", kind=StatementKind
            ),
            known_choice(
                "projects_milestonestatement_precision_known",
                "Select a date precision from the list",
                precision=DatePrecision,
            ),
            known_choice(
                "projects_milestonestatement_stated_precision_known",
                "Select a date precision from the list",
                stated_precision=DatePrecision,
            ),
            models.CheckConstraint(
                name="projects_milestonestatement_has_date",
                condition=Q(on__isnull=False)
                | (Q(kind=StatementKind.FORECAST, stated_on__isnull=False) & ~Q(explanation="")),
                violation_error_message="Enter a date. If the forecast is not known, enter the day and the explanation",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.label}"

    date = PartialDateColumns("on", "precision", empty=DatePrecision.DAY)
    dated = PartialDateColumns("stated_on", "stated_precision", empty=DatePrecision.DAY)

    def clean(self):
        if self.on and self.precision in DatePrecision.values:
            self.date = PartialDate.of(self.on, self.precision)

    @property
    def label(self):
        return self.date.label if self.date else MilestoneState.UNKNOWN.label

    @property
    def basis_label(self):
        """How it is known: from a source, or who stated it."""
        return StageBasis.STATED.label if self.source_url else self.author_label


def date_error(kind, date, *, today):
    """The error for a date of that type, or "": the year is out of range, or the actual date is in the future."""
    if date.first.year not in YEARS:
        return YEAR_ERROR
    if kind == StatementKind.ACTUAL and date.first > today:
        return "Actual date must be today or in the past. For a future date, enter a forecast"
    return ""


def check_stated_date(kind, date, *, today):
    """Raise ValidationError with the `date_error`, if there is one."""
    if error := date_error(kind, date, today=today):
        raise ValidationError(error, code="date")


def date_move_errors(
    dates, *, forecast, actual, date_not_known=False, reason, explanation, today, stated_on=None, asks_about_past=False
):
    """Errors of new dates of a milestone: {"forecast", "actual", "reason" or "explanation": message}.

    `dates` are its MilestoneDates so far; `forecast` and `actual` are PartialDate or None. A forecast that differs from
    the expected date needs a reason and an explanation; a date that is not known needs an explanation. A recorded date
    can be changed but not deleted, except the forecast of a reached milestone. A new forecast must not be past on the
    day `stated_on`, else today; with `asks_about_past`, nor the recorded one.
    """
    errors = {}
    if actual is None and dates.actual is not None:
        errors["actual"] = NOT_REMOVED
    elif actual not in {None, dates.actual} and (error := date_error(StatementKind.ACTUAL, actual, today=today)):
        errors["actual"] = error
    if actual is not None or dates.actual is not None:
        date_not_known = asks_about_past = False
    elif forecast is None and dates.forecast is not None and not date_not_known:
        errors["forecast"] = NOT_REMOVED
    elif forecast is None and dates.is_not_known and not date_not_known:
        errors["forecast"] = "Enter a forecast, or select Date not known"
    if date_not_known:
        return errors | _not_known_errors(dates, forecast, explanation)
    expected = forecast or dates.expected
    is_new = forecast not in {None, dates.forecast}
    if is_new and (error := date_error(StatementKind.FORECAST, forecast, today=today)):
        errors["forecast"] = error
    elif (
        actual is None and (is_new or asks_about_past) and expected is not None and expected.is_past(stated_on or today)
    ):
        errors.setdefault("forecast", PAST.format(date=expected.label))
    if dates.expected is not None and forecast not in {None, dates.expected} and "forecast" not in errors:
        if reason is None:
            errors["reason"] = "Select a reason for the new forecast"
        elif not explanation.strip():
            errors["explanation"] = "Explain in one sentence why the date changed"
    return errors


def _not_known_errors(dates, forecast, explanation):
    if forecast not in {None, dates.forecast}:
        return {"forecast": "Enter a forecast, or select Date not known, not both"}
    if not dates.is_not_known and not explanation.strip():
        return {"explanation": "Explain in one sentence why the date is not known"}
    return {}


NOT_REMOVED = "You can change this date but you cannot delete it"
PAST = (
    "{date} has passed. If it happened, enter the actual date. If not, enter a new forecast with a reason, or select "
    "Date not known and explain"
)


def check_stated_on(stated_on, *, today):
    """Raise ValidationError for a date after `today`, or in a year out of range."""
    if stated_on.year not in YEARS:
        raise ValidationError(YEAR_ERROR, code="year")
    if stated_on > today:
        raise ValidationError("Date must be today or in the past", code="future")
