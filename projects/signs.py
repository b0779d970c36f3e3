"""The warning signs of projects, and the projects that need attention. Each rule has its one definition here.

Lists, filters, the dashboard, programmes, past positions, the board report and exports use these definitions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DecimalField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from estates_portal.sorting import SortKey

from .labels import ALL_RATING_LABELS, NOT_REPORTED, lead_label, money_against
from .models import AnnualCost, Rating, ReportingPeriod, Risk, StatusReport
from .models.choices import RATING_ORDER, Trend, rating_movement
from .models.finance import shown_pounds, variance
from .models.milestone import MilestonePosition
from .models.reporting import expected_to_report
from .models.risk import BANDS, Band

LATE_OPENING_DAYS = 90  # openings later than this after their baseline are a warning sign
EXTREME_SCORE = BANDS[Band.EXTREME][0]  # the lowest extreme score of the NHS 5x5 matrix


@dataclass(frozen=True, slots=True)
class DeliveryFigures:
    """The figures behind the signs, of a project today or of a report at submission.

    Money is Decimal pounds, slippage is days. Reports have no trend, overdue report or review.
    """

    rating: str = ""
    office_rating: str = ""
    trend: str = ""
    is_report_overdue: bool = False
    opening: MilestonePosition | None = None
    slippage_days: int | None = None
    approved_budget: Decimal | None = None
    forecast: Decimal | None = None
    highest_risk_score: int | None = None
    is_review_overdue: bool = False
    help_needed: str = ""

    @property
    def over_budget(self):
        """Pounds by which the forecast is over the approved budget; None if it is not, or is not known."""
        return over_budget(self.forecast, self.approved_budget)

    @property
    def is_rated_lower(self):
        """Whether the programme office rates it lower: red for amber, or red or amber for green."""
        return rating_movement(self.rating, self.office_rating) == Trend.DETERIORATED


@dataclass(frozen=True)
class Sign:
    """A warning sign: its label, the labels of a count, its rule and the reason to show."""

    key: str
    label: str
    counted: tuple[str, str]  # after 1, and after any other number
    condition: Callable[[date], Q]  # the same rule for a queryset of projects
    applies: Callable[[DeliveryFigures], bool]
    reason: Callable[[DeliveryFigures], str]
    is_frozen: bool = False  # whether reports freeze its figures, as past positions and the board report need
    is_live: bool = False  # whether its figures for a project are those of today, not of its latest report

    def count_label(self, number):
        """The label after a number: "report overdue" after 1, else "reports overdue"."""
        return self.counted[number != 1]


def over_budget(forecast, approved):
    """Whole pounds by which the forecast is over the approved budget; None if it is not, or either is not known."""
    excess = variance(forecast, approved)
    return excess if excess is not None and excess > 0 else None


def _is_over_budget(today):
    costs = AnnualCost.objects.filter(project__approved_budget__isnull=False).order_by().values("project")
    over = costs.annotate(total=shown_pounds(Sum("forecast"))).filter(
        total__gt=shown_pounds(F("project__approved_budget"))
    )
    return Q(pk__in=over.values("project"))


def _is_report_overdue(today):
    """The condition of a missing report for an open period after its due date. One query, for these periods."""
    overdue = Q(pk__in=[])
    for period in ReportingPeriod.objects.open_on(today).filter(due_on__lt=today):
        reported = StatusReport.objects.filter(period=period, corrects=None).reported().order_by()
        overdue |= expected_to_report(period) & ~Q(pk__in=reported.values("project"))
    return overdue


def _has_extreme_risk(today):
    extreme = Risk.objects.open().with_score().filter(score_now__gte=EXTREME_SCORE)
    return Q(pk__in=extreme.order_by().values("project"))


def _has_review_overdue(today):
    return Q(pk__in=Risk.objects.review_overdue(today).order_by().values("project"))


def _is_rated_lower(today):
    lower = Q(pk__in=[])
    for reported, number in RATING_ORDER.items():
        worse = [rating for rating, worse_number in RATING_ORDER.items() if worse_number < number]
        lower |= Q(current_report__overall=reported, current_report__independent_rating__in=worse)
    return lower


WARNING_SIGNS = {
    sign.key: sign
    for sign in (
        Sign(
            "worse",
            "Rating deteriorated",
            ("rating deteriorated since the previous report", "ratings deteriorated since the previous report"),
            lambda today: Q(trend=Trend.DETERIORATED),
            lambda figures: figures.trend == Trend.DETERIORATED,
            lambda figures: "Rating deteriorated",
        ),
        Sign(
            "stale",
            "Red or amber, no movement for 6 reports",
            ("red or amber, no movement for 6 reports",) * 2,
            lambda today: Q(trend=Trend.NO_MOVEMENT),
            lambda figures: figures.trend == Trend.NO_MOVEMENT,
            lambda figures: "No movement for 6 reports",
        ),
        Sign(
            "rated_lower",
            "Programme office rates it lower",
            ("rated lower by the programme office",) * 2,
            _is_rated_lower,
            lambda figures: figures.is_rated_lower,
            lambda figures: f"Programme office rates it {ALL_RATING_LABELS[figures.office_rating].lower()}",
        ),
        Sign(
            "report_overdue",
            "Report overdue",
            ("report overdue", "reports overdue"),
            _is_report_overdue,
            lambda figures: figures.is_report_overdue,
            lambda figures: "Report overdue",
            is_live=True,
        ),
        Sign(
            "slipping",
            f"Opening more than {LATE_OPENING_DAYS} days late",
            (f"opening more than {LATE_OPENING_DAYS} days late",) * 2,
            lambda today: Q(current_report__frozen_slippage_days__gt=LATE_OPENING_DAYS),
            lambda figures: (figures.slippage_days or 0) > LATE_OPENING_DAYS,
            lambda figures: f"Opening {(figures.opening and figures.opening.slippage_label) or 'late'}",
            is_frozen=True,
        ),
        Sign(
            "over_budget",
            "Over approved budget",
            ("over approved budget",) * 2,
            _is_over_budget,
            lambda figures: figures.over_budget is not None,
            lambda figures: f"{money_against(figures.forecast, figures.approved_budget)[2]} budget",
            is_frozen=True,
            is_live=True,
        ),
        Sign(
            "extreme_risk",
            "Extreme risk",
            ("with an extreme risk",) * 2,
            _has_extreme_risk,
            lambda figures: (figures.highest_risk_score or 0) >= EXTREME_SCORE,
            lambda figures: "Extreme risk",
            is_frozen=True,
            is_live=True,
        ),
        Sign(
            "review_overdue",
            "Risk review overdue",
            ("with a risk review overdue",) * 2,
            _has_review_overdue,
            lambda figures: figures.is_review_overdue,
            lambda figures: "Risk review overdue",
            is_live=True,
        ),
        Sign(
            "help",
            "Decision or help needed",
            ("with a decision or help needed",) * 2,
            lambda today: Q(current_report__isnull=False) & ~Q(current_report__help_needed=""),
            lambda figures: bool(figures.help_needed),
            lambda figures: "Decision or help needed",
            is_frozen=True,
        ),
    )
}
FROZEN_SIGNS = {key: sign for key, sign in WARNING_SIGNS.items() if sign.is_frozen}


def warning_conditions(today):
    """{key of a sign: its condition (`Q`) on projects} on the day `today`. One query, for overdue periods."""
    return {sign.key: sign.condition(today) for sign in WARNING_SIGNS.values()}


def filter_by_warning(projects, keys, today):
    """The projects that show any of the signs with these keys. One query, for overdue periods."""
    conditions = warning_conditions(today)
    any_sign = Q(pk__in=[])
    for key in keys:
        any_sign |= conditions[key]
    return projects.filter(any_sign)


def with_delivery_figures(projects, today, *, report_overdue=None):
    """The queryset annotated for `figures_of`: forecast in pounds, risks, overdue reports and reviews.

    One query, for the periods overdue on the day `today`; none if the condition `report_overdue` is given.
    """
    risks = Risk.objects.filter(project=OuterRef("pk")).open().with_score().order_by().values("project")
    overdue = Risk.objects.filter(project=OuterRef("pk")).review_overdue(today)
    costs = AnnualCost.objects.filter(project=OuterRef("pk")).order_by().values("project")
    return projects.annotate(
        forecast_total=Subquery(costs.annotate(total=Sum("forecast")).values("total"), output_field=DecimalField()),
        highest_risk_score=Subquery(
            risks.annotate(highest=Max("score_now")).values("highest"), output_field=IntegerField()
        ),
        open_risks=Coalesce(Subquery(risks.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), Value(0)),
        is_review_overdue=Exists(overdue),
        is_report_overdue=Case(
            When(_is_report_overdue(today) if report_overdue is None else report_overdue, then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        ),
    )


# The columns of a project and its current report that `figures_of` reads.
FIGURE_COLUMNS = (
    "trend",
    "approved_budget",
    "current_report__overall",
    "current_report__independent_rating",
    "current_report__frozen_opening_on",
    "current_report__frozen_opening_precision",
    "current_report__frozen_baseline_on",
    "current_report__frozen_baseline_precision",
    "current_report__frozen_baseline_approved",
    "current_report__frozen_opening_reached",
    "current_report__frozen_delivery_state",
    "current_report__frozen_at",
    "current_report__frozen_slippage_days",
    "current_report__help_needed",
)


def figures_of(project):
    """The `DeliveryFigures` of a project of `with_delivery_figures`. No query if `current_report` is selected."""
    report = project.current_report
    return DeliveryFigures(
        rating=report.overall if report else "",
        office_rating=report.office_rating if report else "",
        trend=project.trend,
        is_report_overdue=project.is_report_overdue,
        opening=report.opening if report else None,
        slippage_days=report.frozen_slippage_days if report else None,
        approved_budget=project.approved_budget,
        forecast=project.forecast_total,
        highest_risk_score=project.highest_risk_score,
        is_review_overdue=project.is_review_overdue,
        help_needed=report.help_needed if report else "",
    )


def signs_shown(figures):
    """[`Sign`] that the figures show, in the order of WARNING_SIGNS."""
    return [sign for sign in WARNING_SIGNS.values() if sign.applies(figures)]


# Projects that need attention ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class AttentionItem:
    """A project that needs attention, with its rating, the reasons and its latest report."""

    title: str
    url: str
    rating: str
    rating_label: str
    office_rating: str
    reasons: list
    period: str
    summary: str
    lead: str
    is_example: bool


def needing_attention(projects, today):
    """The projects rated red or with any warning sign, with `with_delivery_figures`, worst rating first.

    One query, for overdue periods.
    """
    needing = Q(current_report__overall=Rating.RED)
    conditions = warning_conditions(today)
    for condition in conditions.values():
        needing |= condition
    rank = Case(
        *(When(current_report__overall=rating, then=Value(number)) for rating, number in RATING_ORDER.items()),
        default=9,
    )
    overdue = conditions["report_overdue"]
    attention = with_delivery_figures(projects.filter(needing), today, report_overdue=overdue).annotate(rank=rank)
    return attention.order_by(
        "rank", F("current_report__frozen_slippage_days").desc(nulls_last=True), SortKey("title"), "pk"
    )


def attention_items(projects, today, limit, successions):
    """[`AttentionItem`] of the first projects that need attention, at most `limit`. Two queries.

    `successions` are those of `Organisation.objects`.
    """
    attention = needing_attention(projects, today).select_related("current_report__period", "lead_organisation")
    return [_attention_item(project, successions) for project in attention[:limit]]


def _attention_item(project, successions):
    figures = figures_of(project)
    report = project.current_report
    rating = figures.rating or NOT_REPORTED
    reasons = [sign.reason(figures) for sign in signs_shown(figures)]
    return AttentionItem(
        title=project.title,
        url=project.get_absolute_url(),
        rating=rating,
        rating_label=ALL_RATING_LABELS[rating],
        office_rating=report.office_rating if report else "",
        reasons=reasons or [ALL_RATING_LABELS[rating]],
        period=report.period.name if report else "",
        summary=report.summary if report else "",
        lead=lead_label(project.lead_organisation, successions),
        is_example=project.is_example,
    )
