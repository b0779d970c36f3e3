"""What the board report says about a period: read from the reports frozen for it, and from the risks then open."""

import datetime
from dataclasses import dataclass, field

from django.db.models import F, Q

from projects.dates import short_date_label
from projects.labels import RATING_WORDS, money, slippage_words
from projects.milestones.timeline import ROWS, timeline_of
from projects.models import AnnualCost, Rating, Risk, StatusUpdate, UpdateMilestone, financial_year_of, year_words
from projects.models.choices import ORDER
from projects.portfolio.snapshots import changes_between, periods_reported, reports_at, stood_at, titles_of
from projects.reporting.workflow import projects_that_report
from projects.signs import WARNING_SIGNS

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
    made: str
    blocks: list = field(default_factory=list)
    projects: int = 0
    has_examples: bool = False


def board_report(projects, period, *, scope, made):
    """The `BoardReport` of a queryset that its reader may see. `scope` and `made` are words for its cover.

    A fixed number of queries, whatever the number of projects.
    """
    facts = _Gathered(projects, period)
    report = BoardReport(f"Estates programme: board report, {period}", period, scope, made)
    report.projects, report.has_examples = len(facts.ordered), any(facts.titles[pk][4] for pk in facts.ordered)
    parts = (_summary, _ratings, _changes, _exceptions, _milestones, _spend, _risks, _pages)
    report.blocks = [block for part in parts for block in part(facts)]
    return report


class _Gathered:
    """Everything that the parts read, asked for once."""

    def __init__(self, projects, period):
        self.projects, self.period = projects, period
        self.stood = stood_at(projects, period)
        self.titles = titles_of(self.stood)
        self.ordered = sorted(self.stood, key=lambda pk: (self.titles[pk][0].lower(), pk))
        earlier = [one for one in periods_reported() if one.starts_on < period.starts_on][:HISTORY]
        self.earlier = [(one, stood_at(projects, one)) for one in earlier]
        self.changes, self.totals = changes_between(projects, earlier[0], period) if earlier else ([], None)
        self.changed = {change.project_id: change for change in self.changes}
        self.words = {update.project_id: update for update in reports_at(projects, period).select_related("period")}
        self.reported, self.missing = self._reported()
        self.rows = {}
        for row in UpdateMilestone.objects.filter(update__in=[one.update_id for one in self.stood.values()]):
            self.rows.setdefault(row.update_id, []).append(row)
        self.open_risks = list(self._open_risks())

    def _reported(self):
        """How many of the projects that had to report did, and the titles of those that did not."""
        due = projects_that_report(self.period).filter(pk__in=self.projects.order_by().values("pk"))
        in_time = StatusUpdate.objects.filter(period=self.period, corrects=None).reported().values("project")
        missing = due.exclude(pk__in=in_time).order_by("title", "pk").values_list("title", flat=True)
        return StatusUpdate.objects.filter(
            period=self.period, corrects=None, project__in=self.projects.order_by().values("pk")
        ).reported().count(), list(missing)

    def _open_risks(self):
        """Risks open at the period's end, the worst first."""
        last = self.period.ends_on
        risks = Risk.objects.filter(project__in=self.projects.order_by().values("pk"), raised_on__lte=last)
        risks = risks.filter(Q(closed_on=None) | Q(closed_on__gt=last)).annotate(n=F("likelihood") * F("consequence"))
        return risks.select_related("project").order_by("-n", "project__title", "pk")[:TOP_RISKS]

    def title(self, pk):
        return self.titles[pk][0]


def _rated(rating):
    return Cell(RATING_WORDS[rating], rating)


def _summary(facts):
    counts = dict.fromkeys([*ORDER, Rating.NOT_RATED], 0)
    for one in facts.stood.values():
        counts[one.rating] = counts.get(one.rating, 0) + 1
    yield Heading("Summary", key="summary")
    older = len(facts.ordered) - facts.reported
    by_older = f"; {older} more stand{'s' if older == 1 else ''} here by an earlier report" if older > 0 else ""
    owing = len(facts.missing)
    not_in = f"; {owing} had to report and did not" if owing else ""
    many = f"{facts.reported} project{'' if facts.reported == 1 else 's'}"
    yield Text(f"{many} reported for {facts.period}{by_older}{not_in}.", "lede")
    if facts.missing:
        yield Text(f"Not reported: {'; '.join(facts.missing)}.")
    figures = [one.figures for one in facts.stood.values()]
    late, over, extreme = (
        sum(map(WARNING_SIGNS[key].applies, figures)) for key in ("slipping", "over_budget", "extreme_risk")
    )
    yield Facts(
        [
            *((RATING_WORDS[rating], str(number)) for rating, number in counts.items()),
            (WARNING_SIGNS["slipping"].label, str(late)),
            (WARNING_SIGNS["over_budget"].label, str(over)),
            (WARNING_SIGNS["extreme_risk"].label, str(extreme)),
        ]
    )


