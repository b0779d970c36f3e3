"""Trigram indexes, which let PostgreSQL find a word inside a name without reading every row. SQLite has none."""

from django.db import migrations


class AddTrigramIndex(migrations.RunPython):
    """Index a text column for `icontains` on PostgreSQL; does nothing elsewhere. Needs TrigramExtension before it."""

    def __init__(self, name, table, column):
        self.name, self.table, self.column = name, table, column
        super().__init__(self.create, self.drop)

    def deconstruct(self):
        return type(self).__name__, [self.name, self.table, self.column], {}

    def create(self, apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            quote = schema_editor.quote_name  # UPPER() because that is how Django writes icontains
            schema_editor.execute(
                f"CREATE INDEX {quote(self.name)} ON {quote(self.table)}"
                f" USING gin (UPPER({quote(self.column)}) gin_trgm_ops)"
            )

    def drop(self, apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX IF EXISTS {schema_editor.quote_name(self.name)}")
