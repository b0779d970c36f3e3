"""The project of an address, for all views of one project."""

from django.shortcuts import get_object_or_404

from estates_portal.accounts.rules import REPORT_ON_PROJECT, require

from .models import Project


def visible_project(request, slug):
    """The project, if the user can see it. Raises Http404."""
    return get_object_or_404(Project.objects.visible_to(request.user), slug=slug)


def editable_project(request, slug):
    """The project, if the user can report on it. Raises Http404, and PermissionDenied if they can only see it."""
    project = visible_project(request, slug)
    require(request.user, REPORT_ON_PROJECT, project)
    return project
