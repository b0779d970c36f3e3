"""The yearly estate returns of sites."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from .site import Site


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
