"""One box that finds projects, sites, organisations and places."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from estates_portal.conditional import unchanged
from sites.models import Organisation, Place, Site

from ..models import Programme, Project
from ..name_index import SHORTEST, has_index, indexed
from ..rows import project_rows
from ..search import find, refuse_many_words, words_of

MOST_SHOWN = 10


class SearchForm(forms.Form):
    q = forms.CharField(
        label="Search for a project, site, place or organisation",
        max_length=100,
        required=False,
        validators=[refuse_many_words],
        widget=forms.TextInput(attrs={"type": "search"}),
    )


@login_not_required
@require_safe
@unchanged
def search(request):
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    context = {"form": form, "words": words}
    if words:
        found = find(Project.objects.visible_to(request.user), words)
        context["count"], context["listed"] = found.count, found.listed
        context["with_status"] = request.user.is_authenticated
        ids = found.best_first.values_list("pk", flat=True)[:MOST_SHOWN]
        context["rows"] = project_rows(ids, with_status=context["with_status"])
        context["example_data"] = any(row.is_example for row in context["rows"])
        context["others"] = _others(request.user, words)
    return render(request, "projects/search.html", context)


HEADINGS = {
    "place": ("Places", "sites:place_detail"),
    "programme": ("Programmes", "projects:programme_detail"),
    "site": ("Sites", "sites:site_detail"),
    "organisation": ("Organisations", "sites:organisation_detail"),
}


def _others(user, words):
    """What else is called by all these words: {heading: [(name, address), ...]}, at most ten of each. One query."""
    named, at = Q(), Q()
    for word in words_of(words):
        named &= Q(name__icontains=word)
        at &= _at(word)
    theirs = Project.objects.visible_to(user).filter(programme=OuterRef("pk"))  # asked of those that the words fit
    rows = _named("place", Place.objects.filter(named)).union(
        _named("programme", Programme.objects.filter(named).filter(Exists(theirs))),
        _named("site", Site.objects.filter(at)),
        _named("organisation", Organisation.objects.filter(named)),
        all=True,
    )
    found = {heading: [] for heading, _route in HEADINGS.values()}
    for kind, name, slug in sorted(rows):
        heading, route = HEADINGS[kind]
        found[heading].append((name, reverse(route, args=[slug])))
    return {heading: things for heading, things in found.items() if things}


def _at(word):
    """The condition that a site is found by the word. Two letters or figures are in too many postcodes."""
    if len(word) < SHORTEST:
        return Q(name__icontains=word) | Q(address__icontains=word)
    if has_index(Site):
        return indexed(Site, [word])
    return Q(name__icontains=word) | Q(address__icontains=word) | Q(postcode__icontains=word)


def _named(kind, queryset):
    """The first ten by name, as one part of the union; SQLite takes a limit only one level down."""
    first = queryset.model.objects.filter(pk__in=queryset.order_by("name", "pk").values("pk")[:MOST_SHOWN])
    return first.order_by().values_list(Value(kind, output_field=CharField()), "name", "slug")
