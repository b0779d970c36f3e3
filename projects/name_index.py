"""Full-text indexes that let SQLite find part of a name without reading every name, as PostgreSQL's trigrams do.

One table of SQLite's FTS5, split into trigrams, beside each table that is looked up so. Triggers keep it, so that bulk
loads and hand-written SQL count too. Both are put there after `migrate`, because SQLite loses the triggers of a table
that a migration makes anew.
"""

import logging

from django.db import OperationalError, connections
from django.db.models import Q
from django.db.models.expressions import RawSQL

from sites.models import Site

from .models import ProjectWords

logger = logging.getLogger(__name__)
SHORTEST = 3  # characters: a trigram

# {new} and {old}: the columns of the row after and before a change. "Delete" in FTS5's way takes the old words out.
PUT_IN = "INSERT INTO {index} (rowid, {columns}) VALUES (new.{key}, {new});"
TAKE_OUT = "INSERT INTO {index} ({index}, rowid, {columns}) VALUES ('delete', old.{key}, {old});"
STATEMENTS = [
    "CREATE VIRTUAL TABLE IF NOT EXISTS {index}"
    " USING fts5({columns}, content='{table}', content_rowid='{key}', tokenize='trigram')",
    "CREATE TRIGGER IF NOT EXISTS {index}_insert AFTER INSERT ON {table} BEGIN " + PUT_IN + " END",
    "CREATE TRIGGER IF NOT EXISTS {index}_delete AFTER DELETE ON {table} BEGIN " + TAKE_OUT + " END",
    "CREATE TRIGGER IF NOT EXISTS {index}_update AFTER UPDATE OF {columns} ON {table}"
    " BEGIN " + TAKE_OUT + " " + PUT_IN + " END",
    "INSERT INTO {index} ({index}) VALUES ('rebuild')",
]

FIND = "SELECT rowid FROM {index} WHERE {index} MATCH %s"

INDEXED = {ProjectWords: ["names", "postcodes"], Site: ["name", "address", "postcode"]}


def index_of(model):
    """The name of the table that indexes a model of INDEXED."""
    return f"{model._meta.db_table}_index"


def has_index(model, using="default"):
    """Whether the database has the table: SQLite alone."""
    return model in INDEXED and connections[using].vendor == "sqlite"


def phrases(words):
    """The words, each of SHORTEST characters or more, as FTS5 is asked for rows that have them all."""
    return " ".join('"' + word.replace('"', '""') + '"' for word in words)


def indexed(model, words):
    """The condition for rows of a model in whose columns all the words occur, in any case; asks SQLite's index."""
    rows = FIND.format(index=index_of(model))
    return Q(pk__in=RawSQL(rows, [phrases(words)]))  # noqa: S611 the names are our own


def install_name_indexes(app_config, using="default", **kwargs):
    """Make the indexes that SQLite lacks, and fill them anew where their triggers were gone; safe to repeat."""
    connection = connections[using]
    if app_config.name != "projects" or connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        existing = _existing(cursor)
        for model, columns in INDEXED.items():
            table, index = model._meta.db_table, index_of(model)
            if table not in existing or f"{index}_update" in existing:
                continue
            words = {
                "table": table,
                "key": model._meta.pk.column,
                "index": index,
                "columns": ", ".join(columns),
                "new": ", ".join(f"new.{column}" for column in columns),
                "old": ", ".join(f"old.{column}" for column in columns),
            }
            for statement in STATEMENTS:
                cursor.execute(statement.format(**words))
    tidy(using)


def tidy(using="default"):
    """Let SQLite put the parts of its indexes together, and count the rows that its plans go by.

    After many changes at once, and now and then: old counts mislead. PostgreSQL does both by itself. While somebody
    else writes for long it is left for another time.
    """
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    try:
        with connection.cursor() as cursor:
            for index in {index_of(model) for model in INDEXED} & _existing(cursor):
                cursor.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")  # noqa: S608 the names are our own
            cursor.execute("ANALYZE")
    except OperationalError as fault:
        logger.warning("The indexes were not tidied: %s", fault)


def _existing(cursor):
    """The names of SQLite's tables and triggers."""
    cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")
    return {name for (name,) in cursor.fetchall()}
