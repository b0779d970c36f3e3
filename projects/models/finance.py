"""Finance of a project: annual costs, cost estimates and funding."""

from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Round
from simple_history.models import HistoricalRecords

from estates_portal.amounts import Pounds
from estates_portal.constraints import known_choice
from estates_portal.dates import DatePrecision, PartialDateColumns
from estates_portal.fields import Day
from estates_portal.statements import StageBasis
from sites.models import ACCEPTED

from .project import Project

FIRST_YEAR, LAST_YEAR = 2000, 2099
ENTERED = "Entered in the portal"  # the basis of a figure without a source
FIGURES = ["budget", "forecast", "actual"]  # of a financial year


def financial_year_of(day):
    """The first calendar year of the day's financial year, 1 April to 31 March: 2026 for 31 March 2027."""
    return day.year if day.month >= 4 else day.year - 1


def year_label(year):
    """The label of a financial year: "2026/27"."""
    return f"{year}/{(year + 1) % 100:02}"


def whole_pounds(amount):
    """The amount rounded to pounds, 50p upwards, as it is shown."""
    return Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP)


def variance(forecast, budget):
    """Forecast minus budget, each in whole pounds as it is shown, so that 40p is none; None if either is None."""
    return None if forecast is None or budget is None else whole_pounds(forecast) - whole_pounds(budget)


def shown_pounds(amount):
    """`whole_pounds` of an amount as an expression. The first rounding ends the inexact pence of SQLite."""
    return Round(Round(amount, precision=2))


def known_sum(amounts):
    """The sum of the amounts that are not None; None if all are."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


class AnnualCostQuerySet(models.QuerySet):
    def totals(self, **more):
        """{"budget", "forecast", "actual"}: total pounds as Decimal, None without a figure. One query."""
        return self.aggregate(**{name: Sum(name) for name in FIGURES}, **more)


class AnnualCost(models.Model):
    """Capital of one project in one financial year: budget, forecast and actual.

    Forecast and actual can be below zero: accruals are reversed, and grants and VAT come back.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="annual_costs")
    year = models.PositiveSmallIntegerField(
        "financial year", validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)]
    )
    budget = Pounds("budget (£)", null=True, blank=True)
    forecast = Pounds("forecast (£)", null=True, blank=True, can_be_negative=True)  # with grants and credits
    actual = Pounds("actual (£)", null=True, blank=True, can_be_negative=True)

    objects = AnnualCostQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["year"]
        constraints = [
            models.UniqueConstraint(
                name="projects_annualcost_once_a_year",
                fields=["project", "year"],
                violation_error_message="This project already has figures for that year",
            ),
            models.CheckConstraint(
                name="projects_annualcost_year_in_range",
                condition=Q(year__range=(FIRST_YEAR, LAST_YEAR)),
                violation_error_message=f"Year must be between {FIRST_YEAR} and {LAST_YEAR}",
            ),
            models.CheckConstraint(
                name="projects_annualcost_not_negative",
                condition=Q(budget=None) | Q(budget__gte=0),
                violation_error_message="Budget must be 0 or more",
            ),
        ]

    def __str__(self):
        return year_label(self.year)

    @property
    def variance(self):
        return variance(self.forecast, self.budget)

    @classmethod
    def total_of(cls, costs):
        """The totals of the costs, as an unsaved `AnnualCost`."""
        return cls(**{name: known_sum(getattr(cost, name) for cost in costs) for name in FIGURES})


class FundingStatus(models.TextChoices):
    NOT_STATED = "not_stated", "Not stated"
    IDENTIFIED = "identified", "Identified"
    APPLIED_FOR = "applied_for", "Applied for"
    SECURED = "secured", "Secured"


class FunderKind(models.TextChoices):
    """Where funding comes from, whatever the words of its source."""

    HEALTH = "health", "Health department or NHS England"
    GOVERNMENT = "government", "Other national government"
    LOCAL_NHS = "local_nhs", "NHS trust or integrated care board"
    NHS = "nhs", "NHS, organisation not stated"
    COUNCIL = "council", "Council"
    DEVELOPER = "developer", "Developer contributions"
    CHARITY = "charity", "Charity"
    SALE = "sale", "Sale of land"
    OTHER = "other", "Other"
    NOT_STATED = "not_stated", "Not stated"


