"""One number that changes whenever anything that pages show changes.

Pages are answered "not modified", and the choices of filters are kept, for as long as it stands still. It is moved by
triggers in the database, so that admin, forms, commands, bulk updates and hand-written SQL all count, and none of them
needs to remember (ADR 0002).
"""

from django.apps import apps
from django.db import connections
from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce

from .models import Revision

WATCHED_APPS = ("sites", "projects")

# A fresh counter starts at the clock in milliseconds, so that a database put back from a backup never repeats a number
# under which something else was shown.
POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION portal_bump_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE now_ms bigint := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
BEGIN
    IF current_setting('portal.bumped', true) IS DISTINCT FROM txid_current()::text THEN
        INSERT INTO sites_revision AS r (id, number) VALUES (1, now_ms)
        ON CONFLICT (id) DO UPDATE SET number = greatest(r.number + 1, now_ms);
        PERFORM set_config('portal.bumped', txid_current()::text, true);
    END IF;
    RETURN NULL;
END $$
"""
# Deferred to the end of the transaction: the lock on the counter is held for an instant, and cannot join a deadlock.
POSTGRESQL_TRIGGER = """
CREATE CONSTRAINT TRIGGER portal_revision AFTER INSERT OR UPDATE OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portal_bump_revision()
"""
SQLITE_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON {table} BEGIN
    INSERT INTO sites_revision (id, number) VALUES (1, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
    ON CONFLICT (id) DO UPDATE SET number = max(number + 1, excluded.number);
END
"""


def current_revision():
    """The number now; 0 before anything was ever written. One query."""
    return Revision.objects.filter(pk=1).values_list("number", flat=True).first() or 0


def with_revision(queryset):
    """The queryset, of any model, with the number of that moment as `portal_revision`. No further query."""
    number = Revision.objects.filter(pk=1).order_by().values("number")
    return queryset.annotate(portal_revision=Coalesce(Subquery(number), Value(0)))


def watched_tables():
    """Tables whose changes count: all of the apps' own, join tables included, without histories and the counter.

    A model says `changes_pages = False` where its rows show on no page that is kept: drafts, which are saved as people
    type, would else empty everybody's memory all day.
    """
    models = [
        model
        for label in WATCHED_APPS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model is not Revision and not model.__name__.startswith("Historical")
        if getattr(model, "changes_pages", True)
    ]
    return sorted({model._meta.db_table for model in models})


def install_triggers(app_config, using="default", **kwargs):
    """Put the triggers on every watched table that exists; safe to repeat. Runs after `migrate`."""
    connection = connections[using]
    if app_config.name != "projects":  # once, after the last of the watched apps
        return
    existing = set(connection.introspection.table_names())
    if Revision._meta.db_table not in existing:
        return
    quote = connection.ops.quote_name
    tables = [table for table in watched_tables() if table in existing]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
            for table in tables:
                cursor.execute(f"DROP TRIGGER IF EXISTS portal_revision ON {quote(table)}")
                cursor.execute(POSTGRESQL_TRIGGER.format(table=quote(table)))
        else:
            for table in tables:
                for event in ("INSERT", "UPDATE", "DELETE"):
                    name = quote(f"portal_revision_{table}_{event.lower()}")
                    cursor.execute(SQLITE_TRIGGER.format(name=name, event=event, table=quote(table)))
