"""Reporting progress for a period, by organisation and project."""

from collections import Counter
from dataclasses import dataclass, field

from django.urls import reverse

from estates_portal.sorting import SortKey, sort_key
from projects.labels import REPORT_STATE_COLOURS
from projects.models import StatusReport
from sites.models import Organisation
from sites.successions import acting_organisation

from .workflow import projects_expected_to_report


@dataclass
class ExpectedReport:
    """A project expected to report for the period, and its report or None; `state` is a key of PROGRESS_STATES."""

    project: object
    report: StatusReport | None
    state: str

    @property
    def label(self):
        return PROGRESS_STATES[self.state]

    @property
    def url(self):
        """The page of the report, or of the project if there is no report."""
        if self.report is None:
            return self.project.get_absolute_url()
        return reverse("projects:report_detail", args=[self.project.slug, self.report.pk])

    @property
    def colour(self):
        return REPORT_STATE_COLOURS[self.state]


@dataclass
class OrganisationProgress:
    """An organisation's expected reports for a period, and their number in each status."""

    organisation: object
    counts: Counter = field(default_factory=Counter)
    expected: list = field(default_factory=list)

    @property
    def outstanding(self):
        """The number of expected reports that are not submitted."""
        return self.counts["missing"] + self.counts["draft"] + self.counts["returned"]


# In the order of the columns.
PROGRESS_STATES = {
    "accepted": "Accepted",
    "submitted": "Submitted",
    "returned": "Returned",
    "draft": "Draft",
    "missing": "Not started",
}


def reporting_progress(period, projects, on):
    """[`OrganisationProgress`] for the expected reports on `projects`, most outstanding first.

    A project counts under the organisation that acts for its lead on the day `on`; in a closed period, under the one
    recorded when it closed. Three queries.
    """
    expected = (
        projects_expected_to_report(period).filter(pk__in=projects.values("pk")).select_related("lead_organisation")
    )
    if period.is_closed:
        recorded = {row.project_id: row.organisation for row in period.expected.select_related("organisation")}
    else:
        successions = Organisation.objects.successions(on)
    reports = {
        report.project_id: report
        for report in StatusReport.objects.filter(period=period, corrects=None).select_related("submitted_by", "period")
    }
    rows = {}
    for project in expected.order_by(SortKey("title"), "pk"):
        report = reports.get(project.pk)
        state = report.state if report else "missing"
        if period.is_closed:
            organisation = recorded[project.pk]
        else:
            organisation = acting_organisation(project.lead_organisation, successions)
        row = rows.setdefault(organisation and organisation.pk, OrganisationProgress(organisation))
        row.counts[state] += 1
        row.expected.append(ExpectedReport(project, report, state))
    return sorted(rows.values(), key=lambda row: (-row.outstanding, sort_key(str(row.organisation or ""))))


def totals(rows):
    """[(label, number)] of reports in each status, late reports and expected reports, over all organisations."""
    counts = Counter()
    for row in rows:
        counts.update(row.counts)
    late = sum(
        1 for row in rows for expected in row.expected if expected.report is not None and expected.report.is_late
    )
    return [
        *((label, counts[state]) for state, label in PROGRESS_STATES.items()),
        ("Late", late),
        ("Expected", counts.total()),
    ]
