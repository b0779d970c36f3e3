"""Requests to change what was approved, each with the decision on it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from estates_portal.amounts import Pounds
from estates_portal.constraints import known_choice
from estates_portal.dates import DatePrecision, PartialDateColumns
from estates_portal.fields import Day

from .milestone import Milestone, MilestoneDates
from .project import Project

APPROVED_BUDGET = "Approved budget"  # the title of its requests


class ChangeState(models.TextChoices):
    PROPOSED = "proposed", "Awaiting decision"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


DECIDED = (ChangeState.APPROVED, ChangeState.DECLINED)


class ChangeRequestQuerySet(models.QuerySet):
    def waiting(self):
        """Requests that await a decision."""
        return self.filter(state=ChangeState.PROPOSED)

    def of_baselines(self):
        return self.filter(new_pounds=None)

    def of_budgets(self):
        return self.filter(new_pounds__isnull=False)


class ChangeRequest(models.Model):
    """A request for a new baseline of a milestone, or a new approved budget, with the reason and the decision.

    `before` and `after` are its values: of a baseline dates, of a budget Decimal pounds. Only
    `projects/change_requests/services.py` and the example data write it. The title is a copy, because a milestone can
    be deleted later.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="change_requests")
    milestone = models.ForeignKey(
        Milestone, on_delete=models.SET_NULL, null=True, blank=True, related_name="change_requests"
    )
    title = models.CharField(max_length=200)
    old_on = Day(null=True, blank=True)
    old_precision = models.CharField(max_length=10, choices=DatePrecision, blank=True)
    new_on = Day(null=True, blank=True)
    new_precision = models.CharField(max_length=10, choices=DatePrecision, blank=True)
    old_pounds = Pounds("old amount (£)", null=True, blank=True)
    new_pounds = Pounds("new amount (£)", null=True, blank=True)
    why = models.TextField("reason", max_length=1000)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_column="asked_by_id", related_name="+"
    )
    requested_at = models.DateTimeField(default=timezone.now, db_column="asked_at")
    state = models.CharField(max_length=10, choices=ChangeState, default=ChangeState.PROPOSED)
    approver = models.CharField(max_length=200, blank=True)
    decided_on = Day(null=True, blank=True, not_future=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    conditions = models.TextField(max_length=1000, blank=True, db_column="decision_words")

    objects = ChangeRequestQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            known_choice("projects_changerequest_state_known", "Select a status from the list", state=ChangeState),
            models.CheckConstraint(
                name="projects_changerequest_decided_by_someone",
                condition=Q(
                    state__in=[ChangeState.PROPOSED, ChangeState.WITHDRAWN],
                    decided_by=None,
                    decided_at=None,
                    decided_on=None,
                )
                | (
                    Q(state__in=DECIDED)
                    & ~Q(approver="")
                    & Q(decided_by__isnull=False, decided_at__isnull=False, decided_on__isnull=False)
                ),
                violation_error_message="Enter who made the decision and its date",
            ),
            models.CheckConstraint(
                name="projects_changerequest_date_or_pounds",
                condition=(Q(new_on__isnull=False, old_pounds=None, new_pounds=None) & ~Q(new_precision=""))
                | Q(milestone=None, old_on=None, new_on=None, new_pounds__isnull=False, new_pounds__gte=0),
                violation_error_message="Enter a new baseline or a new approved budget",
            ),
            models.UniqueConstraint(
                name="projects_changerequest_one_waiting",
                fields=["milestone"],
                condition=Q(state=ChangeState.PROPOSED),
                violation_error_message="A change request for this milestone is already awaiting a decision",
            ),
            models.UniqueConstraint(
                name="projects_changerequest_one_budget_waiting",
                fields=["project"],
                condition=Q(state=ChangeState.PROPOSED, new_pounds__isnull=False),
                violation_error_message="A change request for this approved budget is already awaiting a decision",
            ),
        ]

    old = PartialDateColumns("old_on", "old_precision")
    new = PartialDateColumns("new_on", "new_precision")

    def __str__(self):
        return self.title if self.is_budget else f"Baseline of {self.title}"

    def get_absolute_url(self):
        return f"{self.page_url}#changes"

    @property
    def page_url(self):
        """The address of the page that lists it, for redirects: its top shows the message."""
        return reverse("projects:finance" if self.is_budget else "projects:milestone_list", args=[self.project.slug])

    @property
    def is_budget(self):
        return self.new_pounds is not None

    @property
    def is_waiting(self):
        return self.state == ChangeState.PROPOSED

    @property
    def noun(self):
        return "approved budget" if self.is_budget else "baseline"

    @property
    def before(self):
        return self.old_pounds if self.is_budget else self.old

    @property
    def after(self):
        return self.new_pounds if self.is_budget else self.new

    @property
    def current(self):
        """The baseline or approved budget now; None without one, or if the milestone has been deleted."""
        if self.is_budget:
            return self.project.approved_budget
        return MilestoneDates.of(self.milestone).baseline if self.milestone else None
