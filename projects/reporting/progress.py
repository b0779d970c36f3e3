"""Who has reported for a period, and who has not: by organisation and by project."""

from collections import Counter
from dataclasses import dataclass, field

from projects.models import StatusUpdate

from .workflow import projects_that_report


@dataclass
class Answer:
    """A project that owes a report, and what became of it."""

    project: object
    update: StatusUpdate | None
    state: str


@dataclass
class Row:
    """An organisation's reports for a period: how many in each state."""

    organisation: object
    counts: Counter = field(default_factory=Counter)
    answers: list = field(default_factory=list)

    @property
    def owed(self):
        """How many reports of the organisation are not in."""
        return self.counts["missing"] + self.counts["draft"] + self.counts["returned"]


# In the order of the columns.
STATES = {
    "accepted": "Accepted",
    "submitted": "To review",
    "returned": "Returned",
    "draft": "Begun",
    "missing": "Nothing yet",
}


def completeness(period, projects):
    """[`Row`] for the organisations that lead the `projects`, those with most still to come first. Two queries."""
    expected = projects_that_report(period).filter(pk__in=projects.values("pk")).select_related("lead_organisation")
    updates = {
        update.project_id: update
        for update in StatusUpdate.objects.filter(period=period, corrects=None).select_related("submitted_by", "period")
    }
    rows = {}
    for project in expected.order_by("title", "pk"):
        update = updates.get(project.pk)
        state = update.state if update else "missing"
        row = rows.setdefault(project.lead_organisation_id, Row(project.lead_organisation))
        row.counts[state] += 1
        row.answers.append(Answer(project, update, state))
    return sorted(rows.values(), key=lambda row: (-row.owed, str(row.organisation or "")))


def totals(rows):
    """{state: number} over all organisations, and how many came in late."""
    counts = Counter()
    for row in rows:
        counts.update(row.counts)
    late = sum(1 for row in rows for one in row.answers if one.update is not None and one.update.is_late)
    return {**{state: counts[state] for state in STATES}, "late": late, "total": sum(counts.values())}
