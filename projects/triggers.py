"""Makes way for migrations: SQLite refuses to make a table anew while a trigger of another table speaks of it."""

from django.db import connections

from . import guards, words

SPEAK_OF_OTHER_TABLES = (words.PREFIX, guards.OF_PARTS)  # how the names of these triggers begin


def drop_triggers(app_config, using="default", plan=(), **kwargs):
    """Take the triggers that speak of other tables away where there is something to migrate; SQLite alone.

    Runs before `migrate`, after which they are put there again.
    """
    connection = connections[using]
    if app_config.name != "projects" or connection.vendor != "sqlite" or not plan:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            if name.startswith(SPEAK_OF_OTHER_TABLES):
                cursor.execute(f"DROP TRIGGER {name}")
