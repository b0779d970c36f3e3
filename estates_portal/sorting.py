"""One order of names in both databases and in Python: without case and accents, and numbers by their value."""

import functools
import re
import unicodedata

from django.db.backends.signals import connection_created
from django.db.models import CharField, Func
from django.dispatch import receiver

COLLATION = "natural"  # of PostgreSQL; a migration of sites creates it
FUNCTION = "sort_key"  # of SQLite

# In the order of the collation, before figures and letters: at most 47, the characters before "0".
PUNCTUATION = " _-‐–—,;:!?.·'‘’\"“”()[]{}@*/\\&#%′^°+÷×<=>|~−$£€"
LETTERS = {"æ": "ae", "đ": "d", "ð": "d", "ħ": "h", "ł": "l", "ø": "o", "œ": "oe"}  # without a decomposition
RANKS = str.maketrans({mark: chr(rank) for rank, mark in enumerate(PUNCTUATION, 1)} | LETTERS)
NUMBER = re.compile(r"[0-9]+")


@functools.lru_cache(maxsize=20_000)
def sort_key(text):
    """The text by which to sort a name: "Ward 2" before "Ward 10", "Électrical" and "electrical" the same."""
    if text is None:
        return None
    if not text.isascii():
        text = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return NUMBER.sub(_by_value, text.casefold().translate(RANKS))


def _by_value(number):
    """The figures after the number of figures, so that a longer number comes later."""
    figures = number[0].lstrip("0")
    return f"{len(figures):03}{figures}"


class SortKey(Func):
    """The `sort_key` of a column of text, to order by: `order_by(SortKey("title"), "pk")`."""

    arity = 1
    function = FUNCTION
    output_field = CharField()

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, template=f'%(expressions)s COLLATE "{COLLATION}"', **extra)


def in_natural_order(part):
    """A part of an ordering, such as "-title": with `SortKey` if it is a name or title."""
    column = part.removeprefix("-") if isinstance(part, str) else ""
    if column.rpartition("__")[2] not in {"name", "title"}:
        return part
    return SortKey(column).desc() if part.startswith("-") else SortKey(column)


@receiver(connection_created)
def add_function(sender, connection, **kwargs):
    if connection.vendor == "sqlite":
        connection.connection.create_function(FUNCTION, 1, sort_key, deterministic=True)
