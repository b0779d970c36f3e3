"""The choices of the models, and how ratings follow one another."""

from django.db import models


class PriorityKind(models.TextChoices):
    STRATEGIC_PRIORITY = "strategic_priority", "Strategic priority"
    ESTATES_THEME = "estates_theme", "Estates theme"


class ProjectKind(models.TextChoices):
    HUB = "hub", "Hub"
    HOSPITAL_SCHEME = "hospital_scheme", "Hospital scheme"


class HubType(models.TextChoices):
    MATERNITY = "maternity", "Maternity hub"
    CHILDRENS = "childrens", "Children's hub"
    HEALTH_AND_WELLBEING = "health_and_wellbeing", "Health and wellbeing hub"
    PRIMARY_CARE = "primary_care", "Primary care hub"
    OTHER = "other", "Other hub"


class Stage(models.TextChoices):
    """How far a project has come, in the order of the Treasury's business case stages and of building."""

    IDENTIFIED = "identified", "Identified"
    SOC = "soc", "Strategic outline case"
    OBC = "obc", "Outline business case"
    FBC = "fbc", "Full business case"
    CONSTRUCTION = "construction", "Construction"
    COMMISSIONING = "commissioning", "Commissioning"
    OPERATIONAL = "operational", "Operational"
    CLOSED = "closed", "Closed"


class StageBasis(models.TextChoices):
    REPORTED = "reported", "Reported by its owner"
    STATED = "stated", "Stated by the source"
    INFERRED = "inferred", "Inferred from the source"


class DeliveryState(models.TextChoices):
    ACTIVE = "active", "Active"
    ON_HOLD = "on_hold", "On hold"
    CANCELLED = "cancelled", "Cancelled"
    COMPLETE = "complete", "Complete"


class ReportingCadence(models.TextChoices):
    MONTHLY = "monthly", "Every month"
    QUARTERLY = "quarterly", "Every quarter"
    NONE = "none", "Does not report"


class Rating(models.TextChoices):
    """The three colours of national reporting; a facet that nobody has judged is not rated."""

    RED = "red", "Red"
    AMBER = "amber", "Amber"
    GREEN = "green", "Green"
    NOT_RATED = "not_rated", "Not rated"


PERIODS_SHOWN = 6
STALE_PERIODS = 6
ORDER = {Rating.RED: 0, Rating.AMBER: 1, Rating.GREEN: 2}


def better_or_worse(before, now):
    """ "better", "worse" or "steady"; "" where either is not one of the three colours."""
    if before not in ORDER or now not in ORDER:
        return ""
    if before == now:
        return "steady"
    return "better" if ORDER[now] > ORDER[before] else "worse"


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
