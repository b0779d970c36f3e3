"""The optimistic lock: a save never overwrites another person's newer save."""

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import formats, timezone

from .models import Milestone, Project


def refuse_newer_save(project, opened_version):
    """Raise ValidationError, saying who and when, if `project` was saved after `opened_version` of it was opened.

    Must run inside the transaction of the save: the row stays locked, so that the answer holds until then.
    """
    saved = Project.objects.select_for_update().filter(pk=project.pk).values_list("version", flat=True).first()
    if saved is None or saved == opened_version:
        return
    records = [project.history.first(), Milestone.history.filter(project_id=project.pk).first()]
    newest = max(filter(None, records), key=lambda record: record.history_date, default=None)
    who = newest.history_user if newest and newest.history_user else "Somebody else"
    when = timezone.localtime(newest.history_date) if newest else timezone.localtime()
    raise ValidationError(
        "%(who)s saved this project on %(day)s at %(time)s, after you opened it. Nothing of yours has been saved. "
        "What you typed is below: open the project again in another window, and put there what is still needed.",
        code="newer_save",
        params={"who": who, "day": formats.date_format(when, "j F Y"), "time": formats.time_format(when, "H:i")},
    )


def count_save(project_id):
    """Count a save of something that the project's form shows too, so that forms opened before it are refused."""
    Project.objects.filter(pk=project_id).update(version=F("version") + 1)
