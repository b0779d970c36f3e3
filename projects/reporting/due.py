"""Reports that are due."""

from dataclasses import dataclass

from projects.models import Project, StatusUpdate, UpdateState

# What is due ----------------------------------------------------------------------------------------------------------


@dataclass
class Due:
    """A report that somebody owes or is writing."""

    project: Project
    period: object
    update: StatusUpdate | None
    days: int

    @property
    def is_overdue(self):
        return self.days < 0

    @property
    def rank(self):
        """Returned first, then overdue, then by the due day."""
        returned = self.update is not None and self.update.state == UpdateState.RETURNED
        return (not returned, self.days, self.project.title)

    @property
    def words(self):
        """How the due day stands to today, in few words."""
        if self.days < 0:
            return f"{-self.days} day{'' if self.days == -1 else 's'} late"
        if self.days == 0:
            return "Due today"
        return f"Due in {self.days} day{'' if self.days == 1 else 's'}"


def due_reports(projects, periods, on):
    """What is still to be reported for these open periods, of these projects: a sorted list of `Due`.

    A query for each period and one for the updates.
    """
    from .workflow import projects_that_report

    periods = list(periods)
    updates = {}
    for update in StatusUpdate.objects.filter(period__in=periods, project__in=projects, corrects=None).select_related(
        "saved_by", "reviewed_by"
    ):
        updates[update.project_id, update.period_id] = update
    found = []
    for period in periods:
        expected = projects_that_report(period).filter(pk__in=projects.values("pk"))
        for project in expected.select_related("current_update__period", "lead_organisation"):
            update = updates.get((project.pk, period.pk))
            if update is None or update.is_editable:
                found.append(Due(project, period, update, (period.due_on - on).days))
    return sorted(found, key=lambda one: one.rank)
