"""How a project stands: its latest status report."""

from dataclasses import dataclass, field

from projects.labels import ARROWS, RATING_LABELS, TREND_LABELS
from projects.models import FACETS, StatusUpdate
from projects.models.choices import PERIODS_SHOWN, trend


@dataclass
class Facet:
    """One rating of a report, as shown."""

    words: str
    rating: str
    label: str
    trend: str = ""
    arrow: str = ""


@dataclass
class Point:
    """The overall rating of one period; `rating` is "not_reported" where there was no report."""

    period: str
    rating: str
    label: str


@dataclass
class Standing:
    """Where a project stands by its newest standing report."""

    update: StatusUpdate
    facets: list
    points: list = field(default_factory=list)
    trend: str = ""
    independent: str = ""

    @property
    def trend_words(self):
        return TREND_LABELS.get(self.trend, "")


def standing_of(project):
    """The `Standing` of a project, or None where nothing was reported yet. One query."""
    updates = (
        StatusUpdate.objects.filter(project=project).reported().standing().select_related("period", "submitted_by")
    )
    newest = list(updates.order_by("-period__starts_on", "-pk")[:PERIODS_SHOWN])
    if not newest:
        return None
    update, past = newest[0], newest[::-1]
    update.project = project  # for its address
    facets = []
    for name, words in FACETS.items():
        rating = getattr(update, name)
        if rating:
            moved = trend([getattr(one, name) for one in past])
            facets.append(
                Facet(words, rating, RATING_LABELS[rating], TREND_LABELS.get(moved, ""), ARROWS.get(moved, ""))
            )
    points = [Point(one.period.name, one.overall, RATING_LABELS.get(one.overall, "")) for one in past]
    return Standing(
        update, facets, points, trend([one.overall for one in past]), RATING_LABELS.get(update.independent_rating, "")
    )
