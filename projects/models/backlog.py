"""What projects remove of the backlog maintenance of sites, in dated statements."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from simple_history.models import HistoricalRecords

from estates_portal.amounts import Pounds
from estates_portal.constraints import known_choice
from estates_portal.dates import DatePrecision
from estates_portal.sorting import SortKey
from estates_portal.statements import StageBasis

from .finance import FIRST_YEAR, LAST_YEAR, SourcedAmount, whole_pounds, year_label
from .project import Project


class BacklogBand(models.TextChoices):
    """The bands of backlog by risk, as in estate returns, the highest risk first."""

    HIGH = "high", "High"
    SIGNIFICANT = "significant", "Significant"
    MODERATE = "moderate", "Moderate"
    LOW = "low", "Low"

    @property
    def column(self):
        """The column of this band in an estate return."""
        return f"backlog_{self.value}_pounds"


# The bands that are critical infrastructure risk.
CIR_REMOVED = (BacklogBand.HIGH, BacklogBand.SIGNIFICANT)


class BacklogRemovedQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Statements that `user` can see: those of projects whose finance they can see. The public sees none."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(project__in=Project.objects.visible_to(user).order_by().values("pk"))

    def by_site_and_band(self):
        """In the order of the sites and of the risk, the newest first."""
        rank = Case(*(When(band=band, then=Value(number)) for number, band in enumerate(BacklogBand)))
        return self.select_related("site").order_by(SortKey("site__name"), "site", rank, *self.model._meta.ordering)


class BacklogRemoved(SourcedAmount):
    """The backlog of one band that a project removes at a site, as stated once.

    Of the statements of a project, site and band the newest holds. The amount is in the prices of `price_year`, the
    first calendar year of a financial year, if it is known.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="backlog_removed")
    site = models.ForeignKey("sites.Site", on_delete=models.PROTECT, related_name="backlog_removed")
    band = models.CharField("risk", max_length=12, choices=BacklogBand)
    amount_pounds = Pounds("amount (£)")
    price_year = models.PositiveSmallIntegerField(
        "price year",
        null=True,
        blank=True,
        validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)],
        help_text="The year in which the financial year starts, for example 2025 for 2025/26",
    )
    source_words = models.CharField("source text", max_length=300, blank=True, help_text="For example, the title")

    objects = BacklogRemovedQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "statement of backlog removed"
        verbose_name_plural = "statements of backlog removed"
        ordering = [F("as_of").desc(nulls_last=True), "-pk"]
        constraints = [
            known_choice("projects_backlogremoved_band_known", "Select a risk from the list", band=BacklogBand),
            known_choice(
                "projects_backlogremoved_precision_known", "Select a date precision", as_of_precision=DatePrecision
            ),
            models.CheckConstraint(
                name="projects_backlogremoved_not_negative",
                condition=Q(amount_pounds__gte=0),
                violation_error_message="Amount must be 0 or more",
            ),
            models.CheckConstraint(
                name="projects_backlogremoved_price_year_in_range",
                condition=Q(price_year__isnull=True) | Q(price_year__range=(FIRST_YEAR, LAST_YEAR)),
                violation_error_message=f"Year must be between {FIRST_YEAR} and {LAST_YEAR}",
            ),
        ]

    def __str__(self):
        return f"£{whole_pounds(self.amount_pounds):,} of {self.band_label.lower()} at {self.site}"

    def clean(self):
        """Raise ValidationError for a new statement on a site that is not one of the project."""
        if self._state.adding and self.site_id and self.project_id and not self._is_at_a_site_of_the_project():
            raise ValidationError({"site": "Select a site of this project"}, code="other_site")

    def _is_at_a_site_of_the_project(self):
        return self.site_id == self.project.site_id or self.project.all_sites().filter(pk=self.site_id).exists()

    @property
    def band_label(self):
        """ "High risk backlog"."""
        return f"{self.get_band_display()} risk backlog"

    @property
    def prices(self):
        """The financial year of the prices: "2014/15"; "" if it is not stated."""
        return "" if self.price_year is None else year_label(self.price_year)

    @property
    def basis_label(self):
        """What the amount rests on: a source at an address or in the source text, or someone who entered it."""
        if self.source_confirmed and self.source_words:
            return StageBasis.STATED.label
        return super().basis_label


def newest_removed(statements):
    """{(project id, site id, band): its statement that holds} of statements with the newest first."""
    newest = {}
    for statement in statements:
        newest.setdefault((statement.project_id, statement.site_id, statement.band), statement)
    return newest
