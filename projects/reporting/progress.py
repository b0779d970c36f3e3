"""Reporting progress for a period, by organisation and project."""

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.urls import reverse
from django.utils import timezone

from estates_portal.sorting import SortKey, sort_key
from projects.labels import RATING_LABELS, REPORT_STATE_COLOURS
from projects.models import StatusReport
from sites.models import Organisation
from sites.successions import acting_organisation

from .workflow import projects_expected_to_report

# In the order of the totals.
PROGRESS_STATES = {
    "accepted": "Accepted",
    "submitted": "Submitted",
    "returned": "Returned",
    "draft": "Draft",
    "missing": "Not started",
}
NOT_REPORTED = "Not reported"  # of a report that is missing after its period was closed
OUTSTANDING = {"returned", "draft", "missing"}
NO_LEAD = "none"  # in addresses, projects without a lead organisation


@dataclass
class ExpectedReport:
    """A project expected to report for the period, and its report or None; `state` is a key of PROGRESS_STATES."""

    project: object
    period: object
    report: StatusReport | None

    @cached_property
    def state(self):
        return self.report.state if self.report else "missing"

    @property
    def label(self):
        return state_label(self.state, self.period)

    @property
    def colour(self):
        return REPORT_STATE_COLOURS[self.state]

    @property
    def is_in(self):
        """Whether the report is submitted or accepted."""
        return self.state not in OUTSTANDING

    @property
    def is_late(self):
        """Whether the report was first submitted after the due date."""
        return self.report is not None and bool(self.report.is_late)

    def is_shown(self, show):
        """Whether it is in the choice `show` of the filter: a status, "in", "outstanding", "late", or "" for all."""
        if show in {"outstanding", "in"}:
            return self.is_in == (show == "in")
        return self.is_late if show == "late" else show in {"", self.state}

    @property
    def rating(self):
        return self.report.overall if self.is_in else ""

    @property
    def office_rating(self):
        """The programme office's rating if it differs; ""."""
        return self.report.office_rating if self.is_in else ""

    @property
    def rating_label(self):
        return RATING_LABELS.get(self.rating, "")

    @property
    def last_change(self):
        """Who submitted it, or saved it last, and when: "Submitted by Ann, 2 Dec 2026, 09:10 (late)"."""
        if self.report is None:
            return ""
        if not self.is_in:
            return f"Saved by {self.report.saved_by}, {time_label(self.report.saved_at)}"
        late = " (late)" if self.is_late else ""
        return f"Submitted by {self.report.submitted_by}, {time_label(self.report.submitted_at)}{late}"

    @property
    def link(self):
        """(label, address) of what the office does next: read the report, review it, or open the form."""
        if self.state == "submitted":
            return "Review report", reverse("projects:review_report", args=[self.report.pk])
        if self.report is not None and (self.state == "accepted" or self.period.is_closed):
            return "View report", reverse("projects:report_detail", args=[self.project.slug, self.report.pk])
        if self.period.is_open_on(timezone.localdate()):
            return "Open form", reverse("projects:report", args=[self.project.slug, self.period.slug])
        return None


def time_label(time):
    """A time in a table: "2 Dec 2026, 09:10"."""
    local = timezone.localtime(time)
    return f"{local.day} {local:%b %Y, %H:%M}"


def state_label(state, period):
    return NOT_REPORTED if state == "missing" and period.is_closed else PROGRESS_STATES[state]


@dataclass
class OrganisationProgress:
    """The expected reports of an organisation for a period. `acts_for` are the ended leads that it acts for."""

    organisation: object
    expected: list = field(default_factory=list)
    acts_for: list = field(default_factory=list)

    @property
    def pk(self):
        return self.organisation and self.organisation.pk

    @property
    def name(self):
        return str(self.organisation or "No lead organisation")

    @property
    def slug(self):
        return self.organisation.slug if self.organisation else NO_LEAD

    @cached_property
    def counts(self):
        return Counter(report.state for report in self.expected)

    @property
    def outstanding(self):
        """The number of expected reports that are not submitted."""
        return sum(self.counts[state] for state in OUTSTANDING)

    @property
    def submitted(self):
        """The number of reports submitted or accepted."""
        return len(self.expected) - self.outstanding

    def only(self, is_wanted):
        """The same with those expected reports alone for which `is_wanted` is true."""
        return replace(self, expected=[report for report in self.expected if is_wanted(report)])


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
        for report in StatusReport.objects.filter(period=period, corrects=None).select_related(
            "saved_by", "submitted_by", "period"
        )
    }
    rows = {}
    for project in expected.order_by(SortKey("title"), "pk"):
        lead = project.lead_organisation
        organisation = recorded[project.pk] if period.is_closed else acting_organisation(lead, successions)
        row = rows.setdefault(organisation, OrganisationProgress(organisation))
        if organisation and lead and lead != organisation and lead not in row.acts_for and not period.is_closed:
            row.acts_for.append(lead)
        row.expected.append(ExpectedReport(project, period, reports.get(project.pk)))
    return sorted(rows.values(), key=by_outstanding)


def by_outstanding(row):
    """A key that sorts the rows of organisations: most outstanding first, then by name."""
    return -row.outstanding, by_name(row)


def by_name(row):
    return sort_key(row.name)


def totals(rows, period):
    """[(value of the filter, label, number)] of reports in each status, late and expected, over all organisations."""
    counts = sum((row.counts for row in rows), Counter())
    late = sum(report.is_late for row in rows for report in row.expected)
    return [
        *((state, state_label(state, period), counts[state]) for state in PROGRESS_STATES),
        ("late", "Late", late),
        ("", "Expected", counts.total()),
    ]
