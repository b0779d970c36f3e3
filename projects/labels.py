"""Labels and colours of values, and formats of numbers and money."""

from decimal import ROUND_HALF_UP, Decimal

from .models import Band, DeliveryState, HubType, ProjectKind, Rating, Stage, band_of
from .models.choices import NOT_KNOWN, Trend
from .models.finance import variance, whole_pounds


def plural(number, noun, several=""):
    """A number with its noun: "1 day", "2 days", "12,249 projects". `several` is an irregular plural."""
    return f"{number:,} {noun if number == 1 else several or f'{noun}s'}"


def due_label(days):
    """Days to a deadline as text: "2 days overdue", "Due today", "Due in 3 days"."""
    if days < 0:
        return f"{plural(-days, 'day')} overdue"
    return f"Due in {plural(days, 'day')}" if days else "Due today"


def band_label(score):
    """(band, its label) of a score; None for None."""
    return None if score is None else (band_of(score), Band(band_of(score)).label)


SEVERAL_PLACES = "Several places"
# Values in addresses for an unknown stage, and for several places.
UNKNOWN, SEVERAL = "unknown", "several"

HUB_TYPES = dict(HubType.choices)
STAGES = {**dict(Stage.choices), "": NOT_KNOWN}
SHORT_STAGES = {**STAGES, Stage.SOC: "SOC", Stage.OBC: "OBC", Stage.FBC: "FBC"}
# Stages for readers who do not know the names of business cases, and the entries of the glossary for these names.
PLAIN_STAGES = {
    Stage.IDENTIFIED: "Planning: no business case recorded",
    Stage.SOC: "Planning: early business case",
    Stage.OBC: "Planning: second business case",
    Stage.FBC: "Planning: final business case",
    Stage.CONSTRUCTION: "Under construction",
    Stage.COMMISSIONING: "Built, not yet open",
    Stage.OPERATIONAL: "Open",
    Stage.CLOSED: "Closed",
    "": "Stage not known",
}
GLOSSARY_TERMS = {
    Stage.SOC: "soc-strategic-outline-case",
    Stage.OBC: "obc-outline-business-case",
    Stage.FBC: "fbc-full-business-case",
}
DELIVERY_STATES = dict(DeliveryState.choices)
# Colours of the NHS.UK tags of stages and states; the label is always on the tag.
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
# {status of an expected report: colour}. "missing" is a report not started.
REPORT_STATE_COLOURS = {
    "accepted": "green",
    "submitted": "blue",
    "returned": "purple",
    "draft": "white",
    "missing": "orange",
}


NOT_ACCEPTED = "Not accepted yet"  # marks what the public does not see


def not_accepted(*accepted):
    """NOT_ACCEPTED if one of the `accepted` is False, for example "Not accepted yet for 1 of 2 sites"; else "".

    None is a record that does not exist.
    """
    number, several = accepted.count(False), len(accepted) > 1
    return f"{NOT_ACCEPTED}{f' for {number} of {len(accepted)} sites' if several else ''}" if number else ""


def whose_return(site):
    """ "Ash Trust, 1 of 2 returns" if several trusts reported a site `with_newest_figures` that year; else ""."""
    if (site.returns_that_year or 0) < 2:
        return ""
    return f"{site.returned_by or 'Organisation not stated'}, 1 of {site.returns_that_year} returns"


def lead_label(organisation, successions):
    """The organisation's label, with the one that acts for it if it has ended: "Trust A (now Trust B)"."""
    if organisation is None:
        return ""
    line = successions.get(organisation.pk)
    return f"{organisation.label} (now {line[-1].label})" if line else organisation.label


def place_label(place):
    """The name of a place, given as `Place` or name; "Several places" without one."""
    return str(place or SEVERAL_PLACES)


def kind_label(hub_type):
    """The type of a project: the label of its hub type; "Hospital scheme" without one."""
    return HUB_TYPES[hub_type] if hub_type else ProjectKind.HOSPITAL_SCHEME.label


def money(pounds):
    """Pounds in short, in millions to one decimal place: "£168.6m", "£43m", "£525,000"; "" for None."""
    if pounds is None:
        return ""
    if whole_pounds(pounds) < 0:
        return f"-{money(-pounds)}"
    if pounds < 1_000_000:
        return f"£{whole_pounds(abs(pounds)):,}"
    return _in_millions(_tenths(pounds))


def stated_money(pounds):
    """Pounds in short only where that loses nothing: "£168.6m", "£8.75m", "£3,427,647"; "" for None."""
    if pounds is None:
        return ""
    if pounds >= 1_000_000 and pounds % 10_000 == 0:
        return f"£{Decimal(pounds) / 1_000_000:,.2f}".rstrip("0").rstrip(".") + "m"
    return exact_pounds(pounds)


