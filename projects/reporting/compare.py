"""Comparison of two reports of a project, with the changes marked."""

import difflib
import re
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join

from projects.labels import RATING_LABELS, TREND_LABELS, money, opening_slippage_label
from projects.models import FACETS, Stage
from projects.models.choices import rating_movement

TEXTS = {
    "summary": "Summary",
    "progress": "Progress",
    "next_steps": "Next steps",
    "help_needed": "Decision or help needed",
    "path_to_green": "Path to green",
}


@dataclass
class ComparisonLine:
    """One fact in both reports: `moved` says how it changed, "" if it did not."""

    label: str
    older: str
    newer: str
    moved: str = ""
    older_rating: str = ""
    newer_rating: str = ""

    @property
    def moved_label(self):
        """ "Improved", "Deteriorated" or "Changed"."""
        return TREND_LABELS.get(self.moved, self.moved.capitalize())


@dataclass
class Comparison:
    ratings: list
    facts: list
    texts: list
    milestones: list


def compare(older, newer):
    """The `Comparison` of two reports. Two queries, for their milestones."""
    ratings = []
    for name, label in FACETS.items():
        before, now = getattr(older, name), getattr(newer, name)
        if before or now:
            moved = rating_movement(before, now)
            changed = "" if before == now else (moved if moved not in {"", "steady"} else "changed")
            ratings.append(
                ComparisonLine(label, RATING_LABELS.get(before, "–"), RATING_LABELS.get(now, "–"), changed, before, now)
            )
    facts = [_fact(label, read(older), read(newer)) for label, read in FACTS.items()]
    texts = [(label, diff_html(getattr(older, name), getattr(newer, name))) for name, label in TEXTS.items()]
    return Comparison(
        ratings,
        [line for line in facts if line.older or line.newer],
        [(label, text) for label, text in texts if text],
        _milestones(older, newer),
    )


def _fact(label, older, newer):
    return ComparisonLine(label, older, newer, "changed" if older != newer else "")


FACTS = {
    "Stage": lambda report: dict(Stage.choices).get(report.frozen_stage or report.stage, ""),
    "Opening": lambda report: report.frozen_opening.label if report.frozen_opening else "",
    "Opening slippage": lambda report: opening_slippage_label(report.frozen_opening, report.frozen_slippage_days),
    "Cost": lambda report: money(report.frozen_cost),
}


def _milestones(older, newer):
    """A `ComparisonLine` for each milestone of either, in the order of the newer report."""
    before = {(row.milestone_id, row.title): row for row in older.milestones.all()}
    before |= {(row.milestone_id, None): row for row in before.values() if row.milestone_id}
    lines = []
    for row in newer.milestones.all():
        past = before.get((row.milestone_id, row.title)) or before.get((row.milestone_id, None))
        lines.append(_fact(row.title, _when(past), _when(row)))
    return [line for line in lines if line.older or line.newer]


def _when(row):
    if row is None:
        return ""
    if row.actual:
        return f"{row.actual.label} (reached)"
    if row.forecast:
        return row.forecast.label
    return f"{row.baseline.label} (baseline)" if row.baseline else ""


def diff_html(older, newer):
    """The newer text as HTML with added and removed words marked; "" if both are empty."""
    if not older and not newer:
        return ""
    old, new = _tokens(older), _tokens(newer)
    parts = []
    for kind, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        was, now = "".join(old[start:end]), "".join(new[new_start:new_end])
        if kind == "equal":
            parts.append(format_html("{}", now))
            continue
        if was.strip():
            parts.append(format_html('<del><span class="nhsuk-u-visually-hidden">removed: </span>{}</del> ', was))
        if now.strip():
            parts.append(format_html('<ins><span class="nhsuk-u-visually-hidden">added: </span>{}</ins>', now))
    return format_html_join("", "{}", ((part,) for part in parts))


def _tokens(text):
    return re.findall(r"\S+\s*", text or "")
