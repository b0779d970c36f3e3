"""Any filtered list as CSV, or as a workbook with a sheet for each kind of row. Rows are read as they are written."""

import tempfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import xlsxwriter
from django.db.models import F, OuterRef, Subquery

from projects.dates import DatePrecision
from projects.labels import PALETTE, STAGES, STATES, TREND_LABELS, kind_label, place_label
from projects.models import (
    AnnualCost,
    CostEstimate,
    FundingLine,
    FundingStatus,
    Gate,
    Milestone,
    MilestoneKind,
    MilestoneStatement,
    Project,
    Rating,
    Risk,
    RiskKind,
    band_of,
    year_words,
)
from projects.models.finance import newest_costs
from projects.models.milestone import MilestoneDates
from projects.signs import with_delivery_figures

CHUNK = 1000
TEXT, DATE, POUNDS, NUMBER = "text", "date", "pounds", "number"
MAX_TEXT = 32_767  # characters that a cell of Excel holds
MAX_WIDTH = 60


@dataclass(frozen=True)
class Column:
    label: str
    kind: str = TEXT
    width: int = 16


@dataclass(frozen=True)
class Sheet:
    """One kind of row: its columns, and a function that yields the rows of some projects in the order of their ids."""

    key: str
    title: str
    columns: tuple
    rows: callable


def _in_order(ids, rows_of):
    """The rows of `rows_of(some ids)`, CHUNK projects at a time to limit memory."""
    ids = list(ids)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        place = {pk: number for number, pk in enumerate(some)}
        yield from sorted(rows_of(some), key=lambda row: place[row[0]])


# Projects ------------------------------------------------------------------------------------------------------------

PROJECTS = (
    Column("Reference"),
    Column("Project", width=44),
    Column("Type"),
    Column("Place", width=20),
    Column("Programme", width=30),
    Column("Lead organisation", width=36),
    Column("Stage", width=22),
    Column("Stage as at", DATE),
    Column("Delivery state"),
    Column("Delivery confidence"),
    Column("Movement since last report", width=24),
    Column("Reported for", width=18),
    Column("Summary", width=60),
    Column("Decision or help needed", width=40),
    Column("Opening", DATE),
    Column("Opening date precision"),
    Column("Opening slippage (days)", NUMBER),
    Column("Latest cost estimate (£)", POUNDS),
    Column("Approved budget (£)", POUNDS),
    Column("Forecast, all years (£)", POUNDS),
    Column("Open risks", NUMBER),
    Column("Highest risk score", NUMBER),
    Column("Published"),
    Column("Example data"),
)
RATINGS, PRECISIONS = dict(Rating.choices), dict(DatePrecision.choices)


def project_rows(ids, on):
    openings = Milestone.objects.filter(project=OuterRef("pk"), kind=MilestoneKind.OPENING, current_on__isnull=False)
    opening = openings.order_by("reached", "current_on", "pk")

    def rows_of(some):
        found = with_delivery_figures(Project.objects.filter(pk__in=some).order_by(), on).annotate(
            newest_cost=Subquery(newest_costs().values("amount_pounds")[:1]),
            opening_on=Subquery(opening.values("current_on")[:1]),
            opening_precision=Subquery(opening.values("current_precision")[:1]),
        )
        return found.values_list(
            "pk", "reference", "title", "hub__hub_type", "place__name", "programme__name", "lead_organisation__name",
            "stage", "stage_as_of", "delivery_state", "current_report__overall", "trend",
            "current_report__period__name", "current_report__summary", "current_report__help_needed", "opening_on",
            "opening_precision", "current_report__frozen_slippage_days", "newest_cost", "approved_budget",
            "forecast_total", "open_risks", "highest_risk_score", "published", "is_example",
        )  # fmt: skip

    for row in _in_order(ids, rows_of):
        _pk, ref, title, hub, place, programme, lead, stage, as_of, state, rating, trend, period, *rest = row
        summary, wanted, opens, precision, late, cost, budget, forecast, risks, worst, published, example = rest
        yield (
            ref, title, kind_label(hub), place_label(place), programme, lead,
            STAGES[stage], as_of, STATES[state], RATINGS.get(rating, "Not reported"),
            TREND_LABELS.get(trend, ""), period, summary, wanted, opens, PRECISIONS.get(precision, ""), late, cost,
            budget, forecast, risks, worst, _yes(published), _yes(example),
        )  # fmt: skip


