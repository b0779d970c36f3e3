"""What pages and files show of estate returns: the sentence that matters, a chart, tables and their sums."""

from dataclasses import dataclass, field
from decimal import Decimal

from estates_portal.dates import PartialDate
from estates_portal.sorting import sort_key
from projects.charts import stacks
from projects.labels import money, percent, plural, whose_return
from projects.models import year_label
from sites.models import EstateReturn, Facet, distinct_names
from sites.successions import acting_organisation

# The bands of backlog in the order of the risk: their columns with their labels.
BANDS = {
    "backlog_high_pounds": "High",
    "backlog_significant_pounds": "Significant",
    "backlog_moderate_pounds": "Moderate",
    "backlog_low_pounds": "Low",
}
SPACE = {
    "gross_internal_area_m2": "Gross internal area, m²",
    "occupied_area_m2": "Occupied area, m²",
    "unsuitable_percent": "Not functionally suitable, % of occupied area",
    "void_percent": "Void, %",
}
BACKLOG = {
    "backlog_high_pounds": "High risk, £",
    "backlog_significant_pounds": "Significant risk, £",
    "backlog_moderate_pounds": "Moderate risk, £",
    "backlog_low_pounds": "Low risk, £",
    "cir_pounds": "Critical infrastructure risk (high and significant), £",
    "cir_per_m2": "Critical infrastructure risk per m², £",
    "backlog_pounds": "Total of the four, £",
    "risk_adjusted_backlog_pounds": "Risk-adjusted backlog, as published, £",
}
COSTS = {
    "hard_fm_pounds": "Hard facilities management, £",
    "soft_fm_pounds": "Soft facilities management, £",
    "running_cost_pounds": "Running cost (hard and soft), £",
    "running_cost_per_m2": "Running cost per m², £",
    "finance_cost_pounds": "Finance, £",
    "energy_cost_pounds": "Energy, £",
}
GROUPS = {"Space": SPACE, "Backlog maintenance": BACKLOG, "Running costs": COSTS}
# The columns of an organisation's returns, each of which adds up, and those that are worked out from sums.
SUMMED = {
    "gross_internal_area_m2": "Area, m²",
    "backlog_high_pounds": "High, £",
    "backlog_significant_pounds": "Significant, £",
    "backlog_moderate_pounds": "Moderate, £",
    "backlog_low_pounds": "Low, £",
    "cir_pounds": "CIR, £",
    "backlog_pounds": "Total, £",
    "running_cost_pounds": "Running cost, £",
}
PER_M2 = {"cir_per_m2", "running_cost_per_m2"}
PENCE = Decimal("0.01")


@dataclass(frozen=True)
class Cell:
    """A figure as text, "" if it is unknown, with the reason in the return."""

    text: str
    why: str = ""


def number(value, places=None):
    """A number with commas: "58,118", "15.46"; "" for None. `places` are always shown."""
    if value is None:
        return ""
    if places is not None:
        return f"{value:,.{places}f}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def cell_of(row, name):
    """The `Cell` of a figure of a return, also of one that is worked out."""
    value = getattr(row, name)
    return Cell(number(value, 2 if name in PER_M2 else None), row.why_unknown.get(name, "") if value is None else "")


def headline(returns):
    """[(sentence, whether accepted)] on the newest returns of a site: one for each organisation that reported it.

    "£20.4m of critical infrastructure risk in 2014/15, 59 per cent of its backlog; £344 per m²."
    """
    newest = [row for row in returns if row.year == returns[0].year] if returns else []
    names = [str(row.reporter or row.reported_as or "Not stated") if len(newest) > 1 else "" for row in newest]
    return [
        (f"{name}: {_sentence(row)}" if name else _sentence(row), row.accepted)
        for name, row in zip(names, newest, strict=True)
    ]


def _sentence(row):
    year, cir, backlog = row.financial_year, row.cir_pounds, row.backlog_pounds
    if cir is None:
        known = f" Its backlog is {money(backlog)}." if backlog is not None else ""
        return f"The critical infrastructure risk in {year} is not known.{known}"
    if not cir:
        other = f", and {money(backlog)} of other backlog" if backlog else ""
        return f"No critical infrastructure risk in {year}{other}."
    share = f", {percent(cir, backlog)} per cent of its backlog" if backlog else ""
    per_m2 = f"; £{row.cir_per_m2:,.0f} per m²" if row.cir_per_m2 is not None else ""
    return f"{money(cir)} of critical infrastructure risk in {year}{share}{per_m2}."


def chart(returns):
    """The backlog by year as `Stacks`, oldest first, with a gap for a year without a return; None for one year.

    The label of a return that is not accepted yet has a star.
    """
    years = {row.year for row in returns}
    if len(years) < 2:
        return None
    columns = []
    for year in range(min(years), max(years) + 1):
        rows = [row for row in returns if row.year == year]
        labels = [f"{year_label(year)} ({n})" for n in range(1, len(rows) + 1)] if len(rows) > 1 else [year_label(year)]
        if rows:
            labels = [label if row.accepted else f"{label} *" for label, row in zip(labels, rows, strict=True)]
        bands = [[(label.lower(), getattr(row, name)) for name, label in BANDS.items()] for row in rows]
        columns += zip(labels, bands or [None], strict=True)
    return stacks(columns)


@dataclass
class Reporter:
    """Who reported a return: the organisation, the one that acts for it now if it has ended, the published name."""

    organisation: object
    now: object
    published: str


