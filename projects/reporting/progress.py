"""Who has reported for a period, and who has not: by organisation and by project."""

from collections import Counter
from dataclasses import dataclass, field

from projects.labels import REPORT_STATE_COLOURS
from projects.models import StatusUpdate

from .workflow import projects_that_report


@dataclass
class ExpectedReport:
    """A project that must report for the period, and its report; `state` is a key of STATES."""

    project: object
    report: StatusUpdate | None
    state: str

    @property
    def label(self):
        return STATES[self.state]

    @property
    def colour(self):
        return REPORT_STATE_COLOURS[self.state]


@dataclass
class OrganisationProgress:
    """An organisation's reports for a period, and how many are in each state."""

    organisation: object
    counts: Counter = field(default_factory=Counter)
    expected: list = field(default_factory=list)

    @property
    def outstanding(self):
        """How many reports of the organisation are not submitted."""
        return self.counts["missing"] + self.counts["draft"] + self.counts["returned"]


# In the order of the columns.
STATES = {
    "accepted": "Accepted",
    "submitted": "Submitted",
    "returned": "Returned",
    "draft": "Draft",
    "missing": "Not started",
}


def reporting_progress(period, projects):
    """[`OrganisationProgress`] of those who must report on the `projects`, those with most outstanding first.

    An open period counts a project under its lead organisation; a closed one under the one that led it when the period
    was closed. Two queries; three for a closed period.
    """
    expected = projects_that_report(period).filter(pk__in=projects.values("pk")).select_related("lead_organisation")
    kept = {}
    if period.is_closed:
        kept = {row.project_id: row.organisation for row in period.expected.select_related("organisation")}
    reports = {
        report.project_id: report
        for report in StatusUpdate.objects.filter(period=period, corrects=None).select_related("submitted_by", "period")
    }
    rows = {}
    for project in expected.order_by("title", "pk"):
        report = reports.get(project.pk)
        state = report.state if report else "missing"
        organisation = kept.get(project.pk, project.lead_organisation)
        row = rows.setdefault(organisation and organisation.pk, OrganisationProgress(organisation))
        row.counts[state] += 1
        row.expected.append(ExpectedReport(project, report, state))
    return sorted(rows.values(), key=lambda row: (-row.outstanding, str(row.organisation or "")))


def totals(rows):
    """[(label, number)] of each state over all organisations, how many were late, and how many there are in all."""
    counts = Counter()
    for row in rows:
        counts.update(row.counts)
    late = sum(1 for row in rows for one in row.expected if one.report is not None and one.report.is_late)
    return [*((label, counts[state]) for state, label in STATES.items()), ("Late", late), ("Expected", counts.total())]
