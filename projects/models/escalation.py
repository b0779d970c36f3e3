"""Escalations of risks and issues to the programme or the portfolio, each with its answer."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from estates_portal.constraints import known_choice
from estates_portal.fields import Day

from .project import Project
from .risk import Escalation, Risk

# The levels that a risk can be escalated to, lowest first.
TIERS = [Escalation.PROGRAMME, Escalation.PORTFOLIO]


class EscalationState(models.TextChoices):
    WAITING = "waiting", "Waiting for an answer"
    ACCEPTED = "accepted", "Accepted"
    SENT_BACK = "sent_back", "Sent back"


class RiskEscalationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Escalations of risks of projects that `user` can see; none for anonymous users."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(risk__project__in=Project.objects.visible_to(user).order_by().values("pk"))

    def waiting(self):
        """Escalations of open risks that wait for an answer. A risk that is closed needs none."""
        return self.filter(state=EscalationState.WAITING, risk__closed_on=None)


class RiskEscalation(models.Model):
    """An escalation of a risk to a tier, with why and what is wanted, and the answer.

    Accepted, the risk is at that tier until `review_on`, its next review. Sent back, at once or later, it is at the
    level of the project again. Only `projects/risks/services.py` and the example data write it.
    """

    risk = models.ForeignKey(Risk, on_delete=models.CASCADE, related_name="escalations")
    tier = models.CharField("escalated to", max_length=10, choices=[(tier.value, tier.label) for tier in TIERS])
    why = models.TextField("reason", max_length=1000)
    wanted = models.TextField("what is wanted", max_length=1000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    state = models.CharField("status", max_length=10, choices=EscalationState, default=EscalationState.WAITING)
    review_on = Day("next review", null=True, blank=True)
    answer = models.TextField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = RiskEscalationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            known_choice("projects_riskescalation_state_known", "Select a status from the list", state=EscalationState),
            models.CheckConstraint(
                name="projects_riskescalation_tier_known",
                condition=Q(tier__in=TIERS),
                violation_error_message="Select a level from the list",
            ),
            models.CheckConstraint(
                name="projects_riskescalation_answered",
                condition=Q(state=EscalationState.WAITING, answered_by=None, answered_at=None)
                | Q(
                    state=EscalationState.ACCEPTED,
                    answered_by__isnull=False,
                    answered_at__isnull=False,
                    review_on__isnull=False,
                )
                | Q(state=EscalationState.SENT_BACK, answered_by__isnull=False, answered_at__isnull=False)
                & ~Q(answer=""),
                violation_error_message="Enter a review date to accept, or a reason to send back",
            ),
            models.UniqueConstraint(
                name="projects_riskescalation_one_waiting",
                fields=["risk"],
                condition=Q(state=EscalationState.WAITING),
                violation_error_message="An escalation of this risk is already waiting for an answer",
            ),
        ]

    def __str__(self):
        return f"{self.get_tier_display()}: {self.risk.title}"

    def get_absolute_url(self):
        return reverse("projects:escalation_answer", args=[self.pk])

    @property
    def project(self):
        """The project of its risk. Reads the risk and the project."""
        return self.risk.project

    @property
    def is_waiting(self):
        return self.state == EscalationState.WAITING
