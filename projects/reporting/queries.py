"""Status reports that a user can see."""

from django.shortcuts import get_object_or_404
from django.urls import reverse

from estates_portal.accounts.rules import REPORT_ON_PROJECT
from projects.access import visible_project
from projects.models import REPORTED, Project, StatusUpdate, UpdateState

# Acts on a report --------------------------------------------------------------------------------------------------


def update_of(request, slug, pk):
    """The report, of a project that the reader may see; 404 otherwise."""
    project = visible_project(request, slug)
    found = StatusUpdate.objects.filter(project=project).select_related(
        "period", "saved_by", "submitted_by", "reviewed_by"
    )
    update = get_object_or_404(found, pk=pk)
    update.project = project
    return update


def form_of(update):
    """The address of the form of a report."""
    if update.corrects_id:
        return reverse("projects:correction", args=[update.project.slug, update.pk])
    return reverse("projects:report", args=[update.project.slug, update.period.slug])


def visible_updates(project, user):
    """The project's reports that this person may read: drafts only those who may write them."""
    updates = StatusUpdate.objects.filter(project=project)
    if not user.has_perm(REPORT_ON_PROJECT, project):
        updates = updates.filter(state__in=REPORTED)
    return updates


def reports_to_review(user):
    """Reports that wait for a review, of projects that the reviewer may see, the oldest first."""
    updates = StatusUpdate.objects.filter(state=UpdateState.SUBMITTED, project__in=Project.objects.visible_to(user))
    return updates.select_related("project", "period", "submitted_by").order_by("submitted_at", "pk")
