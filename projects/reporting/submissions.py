"""What a report said each time it was submitted, and what changed between two submissions."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import cached_property

from estates_portal.dates import PartialDate
from projects.labels import RATING_LABELS, STAGES, exact_pounds
from projects.models import FACETS, DateChangeReason, ReportAction, ReportState

from .compare import TEXTS, diff_html

# What a reviewer can ask to change: {key: its label}. The keys of columns are those of the report.
RETURNABLE = {
    "ratings": "Ratings",
    **TEXTS,
    "milestones": "Milestones",
    "money": "Money",
    "stage": "Stage",
    "public_note": "Progress note for the public",
}
LABELS = {
    **FACETS,
    **TEXTS,
    "stage": "Stage",
    "stage_reason": "Reason for moving back a stage",
    "public_note": RETURNABLE["public_note"],
    "year_actual": "Spent in the financial year",
    "year_forecast": "Forecast for the financial year",
}
DATES = {"forecast": "forecast", "actual": "actual date"}
ABOUT_DATES = {"change_reason_id": "reason for change", "explanation": "explanation"}


def answers_of(report, rows, names):
    """The columns `names` of the report and the dates of its milestone rows, for `Submission.answers`."""
    columns = [f"{date}_{part}" for date in DATES for part in ("on", "precision")]
    columns += ["milestone_id", "title", "date_not_known", *ABOUT_DATES]
    return {
        "report": {name: getattr(report, name) for name in names},
        "milestones": [{name: getattr(row, name) for name in columns} for row in rows],
    }


@dataclass
class Change:
    """An answer that differs in two submissions: its label and both values as text."""

    label: str
    older: str
    newer: str

    @property
    def diff(self):
        """The newer text as HTML with added and removed words marked."""
        return diff_html(self.older, self.newer)


def asked_to_change(report):
    """{key of RETURNABLE: label} of what needs changing in a returned report. One query if it is returned."""
    if report.state != ReportState.RETURNED:
        return {}
    fields = report.events.filter(action=ReportAction.RETURNED).values_list("fields", flat=True).last()
    return {key: RETURNABLE[key] for key in fields or [] if key in RETURNABLE}


class Submissions:
    """The submissions and events of a report, oldest first. Two queries, and one for names of reasons.

    `returned` is the event of the newest return, or None.
    """

    def __init__(self, report):
        self.every = list(report.submissions.select_related("by"))
        self.events = list(report.events.select_related("by"))
        self.returned = next((event for event in self.events[::-1] if event.action == ReportAction.RETURNED), None)

    @cached_property
    def since_returned(self):
        """[`Change`] from the returned submission to the newest; None if it was not submitted again or is not saved."""
        before = self.events[: self.events.index(self.returned)] if self.returned else []
        number = sum(event.action == ReportAction.SUBMITTED for event in before)
        returned = next((submission for submission in self.every if submission.number == number), None)
        return self._changes(returned, self.every[-1]) if returned and returned != self.every[-1] else None

    @cached_property
    def history(self):
        """[(submission, [`Change`] since the one before, or None for the first)], newest first."""
        pairs = zip([None, *self.every], self.every, strict=False)
        return [(now, self._changes(before, now) if before else None) for before, now in pairs][::-1]

    def _changes(self, older, newer):
        older, newer = self._labelled(older.answers), self._labelled(newer.answers)
        unsaid = ("", "")  # in one of them
        pairs = [(older.get(key, unsaid), newer.get(key, unsaid)) for key in dict.fromkeys([*newer, *older])]
        lines = [Change(now[0] or before[0], before[1], now[1]) for before, now in pairs]
        return [line for line in lines if line.older != line.newer]

    def _labelled(self, answers):
        """{key of the answer: (label, value as text)} of all answers."""
        shown = {name: (LABELS[name], _value_label(name, value)) for name, value in answers["report"].items()}
        for row in answers["milestones"]:
            milestone = row["milestone_id"] or row["title"]  # two can have the same title
            for name, label in DATES.items():
                shown[milestone, name] = f"{row['title']}: {label}", _date_label(row, name)
            for name, label in ABOUT_DATES.items():
                value = self._reasons.get(row[name], "") if name == "change_reason_id" else row[name]
                shown[milestone, name] = f"{row['title']}: {label}", value
        return shown

    @cached_property
    def _reasons(self):
        return dict(DateChangeReason.objects.values_list("pk", "name"))


def _value_label(name, value):
    if name in FACETS:
        return RATING_LABELS.get(value, "")
    if name in ("year_actual", "year_forecast"):
        return "" if value is None else exact_pounds(Decimal(value))
    return STAGES.get(value, "") if name == "stage" and value else value


def _date_label(row, name):
    if name == "forecast" and row["date_not_known"]:
        return "Date not known"
    day = row[f"{name}_on"]
    return PartialDate.of(datetime.date.fromisoformat(day), row[f"{name}_precision"]).label if day else ""
