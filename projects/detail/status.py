"""The status of a project by its latest report."""

from dataclasses import dataclass, field

from projects.labels import ARROWS, RATING_LABELS, TREND_LABELS
from projects.models import FACETS, StatusReport
from projects.models.choices import STALE_PERIODS, trend

PERIODS_SHOWN = 6


@dataclass
class Facet:
    """One rating of a report, as shown."""

    title: str
    rating: str
    label: str
    trend: str = ""
    arrow: str = ""


@dataclass
class Point:
    """The overall rating of one period."""

    period: str
    rating: str
    label: str


@dataclass
class StatusSummary:
    """The latest report of a project, its ratings, and the overall ratings of the reports before it."""

    report: StatusReport
    facets: list
    points: list = field(default_factory=list)
    trend_label: str = ""
    independent: str = ""


def status_summary(project):
    """The `StatusSummary` of a project, or None before its first report. One query."""
    reports = StatusReport.objects.newest_of(project).select_related("period", "submitted_by")
    newest = list(reports[: max(PERIODS_SHOWN, STALE_PERIODS)])
    if not newest:
        return None
    report, past = newest[0], newest[::-1]
    report.project = project  # for its address
    facets = []
    for name, title in FACETS.items():
        rating = getattr(report, name)
        if rating:
            moved = trend([getattr(one, name) for one in past])
            facets.append(
                Facet(title, rating, RATING_LABELS[rating], TREND_LABELS.get(moved, ""), ARROWS.get(moved, ""))
            )
    points = [Point(one.period.name, one.overall, RATING_LABELS.get(one.overall, "")) for one in past[-PERIODS_SHOWN:]]
    independent = RATING_LABELS.get(report.independent_rating, "")
    return StatusSummary(report, facets, points, TREND_LABELS.get(project.trend, ""), independent)
