"""Progress notes: public, dated sentences about a project."""

from django.db import models
from simple_history.models import HistoricalRecords

from .project import Project


class ProgressNote(models.Model):
    """A dated sentence or two about a project, with its source."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="progress_notes")
    date = models.DateField()
    text = models.TextField()
    source_url = models.URLField("source", max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["-date", "-pk"]
        indexes = [
            models.Index(fields=["-date", "-id"], name="projects_note_newest")
        ]  # latest progress on the home page

    def __str__(self):
        return f"{self.date:%d/%m/%Y}: {self.text[:60]}"
