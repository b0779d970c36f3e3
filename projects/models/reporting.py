"""Reporting periods, status reports, and the figures frozen when a report is submitted.

Only `projects.reporting.workflow` changes the status of a report.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from estates_portal.addresses import AddressField
from estates_portal.amounts import Pounds
from estates_portal.constraints import known_choice
from estates_portal.dates import DatePrecision, PartialDateColumns
from estates_portal.fields import Day
from estates_portal.sorting import SortKey

from .choices import DeliveryState, Rating, ReportingCadence, Stage, differing_office_rating
from .finance import financial_year_of, year_label
from .milestone import SEVERAL_OPENINGS, Milestone, MilestoneDates
from .note import ProgressNote
from .project import Project

# {column of a rating: its label}, the overall rating first.
FACETS = {
    "overall": "Overall delivery confidence",
    "schedule": "Schedule",
    "cost": "Cost",
    "scope": "Scope and quality",
    "benefits": "Benefits",
}


class RatingMeaning(models.Model):
    """The definition of a rating from a given date, shown in the report form."""

    rating = models.CharField(max_length=10, choices=Rating)
    meaning = models.CharField(max_length=300)
    holds_from = Day("applies from")

    history = HistoricalRecords()

    class Meta:
        ordering = ["-holds_from", "rating"]
        verbose_name = "rating definition"
        constraints = [
            models.UniqueConstraint(
                name="projects_ratingmeaning_once_a_day",
                fields=["rating", "holds_from"],
                violation_error_message="This rating already has a definition from this date",
            ),
            known_choice("projects_ratingmeaning_rating_known", "Select a rating from the list", rating=Rating),
        ]

    def __str__(self):
        return f"{self.get_rating_display()} from {self.holds_from:%d/%m/%Y}"

    def reasons_to_keep(self):
        """Sentences why it cannot be deleted: someone reported by it. One query."""
        used = StatusReport.objects.filter(submitted_at__date__gte=self.holds_from).exists()
        return ["Reports have been submitted under it."] if used else []


class DateChangeReason(models.Model):
    """A reason for a date change, from the programme office's list."""

    name = models.CharField(max_length=120, unique=True)
    order = models.PositiveSmallIntegerField(default=0)
    in_use = models.BooleanField(
        default=True, help_text="Untick to stop offering this reason. Existing reports still show it"
    )

    history = HistoricalRecords(table_name="projects_historicalmovereason")

    class Meta:
        db_table = "projects_movereason"
        ordering = ["order", SortKey("name"), "pk"]
        verbose_name = "reason for date changes"
        verbose_name_plural = "reasons for date changes"

    def __str__(self):
        return self.name


class PeriodQuerySet(models.QuerySet):
    def open_on(self, day):
        """Periods open for reporting on this day, earliest due first."""
        return self.filter(closed_at__isnull=True, opens_on__lte=day).order_by("due_on", "pk")


