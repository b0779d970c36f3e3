"""One box that finds projects, sites, organisations and places."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from estates_portal.conditional import remembered, unchanged
from sites.models import Organisation, Place, Site

from ..models import Programme, Project
from ..name_index import named as named_in
from ..rows import project_rows
from ..search import FEW

MOST = 10


class SearchForm(forms.Form):
    q = forms.CharField(
        label="Search for a project, site, place or organisation",
        max_length=100,
        required=False,
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
        projects = Project.objects.visible_to(request.user).matching(words)
        ids = list(projects.order_by("title", "pk").values_list("pk", flat=True)[: FEW + 1])
        many = len(ids) > FEW
        context["with_status"] = request.user.is_authenticated
        context["rows"] = project_rows(ids[:MOST], with_status=context["with_status"])
        context["count"] = remembered(request, ("found", words), projects.count) if many else len(ids)
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
    for word in words.split():
        named &= Q(name__icontains=word)
        named_or_at = named_in(Site, word)
        if any(mark.isdigit() for mark in word):  # as postcodes have; only names have an index to find words inside
            named_or_at |= Q(postcode__istartswith=word)
        at &= named_or_at
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
        if len(found[heading]) < MOST:
            found[heading].append((name, reverse(route, args=[slug])))
    return {heading: things for heading, things in found.items() if things}


def _named(kind, queryset):
    return queryset.order_by().values_list(Value(kind, output_field=CharField()), "name", "slug")