def percent(part, whole):
    """The share in whole per cent, which is 100 and 0 only if nothing or all is missing."""
    share = round(100 * part / whole)
    if share == 100 and part != whole:
        return 99
    return share if share or not part else "under 1"


def _tenths(pounds):
    """Pounds in tenths of a million, a half upwards."""
    return (Decimal(pounds) / 100_000).quantize(Decimal(1), ROUND_HALF_UP)


def _in_millions(tenths):
    return f"£{tenths / 10:,.1f}m".replace(".0m", "m")


def money_against(pounds, budget):
    """(pounds, budget, difference) as text at one precision, so that they add up.

    ("£25.9m", "£25.4m", "£0.5m over"), or whole pounds for amounts below a million or less than £100,000 apart.
    """
    difference = variance(pounds, budget)
    if min(pounds, budget) >= 1_000_000 and (difference == 0 or abs(difference) >= 100_000):
        first, second = _tenths(whole_pounds(pounds)), _tenths(whole_pounds(budget))
        return _in_millions(first), _in_millions(second), variance_label(first - second, _in_millions)
    return exact_pounds(pounds), exact_pounds(budget), variance_label(difference, exact_pounds)


def exact_pounds(amount):
    """Whole pounds with commas: "£1,500,000", "-£2,000"; an en dash for None."""
    if amount is None:
        return "–"
    return f"{'-' if amount < 0 else ''}£{whole_pounds(abs(amount)):,}"


def variance_label(pounds, amount=money):
    """Text like "£2.4m over", "£0.5m under" or "On budget"; "" for None. `amount` formats the pounds."""
    if pounds is None:
        return ""
    return f"{amount(abs(pounds))} {'over' if pounds > 0 else 'under'}" if pounds else "On budget"


def cost_change_label(pounds):
    """Text like "£2.4m more" or "£0.5m less"; "No change" for zero and None."""
    return f"{money(abs(pounds))} {'more' if pounds > 0 else 'less'}" if pounds else "No change"


RATING_LABELS = dict(Rating.choices)
NOT_REPORTED = "not_reported"
# The ratings of a breakdown in order, then with their labels.
RATINGS = [*Rating.values, NOT_REPORTED]
ALL_RATING_LABELS = {**RATING_LABELS, NOT_REPORTED: "Not reported"}


def both_ratings(rating, office_rating):
    """The reported rating, and the programme office's if it differs ("" if not): "Green; office: Amber"."""
    label = ALL_RATING_LABELS[rating]
    return f"{label}; office: {ALL_RATING_LABELS[office_rating]}" if office_rating else label


ARROWS = {Trend.IMPROVED: "↗", Trend.DETERIORATED: "↘", Trend.NO_CHANGE: "→", Trend.NO_MOVEMENT: "→"}


TREND_LABELS = dict(Trend.choices)


def label_counts(counts, choices):
    """[(label, value in addresses, number)] of {value: number}, in the order of the choices, unknown values last."""
    named = [(label, value, counts[value]) for value, label in choices if counts[value]]
    return named + ([(NOT_KNOWN, UNKNOWN, counts[""])] if counts[""] else [])


# The colours of PDF and Word files; static/palette.css has the same as custom properties.
PALETTE = {
    "white": "#ffffff",
    "text": "#212b32",
    "secondary-text": "#4c6272",
    "grey": "#768692",
    "border": "#aeb7bd",
    "line": "#d8dde0",
    "tick": "#e3e8eb",
    "shade": "#e8edee",
    "blue": "#005eb8",
    "dark-blue": "#003087",
    "step-done": "#7fb0dc",
    "place": "#d8e6f3",
    "place-chosen": "#9cc3e6",
    "hover": "#7c2855",
    "focus": "#ffeb3b",
    "red": "#d5281b",
    "error": "#b50d12",
    "removed": "#b3150f",
    "green": "#007f3b",
    "green-hover": "#00662f",
    "amber": "#ffb81c",
    "orange": "#ed8b00",
    "notice": "#fff4e5",
    "rating-red": "#f7d4d1",
    "rating-red-text": "#72231a",
    "rating-amber": "#ffdc8e",
    "rating-amber-text": "#4d3a00",
    "rating-green": "#cfe8d9",
    "rating-green-text": "#00401e",
    "band-moderate": "#fff4b0",
    "band-moderate-text": "#4d4000",
    "band-high": "#ffd0a1",
    "band-high-text": "#5c2d00",
    "stage-obc": "#d9e6f2",
    "stage-fbc": "#a9c9e8",
    "stage-construction": "#d2c6e2",
    "stage-commissioning": "#bfe3e0",
    "late": "#f2b8b3",
    "early": "#bfe0cc",
}
