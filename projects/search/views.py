"""Search for projects, sites, organisations and places."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.db.models.functions import Lower
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from estates_portal.caching import cached_until_change, conditional_get
from projects.models import Priority, Programme, Project, StrategySection
from projects.models.search import check_term_count, search_terms
from projects.project_table import cached_rows
from sites.locating import postcode_in, town_named
from sites.models import Organisation, Place, Site, contains

MAX_SHOWN = 10


class SearchForm(forms.Form):
    q = forms.CharField(
        label="Search for a project, site, place, organisation or postcode",
        max_length=100,
        error_messages={"max_length": "Search must be 100 characters or less"},
        required=False,
        validators=[check_term_count],
        widget=forms.TextInput(attrs={"type": "search"}),
    )


@login_not_required
@require_safe
@conditional_get
def search(request):
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    if postcode := postcode_in(text):
        return redirect(f"{reverse('projects:near')}?{urlencode({'q': postcode})}")
    context = {"form": form, "text": text}
    if text:
        projects = Project.objects.visible_to(request.user)
        count, ids = cached_until_change(request, ("search", text), lambda: _first_ids(projects, text))
        with_status = request.user.is_authenticated
        rows = cached_rows(request, ids)
        context |= {
            "count": count,
            "rows": rows,
            "with_status": with_status,
            "example_data": any(row.is_example for row in rows),
            "others": _others(request.user, text),
            "town": town_named(text),
        }
    return render(request, "projects/search/search.html", context)


def _first_ids(projects, text):
    """(number of projects with all terms of the text, first MAX_SHOWN ids). One query."""
    ids = list(projects.matching(text).by_relevance(text).values_list("pk", flat=True))
    return len(ids), ids[:MAX_SHOWN]


def _others(user, text):
    """{heading: [(name, address)]} of other matches for all terms, at most MAX_SHOWN for each heading. 6 queries."""
    name_matches, sites = Q(), Site.objects.all()
    for term in search_terms(text):
        name_matches &= contains("name", term)
        sites = sites.matching(term)
    querysets = {
        "Places": Place.objects.filter(name_matches),
        "Programmes": Programme.objects.visible_to(user).filter(name_matches),
        "Sites": sites,
        "Organisations": Organisation.objects.filter(name_matches),
    }
    first_rows = {heading: rows.order_by(Lower("name"), "pk")[:MAX_SHOWN] for heading, rows in querysets.items()}
    first_rows["Strategic priorities"] = Priority.objects.matching(text)[:MAX_SHOWN]
    first_rows["Estates strategy"] = StrategySection.objects.matching(text)[:MAX_SHOWN]
    return {
        heading: [(str(row), row.get_absolute_url()) for row in rows] for heading, rows in first_rows.items() if rows
    }
