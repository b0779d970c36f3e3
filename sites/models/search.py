"""Conditions for searching text columns."""

from django.db.models import Q


def contains(field, term):
    """The condition that a text column contains a term, in any case.

    SQLite ignores the case of ASCII letters only, so other terms are also searched in lower and upper case.
    """
    condition = Q(**{f"{field}__icontains": term})
    if not term.isascii():
        for spelling in (term.lower(), term.upper()):
            if len(spelling) == len(term):  # "ß" in capitals is "SS", which is another term
                condition |= Q(**{f"{field}__icontains": spelling})
    return condition
