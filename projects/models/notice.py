"""Emails sent to users about events. Each item is sent to a user once."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from estates_portal.constraints import known_choice

RETRY_AFTER = timedelta(minutes=15)
MAX_RETRIES = 5


class NoticeKind(models.TextChoices):
    OPENED = "opened", "Reporting opened"
    REMINDER = "reminder", "Report due soon"
    OVERDUE = "overdue", "Report overdue"
    OFFICE_REMINDER = "chased", "Reminder from the programme office"
    RETURNED = "returned", "Report returned"
    ACCEPTED = "accepted", "Report accepted"
    DECIDED = "decided", "Change request decided"
    NOTE = "note", "Progress note decided"
    FOLLOWED = "followed", "New report on a followed project"
    ANSWERED = "answered", "Escalation answered"
    ESCALATED = "escalated", "Escalation to answer"
    TURNED_RED = "turned_red", "Report turned red"
    SUBMITTED = "submitted", "Report to review"
    REQUESTED = "requested", "Change request to decide"
    PROPOSED = "proposed", "Public update to decide"
    APPROVAL = "approval", "Approval expected soon"
    NO_REPORTER = "noreporter", "Organisation without reporters"
    INVITATION = "invitation", "Invitation expired or not sent"
    FAILED = "failed", "Email not sent"
    PARTNERS = "partners", "Changes by partners"


class NoticeQuerySet(models.QuerySet):
    def sent(self):
        return self.filter(sent_at__isnull=False)

    def waiting(self):
        """Notices not sent yet, which a later run will try to send again."""
        return self.filter(sent_at=None, retries__lt=MAX_RETRIES)

    def given_up(self):
        """Notices not sent, after MAX_RETRIES."""
        return self.filter(sent_at=None, retries__gte=MAX_RETRIES)

    def to_retry(self, now):
        """Waiting notices, except those of the last 15 minutes: another run could still be sending them."""
        return self.waiting().filter(last_tried_at__lte=now - RETRY_AFTER)


class Notice(models.Model):
    """An item of an email to a user. `dedupe_key` is unique for each user, so an item is sent once.

    The row is saved before its email is sent; `sent_at` is set once the mail server accepts the email.
    """

    changes_pages = False

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField("type", max_length=10, choices=NoticeKind)
    dedupe_key = models.CharField(max_length=80, db_column="mark")
    text = models.CharField(max_length=300, db_column="words")
    url = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    last_tried_at = models.DateTimeField(default=timezone.now, db_default=Now())
    retries = models.PositiveSmallIntegerField(default=0, db_default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "email sent"
        verbose_name_plural = "emails sent"
        indexes = [models.Index(fields=["-created_at", "-id"], name="projects_notice_newest")]  # the list in the admin
        constraints = [
            models.UniqueConstraint(
                name="projects_notice_once",
                fields=["person", "dedupe_key"],
                violation_error_message="This user has already been sent this item",
            ),
            known_choice("projects_notice_kind_known", "Select a type of email from the list", kind=NoticeKind),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.text}"

    def is_to_retry(self, now):
        """Whether `NoticeQuerySet.to_retry` returns it."""
        return self.sent_at is None and self.retries < MAX_RETRIES and self.last_tried_at <= now - RETRY_AFTER
