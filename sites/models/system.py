"""The integrated care system that the portal serves."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from estates_portal.fields import Day
from estates_portal.identity import forget_system
from sites.map import BadBoundary, outlines

from .accepted import ACCEPTED


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
        limit_choices_to=ACCEPTED,
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
    contact_checked_on = Day("contact details checked on", null=True, blank=True, not_future=True)
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
        help_text="Text that the licences of the data ask for. Every download has it",
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
