"""Forms that were sent, so that a form sent twice is used once."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

REMEMBERED = timedelta(days=1)


class SentFormQuerySet(models.QuerySet):
    def forgotten(self, now):
        """Forms sent so long ago that no one sends them again."""
        return self.filter(at__lt=now - REMEMBERED)


class SentForm(models.Model):
    """A form that someone has sent, and where the portal led them.

    `digest` is of the user, the address, the form's one-time key and everything typed. `location` is empty until the
    answer is known. A form whose answer was no redirect has no row: it can be sent again.
    """

    digest = models.CharField(max_length=64, unique=True)
    location = models.TextField(blank=True)
    at = models.DateTimeField("sent", default=timezone.now, db_index=True)

    objects = SentFormQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"Form sent at {timezone.localtime(self.at):%H:%M}"