def reporter_of(row, successions):
    organisation = row.reporter
    acting = acting_organisation(organisation, successions)
    published = row.reported_as
    if organisation and published.casefold() == organisation.name.casefold():
        published = ""
    return Reporter(organisation, acting if acting != organisation else None, published)


@dataclass
class SiteReturns:
    """The returns of a site that a reader can see, newest first: one column of `groups` for each."""

    returns: list
    reporters: list
    groups: list = field(default_factory=list)

    @classmethod
    def of(cls, returns, successions):
        groups = [
            (title, [(label, [cell_of(row, name) for row in returns]) for name, label in figures.items()])
            for title, figures in GROUPS.items()
        ]
        return cls(returns, [reporter_of(row, successions) for row in returns], groups)

    @property
    def headline(self):
        return headline(self.returns)

    @property
    def chart(self):
        return chart(self.returns)

    @property
    def is_partly_waiting(self):
        """Whether a return is not accepted yet."""
        return not all(row.accepted for row in self.returns)

    @property
    def with_ages(self):
        """The newest return with age bands, or None."""
        return next((row for row in self.returns if row.age_bands), None)


@dataclass(frozen=True)
class SiteRow:
    """A site in the list: the figures of its newest return and its condition as text, "" if they are not known."""

    site: object
    name: str
    projects: int

    @property
    def year(self):
        """The year of the return: "2014/15"."""
        return year_label(self.site.return_year) if self.site.return_year is not None else ""

    @property
    def whose_return(self):
        return whose_return(self.site)

    @property
    def area(self):
        return number(self.site.area)

    @property
    def backlog(self):
        return money(self.site.backlog)

    @property
    def cir(self):
        return money(self.site.cir)

    @property
    def condition(self):
        return self.site.condition or ""

    @property
    def surveyed(self):
        """The year of the survey, or that it is not known."""
        if not self.condition:
            return ""
        return str(self.site.surveyed_on.year) if self.site.surveyed_on else "date not known"


@dataclass(frozen=True)
class Condition:
    """The grade of a facet of a site, with the date and source of the survey."""

    facet: str
    grade: str
    date: str
    words: str
    url: str
    is_accepted: bool


def conditions_of(surveys):
    """[`Condition`] of the newest of these surveys for each facet, in the order of the facets."""
    newest = {}
    for survey in surveys:  # newest first
        newest.setdefault(survey.facet, survey)
    return [_condition(newest[facet]) for facet in Facet if facet in newest]


def _condition(survey):
    date = PartialDate.of(survey.surveyed_on, survey.surveyed_on_precision)
    return Condition(
        survey.get_facet_display(),
        survey.get_grade_display(),
        f"Surveyed {date.in_text}" if date else "Date not known",
        survey.source_words,
        survey.source_url,
        survey.accepted,
    )


# Organisations -------------------------------------------------------------------------------------------------------


@dataclass
class Line:
    """A row of an organisation's returns: a site, its aggregate, or the sum."""

    label: str
    site: object
    published: str
    cells: list
    is_accepted: bool = True


@dataclass
class OrganisationReturns:
    """The returns of one year that an organisation reported, its aggregate last, and their sum."""

    year: int
    years: list
    lines: list
    total: Line | None

    @property
    def year_label(self):
        return year_label(self.year)

    @property
    def other_years(self):
        return [(year, year_label(year)) for year in self.years if year != self.year]


def organisation_returns(organisation, reader, year=None):
    """The `OrganisationReturns` of a year that `reader` can see; None without any. Two queries.

    Of the newest year, if the given one has none.
    """
    visible = EstateReturn.objects.naming_visible(reader).reported_by([organisation.pk])
    years = list(visible.order_by("-year").values_list("year", flat=True).distinct())
    if not years:
        return None
    year = year if year in years else years[0]
    rows = list(visible.filter(year=year).select_related("site", "aggregate_of", "reported_by"))
    rows.sort(key=lambda row: (row.site is None, sort_key(row.site.name) if row.site else "", row.pk))
    names = distinct_names({row.site for row in rows if row.site})
    lines = [_line(row, names) for row in rows]
    return OrganisationReturns(year, years, lines, _total(rows) if len(rows) > 1 else None)


def years_of_former(organisations, reader):
    """[(organisation, "2014/15, 2015/16")] of those with returns that `reader` can see. One query."""
    ids = [organisation.pk for organisation in organisations]
    visible = EstateReturn.objects.naming_visible(reader).reported_by(ids).order_by("year")
    years = {}
    for reporter, aggregate_of, year in visible.values_list("reported_by", "aggregate_of", "year"):
        years.setdefault(reporter or aggregate_of, {})[year_label(year)] = True
    return [(body, ", ".join(years[body.pk])) for body in organisations if body.pk in years]


def _line(row, names):
    label = names[row.site_id] if row.site else "Other sites together (aggregate)"
    published = row.site_name_as_published if row.site else ""
    if row.site and published.casefold() == row.site.name.casefold():
        published = ""
    return Line(label, row.site, published, [cell_of(row, name) for name in SUMMED], row.accepted)


def _total(rows):
    """The sum of the rows. A sum is unknown if it is unknown for one of them."""
    cells = []
    for name in SUMMED:
        values = [getattr(row, name) for row in rows]
        missing = values.count(None)
        why = f"Not known for {plural(missing, 'row')}" if missing else ""
        cells.append(Cell("" if missing else number(sum(values)), why))
    return Line("Sum", None, "", cells, all(row.accepted for row in rows))
