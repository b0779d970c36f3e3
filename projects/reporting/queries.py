"""Status reports that a user can see."""

from django.shortcuts import get_object_or_404
from django.urls import reverse

from estates_portal.accounts.rules import REPORT_ON_PROJECT
from projects.access import visible_project
from projects.models import REPORTED, Project, StatusUpdate, UpdateState

# Acts on a report --------------------------------------------------------------------------------------------------


def update_of(request, slug, pk):
    """The report, if the user can see its project; else 404."""
    project = visible_project(request, slug)
    found = StatusUpdate.objects.filter(project=project).select_related(
        "period", "saved_by", "submitted_by", "reviewed_by"
    )
    update = get_object_or_404(found, pk=pk)
    update.project = project
    return update


def form_of(update):
    """The URL of the form of a report."""
    if update.corrects_id:
        return reverse("projects:correction", args=[update.project.slug, update.pk])
    return reverse("projects:report", args=[update.project.slug, update.period.slug])


def visible_updates(project, user):
    """The project's reports that the user can read: drafts only if the user can report on the project."""
    updates = StatusUpdate.objects.filter(project=project)
    if not user.has_perm(REPORT_ON_PROJECT, project):
        updates = updates.filter(state__in=REPORTED)
    return updates


def reports_to_review(user):
    """Submitted reports of projects that the reviewer can see, oldest first."""
    updates = StatusUpdate.objects.filter(state=UpdateState.SUBMITTED, project__in=Project.objects.visible_to(user))
    return updates.select_related("project", "period", "submitted_by").order_by("submitted_at", "pk")
