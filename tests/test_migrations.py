"""Migrations over a database with data: back to an earlier release, and forward again.

All migrations from zero have run before any test: they make the database that test databases are copies of.
"""

import json

import pytest

from tests.databases import manage, separate_database

pytestmark = pytest.mark.both_databases

# Runs in a process of its own, over a database of its own.
SCRIPT = """
import io, json
from django.core.management import call_command
from django.db import connection

def rows():
    text = io.StringIO()
    call_command("dumpdata", "sites", "projects", "accounts", exclude=["sites.revision"], stdout=text)
    return json.loads(text.getvalue())

def schema():
    sql = "SELECT type, tbl_name, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    if connection.vendor == "postgresql":
        sql = '''
            SELECT 'column', table_name, column_name || ' ' || data_type FROM information_schema.columns
            WHERE table_schema = 'public'
            UNION ALL SELECT 'index', tablename, indexname FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT 'trigger', relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
            WHERE NOT tgisinternal
            UNION ALL SELECT 'constraint', relname, conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
            UNION ALL SELECT 'function', '', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        '''
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return sorted(cursor.fetchall())

call_command("load_blmk", verbosity=0)
before = {"rows": rows(), "schema": schema()}
call_command("migrate", "projects", "0014", verbosity=0)
call_command("migrate", "accounts", "0009", verbosity=0)
call_command("migrate", verbosity=0)
print(json.dumps([before, {"rows": rows(), "schema": schema()}]))
"""


@pytest.mark.django_db
def test_migrating_back_to_0014_and_forward_keeps_data_and_schema(tmp_path, databases):
    with separate_database(tmp_path, databases) as url:
        before, after = json.loads(manage(url, "shell", "-v", "0", "-c", SCRIPT).splitlines()[-1])
    assert len(before["rows"]) > 1000
    assert "projects_statusupdate" in {table for kind, table, name in before["schema"] if kind == "trigger"}
    assert after["schema"] == before["schema"]
    assert after["rows"] == before["rows"]
