"""Choices of the models, and the trend of ratings."""

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
    DIAGNOSTIC = "diagnostic", "Diagnostic centre"
    OTHER = "other", "Hub"


class Stage(models.TextChoices):
    """The stage of a project, in the order of the Treasury's business cases, then of building."""

    IDENTIFIED = "identified", "Identified"
    SOC = "soc", "Strategic outline case"
    OBC = "obc", "Outline business case"
    FBC = "fbc", "Full business case"
    CONSTRUCTION = "construction", "Construction"
    COMMISSIONING = "commissioning", "Commissioning"
    OPERATIONAL = "operational", "Operational"
    CLOSED = "closed", "Closed"


NOT_KNOWN = "Not known"
NOT_STATED = "Source not stated"  # the basis of a fact without a source and an author
NOT_KEPT = "Date and source not kept"  # the basis of a figure that an older report froze without them


class DeliveryState(models.TextChoices):
    ACTIVE = "active", "Active"
    ON_HOLD = "on_hold", "On hold"
    CANCELLED = "cancelled", "Cancelled"
    COMPLETE = "complete", "Complete"


# The delivery states of a closed project.
OVER = [DeliveryState.CANCELLED, DeliveryState.COMPLETE]


class ReportingCadence(models.TextChoices):
    MONTHLY = "monthly", "Every month"
    QUARTERLY = "quarterly", "Every quarter"
    NONE = "none", "Does not report"


class MilestoneKind(models.TextChoices):
    APPROVAL = "approval", "Approval"
    WORKS = "works", "Works"
    OPENING = "opening", "Opening"
    OTHER = "other", "Other"


class Rating(models.TextChoices):
    """The three colours of national reporting, and Not rated."""

    RED = "red", "Red"
    AMBER = "amber", "Amber"
    GREEN = "green", "Green"
    NOT_RATED = "not_rated", "Not rated"


class Trend(models.TextChoices):
    """How the rating of the latest report compares with those before it."""

    IMPROVED = "better", "Improved"
    DETERIORATED = "worse", "Deteriorated"
    NO_CHANGE = "steady", "No change"
    NO_MOVEMENT = "stale", "No movement for 6 reports"
    FIRST = "first", "First report"


STALE_PERIODS = 6
RATING_ORDER = {Rating.RED: 0, Rating.AMBER: 1, Rating.GREEN: 2}


def rating_movement(before, now):
    """The `Trend` from one rating to the next; "" if either is not red, amber or green."""
    if before not in RATING_ORDER or now not in RATING_ORDER:
        return ""
    if before == now:
        return Trend.NO_CHANGE
    return Trend.IMPROVED if RATING_ORDER[now] > RATING_ORDER[before] else Trend.DETERIORATED


def differing_office_rating(overall, independent):
    """The programme office's rating if it differs from the reported overall rating; ""."""
    return "" if independent == overall else independent


def trend(ratings):
    """The `Trend` of the last STALE_PERIODS ratings, given oldest first; "" if the last is not red, amber or green.

    No movement means red, or amber, in all of them (after the Department for Education's Compass).
    """
    known = [rating for rating in ratings[-STALE_PERIODS:] if rating in RATING_ORDER]
    if not known or ratings[-1] not in RATING_ORDER:
        return ""
    if len(known) == 1:
        return Trend.FIRST
    if len(known) == STALE_PERIODS and len(set(known)) == 1 and known[-1] != Rating.GREEN:
        return Trend.NO_MOVEMENT
    return rating_movement(known[-2], known[-1])
