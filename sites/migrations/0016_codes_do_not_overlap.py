"""The database refuses one code of two organisations in periods that overlap.

On SQLite a migration that rebuilds the table makes its triggers again.
"""

from django.db import migrations

from estates_portal.operations import VendorSQL

OVERLAP = "Two organisations have this code in one period"
NAME = "sites_organisationidentifier_no_overlap"


def trigger(event):
    return f"""
        CREATE TRIGGER {NAME}_{event.lower()} BEFORE {event} ON sites_organisationidentifier
        WHEN EXISTS (
            SELECT 1 FROM sites_organisationidentifier i
            WHERE i.id IS NOT NEW.id AND i.scheme = NEW.scheme AND i.value = NEW.value
            AND (i.valid_from IS NULL OR NEW.valid_to IS NULL OR i.valid_from < NEW.valid_to)
            AND (NEW.valid_from IS NULL OR i.valid_to IS NULL OR NEW.valid_from < i.valid_to)
        )
        BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END
    """


NO_OVERLAP = VendorSQL(
    postgresql=(
        [
            "CREATE EXTENSION IF NOT EXISTS btree_gist",
            f"""
            ALTER TABLE sites_organisationidentifier ADD CONSTRAINT {NAME}
            EXCLUDE USING gist (scheme WITH =, value WITH =, daterange(valid_from, valid_to) WITH &&)
            """,
        ],
        [f"ALTER TABLE sites_organisationidentifier DROP CONSTRAINT {NAME}"],
    ),
    sqlite=(
        [trigger("INSERT"), trigger("UPDATE")],
        [f"DROP TRIGGER IF EXISTS {NAME}_insert", f"DROP TRIGGER IF EXISTS {NAME}_update"],
    ),
)


class Migration(migrations.Migration):
    dependencies = [("sites", "0015_retire_columns")]

    operations = [NO_OVERLAP]
