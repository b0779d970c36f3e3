"""Deletes records without asking, for tests of what follows."""

from estates_portal.deletion.references import Tree


def delete_whole(record):
    """Delete the record with the rows that belong to it, also if it is published."""
    for rows in reversed(Tree.of(record).rows.values()):
        for row in rows:
            if not isinstance(record, type(row)):
                row.delete()
    record.delete()
