"""The content of the board report for a period, from its frozen reports and the risks open at its end."""

import datetime
from dataclasses import dataclass, field

from django.db.models import Q

from projects.dates import short_date_label
from projects.labels import (
    ALL_RATING_LABELS,
    cost_change_label,
    money,
    plural,
    slippage_label,
    variance_label,
)
from projects.milestones.timeline import ROWS, timeline_of
from projects.models import AnnualCost, Rating, ReportMilestone, Risk, StatusReport, financial_year_of, year_label
from projects.models.choices import RATING_ORDER
from projects.models.finance import FIGURES
from projects.portfolio.snapshots import changes_between, periods_reported, reports_at, snapshots_at, titles_of
from projects.reporting.workflow import projects_expected_to_report
from projects.signs import FROZEN_SIGNS

from .blocks import Cell, Facts, Heading, NewPage, Picture, Table, Text

TOP_RISKS = 10
HISTORY = 3
YEAR = datetime.timedelta(days=365)
EMPTY = "–"


@dataclass
class BoardReport:
    """The report of a period over some projects, as blocks in the order of reading."""

    title: str
    period: object
    scope: str
    created: str
    blocks: list = field(default_factory=list)
    projects: int = 0
    has_examples: bool = False


def build_board_report(projects, period, *, scope, created):
    """The `BoardReport` of a queryset that its reader can see. `scope` and `created` are lines of its cover.

    A fixed number of queries, whatever the number of projects.
    """
    facts = _Gathered(projects, period)
    report = BoardReport(f"Estates programme: board report, {period}", period, scope, created)
    report.projects, report.has_examples = len(facts.ordered), any(facts.titles[pk].is_example for pk in facts.ordered)
    parts = (_summary, _ratings, _changes, _exceptions, _milestones, _spend, _risks, _pages)
    report.blocks = [block for part in parts for block in part(facts)]
    return report


class _Gathered:
    """Everything that the parts read, queried once."""

    def __init__(self, projects, period):
        self.ids, self.period = projects.order_by().values("pk"), period
        self.snapshots = snapshots_at(projects, period)
        self.titles = titles_of(self.snapshots)
        self.ordered = sorted(self.snapshots, key=lambda pk: (self.titles[pk].title.lower(), pk))
        earlier = [one for one in periods_reported() if one.starts_on < period.starts_on][:HISTORY]
        self.earlier = [(one, snapshots_at(projects, one)) for one in earlier]
        self.changes, self.totals = changes_between(projects, earlier[0], period) if earlier else ([], None)
        self.reports = {report.project_id: report for report in reports_at(projects, period).select_related("period")}
        self.reported, self.missing = self._reported()
        self.rows = {}
        for row in ReportMilestone.objects.filter(report__in=[one.report_id for one in self.snapshots.values()]):
            self.rows.setdefault(row.report_id, []).append(row)
        self.open_risks = list(self._open_risks())

    def _reported(self):
        """(number of expected reports submitted, titles of the projects whose report is outstanding)."""
        reports = StatusReport.objects.filter(period=self.period, corrects=None, project__in=self.ids).reported()
        due = projects_expected_to_report(self.period).filter(pk__in=self.ids)
        missing = due.exclude(pk__in=reports.order_by().values("project")).order_by("title", "pk")
        return reports.count(), list(missing.values_list("title", flat=True))

    def _open_risks(self):
        """Risks open at the end of the period, highest score first."""
        last = self.period.ends_on
        risks = Risk.objects.filter(project__in=self.ids, raised_on__lte=last)
        risks = risks.filter(Q(closed_on=None) | Q(closed_on__gt=last)).with_score()
        return risks.select_related("project").order_by("-score_now", "project__title", "pk")[:TOP_RISKS]

    def title(self, pk):
        return self.titles[pk].title


def _rated(rating):
    return Cell(ALL_RATING_LABELS[rating], rating)


def _summary(facts):
    counts = dict.fromkeys([*RATING_ORDER, Rating.NOT_RATED], 0)
    for one in facts.snapshots.values():
        counts[one.rating] = counts.get(one.rating, 0) + 1
    yield Heading("Summary", key="summary")
    older = len(facts.ordered) - facts.reported
    counted = [f"{plural(facts.reported, 'project')} reported for {facts.period}"]
    if older > 0:
        counted.append(f"{older:,} shown from an earlier report")
    if facts.missing:
        counted.append(f"{len(facts.missing):,} did not report")
    yield Text(f"{'; '.join(counted)}.", "lede")
    if facts.missing:
        yield Text(f"Not reported: {'; '.join(facts.missing)}.")
    figures = [one.figures for one in facts.snapshots.values()]
    yield Facts(
        [
            *((ALL_RATING_LABELS[rating], str(number)) for rating, number in counts.items()),
            *((sign.label, str(sum(map(sign.applies, figures)))) for sign in FROZEN_SIGNS.values()),
        ]
    )


