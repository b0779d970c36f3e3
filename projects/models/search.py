"""Finding projects by words of any of the names that people know them by.

A word is found in a project's title, reference, other names, sites, place, programme or lead, which the database keeps
beside each project (`words.py`). Words that few projects have are looked up in an index of trigrams. A word that many
have is another matter: to count and sort thousands of rows is what makes a search slow, and nobody reads them. So they
are counted to MOST only, and the first of them are found by reading the projects in their order until a page is full.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from projects.name_index import SHORTEST, has_index, index_of, indexed, phrases
from sites.models import normalise_postcode

from .project import OtherName
from .words import ProjectWords

MOST = 500  # how many are counted, and known by their ids
MOST_WORDS = 12


@dataclass
class Found:
    """What the words of `text` find among a queryset of projects; `ids` as `found_ids` gives them."""

    among: QuerySet
    text: str
    ids: list | None

    @property
    def count(self):
        """How many are found; None where they are more than MOST and were not counted."""
        return None if self.ids is None else len(self.ids)

    @property
    def listed(self):
        """How many may be paged through: all, or MOST of more."""
        return MOST if self.ids is None else len(self.ids)

    @property
    def projects(self):
        """All that are found."""
        return _looked_up(self.among, words_of(self.text)) if self.ids is None else self.among.filter(pk__in=self.ids)

    @property
    def in_title_order(self):
        """The same, written so that the first or last of them by their titles are soon found."""
        return _asked_of_each(self.among, words_of(self.text)) if self.ids is None else self.projects

    @property
    def best_first(self):
        """In order: those that are called so themselves before those whose site, place, programme or lead is; by title.

        Of very many all by title.
        """
        if self.ids is None or len(self.ids) < 2:
            return self.in_title_order.order_by("title", "pk")
        called_so = Q()
        for word in words_of(self.text):
            other = OtherName.objects.filter(project=OuterRef("pk"), name__icontains=word)
            called_so &= Q(title__icontains=word) | Q(reference__icontains=word) | Exists(other)
        rank = Case(When(called_so, then=Value(0)), default=Value(1))
        return self.projects.order_by(rank, "title", "pk")


def words_of(text):
    """The different words to find, as typed; a postcode written in one ("lu71ar") is its two halves."""
    words = set()
    for word in text.split():
        try:
            words.update(normalise_postcode(word).split())
        except ValidationError:
            words.add(word)
    return sorted(words)


def refuse_many_words(text):
    """Raises ValidationError for more than MOST_WORDS different words: each has its cost."""
    if len(words_of(text)) > MOST_WORDS:
        raise ValidationError(f"Use {MOST_WORDS} words or fewer", code="many_words")


def find(projects, text):
    """`Found`: those of a queryset of projects in which every word of `text` (at least one) is found. One query."""
    return Found(projects, text, found_ids(projects, text))


def found_ids(projects, text):
    """The ids of those of a queryset of projects in which every word of `text` is found; None for more than MOST.

    One query.
    """
    words = words_of(text)
    long, short = _long_and_short(words)
    if long and has_index(ProjectWords):
        # A join, which stops when enough are found. An IN would read all of them first.
        index, key = index_of(ProjectWords), projects.model._meta.pk
        join = [f"{index}.rowid = {key.model._meta.db_table}.{key.column}", f"{index} MATCH %s"]
        found = _asked_of_each(projects, short).extra(tables=[index], where=join, params=[phrases(long)])  # noqa: S610
    else:
        found = _asked_of_each(projects, words)
    ids = list(found.order_by().values_list("pk", flat=True)[: MOST + 1])
    return None if len(ids) > MOST else ids


def _looked_up(projects, words):
    """Those of a queryset of projects in which all the words are found, by looking them up."""
    long, short = _long_and_short(words)
    if not long or not has_index(ProjectWords):
        return _asked_of_each(projects, words)  # PostgreSQL finds its way by itself
    return _asked_of_each(projects.filter(indexed(ProjectWords, long)), short)


def _asked_of_each(projects, words):
    """The same, as asked of one project after another."""
    condition = Q()
    for word in words:
        condition &= _has(word)
    return projects.filter(condition)


def _has(word):
    """The condition that a project has the word. Two letters or figures are in too many postcodes.

    SQLite knows the capitals of ASCII alone, its indexes know all: words like "élan" are looked up in those.
    """
    if not has_index(ProjectWords):
        small = Lower(Value(word))  # by the database, as the words that it keeps
        names, postcodes = Q(words__names__contains=small), Q(words__postcodes__contains=small)
    else:
        names, postcodes = Q(words__names__contains=word), Q(words__postcodes__contains=word)
        if not word.isascii() and len(word) >= SHORTEST:
            return indexed(ProjectWords, [word])
        for other in {word.lower(), word.upper()} if not word.isascii() else ():
            if len(other) == len(word):
                names |= Q(words__names__contains=other)
    return names if len(word) < SHORTEST else names | postcodes


def _long_and_short(words):
    """Those that an index of trigrams knows, and the others."""
    return [word for word in words if len(word) >= SHORTEST], [word for word in words if len(word) < SHORTEST]
