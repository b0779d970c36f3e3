"""Progress notes: public, dated sentences about a project."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from estates_portal.dates import PartialDate
from estates_portal.fields import Day
from estates_portal.statements import StageBasis

from .choices import NOT_STATED
from .project import Project


class ProgressNoteQuerySet(models.QuerySet):
    def published(self):
        """Notes that were not withdrawn. Does not check the project."""
        return self.filter(withdrawn_at=None)


def _user():
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )


class ProgressNote(models.Model):
    """A dated sentence or two about a project, with its source or the user who published it.

    A published note is not deleted: it is corrected or withdrawn.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="progress_notes")
    date = Day(not_future=True)
    text = models.TextField()
    source_url = models.URLField("source", max_length=500, blank=True)
    published_by = _user()
    corrected_on = Day(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_by = _user()
    withdrawn_reason = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)

    objects = ProgressNoteQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-date", "-pk"]
        indexes = [
            models.Index(fields=["-date", "-id"], name="projects_note_newest")
        ]  # latest progress on the home page

    def __str__(self):
        return f"{self.date:%d/%m/%Y}: {self.text[:60]}"

    @property
    def dated(self):
        return PartialDate.of(self.date)

    @property
    def basis_label(self):
        if self.source_url:
            return StageBasis.STATED.label
        return "Published by the programme office" if self.published_by_id else NOT_STATED

    def reasons_to_keep(self):
        """Sentences why it cannot be deleted, beside what refers to it. At most three queries."""
        return ["The public could see it."] if self.project.was_ever_published() else []