def _ratings(facts):
    """One row for each project, with its ratings of the last periods."""
    yield Heading("Every project", key="projects")
    periods = [f"{one.starts_on:%b %Y}" for one, _snapshots in facts.earlier[::-1]]
    heads = [
        "Project",
        "Place",
        "Lead organisation",
        "Stage",
        *periods,
        "Now",
        "Opening",
        "Slippage",
        "Cost",
        "Report",
    ]
    rows = []
    for pk in facts.ordered:
        one, project = facts.snapshots[pk], facts.titles[pk]
        before = [snapshots.get(pk) for _period, snapshots in facts.earlier[::-1]]
        rows.append(
            [
                Cell(project.label),
                Cell(project.place),
                Cell(project.lead or EMPTY),
                Cell(one.stage_label),
                *(_rated(each.rating) if each else Cell(EMPTY) for each in before),
                _rated(one.rating),
                Cell(one.opening_label or EMPTY),
                Cell(one.slippage_label or EMPTY),
                Cell(_cost(one)),
                Cell(one.period if one.is_reviewed else f"{one.period}, awaiting review"),
            ]
        )
    widths = [21, 9, 13, 10, *([6] * len(periods)), 6, 9, 9, 10, 10]
    yield Table("Projects as reported", heads, rows, widths, (len(heads) - 2,))


def _cost(one):
    if one.price is None:
        return EMPTY
    over = f" ({money(one.over_budget)} over)" if one.over_budget else ""
    return f"{money(one.price)}{over}"


def _changes(facts):
    yield Heading("What changed", key="changes")
    if facts.totals is None:
        yield Text("No earlier report to compare.")
        return
    older, totals = facts.earlier[0][0], facts.totals
    yield Text(f"Compares the {older} and {facts.period} reports.")
    yield Facts(
        [
            ("Improved", str(totals.improved)),
            ("Deteriorated", str(totals.deteriorated)),
            ("Stage changed", str(totals.stages_changed)),
            ("Opening later", str(totals.later)),
            ("Opening earlier", str(totals.earlier)),
            ("Cost", cost_change_label(totals.cost_change)),
            ("First reports", str(totals.new)),
            ("Finished", str(totals.finished)),
            ("Risks raised", str(totals.risks_raised)),
            ("Risks closed", str(totals.risks_closed)),
        ]
    )
    rows = [
        [Cell(facts.title(change.project_id)), Cell("; ".join(_changes_of(change)))]
        for change in facts.changes
        if change.is_any
    ]
    if rows:
        yield Table("Changes, largest concern first", ["Project", "Changes"], rows, [35, 65])


def _changes_of(change):
    """Each change of one project, as text."""
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
    if change.cost_change:
        yield f"cost {cost_change_label(change.cost_change)}"
    if change.risks_raised:
        yield f"{plural(change.risks_raised, 'risk')} raised"
    if change.risks_closed:
        yield f"{plural(change.risks_closed, 'risk')} closed"


def _exceptions(facts):
    yield Heading("Exceptions", key="exceptions")
    found = sorted(
        (pk for pk in facts.ordered if facts.snapshots[pk].rating in (Rating.RED, Rating.AMBER)),
        key=lambda pk: RATING_ORDER[facts.snapshots[pk].rating],
    )
    if not found:
        yield Text("No projects rated red or amber.")
        return
    rows = [
        [
            Cell(facts.title(pk)),
            _rated(facts.snapshots[pk].rating),
            Cell(facts.snapshots[pk].summary),
            Cell(facts.snapshots[pk].path_to_green or EMPTY),
            Cell(facts.snapshots[pk].help_needed or EMPTY),
        ]
        for pk in found
    ]
    heads = ["Project", "Rating", "Summary", "Path to green", "Decision or help needed"]
    yield Table("Red and amber projects", heads, rows, [20, 8, 24, 28, 20])


