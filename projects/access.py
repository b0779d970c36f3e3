"""The project of an address, for all views of one project, and who shows its records to the public."""

from estates_portal.accounts.rules import REPORT_ON_PROJECT, REVIEW_REPORTS, require
from estates_portal.addresses import get_by_slug

from .models import Project

# in place of the name
HIDDEN_MILESTONE = "a milestone you do not have access to"
HIDDEN_PROJECT = "Restricted project"


def visible_project(request, slug):
    """The project, if the user can see it. Raises Http404."""
    return get_by_slug(Project.objects.visible_to(request.user), slug)


def editable_project(request, slug):
    """The project, if the user can report on it. Raises Http404, and PermissionDenied if they can only see it."""
    project = visible_project(request, slug)
    require(request.user, REPORT_ON_PROJECT, project)
    return project


def limit_public_fields(form, user):
    """Leave the field of a form that the user can set: `public` for the programme office, `proposed_public` for others.

    The form is of a record with a project. A new record of a contributor is not public. Contributors cannot change what
    the public sees of a record: its fields are disabled.
    """
    record = form.instance
    if user.has_perm(REVIEW_REPORTS, record.project):
        del form.fields["proposed_public"]
        return
    del form.fields["public"]
    if record.pk is None:
        record.public = False
    elif record.public:
        del form.fields["proposed_public"]
        for name in set(form._meta.fields) & set(form.fields):
            form.fields[name].disabled = True
