"""Messages from readers to the programme office."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from estates_portal.accounts.rules import ANSWER_MESSAGES


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All messages for users who answer them, none for others."""
        return self if user.has_perm(ANSWER_MESSAGES) else self.none()

    def unanswered(self):
        return self.filter(answered_at=None)


class Message(models.Model):
    """A reader's message, often about a mistake on a page. `page` is the path of the page, `page_title` its record."""

    sent_at = models.DateTimeField("sent", default=timezone.now, editable=False)
    page = models.CharField(max_length=300, blank=True)
    page_title = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    source = models.CharField(max_length=500, blank=True)
    email = models.EmailField("email address", blank=True)
    answered_at = models.DateTimeField("answered", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="messages_answered"
    )
    answer = models.TextField(blank=True)
    note = models.TextField(blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="contact_message_answered_by",
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                violation_error_message="An answered message must have the user who answered it",
            ),
        ]

    def __str__(self):
        return f"Message about {self.page_title or 'the portal'}"

    def get_absolute_url(self):
        return reverse("message_detail", args=[self.pk])
