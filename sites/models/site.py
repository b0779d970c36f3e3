"""Sites: land with buildings on it."""

from collections import Counter

from django.db import models
from django.db.models import Count, Q, prefetch_related_objects
from django.db.models.functions import Lower
from django.urls import reverse
from simple_history.models import HistoricalRecords

from estates_portal.addresses import AddressField
from estates_portal.constraints import known_choice
from estates_portal.fields import Day
from estates_portal.sorting import SortKey

from .accepted import ACCEPTED, AcceptedQuerySet, accepted_field, accepted_of
from .identifier import Identifier, current_code, ends_after_start
from .organisation import Organisation
from .place import Place
from .postcodes import PostcodeField
from .search import contains

AGGREGATE = "AGGRE"  # in ERIC the code of all small sites of a trust together, so never the code of a site

# Wide enough for every point of the United Kingdom (OS National Grid extent, WGS84 degrees).
UK_LATITUDES = (49.8, 60.9)
UK_LONGITUDES = (-8.7, 1.8)


class SiteKind(models.TextChoices):
    ACUTE_HOSPITAL = "acute_hospital", "Acute hospital"
    COMMUNITY_HOSPITAL = "community_hospital", "Community hospital"
    HEALTH_CENTRE = "health_centre", "Health centre"
    HUB = "hub", "Hub"
    OTHER = "other", "Other"


class SiteScheme(models.TextChoices):
    ODS_SITE = "ods_site", "ODS site code"
    ODS_PRACTICE = "ods_practice", "ODS code of its GP practice"
    OTHER = "other", "Other"


class Tenure(models.TextChoices):
    FREEHOLD = "freehold", "Freehold"
    LEASEHOLD = "leasehold", "Leasehold"
    LICENCE = "licence", "Licence"


class LocationPrecision(models.TextChoices):
    SITE = "site", "A published point for the site"
    POSTCODE = "postcode", "The centre of its postcode"


class SiteQuerySet(AcceptedQuerySet):
    def located(self):
        """Accepted sites with a known location, without example data: what maps show to everyone."""
        return self.filter(latitude__isnull=False, is_example=False, accepted=True)

    def in_area(self):
        """Sites without those that are known to be elsewhere."""
        return self.filter(outside_area=False)

    def matching(self, term):
        """Sites with a term in their name or address, or in their postcode if it has three characters or more.

        One or two characters match too many postcodes. A code matches, current or earlier, if it is the whole term.
        """
        coded = SiteIdentifier.objects.filter(value__iexact=term, accepted=True).order_by()
        condition = contains("name", term) | contains("address", term) | Q(pk__in=coded.values("site"))
        return self.filter(condition | contains("postcode", term) if len(term) > 2 else condition)

    def shared_names(self):
        """{name in lower case} of the names that several of these sites have. One query."""
        counts = self.order_by().values_list(Lower("name")).annotate(number=Count("pk"))
        return {name for name, _number in counts.filter(number__gt=1)}


