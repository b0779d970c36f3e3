"""The gazetteer: where postcodes, towns and diagnostic centres are, as loaded from published files."""

from django.db import models

from estates_portal.sorting import SortKey

from .place import Place
from .postcodes import PostcodeField


class GazetteerSource(models.Model):
    """What published file a part of the gazetteer is from, and the words that its licence asks for.

    Pages notice a load by these rows: those of the parts, which are many, do not move the change counter.
    """

    key = models.CharField(max_length=20, primary_key=True)
    title = models.CharField(max_length=200)
    publisher = models.CharField(max_length=200)
    edition = models.CharField(max_length=40, help_text="Its year or date, as text")
    source_url = models.URLField("source", max_length=500)
    attribution = models.TextField()
    fingerprint = models.CharField(max_length=64, help_text="Of the files and the places when they were loaded")

    class Meta:
        ordering = ["key"]

    def __str__(self):
        return self.title


class Point(models.Model):
    """Something at a point, in degrees (WGS84), and the place that it is in."""

    changes_pages = False

    latitude = models.FloatField()
    longitude = models.FloatField()
    place = models.ForeignKey(Place, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True


class Postcode(Point):
    """A postcode in the area of the portal, at its centre."""

    code = PostcodeField(primary_key=True)

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.code


class OutwardCode(models.Model):
    """The first half of postcodes, at the mean point of those in the area of the portal."""

    changes_pages = False
    PART = 0.9  # of its postcodes: with fewer inside, only a part of it is in the area

    code = models.CharField(max_length=4, primary_key=True)
    latitude = models.FloatField()
    longitude = models.FloatField()
    postcodes_inside = models.PositiveIntegerField()
    postcodes = models.PositiveIntegerField(help_text="Inside and outside the area")

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.code

    @property
    def is_partly_inside(self):
        return self.postcodes_inside < self.PART * self.postcodes


class Town(Point):
    """A town or village in the area of the portal."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, unique=True)
    is_main = models.BooleanField(help_text="A map of the whole area names it")

    class Meta:
        ordering = [SortKey("name"), "pk"]

    def __str__(self):
        return self.name


class DiagnosticCentre(Point):
    """A community diagnostic centre in the area of the portal."""

    name = models.CharField(max_length=200, unique=True)
    address = models.CharField(max_length=300)
    postcode = PostcodeField()
    services = models.CharField(max_length=300, blank=True)
    is_open_long = models.CharField("open 12 hours, 7 days a week", max_length=10, blank=True)

    class Meta:
        ordering = [SortKey("name"), "pk"]

    def __str__(self):
        return self.name
