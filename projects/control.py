"""Whether a project is under control: money against what was approved, risks, and dates that slipped."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, DecimalField, F, IntegerField, Max, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from .models import (
    AnnualCost,
    Band,
    DeliveryState,
    FundingLine,
    FundingStatus,
    ReportingCadence,
    ReportingPeriod,
    Risk,
    Stage,
    StatusUpdate,
    band_of,
    year_words,
)

SLIPPING_DAYS = 90  # from which a project counts as slipping (issue 6 of the portal)
EXTREME = 15  # the lowest extreme score of the NHS 5x5 matrix

WATCH = {
    "worse": "Newly worse",
    "stale": "Red or amber, not moved for six reports",
    "report_overdue": "A report overdue",
    "slipping": f"Opening more than {SLIPPING_DAYS} days late",
    "over_budget": "Forecast over the approved budget",
    "extreme_risk": "An extreme risk",
    "review_overdue": "A risk review overdue",
}


def with_control(projects, on):
    """The queryset with `forecast_total`, `worst_score`, `open_risks` and `reviews_overdue`.

    `on` is the day by which reviews count as overdue. No further query.
    """
    risks = Risk.objects.filter(project=OuterRef("pk"), closed_on=None).order_by().values("project")
    overdue = risks.filter(Q(review_on__lt=on) | Q(review_on=None))
    return projects.annotate(
        forecast_total=_forecast_total(),
        worst_score=Subquery(
            risks.annotate(n=Max(F("likelihood") * F("consequence"))).values("n"), output_field=IntegerField()
        ),
        open_risks=Coalesce(Subquery(risks.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), Value(0)),
        reviews_overdue=Coalesce(
            Subquery(overdue.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), Value(0)
        ),
    )


def signs_on(on):
    """{name in WATCH: the condition on a project that shows the sign} on a day. One query, for the periods overdue."""
    open_risks = Risk.objects.filter(closed_on=None).order_by()
    return {
        "worse": Q(trend="worse"),
        "stale": Q(trend="stale"),
        "report_overdue": _owes_a_report(on),
        "slipping": Q(current_update__frozen_slippage_days__gt=SLIPPING_DAYS),
        "over_budget": Q(pk__in=_over_budget().values("project")),
        "extreme_risk": Q(pk__in=open_risks.with_score().filter(score_now__gte=EXTREME).values("project")),
        "review_overdue": Q(pk__in=open_risks.filter(Q(review_on__lt=on) | Q(review_on=None)).values("project")),
    }


def watched(projects, asked, on):
    """Those of the projects that show any of the signs in WATCH that are `asked`."""
    signs = signs_on(on)
    wanted = Q(pk__in=[])
    for name in asked:
        wanted |= signs[name]
    return projects.filter(wanted)


def _over_budget():
    """Rows of {"project"} whose forecasts over all years are above the approved budget."""
    costs = AnnualCost.objects.filter(project__approved_budget__isnull=False).order_by().values("project")
    return costs.annotate(n=Sum("forecast")).filter(n__gt=F("project__approved_budget"))


def _owes_a_report(on):
    """The condition that a project has not reported for an open period whose due day has passed."""
    owing = Q(pk__in=[])
    for period in ReportingPeriod.objects.open_on(on).filter(due_on__lt=on):
        reported = StatusUpdate.objects.filter(period=period, corrects=None).reported().order_by()
        owing |= reporting_for(period) & ~Q(pk__in=reported.values("project"))
    return owing


def _forecast_total():
    """The sum of a project's forecasts over all years, of the outer query's project."""
    costs = AnnualCost.objects.filter(project=OuterRef("pk")).order_by().values("project")
    return Subquery(costs.annotate(n=Sum("forecast")).values("n"), output_field=DecimalField())


def reporting_for(period):
    """The condition that a project owes a report for an open period: active ones, by their cadence."""
    due = Q(reporting=ReportingCadence.MONTHLY)
    if period.ends_a_quarter:
        due |= Q(reporting=ReportingCadence.QUARTERLY)
    return due & Q(delivery_state=DeliveryState.ACTIVE) & ~Q(stage=Stage.CLOSED)


@dataclass
class Year:
    """One financial year's figures, Decimal pounds or None."""

    words: str
    budget: Decimal | None
    forecast: Decimal | None
    actual: Decimal | None

    @property
    def variance(self):
        """Forecast less budget; None where either is missing."""
        return None if self.budget is None or self.forecast is None else self.forecast - self.budget


@dataclass
class Money:
    """A project's capital: by year and in total, against what was approved and what is secured. Decimal pounds."""

    years: list
    total: Year
    approved: Decimal | None
    secured: Decimal
    funding: Decimal

    @property
    def variance(self):
        """Forecast over all years less the approved budget; None where either is missing. Above zero is over."""
        if self.approved is None or self.total.forecast is None:
            return None
        return self.total.forecast - self.approved

    @property
    def needed(self):
        """What the project needs: its forecast, else its approved budget; None where neither is known."""
        return self.total.forecast if self.total.forecast is not None else self.approved

    @property
    def gap(self):
        """What is needed and not secured; None where the need is not known, zero where all is secured."""
        return None if self.needed is None else max(self.needed - self.secured, Decimal(0))


def _sum(values):
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def money_of(project):
    """The `Money` of a project. Two queries."""
    years = [
        Year(year_words(row.year), row.budget, row.forecast, row.actual)
        for row in AnnualCost.objects.filter(project=project)
    ]
    total = Year("Total", *(_sum(getattr(year, name) for year in years) for name in ("budget", "forecast", "actual")))
    lines = FundingLine.objects.filter(project=project, amount_pounds__isnull=False)
    funding = list(lines.values_list("status", "amount_pounds"))
    secured = sum((amount for status, amount in funding if status == FundingStatus.SECURED), Decimal(0))
    return Money(years, total, project.approved_budget, secured, sum((amount for _s, amount in funding), Decimal(0)))


def over_budget(forecast, approved):
    """Pounds by which the forecast is over the approved budget; None where it is not, or either is not known."""
    return forecast - approved if forecast is not None and approved is not None and forecast > approved else None


def band_words(score):
    """(band, its word) of a score, or None."""
    return None if score is None else (band_of(score), Band(band_of(score)).label)