class ReportingPeriod(models.Model):
    """One cycle of reporting, usually a month. A database constraint prevents overlaps."""

    name = models.CharField(max_length=60, unique=True, help_text="For example, November 2026")
    slug = AddressField(max_length=60, unique=True)
    starts_on = Day()
    ends_on = Day()
    opens_on = Day(help_text="First day for reporting")
    due_on = Day(help_text="Last day to submit on time")
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    reminder_text = models.TextField("message in reminders", max_length=1000, blank=True, db_default="", default="")

    objects = PeriodQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                name="projects_period_ends_after_it_starts",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="End date must be on or after the start date",
            ),
            models.CheckConstraint(
                name="projects_period_due_after_it_opens",
                condition=Q(due_on__gte=F("opens_on")),
                violation_error_message="Due date must be on or after the opening date",
            ),
            models.CheckConstraint(
                name="projects_period_due_after_it_starts",
                condition=Q(due_on__gte=F("starts_on")),
                violation_error_message="Due date must be on or after the start date",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("projects:period_detail", args=[self.slug])

    def clean(self):
        """Raise ValidationError if the period overlaps another. One query."""
        if self.starts_on is None or self.ends_on is None:
            return
        others = ReportingPeriod.objects.exclude(pk=self.pk)
        overlapping = others.filter(starts_on__lte=self.ends_on, ends_on__gte=self.starts_on).first()
        if overlapping is not None:
            raise ValidationError(f"{self.name} overlaps an existing period, {overlapping}", code="overlap")

    @property
    def is_closed(self):
        return self.closed_at is not None

    def is_open_on(self, day):
        """Whether the period is open for reporting on this day; late reports too, until it is closed."""
        return self.closed_at is None and self.opens_on <= day

    def overlaps(self, other):
        """Whether the two periods have a day in common."""
        return self.starts_on <= other.ends_on and other.starts_on <= self.ends_on

    @property
    def ends_a_quarter(self):
        """Whether quarterly reports are due: the period ends in March, June, September or December."""
        return self.ends_on.month % 3 == 0


class ReportState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    RETURNED = "returned", "Returned"
    ACCEPTED = "accepted", "Accepted"


EDITABLE = [ReportState.DRAFT, ReportState.RETURNED]
REPORTED = [ReportState.SUBMITTED, ReportState.ACCEPTED]


def _rating_field(label):
    return models.CharField(label, max_length=10, choices=Rating, blank=True)


class ReportQuerySet(models.QuerySet):
    def reported(self):
        """Submitted or accepted reports."""
        return self.filter(state__in=REPORTED)

    def not_superseded(self):
        """Reports without a submitted or accepted correction."""
        return self.exclude(correction__state__in=REPORTED)

    def newest_of(self, project):
        """The reported, not superseded reports of a project, newest first."""
        return self.filter(project=project).reported().not_superseded().order_by("-period__starts_on", "-pk")

    def before(self, project, starts_on):
        """The `newest_of` the project in periods that start before this day."""
        return self.newest_of(project).filter(period__starts_on__lt=starts_on)

    def with_previous(self):
        """Each with `previous_id`, of the report that `workflow.previous_report` returns; None without one."""
        earlier = StatusReport.objects.before(OuterRef("project"), OuterRef("period__starts_on"))
        return self.annotate(previous_id=Coalesce("corrects", Subquery(earlier.values("pk")[:1])))


class StatusReport(models.Model):
    """One project's report for one period, or the correction of one.

    Submitting fills the `frozen_` columns and the rows of `ReportMilestone`. A database trigger prevents changes to an
    accepted report.
    """

    changes_pages = False  # a change of `Project.current_report` does
    own_rows = ("events",)

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="status_reports")
    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="status_reports")
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="correction")
    state = models.CharField(max_length=10, choices=ReportState, default=ReportState.DRAFT, editable=False)

    overall = _rating_field("overall delivery confidence")
    schedule = _rating_field("schedule")
    cost = _rating_field("cost")
    scope = _rating_field("scope and quality")
    benefits = _rating_field("benefits")
    summary = models.CharField(max_length=300, blank=True, validators=[MinLengthValidator(3)])
    progress = models.TextField(max_length=4000, blank=True)
    next_steps = models.TextField(max_length=4000, blank=True)
    help_needed = models.TextField("decision or help needed", max_length=4000, blank=True)
    path_to_green = models.TextField(max_length=4000, blank=True)
    stage = models.CharField(max_length=20, choices=Stage, blank=True)
    stage_reason = models.CharField("reason for moving back a stage", max_length=500, blank=True)
    public_note = models.TextField("public progress note", max_length=1000, blank=True)
    # Of the financial year in which the period ends. None: as on the project's finance page
    year_actual = Pounds("spent in the year (£)", null=True, blank=True, can_be_negative=True)
    year_forecast = Pounds("forecast for the year (£)", null=True, blank=True, can_be_negative=True)

    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_for = models.ForeignKey(
        "sites.Organisation", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True, editable=False)
    review_comment = models.TextField(max_length=4000, blank=True)
    independent_rating = models.CharField("programme office rating", max_length=10, choices=Rating, blank=True)
    independent_reason = models.CharField("reason for different rating", max_length=500, blank=True)

    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)
    frozen_stage = models.CharField(max_length=20, choices=Stage, blank=True, editable=False)
    frozen_delivery_state = models.CharField(max_length=20, choices=DeliveryState, blank=True, editable=False)
    frozen_opening_on = Day(null=True, blank=True, editable=False)
    frozen_opening_precision = models.CharField(max_length=10, choices=DatePrecision, blank=True, editable=False)
    frozen_opening_reached = models.BooleanField(default=False, editable=False)
    frozen_several_openings = models.BooleanField(default=False, editable=False)
    frozen_baseline_on = Day(null=True, blank=True, editable=False)
    frozen_baseline_precision = models.CharField(max_length=10, choices=DatePrecision, blank=True, editable=False)
    frozen_baseline_approved = models.BooleanField(default=False, editable=False)
    frozen_slippage_days = models.IntegerField(null=True, blank=True, editable=False)
    frozen_cost = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True, editable=False)
    frozen_worst_risk = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    frozen_cost_on = Day(null=True, blank=True, editable=False)
    frozen_cost_precision = models.CharField(max_length=10, choices=DatePrecision, blank=True, editable=False)
    frozen_cost_covers = models.CharField(max_length=300, blank=True, editable=False)
    frozen_cost_basis = models.CharField(max_length=60, blank=True, editable=False)
    frozen_cost_source_url = models.URLField(max_length=500, blank=True, editable=False)
    frozen_budget = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True, editable=False)
    frozen_budget_on = Day(null=True, blank=True, editable=False)
    frozen_budget_basis = models.CharField(max_length=60, blank=True, editable=False)
    frozen_forecast = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True, editable=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        db_table = "projects_statusupdate"
        ordering = ["-period__starts_on", "-pk"]
        indexes = [
            models.Index(fields=["project", "state", "period"], name="projects_update_of_project"),
            models.Index(fields=["period", "state", "project"], name="projects_update_of_period"),
            models.Index(fields=["state", "submitted_at"], name="projects_update_to_review"),
            # SQLite's planner misjudges the unique index, which is nearly all NULL
            models.Index(fields=["corrects"], condition=Q(corrects__isnull=False), name="projects_update_corrections"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="projects_update_once_a_period",
                fields=["project", "period"],
                condition=Q(corrects__isnull=True),
                violation_error_message="This project already has a report for this period",
            ),
            known_choice("projects_update_state_known", "Select a status from the list", state=ReportState),
            known_choice(
                "projects_update_ratings_known",
                "Select a rating from the list",
                or_blank=True,
                overall=Rating,
                schedule=Rating,
                cost=Rating,
                scope=Rating,
                benefits=Rating,
                independent_rating=Rating,
            ),
            known_choice("projects_update_stage_known", "Select a stage from the list", or_blank=True, stage=Stage),
            models.CheckConstraint(
                name="projects_update_reported_is_complete",
                condition=~Q(state__in=REPORTED)
                | (~Q(overall="") & ~Q(summary="") & Q(submitted_by__isnull=False, submitted_at__isnull=False)),
                violation_error_message="Enter a summary and select an overall rating",
            ),
            models.CheckConstraint(
                name="projects_update_reported_is_frozen",
                condition=~Q(state__in=REPORTED) | Q(frozen_at__isnull=False),
                violation_error_message="A submitted report needs its position at submission",
            ),
            models.CheckConstraint(
                name="projects_update_red_or_amber_has_a_path",
                condition=~Q(state__in=REPORTED) | ~Q(overall__in=[Rating.RED, Rating.AMBER]) | ~Q(path_to_green=""),
                violation_error_message="Enter the path to green",
            ),
            models.CheckConstraint(
                name="projects_update_reviewed_by_somebody",
                condition=~Q(state__in=[ReportState.ACCEPTED, ReportState.RETURNED])
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                violation_error_message="Enter the reviewer and the review date",
            ),
            models.CheckConstraint(
                name="projects_update_returned_with_a_comment",
                condition=~Q(state=ReportState.RETURNED) | ~Q(review_comment=""),
                violation_error_message="Enter what needs changing",
            ),
            models.CheckConstraint(
                name="projects_update_not_its_own_correction",
                condition=Q(corrects__isnull=True) | ~Q(corrects=F("id")),
                violation_error_message="A report cannot correct itself",
            ),
        ]

    def __str__(self):
        return f"{self.project}, {self.period}"

    def get_absolute_url(self):
        return reverse("projects:report_detail", args=[self.project.slug, self.pk])

    def last_save(self):
        """(user, time) of the last save."""
        return self.saved_by, self.saved_at

    @property
    def author_label(self):
        """Who submitted it, and for which organisation: "Bea Brown, Trust A"; without the latter in older reports."""
        return f"{self.submitted_by}, {self.submitted_for.label}" if self.submitted_for else str(self.submitted_by)

    @property
    def is_editable(self):
        return self.state in EDITABLE

    @property
    def is_reported(self):
        return self.state in REPORTED

    @property
    def is_late(self):
        """Whether the report was first submitted after the due date; None before it is submitted."""
        return None if self.submitted_at is None else timezone.localdate(self.submitted_at) > self.period.due_on

    @property
    def was_returned(self):
        """Whether a submitted report was returned before; `reviewed_by`, `reviewed_at` and the comment say by whom."""
        return self.state == ReportState.SUBMITTED and self.reviewed_at is not None

    @property
    def submitted_again_at(self):
        """The time of the newest submission, if it is not the first; None."""
        return self.frozen_at if self.submitted_at and self.frozen_at > self.submitted_at else None

    @property
    def office_rating(self):
        """The programme office's rating if it differs from the overall rating; ""."""
        return differing_office_rating(self.overall, self.independent_rating)

    def ratings(self):
        """[(column, label, rating or "")], the overall rating first."""
        return [(name, label, getattr(self, name)) for name, label in FACETS.items()]

    frozen_opening = PartialDateColumns("frozen_opening_on", "frozen_opening_precision")
    frozen_baseline = PartialDateColumns("frozen_baseline_on", "frozen_baseline_precision")
    frozen_cost_dated = PartialDateColumns("frozen_cost_on", "frozen_cost_precision")

    @property
    def opening(self):
        """The `MilestonePosition` of the opening as frozen with the report."""
        dates = frozen_opening_dates(
            self.frozen_opening, self.frozen_opening_reached, self.frozen_baseline, self.frozen_baseline_approved
        )
        return dates.at(self.frozen_on, self.frozen_delivery_state)

    @property
    def opening_label(self):
        """The frozen date of the opening, or why there is none: "Several openings", "Not known"."""
        return frozen_opening_label(self.frozen_opening, self.frozen_several_openings, "label")

    @property
    def opening_against_baseline(self):
        """The frozen slippage of the opening from its baseline, as text."""
        return frozen_against_baseline(self.opening, self.frozen_several_openings)

    @property
    def year_figures(self):
        """[(label, pounds)] of the figures of the financial year that the report gives: "Spent in 2026/27"."""
        figures = {"Spent in": self.year_actual, "Forecast for": self.year_forecast}
        return [(f"{label} {self._year}", pounds) for label, pounds in figures.items() if pounds is not None]

    @property
    def _year(self):
        """The financial year in which the period ends: "2026/27"."""
        return year_label(financial_year_of(self.period.ends_on))

    @property
    def frozen_on(self):
        """The day of the frozen figures; of a draft, today."""
        return timezone.localdate(self.frozen_at)


