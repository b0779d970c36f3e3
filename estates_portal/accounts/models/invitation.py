"""Invitations to join the portal, by a link that works once and expires."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from estates_portal.constraints import known_choice

from .organisations import WorksForOrganisations
from .person import Role

STATE_COLOURS = {"Open": "blue", "Accepted": "green", "Expired": "orange", "Withdrawn": "grey"}


class InvitationQuerySet(models.QuerySet):
    def open(self):
        """Invitations not accepted or withdrawn, including expired ones."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def with_token(self, token):
        """The invitation with this token, as a queryset of at most one row."""
        return self.filter(token_hash=hash_of(token))


def hash_of(token):
    """SHA-256 in hex. The token itself, 256 random bits, is only in the email."""
    return hashlib.sha256(token.encode()).hexdigest()


class Invitation(WorksForOrganisations, models.Model):
    email = models.EmailField("email address")
    name = models.CharField(max_length=150, blank=True)
    organisation = models.ForeignKey(
        "sites.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="invitations"
    )
    other_organisations = models.ManyToManyField("sites.Organisation", blank=True, related_name="other_invitations")
    role = models.CharField(max_length=20, choices=Role, default=Role.VIEWER)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations_sent", editable=False
    )
    invited_at = models.DateTimeField("invited", editable=False)
    sent_at = models.DateTimeField("email sent", null=True, blank=True, editable=False)
    expires_at = models.DateTimeField("expires", editable=False)
    accepted_at = models.DateTimeField("accepted", null=True, blank=True, editable=False)
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invitation",
        editable=False,
    )
    withdrawn_at = models.DateTimeField("withdrawn", null=True, blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["token_hash"], m2m_fields=[other_organisations])

    class Meta:
        ordering = ["-invited_at", "-pk"]
        constraints = [
            known_choice("accounts_invitation_role_known", "Select a role from the list", role=Role),
            models.UniqueConstraint(
                name="accounts_invitation_one_open",
                fields=["email"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                violation_error_message="This email address already has an open invitation",
            ),
            models.CheckConstraint(
                name="accounts_invitation_accepted_by",
                condition=Q(accepted_at=None, person=None) | Q(accepted_at__isnull=False, person__isnull=False),
                violation_error_message="An accepted invitation must have a user",
            ),
            models.CheckConstraint(
                name="accounts_invitation_one_end",
                condition=Q(accepted_at=None) | Q(withdrawn_at=None),
                violation_error_message="An invitation cannot be both accepted and withdrawn",
            ),
        ]

    def __str__(self):
        return f"{self.name} ({self.email})" if self.name else self.email

    @property
    def label(self):
        """The name, or the email address of a user who was invited without one."""
        return self.name or self.email

    @property
    def is_open(self):
        return self.accepted_at is None and self.withdrawn_at is None

    def has_expired(self, at):
        return self.is_open and self.expires_at <= at

    def works(self, at):
        """Whether the link works at that time."""
        return self.is_open and not self.has_expired(at)

    @property
    def state(self):
        """The status now: a key of STATE_COLOURS."""
        if self.accepted_at:
            return "Accepted"
        if self.withdrawn_at:
            return "Withdrawn"
        return "Expired" if self.has_expired(timezone.now()) else "Open"

    @property
    def state_colour(self):
        """The colour of the tag that shows the status."""
        return STATE_COLOURS[self.state]

    def renew(self):
        """Set a new token and expiry, so that earlier links stop working, and return the token. Does not save."""
        token = secrets.token_urlsafe(32)
        self.token_hash = hash_of(token)
        self.invited_at = timezone.now()
        self.expires_at = self.invited_at + timedelta(days=settings.INVITATION_DAYS)
        self.sent_at = None
        return token
