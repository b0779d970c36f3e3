"""Past positions: the portfolio as reported for a period, and the changes between two periods.

Reads only the figures frozen with reports.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from projects.dates import PartialDate
from projects.labels import (
    ALL_RATING_LABELS,
    NOT_REPORTED,
    RATINGS,
    SHORT_STAGES,
    UNKNOWN,
    opening_change_label,
    opening_slippage_label,
    place_label,
)
from projects.models import DeliveryState, Project, Rating, ReportingPeriod, ReportState, Risk, Stage, StatusReport
from projects.models.choices import rating_movement
from projects.signs import FROZEN_SIGNS, DeliveryFigures

OVER = [Stage.OPERATIONAL, Stage.CLOSED]


def reports_at(projects, period):
    """The latest report of each project at a period: its newest one for that period or before.

    A queryset of `StatusReport`s, one for each project that had reported. A correction replaces what it corrects.
    """
    reports = StatusReport.objects.filter(project__in=projects.order_by().values("pk")).reported().not_superseded()
    newest_first = [F("period__starts_on").desc(), F("pk").desc()]
    place = Window(RowNumber(), partition_by=[F("project")], order_by=newest_first)
    return reports.filter(period__starts_on__lte=period.starts_on).annotate(place=place).filter(place=1)


def periods_reported():
    """Periods with at least one report, newest first. One query."""
    reported = StatusReport.objects.reported().order_by().values("period")
    return list(ReportingPeriod.objects.filter(pk__in=reported).order_by("-starts_on"))


def period_choices(periods):
    """[(slug, name)] of periods to select from. Open ones are marked."""
    return [(period.slug, f"{period}{'' if period.is_closed else ' (open)'}") for period in periods]


def two_periods(periods, older, newer):
    """(older, newer) of the given slugs or days, out of `periods_reported`; the last two if they are not valid.

    None where there are fewer than two. A day gives the last period that had started by then.
    """
    if len(periods) < 2:
        return None
    to = _named(periods[:-1], newer) or periods[0]
    before = [one for one in periods if one.starts_on < to.starts_on]
    return _named(before, older) or before[0], to


def _named(periods, asked):
    for period in periods:
        if asked and (period.slug == asked or (len(asked) == 10 and period.starts_on.isoformat() <= asked)):
            return period
    return None


# Past positions ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Snapshot:
    """The figures frozen with one report. Money is Decimal pounds, slippage is days."""

    report_id: int
    period: str
    rating: str
    stage: str
    state: str
    opening: PartialDate | None
    slippage: int | None
    budget: Decimal | None
    forecast: Decimal | None
    cost: Decimal | None
    highest_risk: int | None
    summary: str
    help_needed: str
    path_to_green: str
    is_reviewed: bool

    @property
    def rating_label(self):
        return ALL_RATING_LABELS[self.rating]

    @property
    def stage_label(self):
        return SHORT_STAGES[self.stage]

    @property
    def opening_label(self):
        return self.opening.short_label if self.opening else ""

    @property
    def slippage_label(self):
        return opening_slippage_label(self.opening, self.slippage)

    @property
    def figures(self):
        """The `DeliveryFigures` of the report as it was submitted."""
        return DeliveryFigures(
            rating=self.rating,
            opening=self.opening,
            slippage_days=self.slippage,
            approved_budget=self.budget,
            forecast=self.forecast,
            highest_risk_score=self.highest_risk,
            help_needed=self.help_needed,
        )

    @property
    def over_budget(self):
        """Pounds by which the forecast was over the approved budget; None where it was not, or not known."""
        return self.figures.over_budget

    @property
    def price(self):
        """The expected cost: the forecast over all years, else the latest cost estimate."""
        return self.forecast if self.forecast is not None else self.cost


# The columns of a report that a `Snapshot` takes as they are, by the names it gives them.
SNAPSHOT_COLUMNS = {
    "report_id": "pk",
    "period": "period__name",
    "rating": "overall",
    "stage": "frozen_stage",
    "state": "frozen_delivery_state",
    "slippage": "frozen_slippage_days",
    "budget": "frozen_budget",
    "forecast": "frozen_forecast",
    "cost": "frozen_cost",
    "highest_risk": "frozen_worst_risk",
    "summary": "summary",
    "help_needed": "help_needed",
    "path_to_green": "path_to_green",
}
MADE_OF = ("frozen_opening_on", "frozen_opening_precision", "state")


def snapshots_at(projects, period):
    """{project id: `Snapshot`} at the period. One query."""
    found = {}
    reports = reports_at(projects, period).values_list("project", *MADE_OF, *SNAPSHOT_COLUMNS.values())
    for project, opening, precision, state, *values in reports:
        found[project] = Snapshot(
            opening=PartialDate.of(opening, precision),
            is_reviewed=state == ReportState.ACCEPTED,
            **dict(zip(SNAPSHOT_COLUMNS, values, strict=True)),
        )
    return found


def _shows(sign):
    return lambda snapshot: sign.applies(snapshot.figures)


# Filters of past positions: (label of a count, test) of the signs that a report keeps, and of reviews.
SIGNS = {
    **{key: (sign.count_label, _shows(sign)) for key, sign in FROZEN_SIGNS.items()},
    "not_reviewed": (lambda number: "awaiting review", lambda snapshot: not snapshot.is_reviewed),
}


def snapshot_counts(snapshots):
    """{"rating", "stage", "sign": [(value, label, number)]} of the snapshots."""
    ratings, stages = Counter(one.rating for one in snapshots), Counter(one.stage for one in snapshots)
    signs = {key: sum(shows(one) for one in snapshots) for key, (_label, shows) in SIGNS.items()}
    return {
        "rating": [(one, ALL_RATING_LABELS[one], ratings[one]) for one in Rating.values],
        "stage": [(one or UNKNOWN, SHORT_STAGES[one], stages[one]) for one in [*Stage.values, ""] if stages[one]],
        "sign": [(key, SIGNS[key][0](number), number) for key, number in signs.items()],
    }


def filter_snapshots(snapshots, ratings=(), stages=(), signs=()):
    """{project id: `Snapshot`} of those with any of the ratings, any of the stages and all of the signs."""
    stages = ["" if stage == UNKNOWN else stage for stage in stages]
    return {
        pk: one
        for pk, one in snapshots.items()
        if (not ratings or one.rating in ratings)
        and (not stages or one.stage in stages)
        and all(SIGNS[sign][1](one) for sign in signs if sign in SIGNS)
    }


# What changed --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ProjectChange:
    """The changes of one project between two periods. `before` or `after` is None where it had no report."""

    project_id: int
    before: Snapshot | None
    after: Snapshot | None
    risks_raised: int = 0
    risks_closed: int = 0

    @property
    def is_new(self):
        return self.before is None

    @property
    def is_finished(self):
        """Whether it opened, closed, completed or was cancelled in between."""
        if self.before is None or self.after is None:
            return False
        return not _is_over(self.before) and _is_over(self.after)

    @property
    def rating_movement(self):
        """A `Trend`, "changed" (from or to no colour), or "" for no change."""
        if self.before is None or self.before.rating == self.after.rating:
            return ""
        moved = rating_movement(self.before.rating, self.after.rating)
        return moved or "changed"

    @property
    def is_stage_changed(self):
        return self.before is not None and self.before.stage != self.after.stage

    @property
    def opening_days(self):
        """Days by which the opening moved; None where either is not known, 0 where it did not."""
        if self.before is None or self.after.opening is None:
            return None
        return self.after.opening.slippage_from(self.before.opening)

    @property
    def opening_change_label(self):
        return opening_change_label(self.after.opening, self.before.opening) if self.opening_days else ""

    @property
    def cost_change(self):
        """Pounds by which the cost rose, below zero where it fell; None without two figures of one kind.

        Compares forecasts with each other, and cost estimates with each other.
        """
        if self.before is None:
            return None
        for name in ("forecast", "cost"):
            old, new = getattr(self.before, name), getattr(self.after, name)
            if old is not None and new is not None:
                return new - old
        return None

    @property
    def risks_label(self):
        """ "2 raised, 1 closed"; "" for none."""
        counts = ((self.risks_raised, "raised"), (self.risks_closed, "closed"))
        return ", ".join(f"{number} {label}" for number, label in counts if number)

    @property
    def is_any(self):
        return bool(
            self.is_new
            or self.rating_movement
            or self.is_stage_changed
            or self.is_finished
            or self.opening_days
            or self.cost_change
            or self.risks_raised
            or self.risks_closed
        )

    @property
    def rank(self):
        """The sort key that puts the largest concern first."""
        order = {"worse": 0, "changed": 1, "": 2, "better": 3}
        return (order[self.rating_movement], -(self.opening_days or 0), -(self.cost_change or 0), self.project_id)


def _is_over(snapshot):
    return snapshot.stage in OVER or snapshot.state in {DeliveryState.COMPLETE, DeliveryState.CANCELLED}


@dataclass
class Totals:
    """All changes added up. `matrix` has a row for each rating before."""

    improved: int = 0
    deteriorated: int = 0
    new: int = 0
    finished: int = 0
    stages_changed: int = 0
    later: int = 0
    earlier: int = 0
    cost_change: Decimal = Decimal(0)
    risks_raised: int = 0
    risks_closed: int = 0
    before: Counter = field(default_factory=Counter)
    after: Counter = field(default_factory=Counter)
    moves: Counter = field(default_factory=Counter)

    @property
    def matrix(self):
        """Rows of (label, [(number, before, after)], total), which add up to the ratings before and after."""
        return [
            (ALL_RATING_LABELS[old], [(self.moves[old, new], old, new) for new in RATINGS], self.before[old])
            for old in RATINGS
            if self.before[old]
        ]

    @property
    def columns(self):
        """[(rating, label, number after)]."""
        return [(rating, ALL_RATING_LABELS[rating], self.after[rating]) for rating in RATINGS]


def changes_between(projects, older, newer):
    """([`ProjectChange`] of every reported project, largest concern first; `Totals`). Three queries.

    A project that did not report for the newer period keeps its earlier report.
    """
    before, after = snapshots_at(projects, older), snapshots_at(projects, newer)
    raised, closed = _risks(projects, older, newer)
    found, totals = [], Totals()
    for pk, now in after.items():
        change = ProjectChange(pk, before.get(pk), now, raised[pk], closed[pk])
        found.append(change)
        _add(totals, change)
    return sorted(found, key=lambda one: one.rank), totals


def _risks(projects, older, newer):
    """(raised, closed): how many risks of each project after the one period's end and up to the other's."""
    first, last = older.ends_on + timedelta(days=1), newer.ends_on
    raised, closed = Counter(), Counter()
    risks = Risk.objects.filter(project__in=projects.order_by().values("pk")).order_by()
    risks = risks.filter(raised_on__lte=last).exclude(closed_on__lt=first)
    for pk, raised_on, closed_on in risks.values_list("project", "raised_on", "closed_on"):
        raised[pk] += raised_on >= first
        closed[pk] += closed_on is not None and closed_on <= last
    return raised, closed


def _add(totals, change):
    old = change.before.rating if change.before else NOT_REPORTED
    new = change.after.rating
    totals.before[old] += 1
    totals.after[new] += 1
    totals.moves[old, new] += 1
    totals.improved += change.rating_movement == "better"
    totals.deteriorated += change.rating_movement == "worse"
    totals.new += change.is_new
    totals.finished += change.is_finished
    totals.stages_changed += change.is_stage_changed
    totals.later += (change.opening_days or 0) > 0
    totals.earlier += (change.opening_days or 0) < 0
    totals.cost_change += change.cost_change or 0
    totals.risks_raised += change.risks_raised
    totals.risks_closed += change.risks_closed


class ProjectTitle(NamedTuple):
    """What tables say of a project, as it is today."""

    title: str
    slug: str
    lead: str
    place: str
    is_example: bool

    @property
    def label(self):
        """The title, for papers that have no tag to mark example data."""
        return f"{self.title} (example data)" if self.is_example else self.title


def titles_of(ids):
    """{project id: `ProjectTitle`}. One query."""
    columns = ("title", "slug", "lead_organisation__short_name", "lead_organisation__name", "place__name", "is_example")
    rows = Project.objects.filter(pk__in=ids).order_by().values_list("pk", *columns)
    return {
        pk: ProjectTitle(title, slug, short or name or "", place_label(place), example)
        for pk, title, slug, short, name, place, example in rows
    }