def frozen_opening_dates(opening, is_reached, reference, is_approved):
    """The `MilestoneDates` of an opening frozen with a report."""
    kind = "actual" if is_reached else "forecast"
    return MilestoneDates.as_reported(reference, is_approved, **{kind: opening})


def frozen_opening_label(opening, is_several, form):
    """The date of an opening frozen with a report in the form "label" or "short_label", or why there is none."""
    return getattr(opening, form) if opening else SEVERAL_OPENINGS if is_several else "Not known"


def frozen_against_baseline(position, is_several):
    """The slippage of an opening frozen with a report from its baseline; each of several openings has its own."""
    return "See each milestone" if is_several else position.against_baseline


class ReportMilestone(models.Model):
    """A milestone in one report: the dates entered in a draft, then the dates at submission.

    The title is a copy, because a milestone can be renamed or deleted later. `baseline` is the first planned date
    unless `baseline_approved`.
    """

    changes_pages = False

    report = models.ForeignKey(StatusReport, on_delete=models.CASCADE, db_column="update_id", related_name="milestones")
    milestone = models.ForeignKey(Milestone, on_delete=models.SET_NULL, null=True, blank=True, related_name="reported")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)
    baseline_on = Day(null=True, blank=True)
    baseline_precision = models.CharField(max_length=10, choices=DatePrecision, blank=True)
    baseline_approved = models.BooleanField(default=False)
    forecast_on = Day(null=True, blank=True)
    forecast_precision = models.CharField(max_length=10, choices=DatePrecision, blank=True)
    actual_on = Day(null=True, blank=True)
    actual_precision = models.CharField(max_length=10, choices=DatePrecision, blank=True)
    date_not_known = models.BooleanField(default=False)
    change_reason = models.ForeignKey(
        DateChangeReason, on_delete=models.PROTECT, null=True, blank=True, db_column="move_reason_id", related_name="+"
    )
    explanation = models.CharField(max_length=300, blank=True, db_column="move_words")
    slippage_days = models.IntegerField(null=True, blank=True)

    class Meta:
        db_table = "projects_updatemilestone"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="projects_updatemilestone_once",
                fields=["report", "milestone"],
                condition=Q(milestone__isnull=False),
                violation_error_message="This milestone is already in the report",
            ),
            models.CheckConstraint(
                name="projects_updatemilestone_dates_have_precision",
                condition=(Q(baseline_on__isnull=True) | Q(baseline_precision__in=DatePrecision.values))
                & (Q(forecast_on__isnull=True) | Q(forecast_precision__in=DatePrecision.values))
                & (Q(actual_on__isnull=True) | Q(actual_precision__in=DatePrecision.values)),
                violation_error_message="Select a date precision",
            ),
        ]

    def __str__(self):
        return self.title

    baseline = PartialDateColumns("baseline_on", "baseline_precision")
    forecast = PartialDateColumns("forecast_on", "forecast_precision")
    actual = PartialDateColumns("actual_on", "actual_precision")

    @property
    def dates(self):
        """The reported dates."""
        return MilestoneDates.as_reported(
            self.baseline,
            self.baseline_approved,
            forecast=self.forecast,
            actual=self.actual,
            is_not_known=self.date_not_known,
        )

    @property
    def position(self):
        """The `MilestonePosition` on the day of the report's frozen figures. One query if `report` is not loaded."""
        report = self.report
        return self.dates.at(report.frozen_on, report.frozen_delivery_state or report.project.delivery_state)

    @property
    def gate(self):
        return self.milestone.gate if self.milestone else ""

    def set_dates(self, dates):
        """Copy the `MilestoneDates` of the milestone."""
        self.baseline, self.baseline_approved = dates.reference, dates.baseline is not None
        self.forecast, self.actual, self.date_not_known = dates.forecast, dates.actual, dates.is_not_known


