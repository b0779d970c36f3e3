"""Labels and colours of values, and money, as the portal writes them."""

from .models import Band, DeliveryState, HubType, Rating, Stage, band_of


def band_words(score):
    """(band, its word) of a score, or None."""
    return None if score is None else (band_of(score), Band(band_of(score)).label)


def slippage_words(days):
    """ "4 months late", "12 days early", "on time"; "" where it is not known."""
    if days is None:
        return ""
    if days == 0:
        return "on time"
    size = abs(days)
    words = f"{size // 30} months" if size >= 60 else f"{size} day{'' if size == 1 else 's'}"
    return f"{words} {'late' if days > 0 else 'early'}"


HUB_TYPES = dict(HubType.choices)
STAGES = dict(Stage.choices)
SHORT_STAGES = {**STAGES, Stage.SOC: "SOC", Stage.OBC: "OBC", Stage.FBC: "FBC", "": "Not known"}
STATES = dict(DeliveryState.choices)
# The one place where a stage or state becomes a colour of the NHS.UK tag; the word always stands on it.
STAGE_COLOURS = {
    Stage.IDENTIFIED: "white",
    Stage.SOC: "blue",
    Stage.OBC: "blue",
    Stage.FBC: "blue",
    Stage.CONSTRUCTION: "purple",
    Stage.COMMISSIONING: "aqua-green",
    Stage.OPERATIONAL: "green",
    Stage.CLOSED: "grey",
    "": "white",
}
STATE_COLOURS = {DeliveryState.ON_HOLD: "yellow", DeliveryState.CANCELLED: "grey"}


def money(pounds):
    """Pounds in few characters, rounded past the tenth of a million: "£168.6m", "£43m", "£525,000"; "" for None."""
    if pounds is None:
        return ""
    if pounds < 1_000_000:
        return f"£{pounds:,.0f}"
    return f"£{pounds / 1_000_000:,.1f}m".replace(".0m", "m")


RATING_LABELS = dict(Rating.choices)
NOT_REPORTED = "not_reported"
# The ratings of a breakdown, in its order, with their words.
RATINGS = [*Rating.values, NOT_REPORTED]
RATING_WORDS = {**RATING_LABELS, NOT_REPORTED: "Not reported"}


ARROWS = {"better": "↗", "worse": "↘", "steady": "→", "stale": "→"}


TREND_WORDS = {
    "better": "better than last time",
    "worse": "worse than last time",
    "steady": "the same as last time",
    "stale": "not moved for six reports",
    "first": "first report",
}


def counts_in_words(counts, choices):
    """[(words, value in addresses, number)] of what `tally` counted for a field, in the order of its choices."""
    named = [(words, value, counts[value]) for value, words in choices if counts[value]]
    return named + ([("Not known", "unknown", counts[""])] if counts[""] else [])
