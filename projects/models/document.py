"""Where the papers of a project are to be found."""

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from .project import Project


class DocumentKind(models.TextChoices):
    SOC = "soc", "Strategic outline case"
    OBC = "obc", "Outline business case"
    FBC = "fbc", "Full business case"
    BOARD = "board", "Board or committee paper"
    PLANNING = "planning", "Planning application"
    EVALUATION = "evaluation", "Evaluation"
    OTHER = "other", "Other"


class Document(models.Model):
    """A link to a paper; partners alone see it unless it is public."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="documents")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=DocumentKind, default=DocumentKind.OTHER)
    dated = models.DateField("date of the document", null=True, blank=True)
    url = models.URLField("address", max_length=500)
    public = models.BooleanField("Shown to the public", default=False)

    history = HistoricalRecords()

    class Meta:
        ordering = [F("dated").desc(nulls_last=True), "pk"]
        constraints = [
            models.CheckConstraint(
                name="projects_document_kind_known",
                condition=Q(kind__in=DocumentKind.values),
                violation_error_message="Select a kind of document from the list",
            )
        ]

    def __str__(self):
        return self.title
