"""Risks and issues, scored on the NHS 5x5 matrix, and their actions."""

import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from estates_portal.constraints import known_choice
from estates_portal.fields import Day
from estates_portal.sorting import SortKey

from .project import Project


class Likelihood(models.IntegerChoices):
    """Scores from the National Patient Safety Agency, "A risk matrix for risk managers" (2008)."""

    RARE = 1, "1 Rare"
    UNLIKELY = 2, "2 Unlikely"
    POSSIBLE = 3, "3 Possible"
    LIKELY = 4, "4 Likely"
    ALMOST_CERTAIN = 5, "5 Almost certain"


class Consequence(models.IntegerChoices):
    """Scores from the same source."""

    NEGLIGIBLE = 1, "1 Negligible"
    MINOR = 2, "2 Minor"
    MODERATE = 3, "3 Moderate"
    MAJOR = 4, "4 Major"
    CATASTROPHIC = 5, "5 Catastrophic"


class Band(models.TextChoices):
    """The band of a score, likelihood times consequence (the same source)."""

    LOW = "low", "Low"
    MODERATE = "moderate", "Moderate"
    HIGH = "high", "High"
    EXTREME = "extreme", "Extreme"


BANDS = {Band.LOW: (1, 3), Band.MODERATE: (4, 6), Band.HIGH: (8, 12), Band.EXTREME: (15, 25)}


# A new date of review is this many days away, unless another is entered
REVIEW_DAYS = {Band.LOW: 180, Band.MODERATE: 90, Band.HIGH: 30, Band.EXTREME: 30}


def score_of(likelihood, consequence):
    """Likelihood times consequence, of two numbers or two query expressions; None if both are None."""
    return likelihood and likelihood * consequence


def band_of(score):
    """The `Band` of a score from 1 to 25: 1-3 low, 4-6 moderate, 8-12 high, 15-25 extreme."""
    return next(band for band, (_lowest, highest) in BANDS.items() if score <= highest)


class RiskKind(models.TextChoices):
    RISK = "risk", "Risk: may happen"
    ISSUE = "issue", "Issue: has happened"


class Escalation(models.TextChoices):
    PROJECT = "project", "Project"
    PROGRAMME = "programme", "Programme"
    PORTFOLIO = "portfolio", "Portfolio"


class Movement(models.TextChoices):
    """How the current score compares with that of a month ago."""

    HIGHER = "higher", "Higher"
    LOWER = "lower", "Lower"
    SAME = "same", "No change"
    NEW = "new", "New in the register"


MOVEMENTS = {
    Movement.HIGHER: Q(score_now__gt=F("score_before")),
    Movement.LOWER: Q(score_now__lt=F("score_before")),
    Movement.SAME: Q(score_now=F("score_before")),
    Movement.NEW: Q(score_before=None),
}


def movement_of(before, now):
    """The `Movement` from a score, or None, to the current one."""
    if before is None:
        return Movement.NEW
    if before == now:
        return Movement.SAME
    return Movement.HIGHER if now > before else Movement.LOWER


def a_month_before(day):
    """The same day of the month before, or its last day: 28 February for 31 March."""
    last = day.replace(day=1) - datetime.timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


class RiskCategoryQuerySet(models.QuerySet):
    def in_use(self, on):
        """The categories that a risk can be given on this day."""
        return self.filter(Q(used_from=None) | Q(used_from__lte=on), Q(used_until=None) | Q(used_until__gte=on))


class RiskCategory(models.Model):
    """A category of risks, from the programme office's list, in use between two dates."""

    name = models.CharField(max_length=80, unique=True)
    order = models.PositiveSmallIntegerField(default=0)
    used_from = Day("first day of use", null=True, blank=True)
    used_until = Day("last day of use", null=True, blank=True, help_text="Risks that have it still show it")

    objects = RiskCategoryQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["order", SortKey("name"), "pk"]
        verbose_name_plural = "risk categories"
        constraints = [
            models.CheckConstraint(
                name="projects_riskcategory_used_in_order",
                condition=Q(used_from=None) | Q(used_until=None) | Q(used_until__gte=F("used_from")),
                violation_error_message="The last day of use must be the first day of use or later",
            )
        ]

    def __str__(self):
        return self.name


class RiskQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Risks of projects that `user` can see; none for anonymous users."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(project__in=Project.objects.visible_to(user))

    def open(self):
        return self.filter(closed_on=None)

    def with_score(self):
        """Risks with `score_now`, the current score, and `score_aim`, the target score or None."""
        return self.annotate(
            score_now=score_of(F("likelihood"), F("consequence")),
            score_aim=score_of(F("target_likelihood"), F("target_consequence")),
        )

    def with_movement(self, on):
        """Risks `with_score` and `score_before`, the current score at the end of the day a month before, or None."""
        day_after = a_month_before(on) + datetime.timedelta(days=1)
        end = timezone.make_aware(datetime.datetime.combine(day_after, datetime.time()))
        past = self.model.history.filter(id=OuterRef("pk"), history_date__lt=end)
        newest = past.order_by("-history_date", "-history_id").annotate(
            score=score_of(F("likelihood"), F("consequence"))
        )
        return self.with_score().annotate(score_before=Subquery(newest.values("score")[:1]))

    def moved(self, movement, on):
        """Risks `with_movement` whose score has this `Movement`."""
        return self.with_movement(on).filter(MOVEMENTS[movement])

    def in_bands(self, bands):
        in_any_band = Q(pk__in=[])
        for band in bands:
            lowest, highest = BANDS[band]
            in_any_band |= Q(score_now__gte=lowest, score_now__lte=highest)
        return self.with_score().filter(in_any_band)

    def review_overdue(self, on):
        """Open risks with a review date before the day `on`, or without one."""
        return self.open().filter(Q(review_on__lt=on) | Q(review_on=None))

    def highest_score(self):
        """The highest current score of the open risks, or None. One query."""
        return self.open().with_score().aggregate(Max("score_now"))["score_now__max"]