class ReportAction(models.TextChoices):
    STARTED = "started", "Created"
    SUBMITTED = "submitted", "Submitted"
    WITHDRAWN = "taken_back", "Withdrawn"
    RETURNED = "returned", "Returned"
    ACCEPTED = "accepted", "Accepted"


class ReportEvent(models.Model):
    """An event of a report: the action, the user, the time and a comment. Only `workflow` writes it."""

    changes_pages = False

    report = models.ForeignKey(StatusReport, on_delete=models.PROTECT, db_column="update_id", related_name="events")
    action = models.CharField(max_length=10, choices=ReportAction)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    comment = models.TextField(blank=True)
    fields = models.JSONField(default=list, db_default=[], blank=True)  # to change, of a report returned

    class Meta:
        db_table = "projects_updatestep"
        ordering = ["at", "pk"]
        constraints = [
            known_choice("projects_updatestep_action_known", "Select an action from the list", action=ReportAction)
        ]

    def __str__(self):
        return f"{self.get_action_display()} {self.at:%d/%m/%Y}"


class Submission(models.Model):
    """What a report said each time it was submitted, numbered from 1. A database trigger prevents changes.

    `answers` are those of `projects.reporting.submissions.answers_of`.
    """

    changes_pages = False

    report = models.ForeignKey(StatusReport, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField(encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["report", "number"]
        constraints = [
            models.UniqueConstraint(
                name="projects_submission_once",
                fields=["report", "number"],
                violation_error_message="This report already has a submission with this number",
            )
        ]

    def __str__(self):
        return f"Submission {self.number} of {self.report}"


class ReportExpected(models.Model):
    """An expected report of a closed period, with the organisation that acted for its lead when the period closed.

    With a reason in `not_needed`, the programme office did not need the report.
    """

    changes_pages = False

    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="expected")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reports_expected")
    organisation = models.ForeignKey(
        "sites.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    not_needed = models.CharField("reason not needed", max_length=200, blank=True, db_default="", default="")

    class Meta:
        ordering = ["pk"]
        verbose_name = "expected report"
        constraints = [
            models.UniqueConstraint(
                name="projects_reportexpected_once",
                fields=["period", "project"],
                violation_error_message="This project is already expected to report for this period",
            )
        ]

    def __str__(self):
        return f"{self.project}, {self.period}"


class ProposedNote(models.Model):
    """A progress note proposed in a report; public once the programme office publishes it."""

    class State(models.TextChoices):
        AWAITING_APPROVAL = "offered", "Awaiting approval"
        PUBLISHED = "published", "Published"
        DECLINED = "declined", "Declined"

    report = models.OneToOneField(
        StatusReport, on_delete=models.PROTECT, db_column="update_id", related_name="proposed_note"
    )
    text = models.TextField(max_length=1000)
    state = models.CharField(max_length=10, choices=State, default=State.AWAITING_APPROVAL)
    note = models.OneToOneField(ProgressNote, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "projects_publicnoteoffer"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_publicnoteoffer_state_known",
                condition=Q(state__in=["offered", "published", "declined"]),
                violation_error_message="Select a status from the list",
            )
        ]

    def __str__(self):
        return self.text[:60]


class Following(models.Model):
    """A user who gets emails about a project's new reports."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="followings")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="followings")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(
                name="projects_following_once",
                fields=["person", "project"],
                violation_error_message="You already follow this project",
            )
        ]

    def __str__(self):
        return f"{self.person} follows {self.project}"


def expected_to_report(period):
    """The condition (`Q`) that a project is expected to report for an open period: active, and due by its cadence."""
    due = Q(reporting=ReportingCadence.MONTHLY)
    if period.ends_a_quarter:
        due |= Q(reporting=ReportingCadence.QUARTERLY)
    return due & Q(delivery_state=DeliveryState.ACTIVE) & ~Q(stage=Stage.CLOSED)
