"""Deletes records without asking, for tests of what follows."""

from estates_portal.deletion.references import Tree


def delete_whole(record):
    """Delete the record with the rows that belong to it, also if it is published."""
    tree = Tree.of(record)
    for rows in reversed(tree.rows.values()):
        for row in rows:
            if not isinstance(tree.record, type(row)):
                row.delete()
    tree.record.delete()
