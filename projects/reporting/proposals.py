"""What waits for the programme office beside reports: dates, and milestones and documents proposed for the public."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from estates_portal.accounts.rules import REVIEW_REPORTS, require
from projects.models import Document, Milestone, MilestoneStatement, Project
from projects.versions import bump_version, check_version, lock_project, newest_versions

# Records that contributors can propose for the public, by their name in addresses.
PUBLIC_RECORDS = {"milestone": Milestone, "document": Document}


def waiting_dates(projects):
    """Dates of these projects that were not stated in a report and not reviewed, oldest first."""
    waiting = MilestoneStatement.objects.waiting().filter(report=None, milestone__project__in=projects)
    related = ("milestone__project", "stated_by", "stated_for", "change_reason")
    return waiting.select_related(*related).order_by("recorded_at", "pk")


def _proposed(model, projects):
    return model.objects.filter(public=False, proposed_public=True, project__in=projects)


def proposed_number(projects):
    """How many records of these projects are proposed for the public. Two queries."""
    return sum(_proposed(model, projects).count() for model in PUBLIC_RECORDS.values())


def proposed_records(projects):
    """[(name of its type, record, its version)] of what is proposed for the public in these projects. Four queries."""
    found = []
    for name, model in PUBLIC_RECORDS.items():
        records = list(_proposed(model, projects).select_related("project").order_by("pk"))
        versions = newest_versions(model, [record.pk for record in records])
        found += [(name, record, versions[record.pk]) for record in records]
    return found


def proposed_since(projects):
    """[(record, row of its history that proposed it)] of what is proposed for the public. Two queries for each type."""
    found = []
    for model in PUBLIC_RECORDS.values():
        records = {record.pk: record for record in _proposed(model, projects).select_related("project")}
        proposed = {}
        rows = model.history.filter(id__in=list(records)).select_related("history_user")
        for row in rows.order_by("history_date", "history_id"):
            if not row.proposed_public:
                proposed.pop(row.id, None)
            else:
                proposed.setdefault(row.id, row)
        found += [(records[pk], row) for pk, row in proposed.items()]
    return found


def decide_statements(project, dates, stages, reason="", **decision):
    """Set accepted_at or withdrawn_at of these statements of a project, and refresh its dates and stage.

    `reason` is that of the rows of history of the milestones.

    Forms of the project that were opened before are stale afterwards.
    """
    lock_project(project.pk)
    milestones = list(Milestone.objects.filter(pk__in=dates.values("milestone")))
    decided = dates.update(**decision)
    for milestone in milestones:
        milestone._change_reason = reason
        milestone.refresh_dates()
    if decided_stages := stages.update(**decision):
        project.refresh_status()
    if decided or decided_stages:
        bump_version(Project, project.pk)


@transaction.atomic
def decide_date(statement, by, *, accept):
    """Accept a waiting date, so that it becomes public with its milestone, or decline it.

    Raises PermissionDenied, and ValidationError if it has been decided.
    """
    project = statement.milestone.project
    require(by, REVIEW_REPORTS, project)
    lock_project(project.pk)
    fresh = MilestoneStatement.objects.select_for_update().get(pk=statement.pk)
    if not fresh.is_waiting:
        raise ValidationError("This date has already been accepted or declined", code="state")
    dates = MilestoneStatement.objects.filter(pk=fresh.pk)
    decision = {"accepted_at" if accept else "withdrawn_at": timezone.now()}
    reason = f"{fresh} {'accepted' if accept else 'declined'}"
    decide_statements(project, dates, project.stage_statements.none(), reason, **decision)


@transaction.atomic
def decide_public(record, by, *, publish, opened):
    """Show a proposed milestone or document to the public, or decline the proposal.

    Raises PermissionDenied, StaleVersion if it was changed after the version `opened`, and ValidationError if it has
    been decided.
    """
    require(by, REVIEW_REPORTS, record.project)
    lock_project(record.project_id)
    fresh = check_version(record, opened)
    if fresh.public or not fresh.proposed_public:
        raise ValidationError("This has already been published or declined", code="state")
    fresh.public, fresh.proposed_public = publish, False
    fresh.save()
    bump_version(Project, fresh.project_id)
