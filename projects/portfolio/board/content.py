"""The content of the board report for a period, from its frozen reports and the risks open at its end."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst

from estates_portal.dates import date_label, short_date_label
from estates_portal.sorting import SortKey, sort_key
from projects.costs import EXPECTED_HINT
from projects.facts import fact_of, known_sources
from projects.labels import (
    ALL_RATING_LABELS,
    NOT_REPORTED,
    RATINGS,
    both_ratings,
    money,
    plural,
    variance_label,
)
from projects.milestones.timeline import ROWS, timeline_of
from projects.models import AnnualCost, Rating, ReportMilestone, Risk, financial_year_of, year_label
from projects.models.choices import RATING_ORDER
from projects.models.finance import FIGURES
from projects.portfolio.changes import changes_between
from projects.portfolio.coverage import coverage_of
from projects.portfolio.ranking import ranking_of, row_of
from projects.portfolio.snapshots import periods_reported, reports_at, snapshots_at, titles_of
from projects.reporting.compare import date_since_label, pair_milestones
from projects.signs import FROZEN_SIGNS

from .blocks import Facts, Heading, NewPage, Picture, ReportCell, ReportTable, Text

TOP_RISKS = 10
HISTORY = 3
YEAR = datetime.timedelta(days=365)
EMPTY = "–"
NO_REPORT = "No report yet"
SLIPPAGE = "Slippage against baseline"
AGAINST_BASELINE = "Opening against baseline"


@dataclass
class BoardReport:
    """The report of a period on some projects, as blocks in reading order."""

    title: str
    period: object
    scope: str
    created: str
    draft: str = ""  # for every page; "" once the period is closed
    blocks: list = field(default_factory=list)
    projects: int = 0
    has_examples: bool = False


def build_board_report(projects, period, *, reader, scope, created, by_programme=False):
    """The `BoardReport` of a queryset that `reader`, a signed-in user, can see.

    `scope` and `created` are lines on the cover. Projects are in order of rating, red first; of their programmes and
    then of rating if `by_programme`.

    The number of queries does not depend on the number of projects.
    """
    data = _ReportData(projects, period, reader, by_programme)
    report = BoardReport(f"Estates programme: board report, {period}", period, scope, created)
    report.draft = "" if period.is_closed else f"Draft: {period} is still open, so figures can change"
    report.projects, report.has_examples = len(data.ordered), any(data.titles[pk].is_example for pk in data.ordered)
    parts = (_summary, _ratings, _changes, _exceptions, _milestones, _spend, _backlog, _risks, _project_pages)
    report.blocks = [block for part in parts for block in part(data)]
    return report


class _ReportData:
    """The data for all parts of the report, queried once."""

    def __init__(self, projects, period, reader, by_programme):
        self.ids, self.period, self.reader = projects.order_by().values("pk"), period, reader
        self.today = timezone.localdate()
        self.snapshots = snapshots_at(projects, period)
        self.coverage = coverage_of(projects, period, self.snapshots)
        self.titles = titles_of(self.coverage.ids, self.today)
        self.programmes = dict(projects.order_by().values_list("pk", "programme__name")) if by_programme else {}
        self.ordered = sorted(self.coverage.ids, key=self._order)
        self.with_reports = [pk for pk in self.ordered if pk in self.snapshots]
        earlier = [other for other in periods_reported() if other.starts_on < period.starts_on][:HISTORY]
        self.earlier = [(other, snapshots_at(projects, other)) for other in earlier]
        self.changes, self.totals = changes_between(projects, earlier[0], period) if earlier else ([], None)
        self.reports = {report.project_id: report for report in reports_at(projects, period).select_related("period")}
        before = self.earlier[0][1] if self.earlier else {}
        self.rows, self.rows_before = _rows(self.snapshots), _rows(before)
        self.changes_by_project = {change.project_id: change for change in self.changes}
        self.open_risks = list(self._open_risks())
        self.sources = known_sources()

    def _order(self, pk):
        """The sort key: by programme if asked, worst rating first, then projects without a report."""
        programme = self.programmes.get(pk)
        snapshot = self.snapshots.get(pk)
        rank = len(RATINGS) if snapshot is None else RATINGS.index(snapshot.rating)
        return (programme is None, sort_key(programme or ""), rank, sort_key(self.titles[pk].title), pk)

    def _open_risks(self):
        """Risks open at the end of the period, highest score first."""
        last = self.period.ends_on
        risks = Risk.objects.filter(project__in=self.ids, raised_on__lte=last)
        risks = risks.filter(Q(closed_on=None) | Q(closed_on__gt=last)).with_score()
        return risks.select_related("project").order_by("-score_now", SortKey("project__title"), "pk")[:TOP_RISKS]

    def title(self, pk):
        return self.titles[pk].title


def _rows(snapshots):
    """{project id: [`ReportMilestone`] of its report}. One query."""
    projects = {snapshot.report_id: pk for pk, snapshot in snapshots.items()}
    rows = {}
    for row in ReportMilestone.objects.filter(report__in=projects):
        rows.setdefault(projects[row.report_id], []).append(row)
    return rows


def _rated(snapshot):
    """The cell of the ratings of a `Snapshot`; None is not reported."""
    if snapshot is None:
        return ReportCell(ALL_RATING_LABELS[NOT_REPORTED])
    return ReportCell(both_ratings(snapshot.rating, snapshot.office_rating), snapshot.rating)


def _summary(data):
    yield Heading("Summary", key="summary")
    coverage = data.coverage
    yield Text(f"{coverage.label}.", "lede")
    if coverage.outstanding:
        titles = "; ".join(project.title for project in coverage.outstanding.values())
        yield Text(f"{coverage.outstanding_label}: {titles}.")
    ratings = Counter(snapshot.rating for snapshot in data.snapshots.values())
    ratings[NOT_REPORTED] = len(coverage.unreported)
    yield Text("Delivery confidence as reported, not as rated by the programme office:")
    yield Facts([(ALL_RATING_LABELS[rating], f"{ratings[rating]:,}") for rating in RATINGS])
    figures = [snapshot.figures for snapshot in data.snapshots.values()]
    yield Text("Warning signs when the reports were submitted:")
    yield Facts([(sign.label, f"{sum(map(sign.applies, figures)):,}") for sign in FROZEN_SIGNS.values()])


def _ratings(data):
    """A row for each project, with its ratings in the last periods; a table for each programme if asked."""
    yield Heading("Every project", key="projects")
    yield Text("A forecast cost is the sum of the annual figures on the day of the report.", "meta")
    periods = [*(period for period, _snapshots in data.earlier[::-1]), data.period]
    months = [f"{period.starts_on:%b %Y}" for period in periods]
    heads = ["Project", "Place", "Lead organisation", "Stage", *months, "Opening", AGAINST_BASELINE, "Cost", "Report"]
    widths = [19, 8, 12, 9, *([6] * len(months)), 8, 10, 13, 11]
    for programme, group in groupby(data.ordered, key=data.programmes.get):
        caption = "Projects as reported"
        if data.programmes:
            yield Heading(programme or "No programme", 3)
            caption = f"{caption}: {programme or 'No programme'}"
        yield ReportTable(caption, heads, [_row(data, pk) for pk in group], widths, (len(heads) - 2,))


def _row(data, pk):
    snapshot, project = data.snapshots.get(pk), data.titles[pk]
    before = [snapshots.get(pk) for _period, snapshots in data.earlier[::-1]]
    return [
        ReportCell(project.label),
        ReportCell(project.place),
        ReportCell(project.lead or EMPTY),
        ReportCell(snapshot.stage_label if snapshot else NO_REPORT),
        *(_rated(earlier) for earlier in before),
        _rated(snapshot),
        ReportCell(snapshot.opening_label if snapshot else NO_REPORT),
        ReportCell(snapshot.against_baseline if snapshot else NO_REPORT),
        ReportCell(_cost(snapshot, data.sources) if snapshot else NO_REPORT),
        ReportCell(data.coverage.report_label(pk, snapshot)),
    ]


def _cost(snapshot, sources):
    """The expected cost with its name; a published estimate also with its date and source."""
    costs = snapshot.costs
    if costs.expected is None:
        return "Not known"
    over_budget = f" ({costs.over_label})" if costs.over_label else ""
    source = f"\n{fact_of(costs.estimate, sources).brief}" if costs.expected is costs.estimate else ""
    return f"{costs.expected}{over_budget}{source}"


def _changes(data):
    yield Heading("What changed", key="changes")
    if data.totals is None:
        yield Text("No earlier report to compare.")
        return
    yield Text(f"Compares the {data.earlier[0][0]} and {data.period} reports.")
    yield Facts([(kind.label, total) for kind, total, _is_marked in data.totals.shown])
    rows = [
        [ReportCell(data.title(change.project_id)), ReportCell("; ".join(_changes_of(change)))]
        for change in data.changes
        if change.is_any
    ]
    if rows:
        yield ReportTable("Changes, largest concern first", ["Project", "Changes"], rows, [35, 65])
    yield Text(f"{data.coverage.unchanged_label(data.changes)}.")


def _changes_of(change):
    """Yields each change of a project as text."""
    before, after = change.before, change.after
    if change.is_new:
        yield "first report"
    if change.rating_movement:
        yield f"{before.rating_label} to {after.rating_label}"
    if change.is_stage_changed:
        yield f"{before.stage_label} to {after.stage_label}"
    if change.is_finished:
        yield "finished"
    if change.opening_days:
        yield f"opening {change.opening_change_label}"
    if change.cost_label:
        name, pounds = change.cost_move
        yield change.cost_label if pounds is None else f"{name.label.lower()} {change.cost_label}"
    if change.risks_raised:
        yield f"{plural(change.risks_raised, 'risk')} raised"
    if change.risks_closed:
        yield f"{plural(change.risks_closed, 'risk')} closed"


def _both(snapshot):
    return snapshot.rating, snapshot.office_rating


def _exceptions(data):
    """Projects rated red or amber, by their report or by the programme office; the worse rating first."""
    yield Heading("Exceptions", key="exceptions")
    exceptions = sorted(
        (pk for pk in data.with_reports if {Rating.RED, Rating.AMBER} & set(_both(data.snapshots[pk]))),
        key=lambda pk: min(RATING_ORDER[rating] for rating in _both(data.snapshots[pk]) if rating in RATING_ORDER),
    )
    if not exceptions:
        yield Text("No projects rated red or amber.")
        return
    rows = [
        [
            ReportCell(data.title(pk)),
            _rated(data.snapshots[pk]),
            ReportCell(data.snapshots[pk].summary),
            ReportCell(data.snapshots[pk].path_to_green or EMPTY),
            ReportCell(data.snapshots[pk].help_needed or EMPTY),
        ]
        for pk in exceptions
    ]
    heads = ["Project", "Rating", "Summary", "Path to green", "Decision or help needed"]
    yield ReportTable("Red and amber projects", heads, rows, [20, 8, 24, 28, 20])


def _milestones(data):
    """Milestones reached in the period, and expected by a year after it."""
    yield Heading("Timeline: reached in the period, and the year ahead", key="timeline")
    last = data.period.ends_on
    expected = [pk for pk in data.ordered if pk in data.snapshots or pk in data.coverage.outstanding]
    timeline = timeline_of(expected[:ROWS], data.reader, on=last)
    if timeline.facts:
        first = f" First {ROWS} of {plural(len(expected), 'project')}." if len(expected) > ROWS else ""
        yield Text(f"Milestones as at {date_label(data.today)}. The line is {date_label(last)}.{first}", "meta")
        yield Picture(timeline)
    rows = []
    for pk in data.with_reports:
        for row in data.rows.get(pk, []):
            dates = row.dates
            if dates.current is not None and _is_shown(dates, data.period):
                position = dates.at(last, data.snapshots[pk].state)
                cells = [dates.current.short_label, _state(position), row.title, data.title(pk)]
                rows.append((dates.current.first, [ReportCell(text) for text in cells]))
    if not rows:
        yield Text("No milestones in this time.")
        return
    ordered = [cells for _on, cells in sorted(rows, key=lambda row: (row[0], row[1][3].text))]
    yield ReportTable("Milestones by date", ["Date", "Status", "Milestone", "Project"], ordered, [14, 20, 31, 35])


def _is_shown(dates, period):
    """Whether the date is reached in the period, or expected by a year after it. Vague dates count by the last day."""
    if dates.is_reached:
        return period.starts_on <= dates.actual.last <= period.ends_on
    return dates.current.last <= period.ends_on + YEAR


def _state(position):
    if position.dates.is_reached:
        return "Reached"
    label = position.slippage_label if position.slippage_days else ""
    return f"{position.state.label}, {label}" if label else position.state.label


def _spend(data):
    year = financial_year_of(data.period.ends_on)
    yield Heading(f"Capital in {year_label(year)}", key="money")
    costs = AnnualCost.objects.filter(project__in=data.ids, year=year).order_by(SortKey("project__title"), "project")
    if not costs:
        yield Text("No figures for this year.")
        return
    named = [(data.title(cost.project_id), cost) for cost in costs] + [("Total", AnnualCost.total_of(costs))]
    rows = [
        [
            ReportCell(name),
            *(ReportCell(money(getattr(cost, figure)) or EMPTY) for figure in FIGURES),
            ReportCell(variance_label(cost.variance) or EMPTY),
        ]
        for name, cost in named
    ]
    yield Text(f"Figures as at {date_label(data.today)}. Capital only.", "meta")
    heads = ["Project", "Budget", "Forecast", "Actual", "Variance"]
    yield ReportTable(f"Capital in {year_label(year)}", heads, rows, [40, 15, 15, 15, 15], (1, 2, 3, 4))


def _backlog(data):
    """The ranking of the projects that state what backlog they remove, and the number of the others.

    By accepted returns alone, because the report is for the board and the public.
    """
    yield Heading("Cost for each pound of risk removed", key="backlog")
    ranking = [pair for pair in ranking_of(data.ordered, AnonymousUser()) if pair[1].statements]
    if not ranking:
        yield Text("No project states what backlog it removes.")
        return
    definition = "CIR is critical infrastructure risk: high and significant risk backlog, in accepted estate returns."
    order = f"{EXPECTED_HINT} Projects without a figure come last."
    yield Text(f"Figures as at {date_label(data.today)}. {definition} {order}", "meta")
    rows = []
    for project, risk in ranking:
        row = row_of(project, risk)
        figures = [(row.cir, row.cir_note), (row.removed, row.removed_note), (row.cost, row.cost_note)]
        rows.append(
            [
                ReportCell(row.title),
                ReportCell(row.sites or EMPTY),
                *(_with_note(value, note) for value, note in [*figures, (row.rate, row.rate_note)]),
            ]
        )
    heads = ["Project", "Site", "CIR of the site", "CIR removed", "Cost", "£ per £ of CIR"]
    yield ReportTable("Cost for each pound of risk removed", heads, rows, [24, 20, 14, 14, 14, 14], (2, 3, 4, 5))
    if others := len(data.ordered) - len(ranking):
        verb = "states" if others == 1 else "state"
        yield Text(f"{plural(others, 'project')} {verb} nothing of the backlog removed.")


def _with_note(value, note):
    return ReportCell("\n".join(filter(None, [value or "Not known", note])))


def _risks(data):
    yield Heading("Top risks and issues", key="risks")
    if not data.open_risks:
        yield Text("No open risks or issues.")
        return
    rows = [
        [
            ReportCell(str(risk.score)),
            ReportCell(risk.title),
            ReportCell(risk.project.title),
            ReportCell(risk.mitigation or EMPTY),
            ReportCell(risk.owner or EMPTY),
            ReportCell(short_date_label(risk.review_on) or "Not set"),
        ]
        for risk in data.open_risks
    ]
    heads = ["Score", "Risk or issue", "Project", "Mitigation", "Risk owner", "Next review"]
    days = f"Open on {date_label(data.period.ends_on)}. Scores as at {date_label(data.today)}"
    yield Text(f"{days}, on the NHS 5x5 matrix.", "meta")
    yield ReportTable("Open risks, highest score first", heads, rows, [7, 23, 22, 26, 12, 10], (0,))


def _project_pages(data):
    """A page for each project with a report."""
    for pk in data.with_reports:
        snapshot, report = data.snapshots[pk], data.reports[pk]
        project = data.titles[pk]
        yield NewPage()
        yield Heading(project.label, key=f"project-{pk}")
        parts = [
            project.lead or "No lead organisation",
            project.place,
            snapshot.stage_label,
            f"{snapshot.period} report",
        ]
        yield Text(" · ".join(parts), "meta")
        yield Facts(
            [
                *((label, ALL_RATING_LABELS.get(rating, EMPTY)) for _name, label, rating in report.ratings() if rating),
                ("Opening", snapshot.opening_label),
                (AGAINST_BASELINE, snapshot.against_baseline),
                *_opening_change(data, pk),
                *((figure.label, money(figure.pounds)) for figure in snapshot.costs.known),
                ("Highest risk", str(snapshot.highest_risk) if snapshot.highest_risk is not None else EMPTY),
            ]
        )
        if figures := snapshot.costs.known:
            facts = "; ".join(f"{figure}: {fact_of(figure, data.sources).brief}" for figure in figures)
            yield Text(f"Figures at submission. {facts}.", "meta")
        if report.office_rating:
            yield Text(
                f"Programme office rating: {ALL_RATING_LABELS[report.office_rating]}. {report.independent_reason}"
            )
        for heading, text in (
            ("Summary", report.summary),
            ("Progress", report.progress),
            ("Next steps", report.next_steps),
            ("Path to green", report.path_to_green),
            ("Decision or help needed", report.help_needed),
        ):
            if text:
                yield Heading(heading, 3)
                yield Text(text)
        if data.rows.get(pk):
            yield _milestone_table(data, pk)


def _opening_change(data, pk):
    """Yields (label, change of the opening) since the earlier report, if both dates are known."""
    change = data.changes_by_project.get(pk)
    if change is not None and change.opening_change is not None:
        yield f"Opening since {data.earlier[0][0]}", capfirst(change.opening_change.since_label)


def _milestone_table(data, pk):
    """The milestones of a project at submission, against the approved baseline and against the earlier report."""
    since = [f"Since {data.earlier[0][0]}"] if data.earlier else []
    table = []
    for older_row, row in pair_milestones(data.rows_before.get(pk, []), data.rows[pk]):
        row.report = data.reports[pk]
        position = row.position
        cells = [
            row.title,
            row.baseline.short_label if row.baseline_approved else "No approved baseline",
            row.dates.current.short_label if row.dates.current else EMPTY,
            position.state.label,
            position.against_baseline,
            *(date_since_label(older_row, row) for _heading in since),
        ]
        table.append([ReportCell(text) for text in cells])
    heads = ["Milestone", "Baseline", "Forecast or actual", "Status", SLIPPAGE, *since]
    widths = [30, 16, 15, 11, 15, 13] if since else [38, 18, 16, 12, 16]
    return ReportTable(f"Milestones: {data.title(pk)}", heads, table, widths)
