"""What prevents restoring deleted rows: records that are gone, and values that other records have now."""

from django.core.exceptions import ValidationError
from django.db import models

from estates_portal.addresses import AddressField, former_address_model, former_owners, kind_of, models_with_pages

from .models import Deletion
from .references import label_of


def missing(restored):
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


def taken(restored):
    """Sentences on values of the restored rows that another record has now. A query or two for each unique value.

    `conflicts` of a model knows what no constraint of Django can say.
    """
    for row in restored:
        record, said = row.object, set()
        for column in record._meta.local_fields:
            if isinstance(column, AddressField):
                yield from _address_taken(record)
            elif column.unique and not column.primary_key and (other := _holder(record, [column.name])):
                said.add(column.name)
                yield _belongs_to(other, record, column)
        for constraint in record._meta.constraints:
            yield from _violation(record, constraint, said)
        yield from (f"{sentence}." for sentence in getattr(record, "conflicts", list)())


def _violation(record, constraint, said):
    """The sentence on a constraint that the record would break, unless its column has been `said`."""
    others = {column.name for column in record._meta.fields if column.model is not type(record)}
    try:
        constraint.validate(type(record), record, exclude=others | said)
    except ValidationError as error:
        message = error.messages[0].rstrip(".")
        if not isinstance(constraint, models.UniqueConstraint):
            yield f"{message}."
        elif constraint.expressions:  # one column in any case
            (name,) = {part.name for part in constraint.expressions[0].get_source_expressions()}
            if name not in said:
                yield _belongs_to(_holder(record, [name], "__iexact"), record, record._meta.get_field(name))
        else:
            other = _holder(record, constraint.fields, condition=constraint.condition)
            yield f"{message}: {label_of(other)}. Change or delete that first."


def _holder(record, names, lookup="", condition=None):
    """Another record with the same values in these columns, or None. One query; none if a value is empty."""
    values = {f"{name}{lookup}": getattr(record, record._meta.get_field(name).attname) for name in names}
    if None in values.values():
        return None
    others = type(record)._base_manager.exclude(pk=record.pk).filter(**values)
    return others.filter(condition).first() if condition else others.first()


def _belongs_to(other, record, column):
    """The sentence that the value of the column belongs to the other record, and to change it if it can change."""
    is_permanent = hasattr(other, "is_permanent") and other.is_permanent(column.name)
    advice = "" if is_permanent else f" Give {other} another {column.verbose_name} first."
    return f"The {column.verbose_name} {getattr(record, column.name)} belongs to {label_of(other)} now.{advice}"


# Addresses -----------------------------------------------------------------------------------------------------------


def _address_taken(record):
    """The sentence on an address that leads to another record now, for good: former addresses are kept too."""
    if other := address_holder(type(record), record.slug, record.pk):
        yield (
            f"The address {record.slug} belongs to {label_of(other)} now. "
            "Delete that first, if the same record was entered twice."
        )


def address_holder(model, slug, pk):
    """The other record of this model to which the address leads, or None. At most two queries."""
    others = model._base_manager.exclude(pk=pk)
    return others.filter(slug=slug).first() or others.filter(pk__in=former_owners(model, slug)).first()


def without_taken_addresses(restored):
    """(restored rows without the former addresses that lead to other records now, sentences on these)."""
    with_pages = {kind_of(model): model for model in models_with_pages()}
    rows, sentences = [], []
    for row in restored:
        address = row.object
        if not isinstance(address, former_address_model()):
            rows.append(row)
        elif other := address_holder(with_pages[address.kind], address.slug, address.object_id):
            sentences.append(f"The former address {address.slug} belongs to {label_of(other)} now")
        else:
            rows.append(row)
    return rows, sentences