def _ratings(facts):
    """Every project in a line, with its ratings of the last periods."""
    yield Heading("Every project", key="projects")
    periods = [f"{one.starts_on:%b %Y}" for one, _stood in facts.earlier[::-1]]
    heads = ["Project", "Place", "Lead", "Stage", *periods, "Now", "Opening", "Against baseline", "Cost", "Report"]
    rows = []
    for pk in facts.ordered:
        one, (title, _slug, lead, place, example) = facts.stood[pk], facts.titles[pk]
        before = [stood.get(pk) for _period, stood in facts.earlier[::-1]]
        rows.append(
            [
                Cell(f"{title} (example data)" if example else title),
                Cell(place or "Several"),
                Cell(lead or EMPTY),
                Cell(one.stage_words),
                *(_rated(each.rating) if each else Cell(EMPTY) for each in before),
                _rated(one.rating),
                Cell(one.opening_words or EMPTY),
                Cell(slippage_words(one.slippage) or EMPTY),
                Cell(_cost(one)),
                Cell(one.period if one.reviewed else f"{one.period}, not reviewed"),
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
        yield Text("There is no earlier report to compare with.")
        return
    older, totals = facts.earlier[0][0], facts.totals
    cost = money(abs(totals.cost_moved))
    moved = "no change" if not totals.cost_moved else f"{'+' if totals.cost_moved > 0 else '-'}{cost}"
    yield Text(f"Since {older}, as both were reported.")
    yield Facts(
        [
            ("Better", str(totals.better)),
            ("Worse", str(totals.worse)),
            ("Stage moved", str(totals.stage_moves)),
            ("Opening later", str(totals.later)),
            ("Opening sooner", str(totals.sooner)),
            ("Cost", moved),
            ("First reports", str(totals.new)),
            ("Finished", str(totals.finished)),
            ("Risks raised", str(totals.risks_raised)),
            ("Risks closed", str(totals.risks_closed)),
        ]
    )
    rows = [
        [Cell(facts.title(change.project_id)), Cell("; ".join(_told(change)))]
        for change in facts.changes
        if change.is_any
    ]
    if rows:
        yield Table("What changed, the worst news first", ["Project", "Changes"], rows, [35, 65])


def _told(change):
    """What changed of one project, in words."""
    before, after = change.before, change.after
    if change.is_new:
        yield "first report"
    if change.rating_move:
        yield f"{before.rating_words} to {after.rating_words}"
    if change.stage_moved:
        yield f"{before.stage_words} to {after.stage_words}"
    if change.is_finished:
        yield "finished"
    if change.opening_days:
        days = abs(change.opening_days)
        size = f"{days // 30} months" if days >= 60 else f"{days} days"
        yield f"opening {size} {'later' if change.opening_days > 0 else 'sooner'}"
    if change.cost_moved:
        yield f"cost {'+' if change.cost_moved > 0 else '-'}{money(abs(change.cost_moved))}"
    if change.risks_raised:
        yield f"{change.risks_raised} risk{'' if change.risks_raised == 1 else 's'} raised"
    if change.risks_closed:
        yield f"{change.risks_closed} risk{'' if change.risks_closed == 1 else 's'} closed"


def _exceptions(facts):
    yield Heading("Exceptions", key="exceptions")
    found = sorted(
        (pk for pk in facts.ordered if facts.stood[pk].rating in (Rating.RED, Rating.AMBER)),
        key=lambda pk: ORDER[facts.stood[pk].rating],
    )
    if not found:
        yield Text("No project is red or amber.")
        return
    rows = [
        [
            Cell(facts.title(pk)),
            _rated(facts.stood[pk].rating),
            Cell(facts.stood[pk].summary),
            Cell(facts.stood[pk].path_to_green or EMPTY),
            Cell(facts.stood[pk].help_needed or EMPTY),
        ]
        for pk in found
    ]
    heads = ["Project", "Rating", "Summary", "Path to green", "Decision or help needed"]
    yield Table("Red and amber projects", heads, rows, [20, 8, 24, 28, 20])


def _milestones(facts):
    """What was reached in the period, and what is to come in the year after it."""
    yield Heading("Timeline: reached in the period, and the year ahead", key="timeline")
    last = facts.period.ends_on
    drawn = timeline_of(facts.ordered[:ROWS], on=last, public=False)
    if drawn.facts:
        yield Text("Milestones as they stand today; the line is the end of the period.", "meta")
        yield Picture(drawn)
    rows = []
    for pk in facts.ordered:
        for row in facts.rows.get(facts.stood[pk].update_id, []):
            dates = row.dates
            if dates.current is not None and _is_listed(dates, facts.period):
                cells = [dates.current.short_label, _state(row, last), row.title, facts.title(pk)]
                rows.append((dates.current.first, [Cell(text) for text in cells]))
    if not rows:
        yield Text("No milestone falls in it.")
        return
    ordered = [cells for _on, cells in sorted(rows, key=lambda each: (each[0], each[1][3].text))]
    yield Table("Milestones by date", ["Date", "State", "Milestone", "Project"], ordered, [14, 20, 31, 35])


def _is_listed(dates, period):
    """Whether it was reached in the period, or is to be reached by a year after it; vague dates count by their end."""
    if dates.is_reached:
        return period.starts_on <= dates.actual.last <= period.ends_on
    return dates.current.last <= period.ends_on + YEAR


def _state(row, on):
    if row.dates.is_reached:
        return "Reached"
    words = slippage_words(row.slippage_days)
    state = "Was due" if row.dates.is_overdue(on) else "Expected"
    return f"{state}, {words}" if words and words != "on time" else state


def _spend(facts):
    year = financial_year_of(facts.period.ends_on)
    yield Heading(f"Capital in {year_words(year)}", key="money")
    costs = AnnualCost.objects.filter(project__in=facts.ordered, year=year).order_by("project__title", "project")
    rows, totals = [], [None, None, None]
    for pk, *figures in costs.values_list("project", "budget", "forecast", "actual"):
        budget, forecast, _actual = figures
        over = forecast - budget if budget is not None and forecast is not None else None
        totals = [_plus(total, figure) for total, figure in zip(totals, figures, strict=True)]
        rows.append([Cell(facts.title(pk)), *(_pounds(one) for one in (*figures, over))])
    if not rows:
        yield Text("No project has figures for the year.")
        return
    gap = totals[1] - totals[0] if totals[0] is not None and totals[1] is not None else None
    rows.append([Cell("Total"), *(_pounds(one) for one in (*totals, gap))])
    yield Text("As the figures stand today; capital only.", "meta")
    heads = ["Project", "Budget", "Forecast", "Actual", "Forecast less budget"]
    yield Table(f"Capital in {year_words(year)}", heads, rows, [40, 15, 15, 15, 15], (1, 2, 3, 4))


def _plus(total, figure):
    """The sum of what is known; None while nothing is."""
    return total if figure is None else figure + (total or 0)


def _pounds(amount):
    if amount is None:
        return Cell(EMPTY)
    return Cell(f"-{money(-amount)}" if amount < 0 else money(amount))


def _risks(facts):
    yield Heading("Top risks and issues", key="risks")
    if not facts.open_risks:
        yield Text("None was open.")
        return
    rows = [
        [
            Cell(str(risk.n)),
            Cell(risk.title),
            Cell(risk.project.title),
            Cell(risk.mitigation or EMPTY),
            Cell(risk.owner or EMPTY),
            Cell(short_date_label(risk.review_on) or "Not set"),
        ]
        for risk in facts.open_risks
    ]
    heads = ["Score", "Risk or issue", "Project", "Mitigation", "Owner", "Next review"]
    yield Text(
        "By likelihood times consequence of the NHS 5x5 matrix, open at the end of the period; scored as today.", "meta"
    )
    yield Table("The worst open risks", heads, rows, [7, 23, 22, 26, 12, 10], (0,))


def _pages(facts):
    """A page for each project."""
    for pk in facts.ordered:
        one, update = facts.stood[pk], facts.words[pk]
        title, _slug, lead, place, example = facts.titles[pk]
        yield NewPage()
        yield Heading(f"{title} (example data)" if example else title, key=f"project-{pk}")
        yield Text(
            f"{lead or 'No lead'} · {place or 'Several places'} · {one.stage_words} · reported for {one.period}", "meta"
        )
        yield Facts(
            [
                *((words, RATING_WORDS.get(rating, EMPTY)) for _name, words, rating in update.ratings() if rating),
                ("Opening", one.opening_words or EMPTY),
                ("Against baseline", slippage_words(one.slippage) or EMPTY),
                ("Approved budget", money(one.budget) or EMPTY),
                ("Forecast", money(one.forecast) or EMPTY),
                ("Worst risk", str(one.worst_risk) if one.worst_risk is not None else EMPTY),
            ]
        )
        if update.independent_rating and update.independent_rating != update.overall:
            yield Text(
                f"The programme office rates it {RATING_WORDS[update.independent_rating].lower()}: "
                f"{update.independent_reason}"
            )
        for words, text in (
            ("Summary", update.summary),
            ("Progress", update.progress),
            ("Next steps", update.next_steps),
            ("Path to green", update.path_to_green),
            ("Decision or help needed", update.help_needed),
        ):
            if text:
                yield Heading(words, 3)
                yield Text(text)
        rows = facts.rows.get(one.update_id, [])
        if rows:
            table = [
                [
                    Cell(row.title),
                    Cell(row.baseline.short_label if row.baseline else EMPTY),
                    Cell(row.dates.current.short_label if row.dates.current else EMPTY),
                    Cell("Reached" if row.actual_on else "Expected"),
                    Cell(slippage_words(row.slippage_days) or EMPTY),
                ]
                for row in rows
            ]
            heads = ["Milestone", "Approved or first planned", "Now", "State", "Against that"]
            yield Table(f"Milestones of {title}", heads, table, [38, 18, 16, 12, 16])
