"""What is known of the state of sites: condition surveys, and the yearly estate returns."""

import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf
from simple_history.models import HistoricalRecords

from estates_portal.constraints import known_choice
from estates_portal.fields import Day
from estates_portal.statements import DatePrecision, StageBasis

from .accepted import AcceptedQuerySet, accepted_field
from .identifier import CodeField
from .organisation import Organisation
from .site import Site

# Condition -----------------------------------------------------------------------------------------------------------


class Facet(models.TextChoices):
    """The six facets of an estate survey by NHS Estatecode."""

    PHYSICAL = "physical", "Physical condition"
    SUITABILITY = "suitability", "Functional suitability"
    SPACE = "space", "Space utilisation"
    QUALITY = "quality", "Quality"
    STATUTORY = "statutory", "Statutory compliance"
    ENVIRONMENT = "environment", "Environmental management"


class Grade(models.TextChoices):
    """The grades of a facet. X means that only rebuilding can correct it."""

    A = "A", "A: as new"
    B = "B", "B: sound, with minor wear"
    C = "C", "C: major repair needed soon"
    CX = "CX", "CX: major repair needed soon, only possible by rebuilding"
    D = "D", "D: about to fail"
    DX = "DX", "DX: about to fail, only possible to correct by rebuilding"


class ConditionSurvey(models.Model):
    """The grade of one facet of a site in one survey. The newest holds; undated ones count as the oldest."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="surveys")
    facet = models.CharField(max_length=12, choices=Facet, default=Facet.PHYSICAL)
    grade = models.CharField(max_length=2, choices=Grade)
    surveyed_on = Day("surveyed on", null=True, blank=True, not_future=True)
    surveyed_on_precision = models.CharField(
        "date known to", max_length=10, choices=DatePrecision, default=DatePrecision.DAY
    )
    source_words = models.CharField("source text", max_length=300, blank=True)
    source_url = models.URLField("source", max_length=500, blank=True)
    accepted = accepted_field()

    objects = AcceptedQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["facet", F("surveyed_on").desc(nulls_last=True), "-pk"]
        constraints = [
            known_choice("sites_conditionsurvey_facet_known", "Select a facet from the list", facet=Facet),
            known_choice("sites_conditionsurvey_grade_known", "Select a grade from the list", grade=Grade),
            known_choice(
                "sites_conditionsurvey_precision_known",
                "Select a date precision",
                surveyed_on_precision=DatePrecision,
            ),
        ]

    def __str__(self):
        return f"{self.get_facet_display()} {self.grade}"


def with_condition(sites, reader):
    """The sites with `condition`, `surveyed_on` and `surveyed_on_precision` of the newest physical survey.

    Also with `survey_accepted`. Of the surveys that `reader` can see. All are None without one.
    """
    surveys = ConditionSurvey.objects.visible_to(reader).filter(site=OuterRef("pk"), facet=Facet.PHYSICAL)
    newest = surveys.order_by(F("surveyed_on").desc(nulls_last=True), "-pk")
    return sites.annotate(
        condition=Subquery(newest.values("grade")[:1]),
        surveyed_on=Subquery(newest.values("surveyed_on")[:1]),
        surveyed_on_precision=Subquery(newest.values("surveyed_on_precision")[:1]),
        survey_accepted=Subquery(newest.values("accepted")[:1]),
    )


# Returns -------------------------------------------------------------------------------------------------------------


def figure(label):
    """A yearly figure in pounds or square metres. It can be unknown, but not negative."""
    return models.DecimalField(
        label, max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )


def share(label):
    """A yearly figure in per cent. It can be unknown."""
    return models.DecimalField(
        label,
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )


AMOUNTS = (
    "gross_internal_area_m2",
    "occupied_area_m2",
    "backlog_high_pounds",
    "backlog_significant_pounds",
    "backlog_moderate_pounds",
    "backlog_low_pounds",
    "risk_adjusted_backlog_pounds",
    "hard_fm_pounds",
    "soft_fm_pounds",
    "finance_cost_pounds",
    "energy_cost_pounds",
)
SHARES = ("unsuitable_percent", "void_percent")
ESTATE_FIGURES = (*AMOUNTS, *SHARES)
# What the totals are the sum of. A total is unknown if one of its parts is unknown.
CIR = ("backlog_high_pounds", "backlog_significant_pounds")
BACKLOG = (*CIR, "backlog_moderate_pounds", "backlog_low_pounds")
RUNNING_COST = ("hard_fm_pounds", "soft_fm_pounds")
# The bases of a return; no project leads a site.
RETURN_BASES = [StageBasis.STATED, StageBasis.INFERRED, StageBasis.OFFICE]


def sum_of(columns):
    """The sum of columns as an expression: NULL if one of them is."""
    first, *others = (F(column) for column in columns)
    return sum(others, start=first)


class EstateReturnQuerySet(AcceptedQuerySet):
    def naming_visible(self, reader):
        """Returns that `reader` can see, of a site and organisations that `reader` can see too."""
        visible = self.visible_to(reader)
        if reader.is_authenticated:
            return visible
        return visible.exclude(
            Q(site__accepted=False) | Q(aggregate_of__accepted=False) | Q(reported_by__accepted=False)
        )

    def reported_by(self, organisations):
        """Returns of the sites that these organisations reported, and their aggregates."""
        return self.filter(Q(reported_by__in=organisations) | Q(aggregate_of__in=organisations))

    def with_totals(self):
        """With the totals as columns, to sort, filter and add up: `cir`, `backlog` and `running_cost`."""
        return self.annotate(cir=sum_of(CIR), backlog=sum_of(BACKLOG), running_cost=sum_of(RUNNING_COST))


class EstateReturn(models.Model):
    """The figures of a site for one financial year, as in the Estates Returns Information Collection (ERIC).

    A trust reports its small sites together, as its aggregate: then `aggregate_of` is set in place of `site`. Two
    trusts can report one site: each is a separate return. Money is in the prices of the year.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="estate_returns")
    aggregate_of = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="aggregate_returns",
        verbose_name="organisation of the aggregate",
        help_text="The trust that reports several small sites together",
    )
    year = models.PositiveSmallIntegerField(
        "financial year starting",
        validators=[MinValueValidator(1990), MaxValueValidator(2100)],
        help_text="The year in which the financial year starts, for example 2025 for 2025/26",
    )
    reported_by = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="estate_returns",
        verbose_name="reporting organisation",
        help_text="The trust that reported the site in that year. Leave blank for an aggregate",
    )
    reported_as = models.CharField(
        "organisation as published",
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="Its name in the return, word for word",
    )
    site_code_as_published = CodeField(
        "site code as published",
        max_length=40,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Blank for returns that no file gave, and for those of earlier imports",
    )
    site_name_as_published = models.CharField(
        "site name as published", max_length=200, blank=True, default="", db_default=""
    )
    site_type_as_published = models.CharField(
        "site type as published", max_length=100, blank=True, default="", db_default=""
    )

    gross_internal_area_m2 = figure("gross internal area (m²)")
    occupied_area_m2 = figure("occupied area (m²)")
    unsuitable_percent = share("not functionally suitable (%)")
    void_percent = share("void (%)")
    backlog_high_pounds = figure("high risk backlog (£)")
    backlog_significant_pounds = figure("significant risk backlog (£)")
    backlog_moderate_pounds = figure("moderate risk backlog (£)")
    backlog_low_pounds = figure("low risk backlog (£)")
    risk_adjusted_backlog_pounds = figure("risk-adjusted backlog (£)")
    hard_fm_pounds = figure("hard facilities management (£)")
    soft_fm_pounds = figure("soft facilities management (£)")
    finance_cost_pounds = figure("finance cost (£)")
    energy_cost_pounds = figure("energy cost (£)")
    age_bands = models.JSONField(
        "age bands",
        default=list,
        db_default=[],
        blank=True,
        help_text="[band as published, share of the floor area in per cent]",
    )
    why_unknown = models.JSONField(
        "why figures are unknown",
        default=dict,
        db_default={},
        blank=True,
        help_text="{column: the words of the return}",
    )

    basis = models.CharField(
        max_length=10,
        choices=[(basis.value, basis.label) for basis in RETURN_BASES],
        default=StageBasis.STATED,
        db_default=StageBasis.STATED,
    )
    source_words = models.CharField(
        "source text",
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text="For example, the title of the publication",
    )
    source_url = models.URLField("source", max_length=500, blank=True)
    source_row = models.PositiveIntegerField("row in the file", null=True, blank=True)
    published_on = Day("published on", null=True, blank=True, not_future=True)
    accepted = accepted_field()

    objects = EstateReturnQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-year", "reported_as", "pk"]
        constraints = [
            models.CheckConstraint(
                name="sites_estatereturn_of_site_or_aggregate",
                condition=Q(site__isnull=True, aggregate_of__isnull=False)
                | Q(site__isnull=False, aggregate_of__isnull=True),
                violation_error_message="Select a site, or the organisation of the aggregate",
            ),
            models.CheckConstraint(
                name="sites_estatereturn_aggregate_reports_itself",
                condition=Q(aggregate_of__isnull=True) | Q(reported_by__isnull=True),
                violation_error_message="Leave the reporting organisation blank for an aggregate",
            ),
            models.UniqueConstraint(
                name="sites_estatereturn_one_a_year_and_reporter",
                fields=["site", "year", "reported_by"],
                violation_error_message="This site already has a return of that organisation for that year",
            ),
            models.UniqueConstraint(
                name="sites_estatereturn_one_a_year_without_reporter",
                fields=["site", "year"],
                condition=Q(reported_by__isnull=True),
                violation_error_message="This site already has a return for that year",
            ),
            models.UniqueConstraint(
                name="sites_estatereturn_one_aggregate_a_year",
                fields=["aggregate_of", "year"],
                violation_error_message="This organisation already has an aggregate for that year",
            ),
            models.CheckConstraint(
                name="sites_estatereturn_basis_known",
                condition=Q(basis__in=RETURN_BASES),
                violation_error_message="Select a basis from the list",
            ),
            *(
                models.CheckConstraint(
                    name=f"sites_estatereturn_{column.removesuffix('_pounds')}_not_negative",
                    condition=Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__gte": 0}),
                    violation_error_message="Enter a figure of 0 or more",
                )
                for column in AMOUNTS
            ),
            *(
                models.CheckConstraint(
                    name=f"sites_estatereturn_{column}_up_to_100",
                    condition=Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__range": (0, 100)}),
                    violation_error_message="Enter a share from 0 to 100",
                )
                for column in SHARES
            ),
        ]

    def __str__(self):
        name = self.site or f"Aggregate of {self.aggregate_of}"
        return f"{name}, {self.financial_year}"

    @property
    def financial_year(self):
        """The financial year, for example "2025/26"."""
        return f"{self.year}/{(self.year + 1) % 100:02d}"

    @property
    def as_at(self):
        """The last day of its financial year."""
        return datetime.date(self.year + 1, 3, 31)

    @property
    def reporter(self):
        """The organisation that reported it, or None. Reads `aggregate_of` or `reported_by`."""
        return self.aggregate_of or self.reported_by

    # Worked out, never stored: unknown if a part is unknown

    @property
    def cir_pounds(self):
        """Critical infrastructure risk: the high and significant risk backlog."""
        return self._total(CIR)

    @property
    def backlog_pounds(self):
        return self._total(BACKLOG)

    @property
    def running_cost_pounds(self):
        """Hard and soft facilities management, without finance."""
        return self._total(RUNNING_COST)

    @property
    def cir_per_m2(self):
        return self._per_m2(self.cir_pounds)

    @property
    def running_cost_per_m2(self):
        return self._per_m2(self.running_cost_pounds)

    def _total(self, columns):
        parts = [getattr(self, column) for column in columns]
        return None if None in parts else sum(parts)

    def _per_m2(self, pounds):
        return pounds / self.gross_internal_area_m2 if pounds is not None and self.gross_internal_area_m2 else None


