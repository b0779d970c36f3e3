"""How projects were completed, cancelled or merged into another."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from estates_portal.amounts import Pounds
from estates_portal.constraints import known_choice
from estates_portal.fields import Day

from .project import Project


class Outcome(models.TextChoices):
    COMPLETE = "complete", "Complete"
    CANCELLED = "cancelled", "Cancelled"
    MERGED = "merged", "Merged into another project"


class ProjectClosure(models.Model):
    """The record of an act that completed or closed a project. Only `projects/records/closing.py` writes it."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="closures")
    outcome = models.CharField(max_length=10, choices=Outcome)
    merged_into = models.ForeignKey(
        Project, on_delete=models.PROTECT, null=True, blank=True, related_name="merged_projects"
    )
    closed_on = Day("date", not_future=True)
    reason = models.TextField(max_length=1000, blank=True)
    final_cost = Pounds("final cost (£)", null=True, blank=True)
    benefits_owner = models.CharField(max_length=120, blank=True)
    lessons = models.TextField(max_length=2000, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    history = HistoricalRecords()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            known_choice("projects_projectclosure_outcome_known", "Select an outcome from the list", outcome=Outcome),
            models.CheckConstraint(
                name="projects_projectclosure_merged_into_one",
                condition=Q(outcome=Outcome.MERGED, merged_into__isnull=False)
                | (~Q(outcome=Outcome.MERGED) & Q(merged_into=None)),
                violation_error_message="Select the project that it was merged into",
            ),
            models.CheckConstraint(
                name="projects_projectclosure_reason_given",
                condition=Q(outcome=Outcome.COMPLETE) | ~Q(reason=""),
                violation_error_message="Enter a reason",
            ),
            models.CheckConstraint(
                name="projects_projectclosure_cost_not_negative",
                condition=Q(final_cost=None) | Q(final_cost__gte=0),
                violation_error_message="Final cost must be 0 or more",
            ),
        ]

    def __str__(self):
        return f"{self.get_outcome_display()}: {self.project}"
