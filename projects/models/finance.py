"""Money of a project: annual costs, cost estimates and funding."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Sum
from simple_history.models import HistoricalRecords

from .project import Project

FIRST_YEAR, LAST_YEAR = 2000, 2099


def financial_year_of(day):
    """The year in which the financial year of this day begins: 1 April to 31 March (so 31 March 2027 is 2026)."""
    return day.year if day.month >= 4 else day.year - 1


def year_words(year):
    """ "2026/27"."""
    return f"{year}/{(year + 1) % 100:02}"


class AnnualCostQuerySet(models.QuerySet):
    def totals(self):
        """{"budget", "forecast", "actual"}: Decimal pounds over all the rows, None where no row says. One query."""
        return self.aggregate(budget=Sum("budget"), forecast=Sum("forecast"), actual=Sum("actual"))


def _pounds(words):
    return models.DecimalField(words, max_digits=14, decimal_places=2, null=True, blank=True)


class AnnualCost(models.Model):
    """Capital of one project in one financial year: what was approved, what is expected, what was spent."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="annual_costs")
    year = models.PositiveSmallIntegerField(
        "financial year", validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)]
    )
    budget = _pounds("budget (£)")
    forecast = _pounds("forecast (£)")
    actual = _pounds("actual (£)")

    objects = AnnualCostQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["year"]
        constraints = [
            models.UniqueConstraint(
                name="projects_annualcost_once_a_year",
                fields=["project", "year"],
                violation_error_message="This project has figures for that year already",
            ),
            models.CheckConstraint(
                name="projects_annualcost_year_in_range",
                condition=Q(year__range=(FIRST_YEAR, LAST_YEAR)),
                violation_error_message=f"The year must be from {FIRST_YEAR} to {LAST_YEAR}",
            ),
            models.CheckConstraint(
                name="projects_annualcost_not_negative",
                condition=(Q(budget=None) | Q(budget__gte=0))
                & (Q(forecast=None) | Q(forecast__gte=0))
                & (Q(actual=None) | Q(actual__gte=0)),
                violation_error_message="Enter amounts of zero or more",
            ),
        ]

    def __str__(self):
        return year_words(self.year)

    @property
    def variance(self):
        """Forecast less budget, Decimal pounds; None where either is missing. Above zero is over the budget."""
        return None if self.budget is None or self.forecast is None else self.forecast - self.budget


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
