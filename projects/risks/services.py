"""Saving a risk."""

from django.db import transaction

from estates_portal.accounts.rules import REPORT_ON_PROJECT, require
from estates_portal.deletion.services import delete_record


@transaction.atomic
def save_risk(form, actions, *, by, project):
    """Save the risk of a valid form with its actions, and return it. Saves nothing if nothing has changed.

    The risk must be locked. Raises PermissionDenied.
    """
    require(by, REPORT_ON_PROJECT, project)
    risk = form.instance
    if risk.pk is not None:
        if not form.has_changed() and not actions.has_changed():
            return risk
        risk.version += 1
    risk.project = project
    form.save()
    actions.instance = risk
    actions.delete_existing = lambda action, commit=True: delete_record(action, by=by)
    actions.save()
    return risk
