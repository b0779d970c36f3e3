"""Hand-overs of one organisation's records to another."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from estates_portal.fields import Day


class HandOver(models.Model):
    """One act that gave records of an organisation to another, from a day. It can be undone once.

    `moved` is {kind of record: [ids]}, for the page of the act and to undo it.
    """

    former = models.ForeignKey("sites.Organisation", on_delete=models.PROTECT, related_name="hand_overs")
    successor = models.ForeignKey("sites.Organisation", on_delete=models.PROTECT, related_name="hand_overs_received")
    on = Day("from")
    moved = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_handover_to_another",
                condition=~Q(former=F("successor")),
                violation_error_message="Select another organisation",
            ),
            models.CheckConstraint(
                name="projects_handover_undone_by_someone",
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                violation_error_message="An undone hand-over must have a user",
            ),
        ]

    def __str__(self):
        return f"Hand-over {self.pk}: {self.former.label} to {self.successor.label}"

    def get_absolute_url(self):
        return reverse("projects:hand_over_detail", args=[self.pk])
