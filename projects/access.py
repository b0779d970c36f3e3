"""The project of an address, for all views of one project."""

from estates_portal.accounts.rules import REPORT_ON_PROJECT, require
from estates_portal.addresses import get_by_slug

from .models import Project


def visible_project(request, slug):
    """The project, if the user can see it. Raises Http404."""
    return get_by_slug(Project.objects.visible_to(request.user), slug)


def editable_project(request, slug):
    """The project, if the user can report on it. Raises Http404, and PermissionDenied if they can only see it."""
    project = visible_project(request, slug)
    require(request.user, REPORT_ON_PROJECT, project)
    return project