class Site(models.Model):
    """Land with buildings on it, or land for new ones."""

    name = models.CharField(max_length=200)
    slug = AddressField(max_length=120, unique=True)
    kind = models.CharField("type", max_length=30, choices=SiteKind)
    type_as_published = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="As its newest estate return gives it",
    )
    place = models.ForeignKey(
        Place,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sites",
        help_text="Leave blank if it is not known, or if the site is outside the area",
    )
    outside_area = models.BooleanField(
        "outside the area",
        default=False,
        db_default=False,
        help_text="In none of the places that the portal serves",
    )
    reported_by = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reported_sites",
        limit_choices_to=ACCEPTED,
        verbose_name="reporting organisation",
        help_text="The trust that reports its yearly figures, which can differ from the owner",
    )
    owner = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_sites",
        limit_choices_to=ACCEPTED,
    )
    address = models.CharField(max_length=300, blank=True)
    postcode = PostcodeField(blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    location_precision = models.CharField(max_length=10, choices=LocationPrecision, blank=True)
    uprn = models.CharField("UPRN", max_length=12, blank=True, help_text="Unique property reference number")
    tenure = models.CharField(max_length=20, choices=Tenure, blank=True)
    lease_ends_on = Day("lease ends on", null=True, blank=True, years=range(1900, 3000))
    note = models.TextField(blank=True)
    source_url = models.URLField("source", max_length=500, blank=True)
    source_date = Day(null=True, blank=True, not_future=True)
    accepted = accepted_field(default=True)
    is_example = models.BooleanField("example data", default=False, editable=False)

    own_rows = ("identifiers",)

    objects = SiteQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = [SortKey("name"), "slug"]
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
            known_choice("sites_site_tenure_known", "Select a tenure from the list", or_blank=True, tenure=Tenure),
            models.CheckConstraint(
                name="sites_site_outside_without_place",
                condition=Q(outside_area=False) | Q(place__isnull=True),
                violation_error_message="Leave the place blank if the site is outside the area",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("sites:site_detail", args=[self.slug])

    @property
    def ods_code(self):
        """The current ODS code of the site itself; None if it is not known. Reads `identifiers`: a list prefetches."""
        return current_code(self.codes, SiteScheme.ODS_SITE)

    @property
    def codes(self):
        """The identifiers that everyone can see. Reads `identifiers`."""
        return accepted_of(self.identifiers)

    @property
    def earlier_codes(self):
        """The codes that no longer hold. Reads `identifiers`."""
        return [code for code in self.codes if code.superseded]

    @property
    def where(self):
        """The name of its place, "Outside the area" or "Not known". Reads `place`."""
        if self.place:
            return self.place.name
        return "Outside the area" if self.outside_area else "Not known"

    def details(self, *, every_code=False):
        """["Anytown", "Any Trust", "RXX01"]: what tells it from other sites of its name, as far as it is known.

        Its place or town, who reports or else owns it, and its code: with `every_code` also those that are not public.
        Reads `place`, `reported_by`, `owner` and `identifiers`.
        """
        town = self.address.rpartition(",")[2].strip()
        reporters = [self.reported_by, self.owner]
        reporter = next((body for body in reporters if body and (body.accepted or every_code)), None)
        codes = self.identifiers.all() if every_code else self.codes
        known = [self.place.name if self.place else town, reporter and reporter.label, *map(str, codes[:1])]
        return list(filter(None, known)) or [self.where]

    @property
    def map_url(self):
        """The address of the site's location on OpenStreetMap."""
        point = f"{self.latitude}/{self.longitude}"
        return f"https://www.openstreetmap.org/?mlat={self.latitude}&mlon={self.longitude}#map=16/{point}"


def distinct_names(sites, shared=()):
    """{id: name} of the sites, with their details where several of them share a name, or where it is in `shared`.

    Four queries; none if no name is shared.
    """
    counts = Counter([*(site.name.casefold() for site in sites), *shared])
    alike = [site for site in sites if counts[site.name.casefold()] > 1]
    prefetch_related_objects(alike, "place", "reported_by", "owner", "identifiers")
    names = {site.pk: site.name for site in sites}
    return names | {site.pk: f"{site.name} ({', '.join(site.details())})" for site in alike}


def with_full_names(sites):
    """The sites as a list, each with `full_name`, its name of `distinct_names`."""
    sites = list(sites)
    names = distinct_names(sites)
    for site in sites:
        site.full_name = names[site.pk]
    return sites


class SiteIdentifier(Identifier):
    """A code of a site: of the site itself, or of a GP practice in it. No two sites ever have the same."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="identifiers")
    scheme = models.CharField("type", max_length=15, choices=SiteScheme, default=SiteScheme.ODS_SITE)
    accepted = accepted_field(default=True)

    history = HistoricalRecords()

    class Meta(Identifier.Meta):
        verbose_name = "site code"
        constraints = [
            models.UniqueConstraint(
                name="sites_siteidentifier_of_one_site",
                fields=["scheme", "value"],
                violation_error_message="This code already belongs to a site",
            ),
            models.CheckConstraint(
                name="sites_siteidentifier_not_aggregate",
                condition=~Q(value__iexact=AGGREGATE),
                violation_error_message=f"{AGGREGATE} means several sites together. Enter the code of this site",
            ),
            known_choice("sites_siteidentifier_scheme_known", "Select a type of code from the list", scheme=SiteScheme),
            ends_after_start("sites_siteidentifier_ends_after_start"),
        ]
