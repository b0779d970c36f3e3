"""Deleting a record with all that belongs to it as one act, and restoring it whole."""

import datetime
import json

from django.apps import apps
from django.core import serializers
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.core.serializers.base import DeserializationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import get_text_list

from estates_portal.accounts.audit import record as record_event
from estates_portal.accounts.models import AuditKind
from estates_portal.addresses import former_address_model, kind_of, models_with_pages

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
    """Restore the record with the rows that were deleted with it, and return it.

    Checks no permission. Raises ValidationError, with sentences, if another record has taken its place, a record that
    it refers to is gone, or it was deleted in a release with other tables.
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
    if errors := [*_missing(restored), *_taken(restored)]:
        raise ValidationError(list(dict.fromkeys(errors)), code="conflict")
    try:
        with transaction.atomic():
            _save(restored, by)
    except IntegrityError as error:
        raise ValidationError("Another record has taken its place", code="conflict") from error
    record = apps.get_model(deletion.model)._base_manager.get(pk=deletion.object_id)
    deletion.restored_at, deletion.restored_by, deletion.rows = timezone.now(), by, []
    deletion.save(update_fields=["restored_at", "restored_by", "rows"])
    record_event(AuditKind.RESTORED, request=request, actor=by, detail=str(deletion))
    return record


def _missing(restored):
    """Sentences on records that the restored rows refer to and that are gone. A query for each reference."""
    inside = {(type(row.object), row.object.pk) for row in restored}
    for row in restored:
        for column, ids in _references_of(row):
            for pk in ids:
                model = column.related_model
                if (model, pk) not in inside and not model._base_manager.filter(pk=pk).exists():
                    gone = Deletion.objects.of(model, pk).first() or model._meta.verbose_name
                    yield f"Restore this first: {gone}."


def _references_of(row):
    """(column, ids of the records in it) of a restored row, also for lists of records."""
    for column in row.object._meta.local_fields:
        if column.is_relation and (value := getattr(row.object, column.attname)) is not None:
            yield column, [value]
    for name, values in (row.m2m_data or {}).items():
        yield row.object._meta.get_field(name), [getattr(value, "pk", value) for value in values]


def _taken(restored):
    """Sentences on values of the restored rows that another record has now. A query for each unique value."""
    for row in restored:
        record = row.object
        inherited = {column.name for column in record._meta.fields if column.model is not type(record)}
        try:
            record.validate_unique(exclude=inherited)
            record.validate_constraints(exclude=inherited)
        except ValidationError as error:
            yield from _sentences(record, error)
        if slug := _address_taken(record):
            yield f"Another record has the address {slug}, or had it before."


def _sentences(record, error):
    """["Another project has the reference WING."] of an error of `validate_unique` or `validate_constraints`."""
    for name, messages in error.update_error_dict({}).items():
        if name == NON_FIELD_ERRORS:
            yield from (f"{message}." for error in messages for message in error.messages)
        else:
            column = record._meta.get_field(name)
            yield f"Another {record._meta.verbose_name} has the {column.verbose_name} {getattr(record, name)}."


def _address_taken(record):
    """The slug of the record, or the former one that the row is, if it leads to another record now; else ""."""
    former, with_pages = former_address_model(), {kind_of(model): model for model in models_with_pages()}
    if isinstance(record, former):
        return record.slug if with_pages[record.kind].objects.filter(slug=record.slug).exists() else ""
    if type(record) not in with_pages.values():
        return ""
    others = former.objects.filter(kind=kind_of(type(record)), slug=record.slug).exclude(object_id=record.pk)
    return record.slug if others.exists() else ""


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
