"""Editing a project safely: no save over somebody else's newer one, and dates that make sense.

`Project.version` counts the saves. A form carries the version that it was opened with.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import formats, timezone

from .dates import first_day
from .models import Milestone, Project, StatementKind

BATCH = 500
YEARS = range(1900, 2101)


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


@transaction.atomic
def set_published(projects, published, *, by):
    """Publish or unpublish those of the `projects` (of one kind) that are not so yet; return how many.

    Each gets a row of history by the person `by`.
    """
    model, changed = projects.model, 0
    ids = list(projects.order_by().exclude(published=published).values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        Project.objects.filter(pk__in=batch).update(published=published, version=F("version") + 1)
        rows = list(model.objects.filter(pk__in=batch))
        reason = "Published from the list" if published else "Unpublished from the list"
        model.history.bulk_history_create(rows, update=True, default_user=by, default_change_reason=reason)
        changed += len(rows)
    return changed


def check_stated_date(kind, on, precision, *, today):
    """Raise ValidationError for a date that no milestone can have: far outside our time, or reached in the future."""
    if on.year not in YEARS:
        raise ValidationError(f"Enter a year from {YEARS[0]} to {YEARS[-1]}", code="year")
    if kind == StatementKind.ACTUAL and first_day(on, precision) > today:
        raise ValidationError("An actual date cannot be in the future: choose forecast", code="future")


def check_said_on(said_on, *, today):
    """Raise ValidationError for a statement dated after today, or long ago."""
    if said_on.year not in YEARS:
        raise ValidationError(f"Enter a year from {YEARS[0]} to {YEARS[-1]}", code="year")
    if said_on > today:
        raise ValidationError("The day that it was said cannot be in the future", code="future")
