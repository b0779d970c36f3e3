"""Past positions: the portfolio as reported for a period, from the figures frozen with its reports."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from estates_portal.dates import PartialDate
from projects.costs import FROZEN_COSTS, Costs
from projects.labels import (
    ALL_RATING_LABELS,
    SHORT_STAGES,
    UNKNOWN,
    lead_label,
    place_label,
)
from projects.models import Project, Rating, ReportingPeriod, ReportState, Stage, StatusReport
from projects.models.choices import differing_office_rating
from projects.models.reporting import frozen_against_baseline, frozen_opening_dates, frozen_opening_label
from projects.signs import FROZEN_SIGNS, DeliveryFigures
from sites.models import Organisation


def reports_at(projects, period):
    """Queryset of the newest report of each project for the period or an earlier one.

    A correction replaces the report that it corrects.
    """
    reports = StatusReport.objects.filter(project__in=projects.order_by().values("pk")).reported().not_superseded()
    newest_first = [F("period__starts_on").desc(), F("pk").desc()]
    rank = Window(RowNumber(), partition_by=[F("project")], order_by=newest_first)
    return reports.filter(period__starts_on__lte=period.starts_on).annotate(rank=rank).filter(rank=1)


def periods_reported():
    """Periods with at least one report, newest first. One query."""
    reported = StatusReport.objects.reported().order_by().values("period")
    return list(ReportingPeriod.objects.filter(pk__in=reported).order_by("-starts_on"))


def period_choices(periods):
    """[(slug, name)] of the periods, with "(open)" after open ones."""
    return [(period.slug, f"{period}{'' if period.is_closed else ' (open)'}") for period in periods]


def two_periods(periods, older, newer):
    """(older, newer) period of `periods_reported` by slug or day, in either order; the last two if these are not valid.

    A day means the last period that had started by then. None if there are fewer than two periods.
    """
    if len(periods) < 2:
        return None
    selected = [_find_period(periods, older), _find_period(periods, newer)]
    if all(selected) and selected[0].starts_on > selected[1].starts_on:
        older, newer = newer, older
    later = _find_period(periods[:-1], newer) or periods[0]
    earlier = [period for period in periods if period.starts_on < later.starts_on]
    return _find_period(earlier, older) or earlier[0], later


def _find_period(periods, slug_or_day):
    for period in periods:
        if slug_or_day and (
            period.slug == slug_or_day or (len(slug_or_day) == 10 and period.starts_on.isoformat() <= slug_or_day)
        ):
            return period
    return None


# Past positions ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Snapshot:
    """The figures frozen with one report. `frozen_costs` are its columns of FROZEN_COSTS."""

    report_id: int
    period: str
    rating: str
    independent_rating: str
    stage: str
    state: str
    opening: PartialDate | None
    baseline: PartialDate | None
    is_baseline_approved: bool
    is_opening_reached: bool
    has_several_openings: bool
    frozen_at: datetime
    slippage_days: int | None
    frozen_costs: dict
    highest_risk: int | None
    summary: str
    help_needed: str
    path_to_green: str
    is_reviewed: bool

    @property
    def rating_label(self):
        return ALL_RATING_LABELS[self.rating]

    @property
    def office_rating(self):
        """The programme office's rating if it differs from the reported one; ""."""
        return differing_office_rating(self.rating, self.independent_rating)

    @property
    def stage_label(self):
        return SHORT_STAGES[self.stage]

    @property
    def opening_label(self):
        """The short date of the opening, or why there is none: "Several openings", "Not known"."""
        return frozen_opening_label(self.opening, self.has_several_openings, "short_label")

    @property
    def opening_position(self):
        """The opening as a `MilestonePosition` on the day of the report."""
        dates = frozen_opening_dates(self.opening, self.is_opening_reached, self.baseline, self.is_baseline_approved)
        return dates.at(timezone.localdate(self.frozen_at), self.state)

    @property
    def against_baseline(self):
        """The slippage of the opening from its baseline: "4 months late", "On time", "No approved baseline"."""
        return frozen_against_baseline(self.opening_position, self.has_several_openings)

    @property
    def figures(self):
        """The `DeliveryFigures` of the report as it was submitted."""
        return DeliveryFigures(
            rating=self.rating,
            opening=self.opening_position,
            slippage_days=self.slippage_days,
            approved_budget=self.frozen_costs["frozen_budget"],
            forecast=self.frozen_costs["frozen_forecast"],
            highest_risk_score=self.highest_risk,
            help_needed=self.help_needed,
        )

    @property
    def costs(self):
        """The `Costs` of the report as it was submitted."""
        return Costs.frozen(self.frozen_costs, timezone.localdate(self.frozen_at))


