"""Titles that look alike, and a reference suggested from a title."""

import itertools
import re

from estates_portal.likeness import COMMON_WORDS, like
from projects.models import OtherName, Project

MAX_TITLES = 3  # in a question
SMALL_WORDS = {"the", "of", "and", "at", "for", "in", "on", "to"}


def like_title(title, reader):
    """[titles and other names that look like this title] of projects that `reader` can see. Two queries."""
    visible = Project.objects.visible_to(reader).order_by()
    titles = list(visible.values_list("title", flat=True))
    others = OtherName.objects.filter(project__in=visible.values("pk")).order_by()
    return like(title, [*titles, *others.values_list("name", flat=True)])[:MAX_TITLES]


def suggested_reference(title):
    """A short reference that no project has: "RIV-ECC" for "Riverside Elective Care Centre". One query."""
    words = [
        word for word in re.findall(r"[A-Z0-9]+", title.upper().replace("'", "")) if word.lower() not in SMALL_WORDS
    ]
    telling = [word for word in words[1:] if word.lower() not in COMMON_WORDS - {"centre", "unit"}]
    base = "-".join(filter(None, [*(word[:3] for word in words[:1]), "".join(word[0] for word in telling)[:6]]))
    if not base:
        return ""
    taken = set(Project.objects.filter(reference__istartswith=base).order_by().values_list("reference", flat=True))
    taken = {reference.upper() for reference in taken}
    return next(name for name in _numbered(base) if name not in taken)


def _numbered(base):
    yield base
    yield from (f"{base}-{number}" for number in itertools.count(2))
