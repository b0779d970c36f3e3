"""Adding projects, and changing their facts."""

import logging

from django.db import IntegrityError, transaction
from django.utils import timezone

from estates_portal.accounts.rules import ADD_PROJECT, require
from estates_portal.addresses import free_slug
from estates_portal.constraints import check_message
from projects.models import Project

CLASH = "Someone saved a record with the same reference or name. Save again"
logger = logging.getLogger(__name__)


def is_saved(form, save):
    """Call `save`, which saves a valid form. Returns whether it did.

    If not, because someone saved a record like it just before, nothing is saved and the form has an error.
    """
    is_new = form.instance.pk is None
    try:
        with transaction.atomic():
            save()
    except IntegrityError as error:
        logger.exception("The database refused a record")
        form.add_error(None, check_message(error) or CLASH)
        if is_new:
            form.instance.pk = None
        return False
    return True


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
