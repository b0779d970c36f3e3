"""The local authority areas of the system."""

from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords

from estates_portal.addresses import AddressField
from estates_portal.fields import Day
from estates_portal.sorting import SortKey

from .accepted import ACCEPTED


class Place(models.Model):
    """One of the local authority areas that make up the system."""

    name = models.CharField(max_length=100, unique=True)
    slug = AddressField(max_length=100, unique=True)
    gss_code = models.CharField("GSS code", max_length=9, blank=True, help_text="ONS area code")
    council = models.ForeignKey(
        "Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="places_governed",
        limit_choices_to=ACCEPTED,
    )
    population = models.PositiveIntegerField(null=True, blank=True)
    population_on = Day("population counted on", null=True, blank=True, not_future=True)
    source_url = models.URLField("source", max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = [SortKey("name"), "pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("sites:place_detail", args=[self.slug])
