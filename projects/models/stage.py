"""Statements of a project's stage and delivery state."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from estates_portal.constraints import known_choice
from estates_portal.dates import DatePrecision, PartialDateColumns
from estates_portal.fields import Day
from estates_portal.statements import StageBasis

from .choices import DeliveryState, Stage
from .project import Project
from .statements import Statement


class StageStatement(Statement):
    """What was said of a project's stage, or of its delivery state: exactly one of the two.

    `stated_on` is the date of the source or report. The statement with the latest one is the current statement.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="stage_statements")
    stage = models.CharField(max_length=20, choices=Stage, blank=True)
    delivery_state = models.CharField(max_length=20, choices=DeliveryState, blank=True)
    stated_on = Day(null=True, blank=True)
    precision = models.CharField(max_length=10, choices=DatePrecision, default=DatePrecision.DAY)
    basis = models.CharField(max_length=10, choices=StageBasis, default=StageBasis.REPORTED)
    reason = models.TextField(blank=True)
    source_url = models.URLField("source", max_length=500, blank=True)

    dated = PartialDateColumns("stated_on", "precision", empty=DatePrecision.DAY)

    class Meta:
        ordering = [F("stated_on").asc(nulls_first=True), "pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_stagestatement_stage_or_state",
                condition=(Q(stage="") & ~Q(delivery_state="")) | (~Q(stage="") & Q(delivery_state="")),
                violation_error_message="Enter a stage or a delivery state",
            ),
            known_choice("projects_stagestatement_stage_known", "Select a stage", or_blank=True, stage=Stage),
            known_choice(
                "projects_stagestatement_state_known",
                "Select a delivery state",
                or_blank=True,
                delivery_state=DeliveryState,
            ),
            known_choice("projects_stagestatement_basis_known", "Select how it is known", basis=StageBasis),
            known_choice("projects_stagestatement_precision_known", "Select a date precision", precision=DatePrecision),
        ]

    def clean(self):
        if self.dated and self.dated.first > timezone.localdate():
            raise ValidationError({"stated_on": "Date must be today or in the past"}, code="future")

    def __str__(self):
        return self.get_stage_display() or self.get_delivery_state_display()

    @property
    def basis_label(self):
        """How it is known, with who reported it."""
        if self.basis == StageBasis.REPORTED and self.stated_for_id:
            return self.author_label
        return self.get_basis_display()

    @property
    def is_published_information(self):
        """Whether it rests on a public source only."""
        return self.basis in (StageBasis.STATED, StageBasis.INFERRED)
