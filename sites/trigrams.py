"""Trigram indexes, which let PostgreSQL find a word inside a name without reading every row. SQLite has none."""

from estates_portal.operations import VendorSQL


class AddTrigramIndex(VendorSQL):
    """Index a text column for `icontains` on PostgreSQL; does nothing elsewhere. Needs TrigramExtension before it.

    With `small_letters` the column is in lower case, and is indexed for `contains`.
    """

    def __init__(self, name, table, column, *, small_letters=False):
        indexed = column if small_letters else f"UPPER({column})"  # as Django writes icontains
        create = f"CREATE INDEX {name} ON {table} USING gin ({indexed} gin_trgm_ops)"
        super().__init__(postgresql=([create], [f"DROP INDEX IF EXISTS {name}"]))


class RemoveTrigramIndex(AddTrigramIndex):
    """Removes the index of an AddTrigramIndex with the same arguments."""

    def _run(self, schema_editor, direction):
        super()._run(schema_editor, 1 - direction)