# {field of `Snapshot`: column of the report} of unchanged values; other fields are computed from COMPUTED_FROM.
SNAPSHOT_COLUMNS = {
    "report_id": "pk",
    "period": "period__name",
    "rating": "overall",
    "independent_rating": "independent_rating",
    "stage": "frozen_stage",
    "state": "frozen_delivery_state",
    "is_baseline_approved": "frozen_baseline_approved",
    "is_opening_reached": "frozen_opening_reached",
    "has_several_openings": "frozen_several_openings",
    "frozen_at": "frozen_at",
    "slippage_days": "frozen_slippage_days",
    "highest_risk": "frozen_worst_risk",
    "summary": "summary",
    "help_needed": "help_needed",
    "path_to_green": "path_to_green",
}
COMPUTED_FROM = (
    "frozen_opening_on",
    "frozen_opening_precision",
    "frozen_baseline_on",
    "frozen_baseline_precision",
    "state",
    *FROZEN_COSTS,
)


def snapshots_at(projects, period):
    """{project id: `Snapshot`} at the period. One query."""
    snapshots = {}
    reports = reports_at(projects, period).values_list("project", *COMPUTED_FROM, *SNAPSHOT_COLUMNS.values())
    costs_end = len(FROZEN_COSTS)
    for project, opening_on, opening_precision, baseline_on, baseline_precision, state, *values in reports:
        costs, values = values[:costs_end], values[costs_end:]
        snapshots[project] = Snapshot(
            frozen_costs=dict(zip(FROZEN_COSTS, costs, strict=True)),
            opening=PartialDate.of(opening_on, opening_precision),
            baseline=PartialDate.of(baseline_on, baseline_precision),
            is_reviewed=state == ReportState.ACCEPTED,
            **dict(zip(SNAPSHOT_COLUMNS, values, strict=True)),
        )
    return snapshots


def _shows(sign):
    return lambda snapshot: sign.applies(snapshot.figures)


# Filters of past positions: {key: (label of a count, test)} of the frozen signs and of reviews.
SIGNS = {
    **{key: (sign.count_label, _shows(sign)) for key, sign in FROZEN_SIGNS.items()},
    "not_reviewed": (lambda number: "awaiting review", lambda snapshot: not snapshot.is_reviewed),
}


def snapshot_counts(snapshots):
    """{"rating", "stage", "sign": [(value, label, number)]} of the snapshots."""
    ratings = Counter(snapshot.rating for snapshot in snapshots)
    stages = Counter(snapshot.stage for snapshot in snapshots)
    signs = {key: sum(shows(snapshot) for snapshot in snapshots) for key, (_label, shows) in SIGNS.items()}
    return {
        "rating": [(rating, ALL_RATING_LABELS[rating], ratings[rating]) for rating in Rating.values],
        "stage": [
            (stage or UNKNOWN, SHORT_STAGES[stage], stages[stage]) for stage in [*Stage.values, ""] if stages[stage]
        ],
        "sign": [(key, SIGNS[key][0](number), number) for key, number in signs.items()],
    }


def filter_snapshots(snapshots, ratings=(), stages=(), signs=()):
    """{project id: `Snapshot`} with any of the ratings, any of the stages and all of the signs."""
    stages = ["" if stage == UNKNOWN else stage for stage in stages]
    return {
        pk: snapshot
        for pk, snapshot in snapshots.items()
        if (not ratings or snapshot.rating in ratings)
        and (not stages or snapshot.stage in stages)
        and all(sign in SIGNS and SIGNS[sign][1](snapshot) for sign in signs)
    }


class ProjectTitle(NamedTuple):
    """The columns of a project in tables, as today."""

    title: str
    slug: str
    lead: str
    place: str
    is_example: bool

    @property
    def label(self):
        """The title with "(example data)" if it is, for files without tags."""
        return f"{self.title} (example data)" if self.is_example else self.title


def titles_of(ids, on):
    """{project id: `ProjectTitle`} with the lead organisations on the day `on`. Two queries."""
    successions = Organisation.objects.successions(on)
    projects = Project.objects.filter(pk__in=ids).order_by().select_related("lead_organisation", "place")
    columns = ("title", "slug", "lead_organisation__short_name", "lead_organisation__name", "place__name", "is_example")
    return {
        project.pk: ProjectTitle(
            project.title,
            project.slug,
            lead_label(project.lead_organisation, successions),
            place_label(project.place),
            project.is_example,
        )
        for project in projects.only(*columns)
    }
