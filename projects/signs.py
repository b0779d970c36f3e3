"""Warning signs of a project: slippage, cost over budget, risks and missing reports."""

from django.db.models import Count, DecimalField, F, IntegerField, Max, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from .models import AnnualCost, ReportingPeriod, Risk, StatusUpdate
from .models.reporting import reporting_for

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


def over_budget(forecast, approved):
    """Pounds by which the forecast is over the approved budget; None where it is not, or either is not known."""
    return forecast - approved if forecast is not None and approved is not None and forecast > approved else None
