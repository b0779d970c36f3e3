"""What the public sees only once the programme office has accepted it."""

from django.db import models

ACCEPTED = {"accepted": True}  # the records that public ones can refer to


class AcceptedQuerySet(models.QuerySet):
    def visible_to(self, reader):
        """All rows for signed-in users, for others only those that the programme office has accepted."""
        return self if reader.is_authenticated else self.filter(accepted=True)


def accepted_field(*, default=False):
    return models.BooleanField(
        default=default, db_default=default, help_text="The public sees it only if it is accepted"
    )


def hide_waiting(record, reader, *relations):
    """Set to None, in memory, those of the relations of a record that `reader` cannot see. Return the record.

    Forms and imports refuse such relations of public records; this is for rows that came another way.
    """
    if not reader.is_authenticated:
        for name in relations:
            related = getattr(record, name)
            if related is not None and not related.accepted:
                setattr(record, name, None)
    return record


def accepted_of(rows):
    """The accepted rows of a relation, in order. A list prefetches the relation."""
    return [row for row in rows.all() if row.accepted]


def accept(records, reason):
    """Accept those of the records that are not accepted yet. Each has the reason in its history."""
    for record in records:
        if not record.accepted:
            record.accepted = True
            record._change_reason = reason
            record.save(update_fields=["accepted"])
