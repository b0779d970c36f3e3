"""Audit records of accounts. A database trigger stops changes to them."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from estates_portal.constraints import known_choice


class AuditKind(models.TextChoices):
    SIGNED_IN = "signed_in", "Signed in"
    SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
    LOCKED_OUT = "locked_out", "Account locked"
    SIGNED_OUT = "signed_out", "Signed out"
    SESSIONS_ENDED = "sessions_ended", "Sessions ended"
    SIGNED_UP = "signed_up", "Signed up"
    PASSWORD_CHANGED = "password_changed", "Password changed"
    PASSWORD_RESET_REQUESTED = "password_reset_asked", "Password reset requested"
    PASSWORD_RESET = "password_reset", "Password reset"
    EMAIL_CHANGED = "email_changed", "Email address changed"
    SECOND_STEP_ADDED = "second_step_added", "Two-step verification added"
    SECOND_STEP_REMOVED = "second_step_removed", "Two-step verification removed"
    RECOVERY_CODES_MADE = "recovery_codes_made", "Recovery codes created"
    RECOVERY_CODE_USED = "recovery_code_used", "Recovery code used"
    SINGLE_SIGN_ON_CONNECTED = "single_sign_on_connected", "Single sign-on connected"
    SINGLE_SIGN_ON_REMOVED = "single_sign_on_removed", "Single sign-on disconnected"
    SINGLE_SIGN_ON_REFUSED = "single_sign_on_refused", "Single sign-on refused"
    INVITED = "invited", "Invited"
    INVITATION_RESENT = "invitation_resent", "Invitation sent again"
    INVITATION_WITHDRAWN = "invitation_withdrawn", "Invitation withdrawn"
    INVITATION_ACCEPTED = "invitation_accepted", "Invitation accepted"
    ROLE_CHANGED = "role_changed", "Role changed"
    ORGANISATION_CHANGED = "organisation_changed", "Organisation changed"
    HANDED_OVER = "handed_over", "Organisation handed over"
    HAND_OVER_UNDONE = "hand_over_undone", "Hand-over undone"
    ORGANISATIONS_MERGED = "organisations_merged", "Organisations merged"
    DEACTIVATED = "deactivated", "Deactivated"
    REACTIVATED = "reactivated", "Reactivated"
    EXPORTED = "exported", "Exported"
    IMPORTED = "imported", "Imported"
    DELETED = "deleted", "Record deleted"
    RESTORED = "restored", "Record restored"
    MESSAGE_RECEIVED = "message_received", "Message received"
    MESSAGE_ANSWERED = "message_answered", "Message answered"
    RETENTION_APPLIED = "retention_applied", "Retention periods applied"


class AuditEvent(models.Model):
    """One event of an account.

    `person` is the account, if it is known; `actor` is the user who acted; `email` is the typed address, or that of
    the account at the time.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    kind = models.CharField("event", max_length=30, choices=AuditKind)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="audit_events",
        verbose_name="account",
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="audit_events_done",
        verbose_name="done by",
    )
    email = models.CharField("email address", max_length=254, blank=True)
    address = models.CharField("IP address", max_length=45, blank=True)
    user_agent = models.CharField("browser", max_length=300, blank=True)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="accounts_audit_newest"),  # the admin list
            models.Index(fields=["person", "kind"], name="accounts_audit_person_kind"),  # earlier sign-ins of a user
        ]
        constraints = [known_choice("accounts_auditevent_kind_known", "Select an event from the list", kind=AuditKind)]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.person or self.email or 'unknown'}"
