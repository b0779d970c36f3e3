"""The sheets of the downloads: their columns, and the records of projects. Rows are read in chunks to limit memory."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from django.db.models import Case, F, Value, When

from estates_portal.accounts.models import User
from estates_portal.dates import DatePrecision
from projects.columns import DATE, EXAMPLE, FIGURE, NUMBER, OF_PROJECT, POUNDS, Column, of_project, row_of, yes
from projects.estate_risk import risks_removed
from projects.facts import Fact, fact_of, known_sources
from projects.labels import ALL_RATING_LABELS, DELIVERY_STATES, NOT_REPORTED, STAGES, kind_label, place_label
from projects.models import (
    AnnualCost,
    BacklogBand,
    BacklogRemoved,
    CostEstimate,
    DeliveryState,
    FunderKind,
    FundingLine,
    FundingStatus,
    Gate,
    Milestone,
    MilestoneKind,
    MilestoneStatement,
    Project,
    Risk,
    StageStatement,
    StatementKind,
    year_label,
)
from projects.models.backlog import newest_removed
from projects.models.choices import Trend
from projects.models.finance import ENTERED
from projects.models.milestone import (
    SEVERAL_OPENINGS,
    MilestoneDates,
    current_statement,
    main_opening,
    newest_statement,
)
from projects.models.project import newest_by_fact
from projects.registers.tables import TABLES
from projects.risks.queries import COLUMNS as RISK_COLUMNS
from projects.risks.queries import records as risk_records
from projects.signs import with_delivery_figures
from sites.models import Organisation

CHUNK = 1000
STOPPED = {DeliveryState.ON_HOLD, DeliveryState.CANCELLED}


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
        ids = list(ids)
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            order = {pk: number for number, pk in enumerate(chunk)}
            for record in sorted(self.records(chunk, on), key=lambda record: order[record["project"]]):
                yield row_of(self.columns, record)


def _names(columns, *computed):
    """The names of the columns that a query returns: all except the `computed` ones."""
    return {column.name for column in columns}.difference(computed)


def _label_of(choices, blank=""):
    """A function that returns the label of a value, or `blank` without one."""
    labels = dict(choices)
    return lambda value: labels[value] if value else blank


_precision = _label_of(DatePrecision.choices)


def _provenance(name, about=""):
    """The columns of a `Fact` in a record: its date, basis and source. `about` starts their labels."""

    def part(key):
        return lambda fact: fact.columns[key] if fact else ""

    labels = [f"{about} {label}".strip().capitalize() for label in ("as at", "as at precision", "basis", "source")]
    return (
        Column(labels[0], name, part("as_of"), kind=DATE),
        Column(labels[1], name, part("precision")),
        Column(labels[2], name, part("basis"), width=28),
        Column(labels[3], name, part("source"), width=44),
        Column(f"{labels[3]} address", name, part("source_url"), width=44),
    )


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
    *_provenance("stage_fact", "Stage"),
    Column("Delivery state", "delivery_state", DELIVERY_STATES.get),
    Column("Reason on hold or cancelled", "state_reason", width=44),
    *_provenance("state_fact", "Delivery state"),
    Column("Delivery confidence", "current_report__overall", lambda rating: ALL_RATING_LABELS[rating or NOT_REPORTED]),
    Column("Programme office rating", "current_report__independent_rating", ALL_RATING_LABELS.get),
    Column("Movement since last report", "trend", _label_of(Trend.choices), width=24),
    Column("Reported for", "current_report__period__name", width=18),
    Column("Summary", "current_report__summary", width=60),
    Column("Decision or help needed", "current_report__help_needed", width=40),
    Column("Opening planned", "opening_planned", kind=DATE),
    Column("Opening planned precision", "opening_planned_precision"),
    *_provenance("opening_planned_fact", "Opening planned"),
    Column("Opening actual", "opening_actual", kind=DATE),
    Column("Opening actual precision", "opening_actual_precision"),
    *_provenance("opening_actual_fact", "Opening actual"),
    Column("Opening note", "opening_note", width=36),
    Column("Opening slippage against baseline", "opening_slippage", width=32),
    Column("Opening slippage against baseline (days)", "opening_slippage_days", kind=NUMBER),
    Column("Cost estimate (£)", "newest_cost", kind=POUNDS),
    Column("What the estimate covers", "newest_cost_covers", width=44),
    *_provenance("cost_fact", "Cost estimate"),
    Column("Approved budget (£)", "approved_budget", kind=POUNDS),
    Column("Budget approved on", "approved_budget_on", kind=DATE),
    Column("Forecast cost (£)", "forecast_total", kind=POUNDS),
    Column("CIR of the sites (£)", "risk_cir", kind=POUNDS),
    Column("Estate returns", "risk_returns", width=30),
    Column("Estate returns accepted", "risk_accepted"),
    Column("CIR removed (£)", "risk_cir_removed", kind=POUNDS),
    Column("£ per £ of CIR removed", "risk_per_pound", kind=FIGURE),
    Column("What is not known or not stated of the CIR", "risk_why", width=36),
    Column("Open risks", "open_risks", kind=NUMBER),
    Column("Highest risk score", "highest_risk_score", kind=NUMBER),
    Column("Published", "published", yes),
    Column("Example data", "is_example", yes),
)
COMPUTED = {column.name for column in PROJECTS if column.name.startswith(("opening_", "newest_cost", "risk_"))}
COMPUTED |= {"stage_fact", "state_reason", "state_fact", "cost_fact"}


def _projects(ids, on):
    """Yields the records of the projects, as signed-in users see them."""
    successions = Organisation.objects.successions(on)
    acting = [When(lead_organisation=pk, then=Value(line[-1].name)) for pk, line in successions.items()]
    projects = with_delivery_figures(Project.objects.filter(pk__in=ids).order_by(), on).annotate(
        project=F("pk"), acting_lead=Case(*acting, default=F("lead_organisation__name"))
    )
    sources, stated, costs = known_sources(), _stated(ids), _newest_costs(ids)
    risks = risks_removed(Project.objects.filter(pk__in=ids), User())
    risk_cells = {project.pk: _risk_cells(risk) for project, risk in risks}
    milestones = Milestone.objects.filter(project__in=ids, kind=MilestoneKind.OPENING).order_by("pk")
    openings, statements = _grouped(milestones, "project_id"), _statements_of(milestones.order_by())
    for record in projects.values("project", *_names(PROJECTS, *COMPUTED)):
        pk = record["project"]
        record["stage_fact"] = fact_of(stated[pk]["stage"], sources)
        state = stated[pk].get("delivery_state")
        if state and state.delivery_state in STOPPED:
            record["state_reason"], record["state_fact"] = state.reason, fact_of(state, sources)
        if cost := costs.get(pk):
            record["newest_cost"], record["newest_cost_covers"] = cost.amount_pounds, cost.covers
            record["cost_fact"] = fact_of(cost, sources)
        record |= risk_cells.get(pk, {})
        yield record | _opening_cells(openings.get(pk, []), statements, sources, on, record["delivery_state"])


def _risk_cells(risk):
    """The cells of a `RiskRemoved`."""
    reasons = {"CIR of the sites": risk.why_no_cir, "CIR removed": risk.not_stated_label, "£ per £": risk.why_no_rate}
    return {
        "risk_cir": risk.cir,
        "risk_returns": risk.returns_label,
        "risk_accepted": risk.accepted_label,
        "risk_cir_removed": risk.cir_removed,
        "risk_per_pound": None if risk.per_pound is None else round(risk.per_pound, 2),
        "risk_why": "; ".join(f"{label}: {why}" for label, why in reasons.items() if why),
    }


def _stated(ids):
    """{project id: `newest_by_fact` of its statements}. The stage without one is the `ProjectStatus`."""
    projects = Project.objects.filter(pk__in=ids).order_by()
    stated = {project.pk: {"stage": project.newest_status} for project in projects}
    statements = StageStatement.objects.standing().filter(project__in=ids).select_related("stated_for")
    for pk, its_statements in _grouped(statements, "project_id").items():
        stated[pk] |= newest_by_fact(its_statements)
    return stated


def _grouped(records, column):
    groups = {}
    for record in records:
        groups.setdefault(getattr(record, column), []).append(record)
    return groups


def _statements_of(milestones):
    """{milestone id: [its statements]}."""
    statements = MilestoneStatement.objects.standing().filter(milestone__in=milestones.values("pk"))
    return _grouped(statements.select_related("change_reason", "stated_for"), "milestone_id")


def _newest_costs(ids):
    """{project id: its newest `CostEstimate`}."""
    return {pk: costs[0] for pk, costs in _grouped(CostEstimate.objects.filter(project__in=ids), "project_id").items()}


def _opening_cells(openings, statements, sources, on, delivery_state):
    """The planned and the actual date of the opening, each with the `Fact` of its statement, and its slippage."""
    opening = main_opening(openings)
    if opening is None:
        return {"opening_note": f"{SEVERAL_OPENINGS}: see the milestones" if openings else ""}
    stated = statements.get(opening.pk, [])
    position = MilestoneDates.from_statements(stated).at(on, delivery_state)
    cells = {
        "opening_slippage": position.against_baseline,
        "opening_slippage_days": position.days_against_baseline,
    }
    planned = newest_statement([statement for statement in stated if statement.kind != StatementKind.ACTUAL])
    for name, statement in (
        ("opening_planned", planned),
        ("opening_actual", current_statement(stated, StatementKind.ACTUAL)),
    ):
        if statement and statement.date:
            cells[name] = statement.date.first
            cells[f"{name}_precision"] = _precision(statement.precision)
            cells[f"{name}_fact"] = fact_of(statement, sources)
    return cells


# Milestones ----------------------------------------------------------------------------------------------------------


def _first_day(name):
    """A function that returns the first day of this date of MilestoneDates, or None."""
    return lambda dates: date.first if (date := getattr(dates, name)) else None


def _precision_of(name):
    return lambda dates: _precision(date.precision) if (date := getattr(dates, name)) else ""


def _without_baseline(write):
    """The same function, but None where there is an approved baseline: it is what dates are compared with."""
    return lambda dates: None if dates.baseline else write(dates)


def _reason(dates):
    """The reason for the newest date, with its explanation."""
    statement = dates.statement
    return ": ".join(filter(None, [str(statement.change_reason or ""), statement.explanation])) if statement else ""


MILESTONES = (
    *OF_PROJECT,
    Column("Milestone", "title", width=36),
    Column("Type", "kind", _label_of(MilestoneKind.choices)),
    Column("Standard gate", "gate", _label_of(Gate.choices), width=30),
    Column("Baseline", "dates", _first_day("baseline"), kind=DATE),
    Column("Baseline date precision", "dates", _precision_of("baseline")),
    Column("First planned", "dates", _without_baseline(_first_day("first_planned")), kind=DATE),
    Column("First planned date precision", "dates", _without_baseline(_precision_of("first_planned"))),
    Column("Forecast", "dates", _first_day("forecast"), kind=DATE),
    Column("Forecast date precision", "dates", _precision_of("forecast")),
    Column("Actual", "dates", _first_day("actual"), kind=DATE),
    Column("Actual date precision", "dates", _precision_of("actual")),
    Column("Status", "position", lambda position: position.state.label),
    *_provenance("fact"),
    Column("Slippage against baseline", "position", attrgetter("against_baseline"), width=32),
    Column("Slippage against baseline (days)", "position", attrgetter("days_against_baseline"), kind=NUMBER),
    Column("Later than first planned (days)", "position", attrgetter("days_since_first_planned"), kind=NUMBER),
    Column("Reason for change", "dates", _reason, width=50),
    EXAMPLE,
)


def _milestones(ids, on):
    """Yields the records of the milestones. Their provenance is that of the newest date."""
    sources = known_sources()
    milestones = Milestone.objects.filter(project__in=ids).order_by("current_on", "pk")
    statements = _statements_of(milestones.order_by())
    for milestone in milestones.select_related("project"):
        stated = statements.get(milestone.pk, [])
        dates, newest = MilestoneDates.from_statements(stated), newest_statement(stated)
        yield {
            **of_project(milestone.project),
            "title": milestone.title,
            "kind": milestone.kind,
            "gate": milestone.gate,
            "dates": dates,
            "position": dates.at(on, milestone.project.delivery_state),
            "fact": fact_of(newest, sources) if newest else None,
        }


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
    Column("Type of funding source", "funder_kind", _label_of(FunderKind.choices), width=30),
    Column("Funding organisation", "funding_organisation", width=36),
    Column("Status", "status", _label_of(FundingStatus.choices)),
    Column("Note", "note", width=44),
    *_provenance("fact"),
    EXAMPLE,
)


def _finance(ids, on):
    """Yields annual costs, funding and cost estimates, which fill different columns."""
    sources = known_sources()
    entered = Fact("", basis=ENTERED)
    records = (
        ("Annual cost", AnnualCost.objects.order_by("year"), lambda cost: {"fact": entered}),
        (
            "Funding",
            FundingLine.objects.order_by("pk").select_related("funding_organisation"),
            lambda line: {
                "about": line.funder,
                "funding_organisation": line.funding_organisation and line.funding_organisation.name,
                "fact": fact_of(line, sources),
            },
        ),
        (
            "Cost estimate",
            CostEstimate.objects.order_by("pk"),
            lambda cost: {"about": cost.covers, "fact": fact_of(cost, sources)},
        ),
    )
    names = ("year", "budget", "forecast", "actual", "amount_pounds", "funder_kind", "status", "note")
    for label, rows, more in records:
        for row in rows.filter(project__in=ids).select_related("project"):
            cells = {name: getattr(row, name, None) for name in names}
            yield {**of_project(row.project), "record": label, **cells, **more(row)}


# Backlog -------------------------------------------------------------------------------------------------------------

BACKLOG = (
    *OF_PROJECT,
    Column("Site", "site", width=44),
    Column("Risk of the backlog", "band", _label_of(BacklogBand.choices)),
    Column("Backlog removed (£)", "amount_pounds", kind=POUNDS),
    Column("Price year", "prices"),
    Column("Newest statement", "is_newest", yes),
    *_provenance("fact"),
    Column("Source text", "source_words", width=44),
    EXAMPLE,
)


def _backlog(ids, on):
    """Yields the records of the backlog removed, with every statement."""
    sources = known_sources()
    statements = list(BacklogRemoved.objects.filter(project__in=ids).select_related("project", "site"))
    holding = {statement.pk for statement in newest_removed(statements).values()}
    for statement in statements:
        cells = {name: getattr(statement, name) for name in ("band", "amount_pounds", "prices", "source_words")}
        more = {"site": statement.site.name, "is_newest": statement.pk in holding, "fact": fact_of(statement, sources)}
        yield of_project(statement.project) | cells | more


# Risks ---------------------------------------------------------------------------------------------------------------


def _risks(ids, on):
    return risk_records(Risk.objects.filter(project__in=ids).with_score().order_by("-score_now", "pk"), on)


SHEETS = {
    sheet.key: sheet
    for sheet in (
        Sheet("projects", "Projects", PROJECTS, _projects),
        Sheet("milestones", "Milestones", MILESTONES, _milestones),
        Sheet("money", "Finance", FINANCE, _finance),
        Sheet("backlog", "Backlog removed", BACKLOG, _backlog),
        Sheet("risks", "Risks", RISK_COLUMNS, _risks),
        *(Sheet(table.key, table.title, table.columns, table.records) for table in TABLES.values()),
    )
}
