"""How a project's rating moves from report to report."""

from .models import Rating

PERIODS_SHOWN = 6
STALE_PERIODS = 6
ORDER = {Rating.RED: 0, Rating.AMBER: 1, Rating.GREEN: 2}
WORDS = dict(Rating.choices)
NOT_REPORTED = "not_reported"
# The ratings of a breakdown, in its order, with their words.
RATINGS = [*Rating.values, NOT_REPORTED]
RATING_WORDS = {**WORDS, NOT_REPORTED: "Not reported"}


def better_or_worse(before, now):
    """ "better", "worse" or "steady"; "" where either is not one of the three colours."""
    if before not in ORDER or now not in ORDER:
        return ""
    if before == now:
        return "steady"
    return "better" if ORDER[now] > ORDER[before] else "worse"


ARROWS = {"better": "↗", "worse": "↘", "steady": "→", "stale": "→"}


def trend(ratings):
    """How the newest of some ratings (the oldest first) stands to those before, in a word.

    "stale" is red or amber for as many periods as are shown, without a move (after the DfE's Compass); "first" is a
    first rating; "" where nothing can be said.
    """
    known = [rating for rating in ratings if rating in ORDER]
    if not known or ratings[-1] not in ORDER:
        return ""
    if len(known) == 1:
        return "first"
    if len(known) >= STALE_PERIODS and len(set(known[-STALE_PERIODS:])) == 1 and known[-1] != Rating.GREEN:
        return "stale"
    return better_or_worse(known[-2], known[-1])


TREND_WORDS = {
    "better": "better than last time",
    "worse": "worse than last time",
    "steady": "the same as last time",
    "stale": "not moved for six reports",
    "first": "first report",
}
