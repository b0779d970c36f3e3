"""Adding projects, and changing their facts."""

from django.db import transaction
from django.utils import timezone

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


def save_facts(form, by, permission):
    """Save a valid form of a project whose row is locked, if it has changed. Returns the project.

    Raises PermissionDenied.
    """
    require(by, permission, form.instance)
    if form.has_changed():
        project = form.save(commit=False)
        project.version += 1
        project.save_edited(on=timezone.localdate())
        form.save_m2m()
    return form.instance
