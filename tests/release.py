"""The data that ships with the portal, for tests that read it. Tests of the loader itself load it."""

import io

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction

COPY = {}  # {table: rows as text} after the first load of this process; PostgreSQL only
COUNTER = "sites_revision"


def tables_with_rows(cursor):
    """The tables that contain rows, in the order of their names."""
    tables = [name for name in sorted(connection.introspection.table_names(cursor)) if name != COUNTER]
    exist = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables)  # noqa: S608 - names of tables
    cursor.execute(" UNION ALL ".join(exist))
    return [name for (name,) in cursor.fetchall()]


def load_release():
    """Load the data as `load_blmk` does. Later loads on PostgreSQL copy the rows of the first (ADR 0040)."""
    if connection.vendor != "postgresql":
        call_command("load_blmk", verbosity=0)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        before = tables_with_rows(cursor)
        if not COPY:
            call_command("load_blmk", verbosity=0)
            for name in tables_with_rows(cursor):
                if name not in before:
                    rows = io.StringIO()
                    cursor.copy_expert(f"COPY {name} TO STDOUT", rows)
                    COPY[name] = rows.getvalue()
        elif COPY.keys() & set(before):  # the numbers of rows could meet
            call_command("load_blmk", verbosity=0)
        else:
            for name, rows in COPY.items():
                cursor.copy_expert(f"COPY {name} FROM STDIN", io.StringIO(rows))
            models = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table in COPY]
            cursor.execute("\n".join(connection.ops.sequence_reset_sql(no_style(), models)))
