"""The integrated care system, its places and organisations, and the sites they own."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import formats
from simple_history.models import HistoricalRecords

from estates_portal.addresses import AddressField
from estates_portal.constraints import known_choice
from estates_portal.identity import forget_system

from .map import BadBoundary, outlines

POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")
# Wide enough for every point of the United Kingdom (OS National Grid extent, WGS84 degrees).
UK_LATITUDES = (49.8, 60.9)
UK_LONGITUDES = (-8.7, 1.8)


def normalise_postcode(typed):
    """Return a UK postcode in capitals with one space ("mk65ld" gives "MK6 5LD"), or "" for a blank.

    Raises ValidationError if it is not a postcode.
    """
    squeezed = re.sub(r"\s+", "", typed or "").upper()
    if not squeezed:
        return ""
    match = POSTCODE.fullmatch(squeezed)
    if not match:
        raise ValidationError("Enter a full UK postcode, for example MK6 5LD", code="postcode")
    return f"{match[1]} {match[2]}"


def contains(field, term):
    """The condition that a text column contains a term, in any case.

    SQLite ignores the case of ASCII letters only, so other terms are also searched in lower and upper case.
    """
    condition = Q(**{f"{field}__icontains": term})
    if not term.isascii():
        for spelling in (term.lower(), term.upper()):
            if len(spelling) == len(term):  # "ß" in capitals is "SS", which is another term
                condition |= Q(**{f"{field}__icontains": spelling})
    return condition


class PostcodeField(models.CharField):
    """A UK postcode, cleaned to capitals and one space by `normalise_postcode`."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 8)
        super().__init__(*args, **kwargs)

    def to_python(self, value):
        return normalise_postcode(super().to_python(value))

    def formfield(self, **kwargs):
        # Room for extra spaces, which to_python() removes.
        return super().formfield(**{"max_length": 20, **kwargs})


class SiteKind(models.TextChoices):
    ACUTE_HOSPITAL = "acute_hospital", "Acute hospital"
    COMMUNITY_HOSPITAL = "community_hospital", "Community hospital"
    HEALTH_CENTRE = "health_centre", "Health centre"
    HUB = "hub", "Hub"
    OTHER = "other", "Other"


class OrganisationKind(models.TextChoices):
    ICB = "icb", "Integrated care board"
    NHS_TRUST = "nhs_trust", "NHS trust"
    COUNCIL = "council", "Council"
    PRIMARY_CARE_NETWORK = "primary_care_network", "Primary care network"
    GP_PRACTICE = "gp_practice", "GP practice"
    PROPERTY_COMPANY = "property_company", "Property company"
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


class SystemManager(models.Manager):
    def current(self):
        """The system that this portal serves, or a neutral unsaved one before it is loaded."""
        return self.first() or self.model(name="this area")


