"""Optimistic locking: a save never overwrites another user's newer save.

A form contains the version of the record when it was opened: the record's `version` field, which counts saves, or the
id of its newest row of history.
"""

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import F, Max
from django.shortcuts import get_object_or_404
from django.utils import formats, timezone


class StaleVersion(ValidationError):
    """Someone saved the record after the form was opened. `current` is the saved record. Nothing has changed."""

    def __init__(self, current):
        self.current = current
        self.who, self.when = last_save(current)
        super().__init__(
            "%(who)s saved this %(record)s on %(day)s at %(time)s, after you opened it. Your changes are below but not "
            "saved. Open it in a new tab to compare.",
            code="stale_version",
            params={
                "who": self.who or "Someone",
                "record": current._meta.verbose_name,
                "day": formats.date_format(self.when, "j F Y"),
                "time": formats.time_format(self.when, "H:i"),
            },
        )


def opened_version(record):
    """The current version of the record, for the hidden field of a form; 0 for a new one. At most one query."""
    if hasattr(record, "version"):
        return record.version
    return _newest_history_id(record) if record.pk else 0


def check_version(record, opened):
    """Return the current row, locked until the end of the transaction, which must be that of the save.

    Raises StaleVersion if the record was saved after the version `opened`, and ValidationError if it was deleted.
    """
    model = type(record)
    if hasattr(record, "version"):
        model = model._meta.get_field("version").model  # of a hub, the project
    current = model._base_manager.select_for_update().filter(pk=record.pk).first()
    if current is None:
        raise ValidationError("Someone deleted this after you opened it", code="deleted")
    if opened_version(current) != opened:
        raise StaleVersion(current)
    return current


def locked(record):
    """The record as it is now, locked until the end of the transaction with its project. Raises Http404 if deleted."""
    if hasattr(record, "project_id"):
        lock_project(record.project_id)
    return get_object_or_404(type(record)._base_manager.select_for_update(of=("self",)), pk=record.pk)


def lock_project(pk):
    """Lock the project until the end of the transaction. Others can still add rows that refer to it. One query.

    A transaction that changes a record of a project and then its version calls this before it locks the record, as the
    admin does: otherwise two of them can wait for each other.
    """
    projects = apps.get_model("projects.Project")._base_manager
    projects.select_for_update(no_key=True).filter(pk=pk).values_list("pk").first()


def bump_version(model, pk):
    """Count a save of the record with that key, so that forms opened earlier raise StaleVersion."""
    model._base_manager.filter(pk=pk).update(version=F("version") + 1)


def newest_versions(model, ids):
    """{id: version} of records whose version is the id of their newest row of history. One query."""
    rows = model.history.filter(id__in=ids).order_by().values_list("id")
    return dict.fromkeys(ids, 0) | dict(rows.annotate(Max("history_id")))


def _newest_history_id(record):
    return record.history.order_by("-history_id").values_list("history_id", flat=True).first() or 0


def last_save(record):
    """(user or None, time) of the newest known save of the record; of a new one, now. At most two queries."""
    if hasattr(record, "last_save"):
        who, when = record.last_save()
    else:
        newest = record.history.first()
        who, when = (newest.history_user, newest.history_date) if newest else (None, None)
    return who, timezone.localtime(when or timezone.now())
