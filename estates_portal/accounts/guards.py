"""What the database itself refuses: changes to the audit record.

Triggers, put there after every `migrate`, because SQLite loses those of a table that a migration makes anew.
"""

from django.db import connections

from .models import AuditEvent

WORDS = "The audit record never changes"
POSTGRESQL = """
CREATE OR REPLACE FUNCTION portal_refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER IF EXISTS portal_audit ON {table};
CREATE TRIGGER portal_audit BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_change_of_audit();
"""
# Not on DELETE: Django empties the tables of SQLite between browser tests by it (ADR 0005).
SQLITE = """
CREATE TRIGGER IF NOT EXISTS portal_audit BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END
"""


def install_guards(app_config, using="default", **kwargs):
    """Put the triggers on the table of the audit record; safe to repeat. Runs after `migrate`."""
    connection = connections[using]
    table = AuditEvent._meta.db_table
    if app_config.label != "accounts" or table not in connection.introspection.table_names():
        return
    statement = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
    with connection.cursor() as cursor:
        cursor.execute(statement.format(table=connection.ops.quote_name(table), words=WORDS))
