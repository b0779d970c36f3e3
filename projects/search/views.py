"""One box that finds projects, sites, organisations and places."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from estates_portal.caching import cached_until_change, conditional_get
from projects.models import Programme, Project
from projects.models.search import find, refuse_many_words, words_of
from projects.name_index import SHORTEST, has_index, indexed
from projects.project_table import project_rows
from sites.models import Organisation, Place, Site
from sites.unions import text

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
@conditional_get
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
        context["others"] = _others(request, words)
    return render(request, "projects/search/search.html", context)


HEADINGS = {
    "place": ("Places", "sites:place_detail"),
    "programme": ("Programmes", "projects:programme_detail"),
    "site": ("Sites", "sites:site_detail"),
    "organisation": ("Organisations", "sites:organisation_detail"),
}


def _others(request, typed):
    """What else is called by all these words: {heading: [(name, address), ...]}, at most MOST_SHOWN of each.

    Sites are as many as projects, and looked up. The others are few: their names are remembered. At most two queries.
    """
    words = [word.lower() for word in words_of(typed)]
    found = {kind: [] for kind in HEADINGS}
    for kind, name, slug in cached_until_change(request, "names", lambda: _names(request.user)):
        if all(word in name.lower() for word in words):
            found[kind].append((name, slug))
    found["site"] = _sites(words_of(typed))
    return {
        heading: [(name, reverse(route, args=[slug])) for name, slug in found[kind][:MOST_SHOWN]]
        for kind, (heading, route) in HEADINGS.items()
        if found[kind]
    }


def _names(user):
    """[(kind, name, slug)] of all places, programmes that `user` may see and organisations, by name. One query."""
    programmes = Programme.objects.filter(Exists(Project.objects.visible_to(user).filter(programme=OuterRef("pk"))))
    rows = _named("place", Place.objects.all()).union(
        _named("programme", programmes), _named("organisation", Organisation.objects.all()), all=True
    )
    return sorted(rows, key=lambda row: (row[1].lower(), row[2]))


def _named(kind, queryset):
    return queryset.order_by().values_list(text(kind), "name", "slug")


def _sites(words):
    """(name, slug) of the first sites that have all the words. One query.

    Two letters or figures are in too many postcodes.
    """
    at = Q()
    if has_index(Site):
        long = [word for word in words if len(word) >= SHORTEST]
        at, words = (indexed(Site, long) if long else at), set(words) - set(long)
    for word in words:
        here = Q(name__icontains=word) | Q(address__icontains=word)
        at &= here | Q(postcode__icontains=word) if len(word) >= SHORTEST else here
    return list(Site.objects.filter(at).order_by("name", "pk").values_list("name", "slug")[:MOST_SHOWN])
