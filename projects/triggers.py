"""Makes way for migrations, which databases refuse while triggers name what is to change."""

from django.db import connections

from . import words

APPS = {"sites", "projects"}

# How the names begin of triggers that are in the way. SQLite cannot make a table anew of which a trigger of another
# table speaks, and PostgreSQL cannot change the type of a column that a trigger names. The triggers of the change
# counter stay: they name no column, and speak of no table but its own, which no migration should make anew.
IN_THE_WAY = {
    "sqlite": (words.PREFIX, "portal_accepted_milestone"),  # the second was made by earlier releases
    "postgresql": (words.PREFIX,),
}


def drop_triggers(app_config, using="default", plan=(), **kwargs):
    """Take the triggers away that would be in the way where there is something to migrate.

    Runs before `migrate`, after which they are put there again; while a migration fails they are missing.
    """
    connection = connections[using]
    if app_config.name != "projects" or not any(migration.app_label in APPS for migration, _undone in plan):
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
            )
        for name, table in cursor.fetchall():
            if name.startswith(IN_THE_WAY[connection.vendor]):
                of_table = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER {name}{of_table}")
