"""Who can change the funding sources of a project: the public sees them at once, so then it is the office."""

from estates_portal.accounts.rules import APPROVE_BUDGET, EDIT_FACTS, require
from estates_portal.deletion.services import delete_record
from projects.models import FundingStatus, Project
from projects.versions import bump_version


def permission_for(project, status=""):
    """The permission that adding a funding source needs, or changing one with this saved status."""
    return APPROVE_BUDGET if project.published or status == FundingStatus.SECURED else EDIT_FACTS


def save_line(form, by):
    """Save a valid form of a funding source, if it has changed. Raises PermissionDenied."""
    line = form.instance
    require(by, permission_for(line.project, form.initial["status"]), line.project)
    if form.has_changed():
        form.save()
        bump_version(Project, line.project_id)


def remove_line(line, by):
    """Delete a funding source, but not its history. Raises PermissionDenied."""
    require(by, permission_for(line.project, line.status), line.project)
    delete_record(line, by=by)
    bump_version(Project, line.project_id)
