"""Full-text indexes that let SQLite find part of a name without reading every name, as PostgreSQL's trigrams do.

One table of SQLite's FTS5, split into trigrams, beside each table that has names. Triggers keep it, so that bulk loads
and hand-written SQL count too. Both are put there after `migrate`, because SQLite loses the triggers of a table that a
migration makes anew.
"""

from django.db import connections
from django.db.models import Q
from django.db.models.expressions import RawSQL

from sites.models import Site

from .models import OtherName, Project

SHORTEST = 3  # characters: a trigram

# {new} and {old}: the columns of the row after and before a change. "Delete" in FTS5's way takes the old words out.
PUT_IN = "INSERT INTO {index} (rowid, {columns}) VALUES (new.id, {new});"
TAKE_OUT = "INSERT INTO {index} ({index}, rowid, {columns}) VALUES ('delete', old.id, {old});"
STATEMENTS = [
    "CREATE VIRTUAL TABLE IF NOT EXISTS {index}"
    " USING fts5({columns}, content='{table}', content_rowid='id', tokenize='trigram')",
    "CREATE TRIGGER IF NOT EXISTS {index}_insert AFTER INSERT ON {table} BEGIN " + PUT_IN + " END",
    "CREATE TRIGGER IF NOT EXISTS {index}_delete AFTER DELETE ON {table} BEGIN " + TAKE_OUT + " END",
    "CREATE TRIGGER IF NOT EXISTS {index}_update AFTER UPDATE OF {columns} ON {table}"
    " BEGIN " + TAKE_OUT + " " + PUT_IN + " END",
    "INSERT INTO {index} ({index}) VALUES ('rebuild')",
]
FIND = "SELECT rowid FROM {index} WHERE {index} MATCH %s"

INDEXED = {Project: ["title", "reference"], OtherName: ["name"], Site: ["name", "address", "postcode"]}


def named(model, word, using="default"):
    """The condition for rows of a model of INDEXED in one of whose columns `word` occurs, in any case."""
    if connections[using].vendor == "sqlite" and len(word) >= SHORTEST:
        phrase = '"' + word.replace('"', '""') + '"'
        return Q(pk__in=RawSQL(FIND.format(index=_index_of(model)), [phrase]))  # noqa: S611 the names are our own
    return in_columns(model, word)


def in_columns(model, word, path=""):
    """The same, as asked of each row; `path` leads to the model. Two letters or figures are in too many postcodes."""
    condition = Q()
    for column in INDEXED[model]:
        if column != "postcode" or len(word) >= SHORTEST:
            condition |= Q(**{f"{path}{column}__icontains": word})
    return condition


def install_name_indexes(app_config, using="default", **kwargs):
    """Make the indexes that SQLite lacks, and fill them anew where their triggers were gone; safe to repeat."""
    connection = connections[using]
    if app_config.name != "projects" or connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")
        existing = {name for (name,) in cursor.fetchall()}
        for model, columns in INDEXED.items():
            table, index = model._meta.db_table, _index_of(model)
            if table not in existing or f"{index}_update" in existing:
                continue
            words = {
                "table": table,
                "index": index,
                "columns": ", ".join(columns),
                "new": ", ".join(f"new.{column}" for column in columns),
                "old": ", ".join(f"old.{column}" for column in columns),
            }
            for statement in STATEMENTS:
                cursor.execute(statement.format(**words))


def _index_of(model):
    return f"{model._meta.db_table}_words"
