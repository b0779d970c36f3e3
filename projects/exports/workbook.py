"""Filtered lists as CSV, or as an Excel workbook. Rows are read and written in chunks to limit memory."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

import xlsxwriter
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When

from projects.dates import DatePrecision
from projects.labels import ALL_RATING_LABELS, DELIVERY_STATES, NOT_REPORTED, PALETTE, STAGES, kind_label, place_label
from projects.models import (
    AnnualCost,
    CostEstimate,
    Escalation,
    FundingLine,
    FundingStatus,
    Gate,
    Milestone,
    MilestoneKind,
    MilestoneStatement,
    Project,
    Risk,
    RiskKind,
    band_of,
    year_label,
)
from projects.models.choices import Trend
from projects.models.finance import newest_cost
from projects.models.milestone import MilestoneDates
from projects.signs import with_delivery_figures
from sites.models import Organisation

CHUNK = 1000
TEXT, DATE, POUNDS, NUMBER = "text", "date", "pounds", "number"
MAX_TEXT = 32_767  # characters in a cell of Excel
MAX_WIDTH = 60


@dataclass(frozen=True)
class Column:
    """A column: its label, the key of its value in a record, a function to convert the value, and its format."""

    label: str
    name: str
    write: Callable | None = None
    kind: str = TEXT
    width: int = 16


@dataclass(frozen=True)
class Sheet:
    """A sheet: its columns, and a function that returns the records of projects as dicts.

    Every record has the id of its project as "project". Missing values are None.
    """

    key: str
    title: str
    columns: tuple
    records: Callable

    def rows(self, ids, on):
        """Yields the rows of the projects in the order of their ids, CHUNK projects at a time."""
        cells = [(column.name, column.write) for column in self.columns]
        ids = list(ids)
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            order = {pk: number for number, pk in enumerate(chunk)}
            for record in sorted(self.records(chunk, on), key=lambda record: order[record["project"]]):
                yield [write(record.get(name)) if write else record.get(name) for name, write in cells]


def _names(columns, *computed):
    """The names of the columns that a query returns: all except the `computed` ones."""
    return {column.name for column in columns}.difference(computed)


def _label_of(choices, blank=""):
    """A function that returns the label of a value, or `blank` without one."""
    labels = dict(choices)
    return lambda value: labels[value] if value else blank


def _yes(value):
    return "Yes" if value else "No"


_precision = _label_of(DatePrecision.choices)
OF_PROJECT = (Column("Reference", "project__reference"), Column("Project", "project__title", width=44))


# Projects ------------------------------------------------------------------------------------------------------------

PROJECTS = (
    Column("Reference", "reference"),
    Column("Project", "title", width=44),
    Column("Type", "hub__hub_type", kind_label),
    Column("Place", "place__name", place_label, width=20),
    Column("Programme", "programme__name", width=30),
    Column("Lead organisation", "lead_organisation__name", width=36),
    Column("Lead organisation now", "acting_lead", width=36),
    Column("Stage", "stage", STAGES.get, width=22),
    Column("Stage as at", "stage_as_of", kind=DATE),
    Column("Delivery state", "delivery_state", DELIVERY_STATES.get),
    Column("Delivery confidence", "current_report__overall", lambda rating: ALL_RATING_LABELS[rating or NOT_REPORTED]),
    Column("Movement since last report", "trend", _label_of(Trend.choices), width=24),
    Column("Reported for", "current_report__period__name", width=18),
    Column("Summary", "current_report__summary", width=60),
    Column("Decision or help needed", "current_report__help_needed", width=40),
    Column("Opening", "opening_on", kind=DATE),
    Column("Opening date precision", "opening_precision", _precision),
    Column("Opening slippage (days)", "current_report__frozen_slippage_days", kind=NUMBER),
    Column("Cost estimate (£)", "newest_cost", kind=POUNDS),
    Column("What the estimate covers", "newest_cost_covers", width=44),
    Column("Approved budget (£)", "approved_budget", kind=POUNDS),
    Column("Forecast cost (£)", "forecast_total", kind=POUNDS),
    Column("Open risks", "open_risks", kind=NUMBER),
    Column("Highest risk score", "highest_risk_score", kind=NUMBER),
    Column("Published", "published", _yes),
    Column("Example data", "is_example", _yes),
)


def _projects(ids, on):
    opening = Milestone.objects.filter(project=OuterRef("pk")).main_openings()
    successions = Organisation.objects.successions(on)
    acting = [When(lead_organisation=pk, then=Value(line[-1].name)) for pk, line in successions.items()]
    projects = with_delivery_figures(Project.objects.filter(pk__in=ids).order_by(), on).annotate(
        project=F("pk"),
        acting_lead=Case(*acting, default=F("lead_organisation__name")),
        newest_cost=newest_cost("amount_pounds"),
        newest_cost_covers=newest_cost("covers"),
        opening_on=Subquery(opening.values("current_on")[:1]),
        opening_precision=Subquery(opening.values("current_precision")[:1]),
    )
    return projects.values("project", *_names(PROJECTS))


# Milestones ----------------------------------------------------------------------------------------------------------


def _first_day(name):
    """A function that returns the first day of this date of MilestoneDates, or None."""
    return lambda dates: date.first if (date := getattr(dates, name)) else None


def _precision_of(name):
    return lambda dates: _precision(date.precision) if (date := getattr(dates, name)) else ""


def _basis(dates):
    return ("Approved" if dates.baseline else "First planned") if dates.reference else ""


def _reason(dates):
    """The reason for the newest date, with its explanation."""
    return ": ".join(filter(None, [dates.statement.reason, dates.statement.explanation])) if dates.statement else ""


MILESTONES = (
    *OF_PROJECT,
    Column("Milestone", "title", width=36),
    Column("Type", "kind", _label_of(MilestoneKind.choices)),
    Column("Standard gate", "gate", _label_of(Gate.choices), width=30),
    Column("Baseline", "dates", _first_day("reference"), kind=DATE),
    Column("Baseline date precision", "dates", _precision_of("reference")),
    Column("Baseline basis", "dates", _basis, width=24),
    Column("Forecast", "dates", _first_day("forecast"), kind=DATE),
    Column("Forecast date precision", "dates", _precision_of("forecast")),
    Column("Actual", "dates", _first_day("actual"), kind=DATE),
    Column("Actual date precision", "dates", _precision_of("actual")),
    Column("Status", "position", lambda position: position.state.label),
    Column("Slippage", "position", attrgetter("slippage_label"), width=28),
    Column("Slippage (days)", "position", attrgetter("slippage_days"), kind=NUMBER),
    Column("Reason for change", "dates", _reason, width=50),
)


class StatementDates(NamedTuple):
    """The fields of a statement that `MilestoneDates` reads, and its reason; faster to make than a model instance."""

    milestone: int
    pk: int
    kind: str
    on: date
    precision: str
    stated_on: date | None
    superseded: bool
    is_accepted: bool
    reason: str | None
    explanation: str
    is_withdrawn: bool = False


def _milestones(ids, on):
    fields = (
        "milestone",
        "pk",
        "kind",
        "on",
        "precision",
        "stated_on",
        "superseded",
        Q(accepted_at__isnull=False),
        "change_reason__name",
        "explanation",
    )
    statements = {}
    statement_rows = MilestoneStatement.objects.standing().filter(milestone__project__in=ids).order_by("pk")
    for row in statement_rows.values_list(*fields):
        statements.setdefault(row[0], []).append(StatementDates(*row))
    milestones = Milestone.objects.filter(project__in=ids).order_by("current_on", "pk")
    for record in milestones.values(
        "pk", "project", "project__delivery_state", *_names(MILESTONES, "dates", "position")
    ):
        record["dates"] = MilestoneDates.from_statements(statements.get(record["pk"], []))
        record["position"] = record["dates"].at(on, record["project__delivery_state"])
        yield record


# Finance -------------------------------------------------------------------------------------------------------------

FINANCE = (
    *OF_PROJECT,
    Column("Record", "record", width=18),
    Column("Financial year", "year", lambda year: year and year_label(year)),
    Column("Budget (£)", "budget", kind=POUNDS),
    Column("Forecast (£)", "forecast", kind=POUNDS),
    Column("Actual (£)", "actual", kind=POUNDS),
    Column("Amount (£)", "amount_pounds", kind=POUNDS),
    Column("Funding source, or what the estimate covers", "about", width=44),
    Column("Status", "status", _label_of(FundingStatus.choices)),
    Column("Note", "note", width=44),
    Column("Basis", "basis", width=24),
    Column("As at", "as_of", kind=DATE),
    Column("As at date precision", "as_of_precision", _precision),
    Column("Source", "source_url", width=44),
)


def _finance(ids, on):
    """Yields annual costs, funding and cost estimates, which fill different columns."""
    sources = (
        ("Annual cost", AnnualCost.objects.order_by("year"), {}),
        ("Funding", FundingLine.objects.order_by("pk"), {"about": F("funder")}),
        ("Cost estimate", CostEstimate.objects.order_by("pk"), {"about": F("covers")}),
    )
    for label, rows, more in sources:
        names = {field.name for field in rows.model._meta.fields} & {*_names(FINANCE), "source_confirmed"}
        names |= {"project", "project__reference", "project__title"}
        for record in rows.filter(project__in=ids).values(*names, **more):
            record["record"] = label
            if "source_url" in names:
                sourced = CostEstimate(source_url=record["source_url"], source_confirmed=record["source_confirmed"])
                record["basis"] = sourced.basis_label
            if record.get("as_of") is None:
                record["as_of_precision"] = ""
            yield record


# Risks ---------------------------------------------------------------------------------------------------------------

RISKS = (
    *OF_PROJECT,
    Column("Risk or issue", "title", width=44),
    Column("Type", "kind", lambda kind: RiskKind(kind).label.split(":")[0]),
    Column("Cause", "cause", width=40),
    Column("Effect", "effect", width=40),
    Column("Likelihood", "likelihood", kind=NUMBER),
    Column("Consequence", "consequence", kind=NUMBER),
    Column("Score", "score_now", kind=NUMBER),
    Column("Band", "score_now", lambda score: band_of(score).label),
    Column("Target score", "score_aim", kind=NUMBER),
    Column("Risk owner", "owner", width=24),
    Column("Mitigation", "mitigation", width=50),
    Column("Escalation level", "escalation", _label_of(Escalation.choices)),
    Column("Raised on", "raised_on", kind=DATE),
    Column("Next review", "review_on", kind=DATE),
    Column("Closed on", "closed_on", kind=DATE),
)


def _risks(ids, on):
    risks = Risk.objects.filter(project__in=ids).with_score().order_by("-score_now", "pk")
    return risks.values("project", *_names(RISKS))


SHEETS = {
    sheet.key: sheet
    for sheet in (
        Sheet("projects", "Projects", PROJECTS, _projects),
        Sheet("milestones", "Milestones", MILESTONES, _milestones),
        Sheet("money", "Finance", FINANCE, _finance),
        Sheet("risks", "Risks", RISKS, _risks),
    )
}


def csv_rows(sheet, ids, on):
    """Yields the rows of the sheet for CSV, with dates as 2027-03-01 and pounds as numbers with pence."""
    for row in sheet.rows(ids, on):
        yield [_plain(column.kind, value) for column, value in zip(sheet.columns, row, strict=True)]


def _plain(kind, value):
    if value is None or value == "":
        return ""
    if kind == DATE:
        return value.isoformat()
    return f"{value:.2f}" if kind == POUNDS else value


def workbook(ids, on, about):
    """A temporary file with the workbook of these projects. `about` is [(label, value)] of the cover.

    Every sheet has dates and numbers as such, a frozen heading and filters. Text is never written as a formula. Rows
    go to disk as they are read, so memory use is constant. Closing the file deletes it.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- the response closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    book.set_properties({"title": "Estates portfolio"})
    formats = {
        "heading": book.add_format(
            {"bold": True, "bg_color": PALETTE["line"], "text_wrap": True, "valign": "top", "border": 1}
        ),
        TEXT: book.add_format({"text_wrap": True, "valign": "top"}),
        DATE: book.add_format({"num_format": "d mmm yyyy", "align": "left", "valign": "top"}),
        POUNDS: book.add_format({"num_format": "£#,##0;[Red]-£#,##0", "valign": "top"}),
        NUMBER: book.add_format({"num_format": "0", "valign": "top"}),
        "title": book.add_format({"bold": True, "font_size": 16}),
    }
    _cover(book, formats, about)
    for sheet in SHEETS.values():
        _write(book.add_worksheet(sheet.title), sheet, sheet.rows(ids, on), formats)
    book.close()
    file.seek(0)
    return file


def _cover(book, formats, about):
    cover = book.add_worksheet("About")
    cover.set_column(0, 0, 24)
    cover.set_column(1, 1, 90)
    cover.write_string(0, 0, "Estates portfolio", formats["title"])
    for number, (label, value) in enumerate(about, 2):
        cover.write_string(number, 0, label)
        cover.write_string(number, 1, str(value)[:MAX_TEXT], formats[TEXT])


def _write(page, sheet, rows, formats):
    page.freeze_panes(1, 2)
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, min(column.width, MAX_WIDTH))
        page.write_string(0, index, column.label, formats["heading"])
    last = 0
    for last, row in enumerate(rows, 1):
        for index, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _cell(page, last, index, column.kind, value, formats)
    page.autofilter(0, 0, max(last, 1), len(sheet.columns) - 1)


def _cell(page, row, column, kind, value, formats):
    if value is None or value == "":
        return
    if kind == DATE:
        page.write_datetime(row, column, value, formats[DATE])
    elif kind in (POUNDS, NUMBER):
        page.write_number(row, column, float(value) if isinstance(value, Decimal) else value, formats[kind])
    else:
        page.write_string(row, column, str(value)[:MAX_TEXT], formats[TEXT])
