"""Adding projects."""

from django.db import transaction

from estates_portal.accounts.rules import ADD_PROJECT, require
from estates_portal.addresses import free_slug
from projects.models import Project


@transaction.atomic
def add_project(form, by):
    """Save a valid form of a new project, with its new site if it has one. Returns the project, which is not public.

    Raises PermissionDenied.
    """
    require(by, ADD_PROJECT)
    if form.has_new_site:
        form.instance.site = form.new_site.save()
    form.instance.slug = free_slug(Project, form.instance.title, "project")
    return form.save()
