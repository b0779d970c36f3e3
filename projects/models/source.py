"""Published sources: who published a page or paper, its title and its date, by its web address."""

from django.apps import apps
from django.db import models
from simple_history.models import HistoricalRecords

from estates_portal.constraints import known_choice
from estates_portal.dates import DatePrecision, PartialDate, PartialDateColumns
from estates_portal.fields import Day
from estates_portal.sorting import SortKey


def _address_columns():
    """(model, name) of every column with a web address, without histories."""
    for app in ("sites", "projects"):
        for model in apps.get_app_config(app).get_models():
            if model is Source or model.__name__.startswith("Historical"):
                continue
            for column in model._meta.local_fields:
                if isinstance(column, models.URLField):
                    yield model, column.name


class Source(models.Model):
    """A published page or paper. Facts have its address, and take its name and date from here.

    An address without a `Source` is named after its host.
    """

    url = models.URLField("web address", max_length=500, unique=True)
    publisher = models.CharField(max_length=120, help_text="Name of the publisher, for example NHS England")
    title = models.CharField(max_length=300, blank=True)
    dated_on = Day("date of publication", null=True, blank=True, not_future=True)
    date_precision = models.CharField(max_length=10, choices=DatePrecision, default=DatePrecision.DAY)

    date = PartialDateColumns("dated_on", "date_precision", empty=DatePrecision.DAY)

    history = HistoricalRecords()

    class Meta:
        ordering = ["publisher", SortKey("title"), "pk"]
        constraints = [
            known_choice("projects_source_precision_known", "Select a date precision", date_precision=DatePrecision)
        ]

    def __str__(self):
        return f"{self.publisher}: {self.title or self.url}"

    def reasons_to_keep(self):
        """Sentences why it cannot be deleted: facts have its address. At most a query for each column of addresses."""
        is_used = any(model._base_manager.filter(**{name: self.url}).exists() for model, name in _address_columns())
        return ["Facts name it as their source."] if is_used else []

    def clean(self):
        if self.dated_on and self.date_precision in DatePrecision.values:
            self.date = PartialDate.of(self.dated_on, self.date_precision)