class System(models.Model):
    """The integrated care system that this portal serves. There is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=200, help_text="As it reads after “health and care buildings in”")
    short_name = models.CharField(max_length=30, help_text="For page titles and the name of the portal")
    organisation = models.ForeignKey(
        "Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The integrated care board that runs the portal",
    )
    office_email = models.EmailField(
        "programme office email", blank=True, help_text="Shown on pages and emails that say who to contact"
    )
    office_team = models.CharField(
        "programme office name",
        max_length=200,
        blank=True,
        db_default="",
        default="",
        help_text="For example, its team",
    )
    office_telephone = models.CharField("telephone", max_length=40, blank=True, db_default="", default="")
    office_address = models.TextField("postal address", blank=True, db_default="", default="")
    data_protection_contact = models.CharField(
        max_length=300,
        blank=True,
        db_default="",
        default="",
        help_text="Role and email address or telephone of the data protection officer",
    )
    contact_checked_on = models.DateField("contact details checked on", null=True, blank=True)
    strategy_summary = models.CharField(
        max_length=300, blank=True, help_text="Describe the aim of the estates strategy in one sentence"
    )
    openings_since = models.PositiveSmallIntegerField(
        "count openings since",
        null=True,
        blank=True,
        validators=[MinValueValidator(1990), MaxValueValidator(2100)],
        help_text="The home page counts openings from this year",
    )
    search_examples = models.CharField(max_length=200, blank=True, help_text="Suggested searches, separated by commas")
    about_the_data = models.TextField(
        blank=True, help_text="Sources, gaps and licences for the page “About the data”, in Markdown"
    )
    attribution = models.TextField(
        blank=True,
        db_default="",
        default="",
        help_text="Words that the licences of the data ask for. They stand in every download",
    )
    boundary = models.TextField(blank=True, help_text="Outlines of the places for maps, as GeoJSON")
    changed_at = models.DateTimeField(auto_now=True)

    objects = SystemManager()
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "system"
        constraints = [
            models.CheckConstraint(
                name="sites_system_one_row",
                condition=Q(id=1),
                violation_error_message="There is only one system",
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        forget_system()

    def clean(self):
        try:
            outlines(self.boundary)
        except BadBoundary as error:
            raise ValidationError({"boundary": str(error)}) from error

    @property
    def service_name(self):
        """The name of the portal, for the header, titles and emails."""
        return f"{self.short_name} estates portal" if self.short_name else "Estates portal"

    @property
    def contact_email(self):
        """The email address of the programme office, by default that of the settings; "" if there is none."""
        return self.office_email or settings.CONTACT_EMAIL

    @property
    def missing_contact_details(self):
        """The names of the contact details that a public service needs and that are not filled in."""
        details = {
            "programme office name": self.office_team,
            "telephone": self.office_telephone,
            "postal address": self.office_address,
            "data protection contact": self.data_protection_contact,
            "contact details checked on": self.contact_checked_on,
        }
        return [name for name, value in details.items() if not value]

    @property
    def searches(self):
        """The suggested searches, in order."""
        return [search.strip() for search in self.search_examples.split(",") if search.strip()]


class Place(models.Model):
    """One of the local authority areas that make up the system."""

    name = models.CharField(max_length=100, unique=True)
    slug = AddressField(max_length=100, unique=True)
    gss_code = models.CharField("GSS code", max_length=9, blank=True, help_text="ONS area code")
    council = models.ForeignKey(
        "Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="places_governed"
    )
    population = models.PositiveIntegerField(null=True, blank=True)
    population_on = models.DateField("population counted on", null=True, blank=True)
    source_url = models.URLField("source", max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("sites:place_detail", args=[self.slug])


# Organisations, and those that ended by a day with one of them as the last successor. UNION stops at circles.
LINEAGE = """
WITH RECURSIVE lineage (id) AS (
    SELECT id FROM sites_organisation WHERE id IN ({ids})
    UNION
    SELECT former.id FROM sites_organisation former JOIN lineage ON former.successor_id = lineage.id
    WHERE former.valid_to <= %s
)
SELECT id FROM lineage
"""


class OrganisationQuerySet(models.QuerySet):
    def lineage(self, organisation_ids, on):
        """These organisations and all that they have succeeded by the day `on`: they have their rights and duties.

        Use it inside other queries: every rule that compares a record's organisation does.
        """
        if not organisation_ids:
            return self.none()
        sql = LINEAGE.format(ids=", ".join(["%s"] * len(organisation_ids)))
        ids = RawSQL(sql, [*organisation_ids, on])  # noqa: S611 - a constant with placeholders only
        return self.filter(pk__in=ids).order_by()

    def successions(self, on):
        """{id of an organisation that has ended: [those after it, the one that acts for it on the day `on` last]}.

        One query.
        """
        ended = self.filter(valid_to__lte=on, successor__isnull=False).select_related("successor").order_by()
        ended_by_id = {organisation.pk: organisation for organisation in ended}
        for organisation in ended_by_id.values():
            organisation.successor = ended_by_id.get(organisation.successor_id, organisation.successor)
        return {pk: organisation.line_of_successors(on) for pk, organisation in ended_by_id.items()}

    def not_merged(self):
        """Organisations without records that were merged into another."""
        return self.filter(merged_into=None)

    def existing(self, on):
        """Organisations that existed on the day `on`. A missing start or end date means no limit."""
        return self.not_merged().filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=on), Q(valid_to__isnull=True) | Q(valid_to__gt=on)
        )


class Organisation(models.Model):
    """An organisation under one name. If it merges or is renamed, it ends and its successor is another row."""

    name = models.CharField(max_length=200, unique=True)
    short_name = models.CharField(max_length=60, blank=True, help_text="For tables, for example its initials")
    slug = AddressField(max_length=120, unique=True)
    kind = models.CharField("type", max_length=30, choices=OrganisationKind)
    ods_code = models.CharField("ODS code", max_length=10, unique=True, null=True, blank=True)
    place = models.ForeignKey(
        Place,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="organisations",
        help_text="Leave blank if it covers more than one place or is outside",
    )
    network = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="practices",
        limit_choices_to={"kind": OrganisationKind.PRIMARY_CARE_NETWORK},
        help_text="The primary care network of a GP practice",
    )
    postcode = PostcodeField(blank=True)
    valid_from = models.DateField("valid from", null=True, blank=True)
    valid_to = models.DateField("valid to", null=True, blank=True, help_text="First day after it ended or was renamed")
    successor = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="predecessors")
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        help_text="The record of the same organisation that has replaced this one",
    )
    note = models.TextField(blank=True)
    source_url = models.URLField("source", max_length=500, blank=True)
    is_example = models.BooleanField("example data", default=False, editable=False)

    named_references = ("merged",)  # `reasons_to_keep` names them

    objects = OrganisationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [
            known_choice(
                "sites_organisation_kind_known", "Select a type of organisation from the list", kind=OrganisationKind
            ),
            models.CheckConstraint(
                name="sites_organisation_ends_after_start",
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="Valid to must be after valid from",
            ),
            models.CheckConstraint(
                name="sites_organisation_ods_code_not_empty",
                condition=~Q(ods_code=""),
                violation_error_message="Leave ODS code blank if it is not known",
            ),
            models.CheckConstraint(
                name="sites_organisation_not_own_successor",
                condition=Q(successor__isnull=True) | ~Q(successor=F("id")),
                violation_error_message="Select a successor that is another organisation",
            ),
            models.CheckConstraint(
                name="sites_organisation_not_merged_into_itself",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                violation_error_message="Select another organisation to merge into",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("sites:organisation_detail", args=[self.slug])

    @property
    def label(self):
        """The short name, or the name if there is none."""
        return self.short_name or self.name

    def clean(self):
        """Raise ValidationError for a successor that this organisation succeeds. One query for each one after it."""
        if self.ods_code == "":
            self.ods_code = None
        successor, seen = self.successor, set()
        while successor is not None and successor.pk not in seen:
            if self.pk is not None and successor.pk == self.pk:
                raise ValidationError(
                    {"successor": "Select a successor that this organisation does not succeed"}, code="circle"
                )
            seen.add(successor.pk)
            successor = successor.successor

    def line_of_successors(self, on):
        """[Those after this organisation on the day `on`, in order]; empty if it has not ended or has no successor.

        A query for each one that is not loaded.
        """
        line, seen, last = [], {self.pk}, self
        while last.successor and last.valid_to and last.valid_to <= on and last.successor.pk not in seen:
            last = last.successor
            line.append(last)
            seen.add(last.pk)
        return line

    def reasons_to_keep(self):
        """Sentences why it cannot be deleted, beside what refers to it. At most two queries.

        The addresses of merged records lead to the remaining one for good.
        """
        reasons = [f"It ended on {formats.date_format(self.valid_to, 'j F Y')}."] if self.valid_to else []
        if self.merged_into:
            reasons.append(f"It was merged into {self.merged_into}, and old links to it lead there.")
        return reasons + [f"{merged} was merged into it." for merged in self.merged.all()]

    def exists_on(self, on):
        """Whether the organisation existed under this name on the day `on`."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


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


