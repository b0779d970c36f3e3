"""Compares two reports of a project and marks the changes."""

from dataclasses import dataclass
from operator import attrgetter

from django.db import models
from django.utils.text import capfirst

from estates_portal.differences import diff_html
from projects.costs import CostName, frozen_costs
from projects.facts import fact_of, known_sources
from projects.labels import RATING_LABELS, TREND_LABELS, money
from projects.models import FACETS, Stage
from projects.models.choices import rating_movement

TEXTS = {
    "summary": "Summary",
    "progress": "Progress",
    "next_steps": "Next steps",
    "help_needed": "Decision or help needed",
    "path_to_green": "Path to green",
}


class ChangeKind(models.TextChoices):
    """What a report can change since the one before."""

    RATING = "rating", "Rating"
    DATES = "dates", "Stage or dates"
    MONEY = "money", "Money"
    RISKS = "risks", "Highest risk"
    TEXT = "text", "Text"


@dataclass
class ComparisonLine:
    """One fact in both reports: `change` is a `Trend`, "changed", or "" for no change."""

    label: str
    older: str
    newer: str
    change: str = ""
    older_rating: str = ""
    newer_rating: str = ""

    @property
    def change_label(self):
        """ "Improved", "Deteriorated" or "Changed"."""
        return TREND_LABELS.get(self.change, self.change.capitalize())


@dataclass
class Comparison:
    ratings: list
    facts: list
    texts: list
    milestones: list


def compare(older, newer):
    """The `Comparison` of two reports. Three queries, for their milestones and the names of sources."""
    ratings = []
    for name, label in {**FACETS, "independent_rating": "Programme office rating"}.items():
        before, now = getattr(older, name), getattr(newer, name)
        if before or now:
            movement = rating_movement(before, now)
            change = "" if before == now else (movement if movement not in {"", "steady"} else "changed")
            ratings.append(
                ComparisonLine(label, RATING_LABELS.get(before, "–"), RATING_LABELS.get(now, "–"), change, before, now)
            )
    facts = [_fact(label, read(older), read(newer)) for label, read in FACTS.items()] + _cost_lines(older, newer)
    texts = [(label, diff_html(getattr(older, name), getattr(newer, name))) for name, label in TEXTS.items()]
    return Comparison(
        ratings,
        [line for line in facts if line.older or line.newer],
        [(label, text) for label, text in texts if text],
        _milestones(older, newer),
    )


FROZEN_STATUS = ("frozen_stage", "frozen_delivery_state")
FROZEN_POUNDS = ("frozen_budget", "frozen_forecast", "frozen_cost")


def changes_between(older, newer):
    """[`ChangeKind`] of what differs in two submitted reports. Two queries, none if their milestones are prefetched."""
    differs = {
        ChangeKind.RATING: _differ(older, newer, FACETS),
        ChangeKind.DATES: _differ(older, newer, FROZEN_STATUS) or _dates_differ(older, newer),
        ChangeKind.MONEY: _differ(older, newer, FROZEN_POUNDS),
        ChangeKind.RISKS: older.frozen_worst_risk != newer.frozen_worst_risk,
        ChangeKind.TEXT: _differ(older, newer, TEXTS),
    }
    return [kind for kind, is_different in differs.items() if is_different]


def _differ(older, newer, columns):
    return any(getattr(older, name) != getattr(newer, name) for name in columns)


DATES = ("baseline", "forecast", "actual", "date_not_known")


def _dates_differ(older, newer):
    """Whether a milestone has another date, is new, or is in the older report alone."""
    pairs = pair_milestones(older.milestones.all(), newer.milestones.all())
    if len(pairs) != len(older.milestones.all()):
        return True
    return any(before is None or _differ(before, now, DATES) for before, now in pairs)


def _fact(label, older, newer):
    return ComparisonLine(label, older, newer, "changed" if older != newer else "")


def _cost_lines(older, newer):
    """A `ComparisonLine` for each named figure, with its date and source, changed if the amount is. One query."""
    sources = known_sources()
    before, now = ({figure.name: figure for figure in frozen_costs(report).known} for report in (older, newer))
    lines = []
    for name in CostName:
        figures = before.get(name), now.get(name)
        texts = (f"{money(figure.pounds)} ({fact_of(figure, sources).brief})" if figure else "" for figure in figures)
        old, new = (figure and figure.pounds for figure in figures)
        lines.append(ComparisonLine(name.label, *texts, "changed" if old != new else ""))
    return lines


FACTS = {
    "Stage": lambda report: dict(Stage.choices).get(report.frozen_stage or report.stage, ""),
    "Opening": attrgetter("opening_label"),
    "Opening against baseline": attrgetter("opening_against_baseline"),
}


def _milestones(older, newer):
    """A `ComparisonLine` for each milestone of the newer report."""
    pairs = pair_milestones(older.milestones.all(), newer.milestones.all())
    lines = [_fact(row.title, date_text(older_row), date_text(row)) for older_row, row in pairs]
    return [line for line in lines if line.older or line.newer]


def pair_milestones(older, newer):
    """[(row of the older report or None, row)] of the `ReportMilestone`s of two reports."""
    older_rows = {(row.milestone_id, row.title): row for row in older}
    older_rows |= {(row.milestone_id, None): row for row in older_rows.values() if row.milestone_id}
    return [
        (older_rows.get((row.milestone_id, row.title)) or older_rows.get((row.milestone_id, None)), row)
        for row in newer
    ]


def date_change_label(older_row, row):
    """How much later the newest date is than in the older row: "15 months later"; "" if it is not, or not known."""
    before, now = older_row and older_row.dates.newest, row.dates.newest
    return now.slippage_from(before).change_label if before and now else ""


def date_since_label(older_row, row):
    """The change of the newest date for a table: "15 months later", "No change", "New milestone", "Not known"."""
    if older_row is None:
        return "New milestone"
    before, now = older_row.dates.newest, row.dates.newest
    return capfirst(now.slippage_from(before).since_label) if before and now else "Not known"


def with_date_changes(rows, before):
    """The milestone rows of a report, each with `since_label` against the report `before`, or None. Two queries."""
    rows = list(rows)
    for older_row, row in pair_milestones(before.milestones.all() if before else (), rows):
        row.since_label = date_since_label(older_row, row)
    return rows


def date_text(row):
    """The newest date of a milestone row: "March 2027 (reached)"; "" without one, or for None."""
    if row is None:
        return ""
    if row.actual:
        return f"{row.actual.label} (reached)"
    if row.date_not_known:
        return "Date not known"
    if row.forecast:
        return row.forecast.label
    return f"{row.baseline.label} (baseline)" if row.baseline else ""
