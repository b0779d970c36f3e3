"""Columns that fill up the parts of a union which have nothing to say there.

PostgreSQL takes the types of a union from its first part, so they carry theirs.
"""

from django.db.models import BigIntegerField, CharField, DateField, Value
from django.db.models.functions import Cast

NOTHING = Value("", output_field=CharField())
NO_NUMBER = Cast(Value(None), BigIntegerField())
NO_DAY = Cast(Value(None), DateField())


def text(words):
    """The same words in every row, such as what tells one part from another."""
    return Value(words, output_field=CharField())