def _yes(value):
    return "Yes" if value else "No"


# Milestones ----------------------------------------------------------------------------------------------------------

MILESTONES = (
    Column("Reference"),
    Column("Project", width=44),
    Column("Milestone", width=36),
    Column("Type"),
    Column("Standard gate", width=30),
    Column("Baseline", DATE),
    Column("Baseline date precision"),
    Column("Baseline basis", width=24),
    Column("Forecast", DATE),
    Column("Forecast date precision"),
    Column("Actual", DATE),
    Column("Actual date precision"),
    Column("Slippage (days)", NUMBER),
    Column("Reason for change", width=50),
)


class StatementDates(NamedTuple):
    """What `MilestoneDates` reads of a statement, and its reason, without the cost of a model's object."""

    milestone: int
    pk: int
    kind: str
    on: date
    precision: str
    said_on: date | None
    superseded: bool
    reason: str | None
    explanation: str


def milestone_rows(ids, on):
    columns = ("project", "pk", "project__reference", "project__title", "title", "kind", "gate")
    fields = ("milestone", "pk", "kind", "on", "precision", "said_on", "superseded", "move_reason__name", "move_words")
    kinds, gates = dict(MilestoneKind.choices), dict(Gate.choices)

    def rows_of(some):
        statements = {}
        found = MilestoneStatement.objects.filter(milestone__project__in=some).order_by("pk")
        for row in found.values_list(*fields):
            statements.setdefault(row[0], []).append(StatementDates(*row))
        milestones = Milestone.objects.filter(project__in=some).order_by("current_on", "pk")
        return [(*row, statements.get(row[1], [])) for row in milestones.values_list(*columns)]

    for _pk, _id, reference, project, title, kind, gate, statements in _in_order(ids, rows_of):
        dates = MilestoneDates.from_statements(statements)
        approved, newest = "Approved" if dates.baseline else "First planned", dates.statement
        yield (
            reference, project, title, kinds[kind], gates.get(gate, ""), *_date(dates.reference),
            approved if dates.reference else "", *_date(dates.forecast), *_date(dates.actual), dates.slippage,
            ": ".join(filter(None, [newest.reason, newest.explanation])) if newest else "",
        )  # fmt: skip


def _date(date):
    return (None, "") if date is None else (date.first, PRECISIONS[date.precision])


# Finance -------------------------------------------------------------------------------------------------------------

FINANCE = (
    Column("Reference"),
    Column("Project", width=44),
    Column("Record", width=18),
    Column("Financial year"),
    Column("Budget (£)", POUNDS),
    Column("Forecast (£)", POUNDS),
    Column("Actual (£)", POUNDS),
    Column("Amount (£)", POUNDS),
    Column("Funding source, or what the estimate covers", width=44),
    Column("Status"),
    Column("As at", DATE),
    Column("Source", width=44),
)
FUNDING = dict(FundingStatus.choices)
NAMED = ("project", "project__reference", "project__title")


