"""Files of estate returns that are being imported."""

from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse

from estates_portal.fields import Day

from .finance import year_label

KEPT = timedelta(days=30)


class EstateImportQuerySet(models.QuerySet):
    def forgotten(self, at):
        """Imports that have not been finished in the period for which they are kept."""
        return self.filter(at__lt=at - KEPT)


class EstateImport(models.Model):
    """A file of estate returns from its upload until it is imported, with the answers that its user has given.

    The rows are those that were read, not the file. Only its user sees it; it is deleted when it is imported, or by
    `apply_retention`.
    """

    changes_pages = False  # only the pages of the import show it

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    file_name = models.CharField(max_length=200)
    year = models.PositiveSmallIntegerField(
        "financial year starting", validators=[MinValueValidator(1990), MaxValueValidator(2100)]
    )
    source_words = models.CharField("source text", max_length=300)
    source_url = models.URLField("source", max_length=500, blank=True)
    published_on = Day("published on", null=True, blank=True, not_future=True)
    rows = models.JSONField(default=list, help_text="The rows of the file as read, see `projects.importing.eric_file`")
    missing = models.JSONField(default=list, help_text="Figures without a column in the file")
    problems = models.JSONField(default=list, help_text="Sentences about cells that cannot be used")
    codes = models.JSONField(default=list, help_text="Codes of the chosen trusts")
    answers = models.JSONField(default=dict, help_text="See `projects.importing.estate_returns`")

    objects = EstateImportQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.file_name}, {self.financial_year}"

    def get_absolute_url(self):
        return reverse("projects:estate_import_trusts", args=[self.pk])

    @property
    def financial_year(self):
        return year_label(self.year)
