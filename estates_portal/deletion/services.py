"""Deleting a record with all that belongs to it as one act, and restoring it whole."""

import datetime
import json

from django.apps import apps
from django.core import serializers
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.base import DeserializationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import get_text_list

from estates_portal.accounts.audit import record as record_event
from estates_portal.accounts.models import AuditKind
from estates_portal.addresses import former_address_model, kind_of, models_with_pages

from .conflicts import missing, taken, without_taken_addresses
from .models import Deletion
from .references import Tree, label_of


class ExactEncoder(DjangoJSONEncoder):
    """Keeps the microseconds of times, which Django's encoder drops."""

    def default(self, o):
        return o.isoformat() if isinstance(o, datetime.datetime) else super().default(o)


@transaction.atomic
def delete_record(record, *, by, reason="", request=None):
    """Delete the record with the rows that belong to it. Returns the `Deletion`, which can restore it.

    Checks no permission. Raises ValidationError, with the sentences of `Tree.reasons_to_keep`, if it must stay. Returns
    None if someone has deleted it since it was read.
    """
    if type(record)._base_manager.select_for_update().filter(pk=record.pk).first() is None:
        return None
    tree = Tree.of(record)
    record = tree.record
    if reasons := tree.reasons_to_keep():
        raise ValidationError(reasons, code="referred")
    contents = get_text_list(tree.contents, "and")
    deletion = Deletion.objects.create(
        by=by,
        model=record._meta.label_lower,
        object_id=record.pk,
        label=label_of(record)[:500],
        contents=contents[:500],
        reason=reason,
        rows=_serialised([*tree, *_former_addresses(tree)]),
    )
    for rows in reversed(tree.rows.values()):
        for row in rows:
            if not isinstance(record, type(row)):
                _delete(row, reason)
    _delete(record, reason)
    detail = f"{deletion}, with {contents}" if contents else str(deletion)
    record_event(AuditKind.DELETED, request=request, actor=by, detail=f"{detail}: {reason}" if reason else detail)
    return deletion


def _delete(row, reason):
    """Delete the row, with the reason in its history, and for a hub in that of the links of its project."""
    for part in (row, *(getattr(row, link.name) for link in row._meta.parents.values())):
        part._change_reason = reason[:100]
    row.delete()


def _serialised(rows):
    return json.loads(serializers.serialize("json", rows, cls=ExactEncoder))


def _former_addresses(tree):
    """The former addresses of the rows, which a trigger deletes with them."""
    former = former_address_model().objects.none()
    for model in set(models_with_pages()) & set(tree.rows):
        ids = [row.pk for row in tree.rows[model]]
        former |= former_address_model().objects.filter(kind=kind_of(model), object_id__in=ids)
    return former


@transaction.atomic
def restore(deletion, *, by, request=None):
    """Restore the record with the rows that were deleted with it. Returns it, and sentences on what was left out.

    Former addresses that lead to another record now are left out. Checks no permission. Raises ValidationError, with
    sentences, if another record has taken its place, a record that it refers to is gone, it would close a circle, or
    it was deleted in a release with other tables.
    """
    deletion = Deletion.objects.select_for_update().get(pk=deletion.pk)
    if deletion.restored_at is not None:
        raise ValidationError("This record has already been restored", code="restored")
    try:
        restored = list(serializers.deserialize("python", deletion.rows))
    except (DeserializationError, FieldDoesNotExist) as error:
        raise ValidationError(
            "This record was deleted before a change of the portal’s tables. It cannot be restored here", code="release"
        ) from error
    restored, left_out = without_taken_addresses(restored)
    if errors := [*missing(restored), *taken(restored)]:
        raise ValidationError(list(dict.fromkeys(errors)), code="conflict")
    try:
        with transaction.atomic():
            _save(restored, by)
            _check_circles(restored)
    except IntegrityError as error:
        raise ValidationError("Another record has taken its place", code="conflict") from error
    record = apps.get_model(deletion.model)._base_manager.get(pk=deletion.object_id)
    deletion.restored_at, deletion.restored_by, deletion.rows = timezone.now(), by, []
    deletion.save(update_fields=["restored_at", "restored_by", "rows"])
    record_event(AuditKind.RESTORED, request=request, actor=by, detail=". ".join([str(deletion), *left_out]))
    return record, left_out


def _save(restored, by):
    """Save the restored rows, then their lists of other records, each with a row in its history."""
    lists = [(row.object, row.m2m_data or {}) for row in restored]
    for row in restored:
        row.save(save_m2m=False)
    _add_to_history(restored, by)
    for record, members in lists:
        record._history_user, record._change_reason = by, "Restored"
        for name, values in members.items():
            getattr(record, name).set(values)


def _check_circles(restored):
    """Raise ValidationError if a restored row closes a circle. `check_circle` of its model finds it."""
    for row in restored:
        if hasattr(row.object, "check_circle"):
            try:
                row.object.check_circle()
            except ValidationError as error:
                message = f"{error.messages[0]}. Change or delete that first."
                raise ValidationError(message, code="circle") from error


def _add_to_history(restored, by):
    """Add a row to the history of each restored row, with the user and the reason "Restored"."""
    ids = {}
    for row in restored:
        ids.setdefault(type(row.object), []).append(row.object.pk)
    parents = {parent for model in ids for parent in model._meta.get_parent_list()}
    for model in ids:
        if hasattr(model, "history") and model not in parents:
            rows = model._base_manager.filter(pk__in=ids[model])
            model.history.bulk_history_create(rows, default_user=by, default_change_reason="Restored")
