"""What projects are to cost, and who pays. Decimal pounds throughout."""

from django.db import models
from django.db.models import F, OuterRef, Q
from simple_history.models import HistoricalRecords

from .project import Project


class FundingStatus(models.TextChoices):
    IDENTIFIED = "identified", "Identified"
    APPLIED_FOR = "applied_for", "Applied for"
    SECURED = "secured", "Secured"


class CostEstimate(models.Model):
    """One figure for what a project costs. Sources differ; each figure says what it covers and where it is from."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="cost_estimates")
    amount_pounds = models.DecimalField("amount (£)", max_digits=14, decimal_places=2)
    covers = models.CharField(max_length=300, blank=True, help_text="What the figure includes, if it is not plain")
    as_of = models.DateField(null=True, blank=True)
    source_url = models.URLField("source", max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = [F("as_of").desc(nulls_last=True), "-pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_costestimate_above_zero",
                condition=Q(amount_pounds__gt=0),
                violation_error_message="Enter an amount above zero",
            )
        ]

    def __str__(self):
        return f"£{self.amount_pounds:,.0f}"


def newest_costs():
    """For each project (the outer query's `pk`), its cost figures, the newest first."""
    return CostEstimate.objects.filter(project=OuterRef("pk")).order_by(F("as_of").desc(nulls_last=True), "-pk")


class FundingLine(models.Model):
    """Money from one source; the amount is empty where only the funder is known."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="funding_lines")
    funder = models.CharField("source of funding", max_length=200)
    amount_pounds = models.DecimalField("amount (£)", max_digits=14, decimal_places=2, null=True, blank=True)
    status = models.CharField(max_length=15, choices=FundingStatus, default=FundingStatus.IDENTIFIED)
    note = models.CharField(max_length=300, blank=True)
    source_url = models.URLField("source", max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_fundingline_above_zero",
                condition=Q(amount_pounds__isnull=True) | Q(amount_pounds__gt=0),
                violation_error_message="Enter an amount above zero, or leave it empty when it is not known",
            ),
            models.CheckConstraint(
                name="projects_fundingline_status_known",
                condition=Q(status__in=FundingStatus.values),
                violation_error_message="Select a status from the list",
            ),
        ]

    def __str__(self):
        return self.funder
