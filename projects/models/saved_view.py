"""Saved views and calendar links."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from estates_portal.constraints import known_choice
from estates_portal.sorting import SortKey


class Audience(models.TextChoices):
    ORGANISATION = "organisation", "My organisation"
    OFFICE = "office", "The programme office"
    EVERYONE = "everyone", "All signed-in users"


SHARED_WITH = {
    Audience.ORGANISATION: "colleagues",
    Audience.OFFICE: "the programme office",
    Audience.EVERYONE: "all signed-in users",
}


class SavedView(models.Model):
    """A filtered page with a name, for its owner or, if it is `shared`, for its `audience` too.

    The programme office can pin one that is shared with everyone.
    """

    changes_pages = False

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=80)
    path = models.CharField(max_length=200)
    query = models.CharField(max_length=1000, blank=True)
    shared = models.BooleanField(default=False)
    # With defaults in the database, as an earlier release adds views without them while the portal is upgraded
    audience = models.CharField(
        max_length=20, choices=Audience, default=Audience.ORGANISATION, db_default=Audience.ORGANISATION
    )
    pinned = models.BooleanField(default=False, db_default=False)
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
            models.UniqueConstraint(
                name="projects_savedview_one_pinned",
                fields=["pinned"],
                condition=Q(pinned=True),
                violation_error_message="Another view is already pinned",
            ),
            known_choice(
                "projects_savedview_audience_known", "Select who to share with from the list", audience=Audience
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def shared_with(self):
        """Who else can open it, as text; "" for a private view."""
        return SHARED_WITH[self.audience] if self.shared else ""

    @property
    def can_be_pinned(self):
        return self.shared and self.audience == Audience.EVERYONE


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
