"""The text of the estates strategy, in sections, with what each is about."""

from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords

from estates_portal.fields import Day
from estates_portal.sorting import SortKey

from .project import Priority, Programme


class StrategySection(models.Model):
    """One section of the estates strategy, in our words, with its source."""

    title = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    text = models.TextField()
    order = models.PositiveSmallIntegerField(default=0)
    source_url = models.URLField("source", max_length=500)
    source_read_on = Day("source read on", not_future=True)
    priorities = models.ManyToManyField(Priority, blank=True, related_name="strategy_sections")
    programmes = models.ManyToManyField(Programme, blank=True, related_name="strategy_sections")
    projects = models.ManyToManyField("Project", blank=True, related_name="strategy_sections")

    history = HistoricalRecords(m2m_fields=[priorities, programmes, projects])

    class Meta:
        ordering = ["order", SortKey("title"), "pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"{reverse('projects:strategy')}#{self.slug}"

    def reasons_to_keep(self):
        """Sentences why it cannot be deleted: the public page shows every section."""
        return ["It is on the public strategy page."]
