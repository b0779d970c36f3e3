"""Searches projects by title, reference, other names, summary, place, programme, lead organisation and sites.

Signed-in users also find them by their senior responsible owner and project manager. Sites match by name, address and
postcode. The methods of `ProjectQuerySet` call these functions.
"""

import re
from functools import reduce
from operator import and_, or_
from typing import NamedTuple

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Case, Q, Value, When

from estates_portal.sorting import SortKey
from estates_portal.text import APOSTROPHES
from sites.models import Organisation, Place, Site, contains, normalise_postcode

MAX_TERMS = 12
MIN_IN_SUMMARY = 3  # characters: shorter terms are in nearly every summary
FILLERS = {"and", "at", "for", "in", "near", "of", "the", "&", "+", "-"}  # ignored beside other words
DASHES = str.maketrans(dict.fromkeys("–—‐‑", "-"))
AROUND_WORDS = '.,;:!?()[]"“”'
INITIALS = re.compile(r"\b([a-z])\s*(?:&|\+|\band\b)\s*([a-z])\b", re.IGNORECASE)  # "L and D"
BETWEEN_WORDS = re.compile(r"(?<=[\w']\w)&(?=\w\w)")  # "women's&children's"


def tidy(text):
    """The text with straight apostrophes, hyphens for dashes, and initials joined: "L and D" is "L&D"."""
    text = text.translate(APOSTROPHES).translate(DASHES)
    return INITIALS.sub(r"\1&\2", BETWEEN_WORDS.sub(" & ", text))


def words_of(text):
    """The words of a text in order, without punctuation around them and without fillers, unless it has no others.

    A postcode without a space ("lu71ar") is two words.
    """
    words = []
    for typed in tidy(text).split():
        try:
            words.extend(normalise_postcode(typed).split())
        except ValidationError:
            words.append(typed.strip(AROUND_WORDS) or typed)
    return [word for word in words if word.lower() not in FILLERS] or words


def stem(word):
    """The part of a word that its plural and possessive share: "surger", "women", "hub"."""
    for ending, least in (("s'", 5), ("'s", 4), ("ies", 7), ("s", 4)):
        if word.lower().endswith(ending) and len(word) >= least:
            return word[: -len(ending)]
    return word


def search_terms(text):
    """The different terms of a text, sorted."""
    return sorted(set(words_of(text)))


def check_term_count(text):
    """Raise ValidationError for more than MAX_TERMS different terms: each adds to the cost of the query."""
    if len(search_terms(text)) > MAX_TERMS:
        raise ValidationError(f"Use {MAX_TERMS} words or fewer", code="many_words")


class Wanted(NamedTuple):
    """A part of a search: all of `terms`, or one of the phrases that a synonym puts in their place."""

    terms: tuple[str, ...]
    phrases: tuple[str, ...] = ()

    def condition(self, matches):
        """The condition that a record has what is wanted. `matches(term)` is that it has a term or phrase."""
        return reduce(or_, map(matches, self.phrases), reduce(and_, map(matches, self.terms)))


def read(text):
    """[`Wanted`] of a text, with the synonyms of the admin. One query, none for an empty text."""
    if not text.strip():
        return []
    return parse(text, _model("SearchSynonym").objects.phrases())


def parse(text, synonyms=()):
    """[`Wanted`] of a text, in order and each once.

    `synonyms` are {stems of words: phrases}. The longest run of words with a synonym counts as one part.
    """
    words, wanted = words_of(text), []
    stems = [stem(word).lower() for word in words]
    longest = max(map(len, synonyms), default=1)
    start = 0
    while start < len(words):
        for end in range(min(len(words), start + longest), start, -1):
            phrases = synonyms[key] if (key := tuple(stems[start:end])) in synonyms else ()
            if phrases or end == start + 1:
                wanted.append(Wanted(tuple(words[start:end]), tuple(phrases)))
                start = end
                break
    return sorted(set(wanted))