def finance_rows(ids, on):
    def rows_of(some):
        costs = AnnualCost.objects.filter(project__in=some).order_by("year")
        for pk, ref, title, year, *figures in costs.values_list(*NAMED, "year", "budget", "forecast", "actual"):
            yield pk, ref, title, "Annual cost", year_words(year), *figures, None, "", "", None, ""
        funding = FundingLine.objects.filter(project__in=some).order_by("pk")
        for pk, ref, title, funder, amount, status, url in funding.values_list(
            *NAMED, "funder", "amount_pounds", "status", "source_url"
        ):
            yield pk, ref, title, "Funding", "", None, None, None, amount, funder, FUNDING[status], None, url
        estimates = CostEstimate.objects.filter(project__in=some).order_by("pk")
        for pk, ref, title, amount, covers, as_of, url in estimates.values_list(
            *NAMED, "amount_pounds", "covers", "as_of", "source_url"
        ):
            yield pk, ref, title, "Cost estimate", "", None, None, None, amount, covers, "", as_of, url

    for _pk, *row in _in_order(ids, rows_of):
        yield tuple(row)


# Risks ---------------------------------------------------------------------------------------------------------------

RISKS = (
    Column("Reference"),
    Column("Project", width=44),
    Column("Risk or issue", width=44),
    Column("Type"),
    Column("Cause", width=40),
    Column("Effect", width=40),
    Column("Likelihood", NUMBER),
    Column("Consequence", NUMBER),
    Column("Score", NUMBER),
    Column("Band"),
    Column("Target score", NUMBER),
    Column("Risk owner", width=24),
    Column("Mitigation", width=50),
    Column("Escalation level"),
    Column("Raised on", DATE),
    Column("Next review", DATE),
    Column("Closed on", DATE),
)
RISK_KINDS = {value: label.split(":")[0] for value, label in RiskKind.choices}


def risk_rows(ids, on):
    def rows_of(some):
        found = Risk.objects.filter(project__in=some).select_related("project")
        return [
            (one.project_id, one) for one in found.annotate(n=F("likelihood") * F("consequence")).order_by("-n", "pk")
        ]

    for _pk, risk in _in_order(ids, rows_of):
        yield (
            risk.project.reference, risk.project.title, risk.title, RISK_KINDS[risk.kind], risk.cause, risk.effect,
            risk.likelihood, risk.consequence, risk.score, band_of(risk.score).label, risk.target_score, risk.owner,
            risk.mitigation, risk.get_escalation_display(), risk.raised_on, risk.review_on, risk.closed_on,
        )  # fmt: skip


SHEETS = {
    sheet.key: sheet
    for sheet in (
        Sheet("projects", "Projects", PROJECTS, project_rows),
        Sheet("milestones", "Milestones", MILESTONES, milestone_rows),
        Sheet("money", "Finance", FINANCE, finance_rows),
        Sheet("risks", "Risks", RISKS, risk_rows),
    )
}


def csv_rows(sheet, ids, on):
    """The rows of the sheet for CSV: dates as 2027-03-01, pounds as plain numbers with pence."""
    for row in sheet.rows(ids, on):
        yield [_plain(column.kind, value) for column, value in zip(sheet.columns, row, strict=True)]


def _plain(kind, value):
    if value is None or value == "":
        return ""
    if kind == DATE:
        return value.isoformat()
    return f"{value:.2f}" if kind == POUNDS else value


def workbook(ids, on, about):
    """A temporary file at its start, with the workbook of these projects; `about` are (label, value) of its cover.

    Every sheet has real dates and numbers, a frozen heading and filters. Text is written as text, never as a formula.
    Memory stays flat: each row is on disk before the next is read. The file is gone when it is closed.
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
        for place, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _cell(page, last, place, column.kind, value, formats)
    page.autofilter(0, 0, max(last, 1), len(sheet.columns) - 1)


def _cell(page, row, place, kind, value, formats):
    if value is None or value == "":
        return
    if kind == DATE:
        page.write_datetime(row, place, value, formats[DATE])
    elif kind in (POUNDS, NUMBER):
        page.write_number(row, place, float(value) if isinstance(value, Decimal) else value, formats[kind])
    else:
        page.write_string(row, place, str(value)[:MAX_TEXT], formats[TEXT])
