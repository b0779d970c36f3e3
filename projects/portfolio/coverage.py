"""Which projects reported for a period. Pages that add up or compare reports all give these counts."""

from dataclasses import dataclass

from estates_portal.sorting import SortKey
from projects.labels import plural
from projects.models import ReportingPeriod
from projects.reporting.workflow import projects_expected_to_report


@dataclass
class Coverage:
    """The ids of the projects, by the report that the period shows. Each project is in exactly one of the lists.

    `outstanding` is {id: `Project`} of those that were expected to report and did not, by title.
    """

    period: ReportingPeriod
    reported: list
    earlier: list
    unreported: list
    outstanding: dict

    @property
    def ids(self):
        return [*self.reported, *self.earlier, *self.unreported]

    @property
    def label(self):
        """ "63 projects: 21 reported for June 2026, 20 shown from an earlier report, 22 with no report"."""
        missing = sum(pk in self.outstanding for pk in self.unreported)
        counts = {
            "shown from an earlier report": len(self.earlier),
            "with no report": missing,
            "not expected to report": len(self.unreported) - missing,
        }
        others = "".join(f", {number:,} {label}" for label, number in counts.items() if number)
        return f"{plural(len(self.ids), 'project')}: {len(self.reported):,} reported for {self.period}{others}"

    @property
    def outstanding_label(self):
        """ "2 reports outstanding"."""
        return f"{plural(len(self.outstanding), 'report')} outstanding"

    def unchanged_label(self, changes):
        """ "3 projects reported no change", of the `ProjectChange`s; projects that did not report are not counted."""
        reported = set(self.reported)
        unchanged = sum(change.project_id in reported and not change.is_any for change in changes)
        return f"{plural(unchanged, 'project')} reported no change"

    def report_label(self, pk, snapshot):
        """The report that stands for a project, as the text of a table cell. `snapshot` is None for no report."""
        if snapshot is not None and snapshot.period == self.period.name:
            return snapshot.period if snapshot.is_reviewed else f"{snapshot.period}, awaiting review"
        missing = "No report" if pk in self.outstanding else "Not expected"
        return missing if snapshot is None else f"{missing}; last {snapshot.period}"


def coverage_of(projects, period, snapshots):
    """The `Coverage` of a queryset of projects, with their snapshots at the period. Two queries."""
    reported, earlier, unreported = [], [], []
    for pk in projects.order_by().values_list("pk", flat=True):
        if pk not in snapshots:
            unreported.append(pk)
        elif snapshots[pk].period == period.name:
            reported.append(pk)
        else:
            earlier.append(pk)
    expected = projects_expected_to_report(period).filter(pk__in=projects.order_by().values("pk"))
    expected, received = expected.order_by(SortKey("title"), "pk").only("title", "slug"), set(reported)
    outstanding = {project.pk: project for project in expected if project.pk not in received}
    return Coverage(period, reported, earlier, unreported, outstanding)
