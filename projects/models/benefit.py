"""What a project is for: its benefits, measured."""

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from .project import Project


def _figure(words):
    return models.DecimalField(words, max_digits=14, decimal_places=2, null=True, blank=True)


class Benefit(models.Model):
    """One measure: where it stood, where it is to be and by when, where it stands. Figures are in `unit`."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="benefits")
    title = models.CharField("what is measured", max_length=200)
    unit = models.CharField(max_length=40, help_text="Such as days, patients a year, tonnes of CO2")
    baseline = _figure("before the project")
    target = _figure("target")
    due_on = models.DateField("target due", null=True, blank=True)
    owner = models.CharField(max_length=120, blank=True)
    latest = _figure("latest value")
    latest_on = models.DateField("measured on", null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = [F("due_on").asc(nulls_last=True), "pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_benefit_latest_has_its_day",
                condition=Q(latest=None, latest_on=None) | Q(latest__isnull=False, latest_on__isnull=False),
                violation_error_message="Give the latest value and the day it was measured, or neither",
            )
        ]

    def __str__(self):
        return self.title

    @property
    def is_met(self):
        """Whether the latest value reaches the target, from whichever side the baseline lies; None where unknown.

        A target equal to the baseline is to be held: it is met by that value or a higher one.
        """
        if self.latest is None or self.target is None:
            return None
        if self.baseline is not None and self.target < self.baseline:
            return self.latest <= self.target
        return self.latest >= self.target

    @property
    def share(self):
        """How much of the way from baseline to target is done, in whole per cent; None where unknown or no way."""
        if self.latest is None or self.target is None or self.baseline is None or self.target == self.baseline:
            return None
        return int((self.latest - self.baseline) * 100 / (self.target - self.baseline))
