"""The changes between two periods, from the figures frozen with reports."""

from collections import Counter
from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class ChangeKind:
    """A kind of change, with what a change of a project adds to its total: 0 if it is not of this kind."""

    key: str
    label: str
    amount: Callable[[ProjectChange], int | Decimal]
    is_money: bool = False
    is_bad: bool = False

    def shown(self, total):
        """The total as text: "1,200", or "£2.4m more"."""
        return cost_change_label(total) if self.is_money else f"{total:,}"


def _cost_change(change, name):
    """Pounds by which the cost of that name changed; 0 if it did not, or cannot be compared."""
    moved, pounds = change.cost_move or (None, None)
    return (pounds or 0) if moved == name else 0


CHANGE_KINDS = {
    kind.key: kind
    for kind in (
        ChangeKind("improved", "Improved", lambda change: change.rating_movement == "better"),
        ChangeKind("deteriorated", "Deteriorated", lambda change: change.rating_movement == "worse", is_bad=True),
        ChangeKind("stage", "Stage changed", lambda change: change.is_stage_changed),
        ChangeKind("later", "Opening later", lambda change: (change.opening_days or 0) > 0),
        ChangeKind("earlier", "Opening earlier", lambda change: (change.opening_days or 0) < 0),
        ChangeKind("forecast", "Forecast costs", lambda change: _cost_change(change, CostName.FORECAST), is_money=True),
        ChangeKind("estimate", "Cost estimates", lambda change: _cost_change(change, CostName.ESTIMATE), is_money=True),
        ChangeKind(
            "first_forecast", "First forecast costs", lambda change: change.cost_move == (CostName.FORECAST, None)
        ),
        ChangeKind("new", "First reports", lambda change: change.is_new),
        ChangeKind("finished", "Finished", lambda change: change.is_finished),
        ChangeKind("raised", "Risks raised", lambda change: change.risks_raised),
        ChangeKind("closed", "Risks closed", lambda change: change.risks_closed),
    )
}


def is_of_kind(change, key):
    """Whether the change is of the kind with this key; every change if it is "", none if it is not a key."""
    return not key or (key in CHANGE_KINDS and bool(CHANGE_KINDS[key].amount(change)))


@dataclass
class ChangeTotals:
    """The totals of all changes, by the keys of CHANGE_KINDS. `before`, `after` and `moves` count ratings."""

    amounts: Counter = field(default_factory=Counter)
    before: Counter = field(default_factory=Counter)
    after: Counter = field(default_factory=Counter)
    moves: Counter = field(default_factory=Counter)

    def add(self, change):
        old = change.before.rating if change.before else NOT_REPORTED
        new = change.after.rating
        self.before[old] += 1
        self.after[new] += 1
        self.moves[old, new] += 1
        for key, kind in CHANGE_KINDS.items():
            self.amounts[key] += kind.amount(change)

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

    @property
    def shown(self):
        """[(`ChangeKind`, its total as text, whether to mark it)]."""
        return [
            (kind, kind.shown(self.amounts[key]), kind.is_bad and self.amounts[key] > 0)
            for key, kind in CHANGE_KINDS.items()
        ]


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
        totals.add(change)
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
