"""Saved views and calendar links."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from estates_portal.sorting import SortKey


class SavedView(models.Model):
    """A filtered page with a name, for its owner or the owner's organisation."""

    changes_pages = False

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=80)
    path = models.CharField(max_length=200)
    query = models.CharField(max_length=1000, blank=True)
    shared = models.BooleanField(default=False)
    is_start = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = [SortKey("name"), "pk"]
        constraints = [
            models.UniqueConstraint(
                name="projects_savedview_name_once",
                fields=["owner", "name"],
                violation_error_message="You already have a view with this name",
            ),
            models.UniqueConstraint(
                name="projects_savedview_one_start",
                fields=["owner"],
                condition=Q(is_start=True),
                violation_error_message="You already have a start page",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"{self.path}?{self.query}" if self.query else self.path


class CalendarLink(models.Model):
    """The hash of the secret in the calendar links of one of a user's devices or programs."""

    changes_pages = False

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_links")
    # With a default in the database, as an earlier release adds links without a name while the portal is upgraded
    name = models.CharField(max_length=60, default="Calendar", db_default="Calendar")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = [SortKey("name"), "pk"]
        constraints = [
            models.UniqueConstraint(
                name="projects_calendarlink_name_once",
                fields=["person", "name"],
                violation_error_message="You already have a link with this name",
            )
        ]

    def __str__(self):
        return self.name