def spellings(term):
    """The ways in which a term may be written: as its stem, with either apostrophe or none, with or without hyphens.

    A record contains the term if it contains one of them.
    """
    term = stem(term)
    if "'" in term:
        return [term, term.replace("'", "’"), *([bare] if (bare := term.replace("'", "")) else [])]
    if "&" in term.strip("&"):
        return [term, term.replace("&", " & "), term.replace("&", " and ")]
    if "-" in term.strip("-"):
        return [term, term.replace("-", " ")]
    return [term]


def contains_any(field, written):
    """The condition that a text column contains one of the spellings."""
    return reduce(or_, (contains(field, spelling) for spelling in written))


def sites_matching(term):
    """The sites with the term in their name, address or postcode, however it is spelt."""
    return reduce(or_, (Site.objects.matching(spelling) for spelling in spellings(term)))


def matching(projects, text, with_people=False):
    """The projects that have every part of the text. Other tables are searched in subqueries: joins take several times
    as long on PostgreSQL. One query for the synonyms. `with_people` also finds their owners and managers.
    """

    def matches(term):
        found = _named(term) | _summarised(term)
        return found | _run_by(term) if with_people else found

    for part in read(text):
        projects = projects.filter(part.condition(matches))
    return projects


def having(rows, columns, wanted):
    """The rows that have everything `wanted` in any of the columns."""
    for part in wanted:
        rows = rows.filter(
            part.condition(lambda term: reduce(or_, (contains_any(column, spellings(term)) for column in columns)))
        )
    return rows


def sites_having(sites, wanted):
    """Those of the sites that have everything `wanted` in their name, address or postcode."""
    for part in wanted:
        sites = sites.filter(part.condition(lambda term: Q(pk__in=sites_matching(term).order_by().values("pk"))))
    return sites


def by_relevance(projects, text):
    """The projects with all terms in their own names first, then those with all of them in the names of their place,
    site, programme or lead organisation, then the others; each by title.
    """
    terms = search_terms(text)
    if not terms:
        return projects.order_by(SortKey("title"), "pk")
    own, named = (reduce(and_, map(condition, terms)) for condition in (_own_name_contains, _named))
    rank = Case(When(own, then=Value(0)), When(named, then=Value(1)), default=Value(2))
    return projects.order_by(rank, SortKey("title"), "pk")


def _own_name_contains(term):
    """The condition that a term is in the title, the reference or another name of a project."""
    written = spellings(term)
    other_names = _model("OtherName").objects.filter(contains_any("name", written))
    return contains_any("title", written) | contains_any("reference", written) | Q(pk__in=other_names.values("project"))


def _named(term):
    """The condition that a term is in a name of a project or of what it belongs to."""
    written, sites = spellings(term), sites_matching(term)
    further = _model("Project").further_sites.through.objects.filter(site__in=sites)
    return (
        _own_name_contains(term)
        | Q(place__in=Place.objects.filter(contains_any("name", written)))
        | Q(programme__in=_model("Programme").objects.filter(contains_any("name", written)))
        | Q(lead_organisation__in=Organisation.objects.filter(contains_any("name", written)))
        | Q(site__in=sites)
        | Q(pk__in=further.values("project"))
    )


# {column with the name of a person: their role}
ROLES = {"senior_responsible_owner": "Senior responsible owner", "project_manager": "Project manager"}


def run_by(projects, text):
    """The projects whose senior responsible owner or project manager has every part of the text in their name."""
    found = reduce(or_, (Q(pk__in=having(projects, [column], read(text)).order_by().values("pk")) for column in ROLES))
    return projects.filter(found)


def _run_by(term):
    """The condition that a term is in the name of the senior responsible owner or the project manager."""
    return reduce(or_, (contains_any(column, spellings(term)) for column in ROLES))


def _summarised(term):
    """The condition that a term is in the summary of a project.

    A subquery, which PostgreSQL answers from the index of summaries.
    """
    if len(term) < MIN_IN_SUMMARY:
        return Q(pk__in=[])
    summaries = _model("Project").objects.filter(contains_any("summary", spellings(term))).order_by()
    return Q(pk__in=summaries.values("pk"))


def _model(name):
    """A model of `projects`, by name: the module of the models imports this one."""
    return apps.get_model("projects", name)
