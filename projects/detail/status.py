"""The status of a project from its latest report."""

from dataclasses import dataclass, field

from projects.labels import ARROWS, RATING_LABELS, TREND_LABELS
from projects.models import FACETS, StatusReport
from projects.models.choices import STALE_PERIODS, differing_office_rating, trend

PERIODS_SHOWN = 6


@dataclass
class Facet:
    """One rating of a report, with its label and trend."""

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
    office_rating: str


@dataclass
class StatusSummary:
    """The latest report of a project, its ratings, and the overall ratings of the last periods."""

    report: StatusReport
    facets: list
    points: list = field(default_factory=list)
    trend_label: str = ""
    independent: str = ""


def status_summary(project):
    """The `StatusSummary` of a project, or None before its first report. One query; more without `current_report`."""
    report = project.current_report
    if report is None:
        return None
    report.project = project  # for its address
    newest = StatusReport.objects.newest_of(project).values("period__name", "independent_rating", *FACETS)
    past = list(newest[: max(PERIODS_SHOWN, STALE_PERIODS)])[::-1]
    facets = []
    for name, title in FACETS.items():
        rating = getattr(report, name)
        if rating:
            movement = trend([earlier[name] for earlier in past])
            facets.append(
                Facet(title, rating, RATING_LABELS[rating], TREND_LABELS.get(movement, ""), ARROWS.get(movement, ""))
            )
    points = [
        Point(
            earlier["period__name"],
            earlier["overall"],
            RATING_LABELS.get(earlier["overall"], ""),
            differing_office_rating(earlier["overall"], earlier["independent_rating"]),
        )
        for earlier in past[-PERIODS_SHOWN:]
    ]
    independent = RATING_LABELS.get(report.independent_rating, "")
    return StatusSummary(report, facets, points, TREND_LABELS.get(project.trend, ""), independent)
