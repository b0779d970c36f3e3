"""Saving a risk."""

from django.core.exceptions import ValidationError
from django.db import transaction

from estates_portal.accounts.rules import REPORT_ON_PROJECT, require
from projects.models import Risk


@transaction.atomic
def save_risk(form, actions, *, by, project):
    """Save the risk of a valid form with its actions, and return it.

    Raises PermissionDenied, and ValidationError when somebody saved it after the form was opened.
    """
    require(by, REPORT_ON_PROJECT, project)
    risk = form.instance
    if risk.pk is not None:
        saved = Risk.objects.select_for_update().get(pk=risk.pk)
        if saved.version != form.cleaned_data["version"]:
            raise ValidationError("Somebody saved this after you opened it. Open it again in another window to compare")
        risk.version = saved.version + 1
    risk.project = project
    form.save()
    actions.instance = risk
    actions.save()
    return risk
