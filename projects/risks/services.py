"""Saving a risk."""

from django.db import transaction

from estates_portal.accounts.rules import REPORT_ON_PROJECT, require
from projects.versions import check_version


@transaction.atomic
def save_risk(form, actions, *, by, project):
    """Save the risk of a valid form with its actions, and return it.

    Raises PermissionDenied, and StaleVersion if someone saved it after the form was opened.
    """
    require(by, REPORT_ON_PROJECT, project)
    risk = form.instance
    if risk.pk is not None:
        risk.version = check_version(risk, form.cleaned_data["version"]).version + 1
    risk.project = project
    form.save()
    actions.instance = risk
    actions.save()
    return risk
