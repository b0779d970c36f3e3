"""Facts that contributors propose, each with the programme office's decision."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from estates_portal.constraints import known_choice

from .project import HospitalScheme, Hub, Project


class ProposalState(models.TextChoices):
    WAITING = "waiting", "Awaiting decision"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


DECIDED = (ProposalState.APPROVED, ProposalState.DECLINED)


class ProposalQuerySet(models.QuerySet):
    def waiting(self):
        """Proposals that await a decision, oldest first."""
        return self.filter(state=ProposalState.WAITING).order_by("proposed_at", "pk")

    def decided_for(self, user):
        """Decided proposals of the user, the newest decision first. Does not check who can see the projects."""
        return self.filter(proposed_by=user, state__in=DECIDED).order_by("-decided_at", "-pk")


class Proposal(models.Model):
    """A new value of one field of a project, which changes nothing before the programme office approves it.

    `old` and `new` are the values as a browser sends them: a text, or a sorted list of texts. `old_text` and `new_text`
    show them to readers. `approved_text` is what was saved, if the programme office changed it. Only
    `projects/records/proposals.py` and the example data write it.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="proposals")
    field = models.CharField(max_length=60)
    old = models.JSONField()
    new = models.JSONField()
    old_text = models.TextField(blank=True)
    new_text = models.TextField(blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    approved_text = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reply = models.CharField(max_length=1000, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = "proposed change"
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            known_choice("projects_proposal_state_known", "Select a status from the list", state=ProposalState),
            models.UniqueConstraint(
                name="projects_proposal_one_waiting",
                fields=["project", "field"],
                condition=Q(state=ProposalState.WAITING),
                violation_error_message="A change of this fact is already awaiting a decision",
            ),
            models.CheckConstraint(
                name="projects_proposal_decided_by_someone",
                condition=Q(
                    state__in=[ProposalState.WAITING, ProposalState.WITHDRAWN],
                    decided_by=None,
                    decided_at=None,
                    reply="",
                    approved_text="",
                )
                | Q(state__in=DECIDED, decided_by__isnull=False, decided_at__isnull=False),
                violation_error_message="Enter who made the decision",
            ),
        ]

    def __str__(self):
        return f"{self.label} of {self.project}"

    def get_absolute_url(self):
        return reverse("projects:proposal_decide", args=[self.pk])

    @property
    def label(self):
        """The name of the field: "Main site"."""
        model = Hub if self.field in {field.name for field in Hub._meta.get_fields()} else HospitalScheme
        field = model._meta.get_field(self.field)
        return capfirst(getattr(field, "verbose_name", self.field.replace("_", " ")))

    @property
    def is_waiting(self):
        return self.state == ProposalState.WAITING
