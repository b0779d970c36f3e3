"""Requests to change the baseline of a milestone, each with the decision on it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from estates_portal.constraints import known_choice
from projects.dates import DatePrecision, PartialDateColumns

from .milestone import Milestone
from .project import Project


class ChangeState(models.TextChoices):
    PROPOSED = "proposed", "Awaiting decision"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"


class ChangeRequest(models.Model):
    """A request for a new baseline of a milestone, with the reason, both dates and the decision.

    Only `projects/change_requests/services.py` and the example data write it. The title is a copy, because a milestone
    can be deleted later.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="change_requests")
    milestone = models.ForeignKey(
        Milestone, on_delete=models.SET_NULL, null=True, blank=True, related_name="change_requests"
    )
    title = models.CharField(max_length=200)
    old_on = models.DateField(null=True, blank=True)
    old_precision = models.CharField(max_length=10, choices=DatePrecision, blank=True)
    new_on = models.DateField()
    new_precision = models.CharField(max_length=10, choices=DatePrecision)
    why = models.TextField("reason", max_length=1000)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_column="asked_by_id", related_name="+"
    )
    requested_at = models.DateTimeField(default=timezone.now, db_column="asked_at")
    state = models.CharField(max_length=10, choices=ChangeState, default=ChangeState.PROPOSED)
    approver = models.CharField(max_length=200, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    conditions = models.TextField(max_length=1000, blank=True, db_column="decision_words")

    history = HistoricalRecords()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            known_choice("projects_changerequest_state_known", "Select a status from the list", state=ChangeState),
            models.CheckConstraint(
                name="projects_changerequest_decided_by_somebody",
                condition=Q(state=ChangeState.PROPOSED, decided_by=None, decided_at=None, decided_on=None)
                | (
                    Q(state__in=[ChangeState.APPROVED, ChangeState.DECLINED])
                    & ~Q(approver="")
                    & Q(decided_by__isnull=False, decided_at__isnull=False, decided_on__isnull=False)
                ),
                violation_error_message="Enter who made the decision and its date",
            ),
            models.UniqueConstraint(
                name="projects_changerequest_one_waiting",
                fields=["milestone"],
                condition=Q(state=ChangeState.PROPOSED),
                violation_error_message="A change request for this milestone is already awaiting a decision",
            ),
        ]

    old = PartialDateColumns("old_on", "old_precision")
    new = PartialDateColumns("new_on", "new_precision")

    def __str__(self):
        return f"{self.title}: {self.old.label if self.old else 'no baseline'} to {self.new.label}"

    @property
    def is_waiting(self):
        return self.state == ChangeState.PROPOSED
