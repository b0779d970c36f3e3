"""The table of a review: each answer and figure of a report once, next to that of the report before."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.text import capfirst

from projects.costs import frozen_costs
from projects.labels import DELIVERY_STATES, RATING_LABELS, STAGES, band_label, exact_pounds, money, plural
from projects.models import FACETS
from projects.models.choices import Trend, rating_movement

from .compare import TEXTS, date_change_label, date_text, diff_html, pair_milestones

CHANGED = "Changed"


@dataclass
class ReviewLine:
    """One row: its label, both values as text, how they differ or "", and notes on the newer value.

    `older_rating` and `newer_rating` are set for ratings, and `html` for texts: the newer with its changes marked.
    """

    label: str
    older: str
    newer: str
    change: str = ""
    notes: tuple = ()
    older_rating: str = ""
    newer_rating: str = ""
    html: str = ""


class ReviewTable:
    """The rows of a submitted report and the report before it, or None. Five queries."""

    def __init__(self, report, before):
        self.report, self.before = report, before
        lines = [*self._ratings(), *self._status(), *self._milestones(), *self._texts()]
        lines += [*self._money(), *self._figures_of_year(), *self._risks()]
        self.lines = [line for line in lines if line.older or line.newer]

    @property
    def changed(self):
        """The rows to show: those that differ from the report before; all of a first report."""
        return [line for line in self.lines if line.change] if self.before else self.lines

    @property
    def unchanged(self):
        return [line for line in self.lines if not line.change] if self.before else []

    @property
    def unchanged_labels(self):
        return ", ".join(line.label for line in self.unchanged)

    def _values(self, name):
        """(value in the report before or "", value in the report) of a column."""
        return getattr(self.before, name) if self.before else "", getattr(self.report, name)

    def _line(self, label, older, newer, change=CHANGED, **more):
        return ReviewLine(label, older, newer, change if self.before and older != newer else "", **more)

    def _ratings(self):
        for name, label in FACETS.items():
            older, newer = self._values(name)
            movement = rating_movement(older, newer)
            ratings = {"older_rating": older, "newer_rating": newer}
            labels = (RATING_LABELS.get(rating, "") for rating in (older, newer))
            yield self._line(label, *labels, Trend(movement).label if movement else CHANGED, **ratings)
        if self.before and (office := self.before.office_rating):
            yield ReviewLine("Programme office rating", RATING_LABELS[office], "", older_rating=office)

    def _status(self):
        reason = (self.report.stage_reason,) if self.report.stage_reason else ()
        stages = (STAGES.get(stage, "") for stage in self._values("frozen_stage"))
        yield self._line("Stage", *stages, notes=reason)
        yield self._line("Delivery state", *(DELIVERY_STATES.get(s, "") for s in self._values("frozen_delivery_state")))
        yield self._line("Opening against baseline", *self._values("opening_against_baseline"))

    def _milestones(self):
        rows = list(self.report.milestones.select_related("change_reason"))
        older_rows = list(self.before.milestones.all()) if self.before else []
        pairs = pair_milestones(older_rows, rows)
        for older, row in pairs:
            row.report = self.report
            change = capfirst(date_change_label(older, row)) or CHANGED
            yield self._line(row.title, date_text(older), date_text(row), change, notes=tuple(_notes(row)))
        named = [older for older, _row in pairs]
        for older in older_rows:
            if older not in named:
                yield self._line(older.title, date_text(older), "Deleted")

    def _texts(self):
        for name, label in TEXTS.items():
            older, newer = self._values(name)
            yield self._line(label, older, newer, html=diff_html(older, newer) if older and older != newer else "")

    def _money(self):
        figures = [{f.name: f for f in frozen_costs(report).known} for report in (self.before, self.report) if report]
        older, newer = figures if self.before else ({}, *figures)
        for name in dict.fromkeys([*newer, *older]):
            before, now = (found[name].pounds if name in found else None for found in (older, newer))
            change = _difference(before, now) if before is not None and now is not None else CHANGED
            notes = (newer[name].basis_label,) if name in newer else ()
            yield self._line(name.label, money(before), money(now), change if before != now else "", notes=notes)

    def _figures_of_year(self):
        for label, pounds in self.report.year_figures:
            yield ReviewLine(label, "", exact_pounds(pounds), "New figure")

    def _risks(self):
        older, newer = (_score_label(score) for score in self._values("frozen_worst_risk"))
        risks = self.report.project.risks.all()
        overdue = risks.review_overdue(timezone.localdate()).count()
        notes = [f"{plural(overdue, 'review')} overdue"] if overdue else []
        if self.before:
            since = self.before.frozen_on
            raised, closed = risks.filter(raised_on__gt=since).count(), risks.filter(closed_on__gt=since).count()
            notes = [f"{raised} raised and {closed} closed since {self.before.period}", *notes]
        yield self._line("Highest risk", older, newer, notes=tuple(notes))


def _notes(row):
    """The slippage of a milestone row, its baseline, and why its date changed."""
    if row.position.is_overdue:
        yield "Overdue"
    if row.baseline:
        name = "Baseline" if row.baseline_approved else "No approved baseline. First planned"
        slippage = row.position.slippage_label
        yield f"{name} {row.baseline.label}{f': {slippage}' if slippage else ''}"
    else:
        yield "No approved baseline"
    if row.change_reason:
        yield f"Reason for change: {row.change_reason}{f'. {row.explanation}' if row.explanation else ''}"


def _difference(before, now):
    return f"{money(abs(now - before))} {'more' if now > before else 'less'}"


def _score_label(score):
    return f"{score} {band_label(score)[1]}" if score else ""