class SourcedAmount(models.Model):
    """What all figures that a source can state have: the date and the source, and whether the source has the figure."""

    as_of = Day("as at", null=True, blank=True, not_future=True)
    as_of_precision = models.CharField(
        "date precision", max_length=10, choices=DatePrecision, default=DatePrecision.DAY
    )
    source_url = models.URLField("source", max_length=500, blank=True)
    source_confirmed = models.BooleanField(
        "source confirmed", default=True, help_text="Untick if it is not known that this page has the figure"
    )

    dated = PartialDateColumns("as_of", "as_of_precision", empty=DatePrecision.DAY)

    class Meta:
        abstract = True

    @property
    def basis_label(self):
        """What the figure rests on: a source, or someone who entered it in the portal."""
        if not self.source_confirmed:
            return "Source not confirmed"
        return StageBasis.STATED.label if self.source_url else ENTERED


class CostEstimate(SourcedAmount):
    """A cost estimate of a project, with its source and scope. Sources can differ, and each figure is kept."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="cost_estimates")
    amount_pounds = Pounds("amount (£)")
    covers = models.CharField(max_length=300, blank=True, help_text="What the figure includes, if not obvious")

    history = HistoricalRecords()

    class Meta:
        ordering = [F("as_of").desc(nulls_last=True), "-pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_costestimate_above_zero",
                condition=Q(amount_pounds__gt=0),
                violation_error_message="Amount must be more than 0",
            ),
            known_choice(
                "projects_costestimate_precision_known", "Select a date precision", as_of_precision=DatePrecision
            ),
        ]

    def __str__(self):
        return f"£{self.amount_pounds:,.0f}"


def newest_cost(column):
    """A column of the newest cost estimate of the outer query's project (its `pk`), as an expression.

    A project has no cost estimate of its parent: what a plan costs is not what a part of it costs.
    """
    estimates = CostEstimate.objects.filter(project=OuterRef("pk")).order_by(F("as_of").desc(nulls_last=True), "-pk")
    return Subquery(estimates.values(column)[:1])


class FundingLine(SourcedAmount):
    """Funding from one source. The amount is None if only the funder is known."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="funding_lines")
    funder = models.CharField("funding source", max_length=200, help_text="As the source names it")
    funder_kind = models.CharField(
        "type of funding source",
        max_length=12,
        choices=FunderKind,
        default=FunderKind.NOT_STATED,
        db_default=FunderKind.NOT_STATED,
    )
    funding_organisation = models.ForeignKey(
        "sites.Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="funding_lines",
        limit_choices_to=ACCEPTED,
        help_text="The organisation that pays it, if known",
    )
    amount_pounds = Pounds("amount (£)", null=True, blank=True)
    status = models.CharField(max_length=15, choices=FundingStatus, default=FundingStatus.NOT_STATED)
    note = models.CharField(max_length=300, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_fundingline_above_zero",
                condition=Q(amount_pounds__isnull=True) | Q(amount_pounds__gt=0),
                violation_error_message="Amount must be more than 0. Leave blank if not known",
            ),
            known_choice("projects_fundingline_kind_known", "Select a type of funding source", funder_kind=FunderKind),
            known_choice("projects_fundingline_status_known", "Select a status from the list", status=FundingStatus),
            known_choice(
                "projects_fundingline_precision_known", "Select a date precision", as_of_precision=DatePrecision
            ),
        ]

    def __str__(self):
        return self.funder

    def clean(self):
        organisation = self.funding_organisation
        if organisation is None:
            return
        if organisation.merged_into:
            error = f"This record was merged. Select {organisation.merged_into}"
            raise ValidationError({"funding_organisation": error}, code="merged")
        if organisation.is_example and not self.project.is_example:
            error = "Select an organisation that is not example data"
            raise ValidationError({"funding_organisation": error}, code="example")


def funding_totals(lines):
    """{status: the sum of the known amounts of its lines}, in the order of the statuses.

    Amounts of lines whose status is not stated are never in the total of another status.
    """
    totals = {}
    for status in FundingStatus:
        total = known_sum(line.amount_pounds for line in lines if line.status == status)
        if total is not None:
            totals[status] = total
    return totals