def estate_figure(name, **kwargs):
    """A yearly figure in pounds or m2, which can be blank but not negative."""
    return models.DecimalField(
        name, max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)], **kwargs
    )


ESTATE_FIGURES = [
    "gross_internal_area_m2",
    "backlog_low_pounds",
    "backlog_moderate_pounds",
    "backlog_significant_pounds",
    "backlog_high_pounds",
    "running_cost_pounds",
]


class EstateReturn(models.Model):
    """A site's figures for one financial year, as in the Estates Returns Information Collection (ERIC)."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="estate_returns")
    year = models.PositiveSmallIntegerField(
        "financial year starting",
        validators=[MinValueValidator(1990), MaxValueValidator(2100)],
        help_text="The year in which the financial year starts, for example 2025 for 2025/26",
    )
    gross_internal_area_m2 = estate_figure("gross internal area (m2)")
    backlog_low_pounds = estate_figure("low risk backlog (£)")
    backlog_moderate_pounds = estate_figure("moderate risk backlog (£)")
    backlog_significant_pounds = estate_figure("significant risk backlog (£)")
    backlog_high_pounds = estate_figure("high risk backlog (£)")
    running_cost_pounds = estate_figure("running cost (£)")
    source_url = models.URLField("source", max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(
                name="sites_estatereturn_one_a_year",
                fields=["site", "year"],
                violation_error_message="This site already has a return for that year",
            ),
            *(
                models.CheckConstraint(
                    name=f"sites_estatereturn_{figure.removesuffix('_pounds')}_not_negative",
                    condition=Q(**{f"{figure}__isnull": True}) | Q(**{f"{figure}__gte": 0}),
                    violation_error_message="Enter a figure of 0 or more",
                )
                for figure in ESTATE_FIGURES
            ),
        ]

    def __str__(self):
        return f"{self.site}, {self.financial_year}"

    @property
    def financial_year(self):
        """The financial year, for example "2025/26"."""
        return f"{self.year}/{(self.year + 1) % 100:02d}"


class FormerAddress(models.Model):
    """A slug that a record had before. Written by database triggers (see `estates_portal.addresses`)."""

    changes_pages = False  # the slug of the record changes too

    kind = models.CharField(max_length=20, help_text="The model of the record, for example “project”")
    slug = models.SlugField(max_length=120, db_index=False)
    object_id = models.PositiveBigIntegerField()

    class Meta:
        verbose_name_plural = "former addresses"
        ordering = ["slug"]
        indexes = [models.Index(fields=["kind", "object_id"], name="sites_formeraddress_object")]  # of a record
        constraints = [
            models.UniqueConstraint(
                name="sites_formeraddress_once_a_kind",
                fields=["kind", "slug"],
                violation_error_message="This former address is already recorded",
            )
        ]

    def __str__(self):
        return self.slug


class Revision(models.Model):
    """The change counter: one row, written by database triggers (see `estates_portal.caching`)."""

    number = models.BigIntegerField()

    class Meta:
        managed = True

    def __str__(self):
        return str(self.number)
