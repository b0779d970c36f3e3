"""Reports that are due."""

from dataclasses import dataclass

from estates_portal.sorting import sort_key
from projects.labels import due_label
from projects.models import Project, ReportState, StatusReport


def is_skipped(project, period):
    """Whether the project has reported for a later period. Reads its current report and the period of that."""
    newest = project.current_report
    return newest is not None and newest.period.starts_on > period.starts_on


@dataclass
class Due:
    """An outstanding report; `report` is its draft, if there is one."""

    project: Project
    period: object
    report: StatusReport | None
    days: int

    @property
    def is_skipped(self):
        return is_skipped(self.project, self.period)

    @property
    def is_overdue(self):
        return self.days < 0 and not self.is_skipped

    @property
    def rank(self):
        """Returned reports first, then by due date, and skipped ones last."""
        returned = self.report is not None and self.report.state == ReportState.RETURNED
        return (not returned, self.is_skipped, self.days, sort_key(self.project.title))

    @property
    def label(self):
        return due_label(self.days)


def expected_numbers(projects, periods):
    """[(period, number of these projects expected to report for it)], without zeros. One query for each period."""
    from .workflow import projects_expected_to_report

    numbers = [(period, projects_expected_to_report(period).filter(pk__in=projects.values("pk"))) for period in periods]
    return [(period, number) for period, expected in numbers if (number := expected.count())]


def due_reports(projects, periods, on):
    """[`Due`] of these projects for these open periods, sorted. One query, and one for each period."""
    from .workflow import projects_expected_to_report

    periods = list(periods)
    reports = {}
    for report in StatusReport.objects.filter(period__in=periods, project__in=projects, corrects=None).select_related(
        "saved_by", "reviewed_by"
    ):
        reports[report.project_id, report.period_id] = report
    due_list = []
    for period in periods:
        expected = projects_expected_to_report(period).filter(pk__in=projects.values("pk"))
        for project in expected.select_related("current_report__period", "lead_organisation"):
            report = reports.get((project.pk, period.pk))
            if report is None or report.is_editable:
                due_list.append(Due(project, period, report, (period.due_on - on).days))
    return sorted(due_list, key=lambda due: due.rank)
