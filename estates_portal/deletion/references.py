"""What is deleted with a record, and what refers to it and so prevents that."""

from dataclasses import dataclass, field

from django.db import models
from django.utils.text import get_text_list


def _relations(model):
    """Foreign keys of other tables to this one, except those of history and of the record's own lists."""
    return [
        relation
        for relation in model._meta.get_fields(include_parents=False, include_hidden=True)
        if (relation.one_to_many or relation.one_to_one)
        and relation.auto_created
        and not relation.concrete
        and relation.on_delete is not models.DO_NOTHING
        and relation.related_model._meta.auto_created is not model
    ]


def is_part(relation):
    """Whether rows with this foreign key belong to the record: they are deleted and restored with it.

    They cascade, or their related name is in the `own_rows` of the record's model.
    """
    if relation.related_model._meta.auto_created:
        return False
    return relation.on_delete is models.CASCADE or relation.get_accessor_name() in getattr(
        relation.model, "own_rows", ()
    )


def parts_of(model):
    return [relation for relation in _relations(model) if is_part(relation)]


def referrers_of(model):
    return [relation for relation in _relations(model) if not is_part(relation)]


def owner_of(row):
    """The record that the row belongs to, or None. At most one query."""
    for column in row._meta.fields:
        if column.many_to_one and is_part(column.remote_field):
            return getattr(row, column.name)
    return None


def label_of(row):
    """The row in words: "Cost estimate “£1.5m” of Wing surgery". At most one query."""
    owner = owner_of(row)
    label = f"{str(row._meta.verbose_name).capitalize()} “{row}”"
    return f"{label} of {owner}" if owner else label


def _whole(record):
    """The record as its own kind: a project as the hub or hospital scheme that it is. At most one query a kind."""
    kinds = [relation.related_model for relation in _relations(type(record)) if getattr(relation, "parent_link", False)]
    for kind in kinds:
        if part := kind._base_manager.filter(pk=record.pk).first():
            return _whole(part)
    return record


@dataclass
class Tree:
    """A record with the rows that are deleted with it: {model: rows}, each model after those that it belongs to."""

    record: models.Model
    rows: dict = field(default_factory=dict)

    @classmethod
    def of(cls, record):
        """One query for each kind of row that refers to a row of the tree."""
        record = _whole(record)
        model = (record._meta.get_parent_list() or [type(record)])[-1]
        tree, level = cls(record), {model: [model._base_manager.get(pk=record.pk)]}
        while level:
            following = {}
            for model, rows in level.items():
                tree.rows.setdefault(model, []).extend(rows)
            for model, rows in level.items():
                for relation in parts_of(model):
                    known = [row.pk for row in tree.rows.get(relation.related_model, [])]
                    found = _referring(relation, rows).exclude(pk__in=known)
                    if found:
                        following[relation.related_model] = following.get(relation.related_model, []) + list(found)
            level = following
        return tree

    def __iter__(self):
        return (row for rows in self.rows.values() for row in rows)

    @property
    def contents(self):
        """[number and kind] of the rows beside the record: ["2 milestones", "1 cost estimate"]."""
        own = {type(self.record), *self.record._meta.get_parent_list()}
        return [counted(len(rows), model) for model, rows in self.rows.items() if model not in own]

    def reasons_to_keep(self):
        """Sentences why the record cannot be deleted; empty if it can. A query for each kind of reference.

        The model's own `reasons_to_keep` come first. They also name the rows of its `named_references`.
        """
        own = getattr(self.record, "reasons_to_keep", list)()
        roles, lists, has, others = [], [], [], []
        for relation, number in self._references():
            if relation.get_accessor_name() in getattr(relation.model, "named_references", ()):
                continue
            rows = counted(number, relation.related_model)
            if not isinstance(self.record, relation.model):
                verb = "refers" if number == 1 else "refer"
                others.append(f"{rows} {verb} to its {relation.model._meta.verbose_name_plural}.")
            elif owner := relation.related_model._meta.auto_created:
                lists.append(f"one of the {_list_of(relation)} of {counted(number, owner)}")
            elif relation.field.name in _names_of(self.record) and relation.field.name == relation.field.verbose_name:
                has.append(rows)
            else:
                roles.append(f"the {relation.field.verbose_name} of {rows}")
        return [*own, *_sentence(roles + lists, has)] or others

    def _references(self):
        """(foreign key, number of rows outside the tree) of what refers to a row of the tree."""
        for model, rows in self.rows.items():
            for relation in referrers_of(model):
                inside = [row.pk for row in self.rows.get(relation.related_model, [])]
                if number := _referring(relation, rows).exclude(pk__in=inside).count():
                    yield relation, number


def counted(number, model):
    """The number of rows in words: "1 milestone", "1,250 users"."""
    return f"{number:,} {model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural}"


def _referring(relation, rows):
    return relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": rows}).order_by("pk")


def _names_of(record):
    """The names of foreign keys that say no more than the kind of record, such as "project"."""
    return {model._meta.model_name for model in (type(record), *record._meta.get_parent_list())} | {"period"}


def _list_of(relation):
    """The name of the other record's list in which a row of this join table puts the record."""
    owner = relation.related_model._meta.auto_created
    lists = [column for column in owner._meta.many_to_many if column.remote_field.through is relation.related_model]
    return lists[0].verbose_name


def _sentence(roles, has):
    """["It is the council of 1 place and has 3 users."], or nothing."""
    phrases = {"is": roles, "has": has}
    parts = [f"{verb} {get_text_list(nouns, 'and')}" for verb, nouns in phrases.items() if nouns]
    return [f"It {' and '.join(parts)}."] if parts else []