# {key: (label, condition)} of the bands of critical infrastructure risk of sites `with_newest_figures`.
CIR_BANDS = {
    "none": ("None", Q(cir=0)),
    "under_1m": ("Under £1m", Q(cir__gt=0, cir__lt=1_000_000)),
    "1m_to_5m": ("£1m to £5m", Q(cir__range=(1_000_000, 5_000_000))),
    "over_5m": ("Over £5m", Q(cir__gt=5_000_000)),
    "unknown": ("Not known", Q(cir__isnull=True)),
}


def with_newest_figures(sites, reader, *more):
    """The sites with `return_year`, `area`, `backlog` and `cir` of the newest return that `reader` can see.

    Also with `return_accepted`, with `returned_by`, the name of who reported it, and with the columns `more` of that
    return. Of two in a year, those of the first; `returns_that_year` is their number. All are None without a return.
    """
    returns = EstateReturn.objects.visible_to(reader).filter(site=OuterRef("pk")).with_totals()
    newest = returns.order_by("-year", "pk")
    name = Coalesce(NullIf("reported_by__short_name", Value("")), "reported_by__name")
    if not reader.is_authenticated:
        name = Case(When(reported_by__accepted=True, then=name))
    reporter = Coalesce(name, "reported_as")
    sites = sites.annotate(
        return_year=Subquery(newest.values("year")[:1]),
        area=Subquery(newest.values("gross_internal_area_m2")[:1]),
        backlog=Subquery(newest.values("backlog")[:1]),
        cir=Subquery(newest.values("cir")[:1]),
        return_accepted=Subquery(newest.values("accepted")[:1]),
        returned_by=Subquery(newest.values(reporter=reporter)[:1]),
        **{column: Subquery(newest.values(column)[:1]) for column in more},
    )
    same_year = returns.filter(year=OuterRef("return_year")).order_by().values("site").annotate(number=Count("pk"))
    return sites.annotate(returns_that_year=Subquery(same_year.values("number")))
