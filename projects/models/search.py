"""Searches projects by title, reference, other names, place, programme, lead organisation and sites.

Sites match by name, address and postcode. The methods of `ProjectQuerySet` call these functions.
"""

from functools import reduce
from operator import or_

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Case, Q, Value, When

from sites.models import Organisation, Place, Site, contains, normalise_postcode

MAX_TERMS = 12


def search_terms(text):
    """The unique terms of a text, sorted; a postcode without a space ("lu71ar") gives two terms."""
    terms = set()
    for word in text.split():
        try:
            terms.update(normalise_postcode(word).split())
        except ValidationError:
            terms.add(word)
    return sorted(terms)


def check_term_count(text):
    """Raise ValidationError for more than MAX_TERMS different terms: each adds to the cost of the query."""
    if len(search_terms(text)) > MAX_TERMS:
        raise ValidationError(f"Use {MAX_TERMS} words or fewer", code="many_words")


def matching(projects, text):
    """The projects that contain every term of the text.

    Other tables are searched in subqueries: joins take several times as long on PostgreSQL.
    """
    condition = Q()
    for term in search_terms(text):
        sites = Site.objects.matching(term)
        further = _model("Project").further_sites.through.objects.filter(site__in=sites)
        condition &= (
            _own_name_contains(term)
            | Q(place__in=Place.objects.filter(contains("name", term)))
            | Q(programme__in=_model("Programme").objects.filter(contains("name", term)))
            | Q(lead_organisation__in=Organisation.objects.filter(contains("name", term)))
            | Q(site__in=sites)
            | Q(pk__in=further.values("project"))
        )
    return projects.filter(condition)


def containing(rows, columns, text):
    """The rows that contain every term of the text in any of the columns."""
    for term in search_terms(text):
        rows = rows.filter(reduce(or_, (contains(column, term) for column in columns)))
    return rows


def by_relevance(projects, text):
    """The projects with all terms in their own names first, then the others; both by title."""
    own = Q()
    for term in search_terms(text):
        own &= _own_name_contains(term)
    if not own:
        return projects.order_by("title", "pk")
    return projects.order_by(Case(When(own, then=Value(0)), default=Value(1)), "title", "pk")


def _own_name_contains(term):
    """The condition that a term is in the title, the reference or another name of a project."""
    other_names = _model("OtherName").objects.filter(contains("name", term))
    return contains("title", term) | contains("reference", term) | Q(pk__in=other_names.values("project"))


def _model(name):
    """A model of `projects`, by name: the module of the models imports this one."""
    return apps.get_model("projects", name)
