"""Sites: land with buildings on it."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from estates_portal.addresses import AddressField
from estates_portal.constraints import known_choice

from .organisation import Organisation
from .place import Place
from .postcodes import PostcodeField
from .search import contains

# Wide enough for every point of the United Kingdom (OS National Grid extent, WGS84 degrees).
UK_LATITUDES = (49.8, 60.9)
UK_LONGITUDES = (-8.7, 1.8)


class SiteKind(models.TextChoices):
    ACUTE_HOSPITAL = "acute_hospital", "Acute hospital"
    COMMUNITY_HOSPITAL = "community_hospital", "Community hospital"
    HEALTH_CENTRE = "health_centre", "Health centre"
    HUB = "hub", "Hub"
    OTHER = "other", "Other"


class Tenure(models.TextChoices):
    FREEHOLD = "freehold", "Freehold"
    LEASEHOLD = "leasehold", "Leasehold"
    LICENCE = "licence", "Licence"


class Condition(models.TextChoices):
    """Physical condition by the NHS Estatecode six-facet survey."""

    A = "A", "A: as new"
    B = "B", "B: sound, with minor wear"
    C = "C", "C: major repair needed soon"
    D = "D", "D: about to fail"


class LocationPrecision(models.TextChoices):
    SITE = "site", "A published point for the site"
    POSTCODE = "postcode", "The centre of its postcode"


class SiteQuerySet(models.QuerySet):
    def located(self):
        """Sites with a known location, without example data: what maps show."""
        return self.filter(latitude__isnull=False, is_example=False)

    def matching(self, term):
        """Sites with a term in their name or address, or in their postcode if it has three characters or more.

        One or two characters match too many postcodes.
        """
        condition = contains("name", term) | contains("address", term)
        return self.filter(condition | contains("postcode", term) if len(term) > 2 else condition)


class Site(models.Model):
    """Land with buildings on it, or land for new ones."""

    name = models.CharField(max_length=200, unique=True)
    slug = AddressField(max_length=120, unique=True)
    kind = models.CharField("type", max_length=30, choices=SiteKind)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="sites")
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="owned_sites")
    address = models.CharField(max_length=300, blank=True)
    postcode = PostcodeField(blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    location_precision = models.CharField(max_length=10, choices=LocationPrecision, blank=True)
    ods_code = models.CharField("ODS code", max_length=10, unique=True, null=True, blank=True)
    uprn = models.CharField("UPRN", max_length=12, blank=True, help_text="Unique property reference number")
    tenure = models.CharField(max_length=20, choices=Tenure, blank=True)
    condition = models.CharField(
        max_length=1, choices=Condition, blank=True, help_text="Physical condition from the six-facet survey"
    )
    note = models.TextField(blank=True)
    source_url = models.URLField("source", max_length=500, blank=True)
    source_date = models.DateField(null=True, blank=True)
    is_example = models.BooleanField("example data", default=False, editable=False)

    objects = SiteQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [
            known_choice("sites_site_kind_known", "Select a type of site from the list", kind=SiteKind),
            models.CheckConstraint(
                name="sites_site_location_whole_and_in_uk",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,  # because a check on NULL passes
                    longitude__isnull=False,
                    latitude__range=UK_LATITUDES,
                    longitude__range=UK_LONGITUDES,
                ),
                violation_error_message="Enter a latitude and longitude in the United Kingdom, or leave both blank",
            ),
            known_choice(
                "sites_site_condition_known", "Select a condition from A to D", or_blank=True, condition=Condition
            ),
            known_choice("sites_site_tenure_known", "Select a tenure from the list", or_blank=True, tenure=Tenure),
            models.CheckConstraint(
                name="sites_site_ods_code_not_empty",
                condition=~Q(ods_code=""),
                violation_error_message="Leave ODS code blank if it is not known",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("sites:site_detail", args=[self.slug])

    def clean(self):
        if self.ods_code == "":
            self.ods_code = None

    @property
    def map_url(self):
        """The address of the site's location on OpenStreetMap."""
        point = f"{self.latitude}/{self.longitude}"
        return f"https://www.openstreetmap.org/?mlat={self.latitude}&mlon={self.longitude}#map=16/{point}"
