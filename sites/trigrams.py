"""Trigram indexes, which let PostgreSQL find a word inside a name without reading every row. SQLite has none."""

from django.db import migrations


class AddTrigramIndex(migrations.RunPython):
    """Index a text column for `icontains` on PostgreSQL; does nothing elsewhere. Needs TrigramExtension before it.

    With `small_letters` the column is in lower case, and is indexed for `contains`.
    """

    def __init__(self, name, table, column, *, small_letters=False):
        self.name, self.table, self.column, self.small_letters = name, table, column, small_letters
        super().__init__(self.create, self.drop)

    def deconstruct(self):
        options = {"small_letters": True} if self.small_letters else {}
        return type(self).__name__, [self.name, self.table, self.column], options

    def create(self, apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            quote = schema_editor.quote_name
            column = quote(self.column)
            indexed = column if self.small_letters else f"UPPER({column})"  # as Django writes icontains
            schema_editor.execute(
                f"CREATE INDEX {quote(self.name)} ON {quote(self.table)} USING gin ({indexed} gin_trgm_ops)"
            )

    def drop(self, apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX IF EXISTS {schema_editor.quote_name(self.name)}")


class RemoveTrigramIndex(AddTrigramIndex):
    """Removes the index of an AddTrigramIndex with the same arguments."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.code, self.reverse_code = self.reverse_code, self.code
