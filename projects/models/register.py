"""Decisions, benefits and documents of a project."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Case, Count, F, Q, Value, When
from simple_history.models import HistoricalRecords

from estates_portal.amounts import Amount
from estates_portal.constraints import known_choice
from estates_portal.fields import Day

from .milestone import MilestoneKind
from .project import Project


def _figure(label):
    return Amount(label, null=True, blank=True)


class BenefitQuerySet(models.QuerySet):
    def with_met(self):
        """Benefits with `met`: whether the latest value reaches the target, as `Benefit.is_met`; False if not known."""
        met = Case(
            When(target__lt=F("baseline"), latest__lte=F("target"), then=Value(True)),
            When(target__lt=F("baseline"), then=Value(False)),
            When(latest__gte=F("target"), then=Value(True)),
            default=Value(False),
        )
        return self.annotate(met=met)


class Benefit(models.Model):
    """A measure with its baseline, target and latest value. Figures are in `unit`."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="benefits")
    title = models.CharField("measure", max_length=200)
    unit = models.CharField(max_length=40, help_text="For example, days, patients a year, tonnes of CO2")
    baseline = _figure("baseline")
    target = _figure("target")
    due_on = Day("target date", null=True, blank=True)
    owner = models.CharField("benefit owner", max_length=120, blank=True)
    latest = _figure("latest value")
    latest_on = Day("measured on", null=True, blank=True, not_future=True)

    objects = BenefitQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = [F("due_on").asc(nulls_last=True), "pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_benefit_latest_has_its_day",
                condition=Q(latest=None, latest_on=None) | Q(latest__isnull=False, latest_on__isnull=False),
                violation_error_message="Enter the latest value and the date it was measured",
            )
        ]

    def __str__(self):
        return self.title

    @property
    def is_met(self):
        """Whether the latest value reaches the target; None without either value.

        A target below the baseline is met from above. A target equal to the baseline is met by that value or more.
        """
        if self.latest is None or self.target is None:
            return None
        if self.baseline is not None and self.target < self.baseline:
            return self.latest <= self.target
        return self.latest >= self.target

    @property
    def share(self):
        """Progress from baseline to target in whole per cent; None if a value is missing or both are equal."""
        if self.latest is None or self.target is None or self.baseline is None or self.target == self.baseline:
            return None
        return int((self.latest - self.baseline) * 100 / (self.target - self.baseline))


class Decision(models.Model):
    """A decision on a project, with its date and the person or board that made it."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="decisions")
    decided_on = Day(not_future=True)
    title = models.CharField("decision", max_length=200)
    reason = models.TextField("reason and conditions", max_length=2000, blank=True, db_column="words")
    decided_by = models.CharField(max_length=200, help_text="The board, committee or person")
    url = models.URLField("link to minutes or paper", max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["-decided_on", "-pk"]

    def __str__(self):
        return self.title


class DocumentKind(models.TextChoices):
    SOC = "soc", "Strategic outline case"
    OBC = "obc", "Outline business case"
    FBC = "fbc", "Full business case"
    BOARD = "board", "Board or committee paper"
    PLANNING = "planning", "Planning application"
    EVALUATION = "evaluation", "Evaluation"
    OTHER = "other", "Other"


class DocumentQuerySet(models.QuerySet):
    def shown_to(self, user):
        """All documents for signed-in users, public documents for others. Does not check the project."""
        return self if user.is_authenticated else self.filter(public=True)


class Document(models.Model):
    """A link to a paper. Only signed-in users see it unless it is public."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="documents")
    title = models.CharField(max_length=200)
    kind = models.CharField("type", max_length=10, choices=DocumentKind, default=DocumentKind.OTHER)
    dated = Day("date of the document", null=True, blank=True)
    url = models.URLField("web address", max_length=500)
    public = models.BooleanField("show to the public", default=False)
    proposed_public = models.BooleanField(
        "propose to show it to the public",
        default=False,
        db_default=False,
        help_text="The programme office decides what the public sees",
    )

    objects = DocumentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = [F("dated").desc(nulls_last=True), "pk"]
        constraints = [
            known_choice("projects_document_kind_known", "Select a document type from the list", kind=DocumentKind)
        ]

    def __str__(self):
        return self.title


@dataclass
class BenefitPrompt:
    """The prompt to report benefits once a project has opened: the number of benefits, and of those measured since."""

    opened_on: object
    number: int
    measured: int


def benefit_prompt(project):
    """The `BenefitPrompt` of a project that has opened, None before. At most two queries."""
    openings = project.milestones.filter(kind=MilestoneKind.OPENING, reached=True)
    opened_on = openings.order_by("current_on").values_list("current_on", flat=True).first()
    if opened_on is None:
        return None
    measured = Count("pk", filter=Q(latest_on__gte=opened_on))
    return BenefitPrompt(opened_on, **project.benefits.aggregate(number=Count("pk"), measured=measured))
