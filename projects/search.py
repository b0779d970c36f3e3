"""Finding projects by words of any of the names that people know them by.

A word is found in a project's title, reference, other names, sites, place, programme or lead. Words that few projects
have are looked up in indexes of trigrams. A word that many have is another matter: to count and sort thousands of rows
is what makes a search slow, and nobody reads them. So they are counted to MOST only, and the first of them are found by
reading the projects in their order until a page is full.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from sites.models import Organisation, Place, Site, normalise_postcode

from .models import OtherName, Programme, Project
from .name_index import in_columns, named

MOST = 1000  # how many are counted, and known by their ids
LOOK_UPS = 3  # words, of those typed, that are looked up in the indexes; the others are asked of what these leave
MOST_WORDS = 12
LOOKED_UP = MOST + MOST // 10  # how many finds are read to see whether they are more: a project may be found twice


@dataclass
class Found:
    """What the words of `text` find among a queryset of projects; `ids` as `found_ids` gives them."""

    among: QuerySet
    text: str
    ids: set | None

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
        return _found(self.among, words_of(self.text)) if self.ids is None else self.among.filter(pk__in=self.ids)

    @property
    def in_title_order(self):
        """The same, written so that the first or last of them by their titles are soon found."""
        return _asked_of_each(self.among, words_of(self.text)) if self.ids is None else self.projects


def words_of(text):
    """The different words to find, the longest first: it is most likely to be the one that few have.

    A postcode written in one ("lu71ar") is its two halves, as the sites have it.
    """
    words = set()
    for word in text.split():
        try:
            words.update(normalise_postcode(word).split())
        except ValidationError:
            words.add(word)
    return sorted(words, key=lambda word: (-len(word), word))


def refuse_many_words(text):
    """Raises ValidationError for more than MOST_WORDS different words: each has its cost."""
    if len(words_of(text)) > MOST_WORDS:
        raise ValidationError(f"Use {MOST_WORDS} words or fewer", code="many_words")


def find(projects, text):
    """`Found`: those of a queryset of projects in which every word of `text` (at least one) is found."""
    return Found(projects, text, found_ids(projects, text))


def found_ids(projects, text):
    """The ids of those of a queryset of projects in which every word of `text` is found; None for many more than MOST.

    One to four queries.
    """
    words = words_of(text)
    for word in words[:LOOK_UPS]:
        looked_up = list(_found_by(projects, word).values_list("pk", flat=True)[:LOOKED_UP])
        ids = set(looked_up)
        if len(looked_up) < LOOKED_UP:
            others = [other for other in words if other != word]
            if others and ids:
                ids = set(_asked_of_each(projects.filter(pk__in=ids), others).values_list("pk", flat=True))
            return ids
        if len(words) == 1 and len(ids) > MOST:
            return None
    ids = set(_found(projects, words).order_by().values_list("pk", flat=True)[: MOST + 1])
    return None if len(ids) > MOST else ids


def _found(projects, words):
    """Those of a queryset of projects in which all the words are found, by looking the first of them up."""
    found = projects
    for word in words[:LOOK_UPS]:
        found = found.filter(pk__in=_found_by(projects, word))
    return _asked_of_each(found, words[LOOK_UPS:])


def _found_by(projects, word):
    """The ids of those of a queryset of projects in which `word` is found; one may be there twice.

    A union of small queries, each of which an index can answer, instead of one with OR over six joined tables.
    """
    projects = projects.order_by()
    sites = Site.objects.filter(named(Site, word))
    other_names = OtherName.objects.order_by().filter(named(OtherName, word))
    at_further_sites = Project.further_sites.through.objects.order_by().filter(site__in=sites)
    ways = [
        named(Project, word),
        Q(pk__in=other_names.values("project_id")),
        Q(site__in=sites),
        Q(pk__in=at_further_sites.values("project_id")),
        *_of_few(word),
    ]
    first, *others = (projects.filter(way).values("pk") for way in ways)
    return first.union(*others, all=True)


def _asked_of_each(projects, words):
    """Those of a queryset of projects in which all the words are found, as asked of one project after another.

    SQLite knows the capitals of ASCII alone, its indexes know all: words like "élan" are looked up in those.
    """
    for word in words:
        projects = projects.filter(_has(word) if word.isascii() else Q(pk__in=_found_by(Project.objects.all(), word)))
    return projects


def _has(word):
    """The condition that a project has the word. It joins sites: a page is full before every site has been read.

    The two subqueries are not written as EXISTS, which PostgreSQL would work out for all projects before the first.
    """
    other_names = OtherName.objects.filter(project=OuterRef("pk"), name__icontains=word)
    further_sites = Project.further_sites.through.objects.filter(project=OuterRef("pk"))
    condition = (
        in_columns(Project, word)
        | in_columns(Site, word, "site__")
        | Q(IsNull(Subquery(other_names.values("pk")[:1]), False))
        | Q(IsNull(Subquery(further_sites.filter(in_columns(Site, word, "site__")).values("pk")[:1]), False))
    )
    for way in _of_few(word):
        condition |= way
    return condition


def _of_few(word):
    """The conditions that a project's place, programme or lead has the word: there are few of those."""
    return [
        Q(place__in=Place.objects.filter(name__icontains=word)),
        Q(programme__in=Programme.objects.filter(name__icontains=word)),
        Q(lead_organisation__in=Organisation.objects.filter(name__icontains=word)),
    ]
