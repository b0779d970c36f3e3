"""The changes between two periods, from the figures frozen with reports."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from projects.costs import CostName
from projects.labels import ALL_RATING_LABELS, NOT_REPORTED, RATINGS, cost_change_label
from projects.models import DeliveryState, Risk, Stage
from projects.models.choices import rating_movement

from .snapshots import Snapshot, snapshots_at

FINISHED_STAGES = [Stage.OPERATIONAL, Stage.CLOSED]


@dataclass(slots=True)
class ProjectChange:
    """The changes of one project between two periods. `before` or `after` is None if it had no report."""

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
        """Whether the project opened, closed, completed or was cancelled between the periods."""
        if self.before is None or self.after is None:
            return False
        return not _is_finished(self.before) and _is_finished(self.after)

    @property
    def rating_movement(self):
        """A `Trend`, "changed" (from or to no colour), or "" for no change."""
        if self.before is None or self.before.rating == self.after.rating:
            return ""
        movement = rating_movement(self.before.rating, self.after.rating)
        return movement or "changed"

    @property
    def is_stage_changed(self):
        return self.before is not None and self.before.stage != self.after.stage

    @property
    def opening_change(self):
        """The `Slippage` of the opening from the earlier report; None if either date is not known."""
        if self.before is None or self.after.opening is None:
            return None
        return self.after.opening.slippage_from(self.before.opening)

    @property
    def opening_days(self):
        """Days by which the opening moved, 0 if it did not; None if either date is not known."""
        return self.opening_change and self.opening_change.days

    @property
    def opening_change_label(self):
        return self.opening_change.change_label if self.opening_change else ""

    @property
    def cost_move(self):
        """(`CostName`, pounds or None for the first figure of that name); None if nothing can be compared."""
        return None if self.before is None else self.after.costs.change_since(self.before.costs)

    @property
    def cost_change(self):
        """Change in pounds of the figure that `cost_move` names; None without two figures of that name."""
        return self.cost_move[1] if self.cost_move else None

    @property
    def cost_label(self):
        """Text like "£2.4m more" or "first forecast cost"; "" for no change."""
        if self.cost_move is None:
            return ""
        name, pounds = self.cost_move
        if pounds is None:
            return f"first {name.label.lower()}"
        return cost_change_label(pounds) if pounds else ""

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
            or self.cost_label
            or self.risks_raised
            or self.risks_closed
        )

    @property
    def rank(self):
        """The sort key: largest concern first."""
        order = {"worse": 0, "changed": 1, "": 2, "better": 3}
        return (order[self.rating_movement], -(self.opening_days or 0), -(self.cost_change or 0), self.project_id)


def _is_finished(snapshot):
    return snapshot.stage in FINISHED_STAGES or snapshot.state in {DeliveryState.COMPLETE, DeliveryState.CANCELLED}


@dataclass
class ChangeTotals:
    """The totals of all changes. `before`, `after` and `moves` count ratings."""

    improved: int = 0
    deteriorated: int = 0
    new: int = 0
    finished: int = 0
    stages_changed: int = 0
    later: int = 0
    earlier: int = 0
    forecast_change: Decimal = Decimal(0)
    estimate_change: Decimal = Decimal(0)
    first_forecasts: int = 0
    risks_raised: int = 0
    risks_closed: int = 0
    before: Counter = field(default_factory=Counter)
    after: Counter = field(default_factory=Counter)
    moves: Counter = field(default_factory=Counter)

    @property
    def matrix(self):
        """[(label of the rating before, [(number, before, after)], total)]."""
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
    """([`ProjectChange`] of every project with a report, largest concern first, `ChangeTotals`). Three queries.

    A project without a report for the newer period is compared by its last one.
    """
    before, after = snapshots_at(projects, older), snapshots_at(projects, newer)
    raised, closed = _risks(projects, older, newer)
    changes, totals = [], ChangeTotals()
    for pk, snapshot in after.items():
        change = ProjectChange(pk, before.get(pk), snapshot, raised[pk], closed[pk])
        changes.append(change)
        _add(totals, change)
    return sorted(changes, key=lambda change: change.rank), totals


def _risks(projects, older, newer):
    """(raised, closed): Counters of risks by project id, from the day after `older` to the end of `newer`."""
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
    name, pounds = change.cost_move or (None, None)
    totals.forecast_change += pounds if pounds and name == CostName.FORECAST else 0
    totals.estimate_change += pounds if pounds and name == CostName.ESTIMATE else 0
    totals.first_forecasts += name == CostName.FORECAST and pounds is None
    totals.risks_raised += change.risks_raised
    totals.risks_closed += change.risks_closed