def _score(label, choices):
    return models.PositiveSmallIntegerField(
        label, choices=choices, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )


def _optional_score(label, choices):
    return models.PositiveSmallIntegerField(label, choices=choices, null=True, blank=True)


def _none_or_1_to_5(part):
    """The condition that likelihood and consequence are both blank, or both from 1 to 5."""
    both = Q(**{f"{part}_likelihood__isnull": False, f"{part}_consequence__isnull": False})  # else NULL would pass
    both &= Q(**{f"{part}_likelihood__range": (1, 5), f"{part}_consequence__range": (1, 5)})
    return both | Q(**{f"{part}_likelihood": None, f"{part}_consequence": None})


class Risk(models.Model):
    """A risk could happen to the project. An issue has happened, so its likelihood is 5."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="risks")
    kind = models.CharField("type", max_length=10, choices=RiskKind, default=RiskKind.RISK)
    category = models.ForeignKey(RiskCategory, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=200)
    cause = models.TextField(max_length=2000, blank=True)
    effect = models.TextField(max_length=2000, blank=True)
    likelihood = _score("current likelihood", Likelihood)
    consequence = _score("current consequence", Consequence)
    inherent_likelihood = _optional_score("inherent likelihood", Likelihood)
    inherent_consequence = _optional_score("inherent consequence", Consequence)
    target_likelihood = _optional_score("target likelihood", Likelihood)
    target_consequence = _optional_score("target consequence", Consequence)
    owner = models.CharField("risk owner", max_length=150, blank=True, help_text="Person responsible for this risk")
    mitigation = models.TextField(max_length=2000, blank=True, help_text="Controls already in place")
    escalation = models.CharField("escalation level", max_length=10, choices=Escalation, default=Escalation.PROJECT)
    raised_on = Day(not_future=True)
    review_on = Day("next review", null=True, blank=True)
    reviewed_on = Day("last reviewed", null=True, blank=True, not_future=True)
    closed_on = Day(null=True, blank=True, not_future=True)
    closed_why = models.CharField("reason for closing", max_length=500, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = RiskQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["version"])

    class Meta:
        ordering = ["-raised_on", "-pk"]
        indexes = [models.Index(fields=["project", "closed_on"], name="projects_risk_of_project")]
        constraints = [
            known_choice("projects_risk_kind_known", "Select risk or issue", kind=RiskKind),
            known_choice(
                "projects_risk_escalation_known", "Select an escalation level from the list", escalation=Escalation
            ),
            models.CheckConstraint(
                name="projects_risk_scored_1_to_5",
                condition=Q(likelihood__range=(1, 5), consequence__range=(1, 5)),
                violation_error_message="Likelihood and consequence must be between 1 and 5",
            ),
            models.CheckConstraint(
                name="projects_risk_other_scores_1_to_5",
                condition=_none_or_1_to_5("inherent") & _none_or_1_to_5("target"),
                violation_error_message="Select both likelihood and consequence, or leave both blank",
            ),
            models.CheckConstraint(
                name="projects_risk_issue_has_happened",
                condition=~Q(kind=RiskKind.ISSUE) | Q(likelihood=5),
                violation_error_message="Likelihood of an issue must be 5",
            ),
            models.CheckConstraint(
                name="projects_risk_closed_with_a_reason",
                condition=Q(closed_on__isnull=True) | ~Q(closed_why=""),
                violation_error_message="Enter a reason for closing",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("projects:risk_edit", args=[self.project.slug, self.pk])

    def clean(self):
        """Give an open risk without a date of review the one of its band."""
        if self.is_open and self.review_on is None and self.likelihood and self.consequence:
            self.review_on = timezone.localdate() + datetime.timedelta(days=REVIEW_DAYS[self.band])

    @property
    def score(self):
        return score_of(self.likelihood, self.consequence)

    @property
    def band(self):
        return band_of(self.score)

    @property
    def inherent_score(self):
        return score_of(self.inherent_likelihood, self.inherent_consequence)

    @property
    def target_score(self):
        return score_of(self.target_likelihood, self.target_consequence)

    @property
    def movement(self):
        """The `Movement` of a risk `with_movement`."""
        return movement_of(self.score_before, self.score)

    @property
    def is_open(self):
        return self.closed_on is None

    def is_review_overdue(self, on):
        return self.is_open and (self.review_on is None or self.review_on < on)


class RiskAction(models.Model):
    """An action to reduce a risk, with an owner and a due date."""

    risk = models.ForeignKey(Risk, on_delete=models.CASCADE, related_name="actions")
    what = models.CharField("action", max_length=300)
    owner = models.CharField(max_length=150, blank=True)
    due_on = Day("due", null=True, blank=True)
    done_on = Day("done", null=True, blank=True, not_future=True)

    history = HistoricalRecords()

    class Meta:
        ordering = [F("due_on").asc(nulls_last=True), "pk"]

    def __str__(self):
        return self.what

    @property
    def project(self):
        """The project of its risk. Reads the risk and the project."""
        return self.risk.project
