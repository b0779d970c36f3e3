"""What was emailed to whom about reports, so that nothing is told twice."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class NoticeKind(models.TextChoices):
    OPENED = "opened", "Reporting opened"
    REMINDER = "reminder", "Report due soon"
    OVERDUE = "overdue", "Report overdue"
    CHASED = "chased", "Asked for by the programme office"
    RETURNED = "returned", "Report returned"
    ACCEPTED = "accepted", "Report accepted"
    FOLLOWED = "followed", "New report on a followed project"


class Notice(models.Model):
    """One thing told to one person by email; `mark` says which, so that it is told once."""

    changes_pages = False

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind)
    mark = models.CharField(max_length=80)
    words = models.CharField(max_length=300)
    url = models.CharField(max_length=300)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        indexes = [models.Index(fields=["-sent_at", "-id"], name="projects_notice_newest")]  # the list in the admin
        constraints = [
            models.UniqueConstraint(
                name="projects_notice_once",
                fields=["person", "mark"],
                violation_error_message="This was told to this person already",
            ),
            models.CheckConstraint(
                name="projects_notice_kind_known",
                condition=models.Q(kind__in=NoticeKind.values),
                violation_error_message="Choose what was told from the list",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.words}"
