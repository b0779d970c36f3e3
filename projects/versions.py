"""The optimistic lock: a save never overwrites another person's newer save.

A form carries the version that it was opened with. A record's version is its `version` field, which counts its saves,
or else the number of its newest row of history.
"""

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import formats, timezone


class StaleVersion(ValidationError):
    """Someone saved the record after the form was opened; `current` is as they left it. Nothing has changed."""

    def __init__(self, current):
        self.current = current
        self.who, self.when = _last_save(current)
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
    """The version of the record now, for the hidden field of a form; 0 for a new one. Can query."""
    if hasattr(record, "version"):
        return record.version
    return _newest_history_id(record) if record.pk else 0


def check_version(record, opened):
    """Raise StaleVersion if the record was saved after that version of it was opened, or ValidationError if deleted.

    Returns the row as it is now. Must run inside the transaction of the save: the row stays locked until its end.
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


def bump_version(model, pk):
    """Count a save of the record with that key, so that forms opened before it are refused."""
    model._base_manager.filter(pk=pk).update(version=F("version") + 1)


def _newest_history_id(record):
    return record.history.order_by("-history_id").values_list("history_id", flat=True).first() or 0


def _last_save(record):
    """(who, when) of the newest save that is known of the record."""
    if hasattr(record, "last_save"):
        who, when = record.last_save()
    else:
        newest = record.history.first()
        who, when = (newest.history_user, newest.history_date) if newest else (None, None)
    return who, timezone.localtime(when or timezone.now())