def _milestones(facts):
    """Milestones reached in the period, and those of the year after it."""
    yield Heading("Timeline: reached in the period, and the year ahead", key="timeline")
    last = facts.period.ends_on
    drawn = timeline_of(facts.ordered[:ROWS], on=last, public=False)
    if drawn.facts:
        yield Text("Milestones as at today. The line is the end of the period.", "meta")
        yield Picture(drawn)
    rows = []
    for pk in facts.ordered:
        for row in facts.rows.get(facts.snapshots[pk].report_id, []):
            dates = row.dates
            if dates.current is not None and _is_listed(dates, facts.period):
                cells = [dates.current.short_label, _state(row, last), row.title, facts.title(pk)]
                rows.append((dates.current.first, [Cell(text) for text in cells]))
    if not rows:
        yield Text("No milestones in this time.")
        return
    ordered = [cells for _on, cells in sorted(rows, key=lambda each: (each[0], each[1][3].text))]
    yield Table("Milestones by date", ["Date", "Status", "Milestone", "Project"], ordered, [14, 20, 31, 35])


def _is_listed(dates, period):
    """Whether it was reached in the period, or is to be reached by a year after it; vague dates count by their end."""
    if dates.is_reached:
        return period.starts_on <= dates.actual.last <= period.ends_on
    return dates.current.last <= period.ends_on + YEAR


def _state(row, on):
    if row.dates.is_reached:
        return "Reached"
    label = slippage_label(row.dates)
    state = "Overdue" if row.dates.is_overdue(on) else "Expected"
    return f"{state}, {label}" if label and label != "on time" else state


def _spend(facts):
    year = financial_year_of(facts.period.ends_on)
    yield Heading(f"Capital in {year_label(year)}", key="money")
    costs = AnnualCost.objects.filter(project__in=facts.ordered, year=year).order_by("project__title", "project")
    if not costs:
        yield Text("No figures for this year.")
        return
    named = [(facts.title(cost.project_id), cost) for cost in costs] + [("Total", AnnualCost.total_of(costs))]
    rows = [
        [
            Cell(name),
            *(Cell(money(getattr(cost, figure)) or EMPTY) for figure in FIGURES),
            Cell(variance_label(cost.variance) or EMPTY),
        ]
        for name, cost in named
    ]
    yield Text("Figures as at today. Capital only.", "meta")
    heads = ["Project", "Budget", "Forecast", "Actual", "Variance"]
    yield Table(f"Capital in {year_label(year)}", heads, rows, [40, 15, 15, 15, 15], (1, 2, 3, 4))


def _risks(facts):
    yield Heading("Top risks and issues", key="risks")
    if not facts.open_risks:
        yield Text("No open risks or issues.")
        return
    rows = [
        [
            Cell(str(risk.score)),
            Cell(risk.title),
            Cell(risk.project.title),
            Cell(risk.mitigation or EMPTY),
            Cell(risk.owner or EMPTY),
            Cell(short_date_label(risk.review_on) or "Not set"),
        ]
        for risk in facts.open_risks
    ]
    heads = ["Score", "Risk or issue", "Project", "Mitigation", "Risk owner", "Next review"]
    yield Text("Open at period end. Current score on the NHS 5x5 matrix.", "meta")
    yield Table("Open risks, highest score first", heads, rows, [7, 23, 22, 26, 12, 10], (0,))


def _pages(facts):
    """A page for each project."""
    for pk in facts.ordered:
        one, report = facts.snapshots[pk], facts.reports[pk]
        project = facts.titles[pk]
        yield NewPage()
        yield Heading(project.label, key=f"project-{pk}")
        about = [project.lead or "No lead organisation", project.place, one.stage_label, f"{one.period} report"]
        yield Text(" · ".join(about), "meta")
        yield Facts(
            [
                *((label, ALL_RATING_LABELS.get(rating, EMPTY)) for _name, label, rating in report.ratings() if rating),
                ("Opening", one.opening_label or EMPTY),
                ("Slippage", one.slippage_label or EMPTY),
                ("Approved budget", money(one.budget) or EMPTY),
                ("Forecast", money(one.forecast) or EMPTY),
                ("Highest risk", str(one.highest_risk) if one.highest_risk is not None else EMPTY),
            ]
        )
        if report.independent_rating and report.independent_rating != report.overall:
            yield Text(
                f"Programme office rating: {ALL_RATING_LABELS[report.independent_rating]}. {report.independent_reason}"
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
        rows = facts.rows.get(one.report_id, [])
        if rows:
            table = [
                [
                    Cell(row.title),
                    Cell(row.baseline.short_label if row.baseline else EMPTY),
                    Cell(row.dates.current.short_label if row.dates.current else EMPTY),
                    Cell("Reached" if row.actual_on else "Expected"),
                    Cell(slippage_label(row.dates) or EMPTY),
                ]
                for row in rows
            ]
            heads = ["Milestone", "Baseline or first planned", "Forecast or actual", "Status", "Slippage"]
            yield Table(f"Milestones: {project.title}", heads, table, [38, 18, 16, 12, 16])
