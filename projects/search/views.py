"""Search for projects, sites, organisations and places."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from estates_portal.caching import cached_until_change, conditional_get
from estates_portal.sorting import SortKey
from projects.models import Priority, Programme, Project, StrategySection
from projects.models.search import check_term_count, having, read, sites_having
from projects.project_table import cached_rows
from sites.locating import postcode_in, read_postcode, town_named
from sites.models import Organisation, Place, Site, distinct_names

from .people import people_found
from .suggestions import Vocabulary, known_words, other_spelling, synonyms, visible_names

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
        count, ids = _projects_found(request, text)
        rows = cached_rows(request, ids)
        context |= {
            "count": count,
            "rows": rows,
            "with_status": request.user.is_authenticated,
            "example_data": any(row.is_example for row in rows),
            "others": _others_found(request, text),
            "town": town_named(text),
        }
        if not rows and not context["others"]:
            context |= _suggestions(request, text)
    return render(request, "projects/search/search.html", context)


def _projects_found(request, text):
    """(number of projects found, first MAX_SHOWN ids). At most two queries."""
    projects = Project.objects.visible_to(request.user)
    return cached_until_change(request, ("search", text), lambda: _first_ids(projects, text, request.user))


def _first_ids(projects, text, reader):
    ids = list(projects.matching(text, reader).by_relevance(text).values_list("pk", flat=True))
    return len(ids), ids[:MAX_SHOWN]


def _others_found(request, text):
    """What `_others` finds, cached until the data changes. At most 13 queries."""
    return cached_until_change(request, ("others", text), lambda: _others(request.user, text))


def _others(user, text):
    """{heading: [(name, address, whether accepted)]} of other matches for the text, at most MAX_SHOWN for each heading.

    Seven queries, eleven if sites share a name, and two for a signed-in user.
    """
    wanted = read(text)
    querysets = {
        "Places": having(Place.objects.all(), ["name"], wanted),
        "Programmes": having(Programme.objects.visible_to(user), ["name"], wanted),
        "Sites": sites_having(Site.objects.visible_to(user), wanted),
        "Organisations": having(Organisation.objects.visible_to(user), ["name", "short_name"], wanted),
    }
    first_rows = {heading: rows.order_by(SortKey("name"), "pk")[:MAX_SHOWN] for heading, rows in querysets.items()}
    first_rows["Strategic priorities"] = having(Priority.objects.all(), ["title", "description"], wanted)[:MAX_SHOWN]
    first_rows["Estates strategy"] = having(StrategySection.objects.all(), ["title", "text"], wanted)[:MAX_SHOWN]
    names = distinct_names(first_rows["Sites"])
    people = [(name, url, True) for name, url in people_found(wanted, user, MAX_SHOWN)]
    found = {"People": people} if people else {}
    return found | {
        heading: [
            (
                names[row.pk] if heading == "Sites" else str(row),
                row.get_absolute_url(),
                getattr(row, "accepted", True),
            )
            for row in rows
        ]
        for heading, rows in first_rows.items()
        if rows
    }


def _suggestions(request, text):
    """The context of a search without results: another spelling that finds something, and words to search for alone."""
    vocabulary = cached_until_change(request, "vocabulary", lambda: Vocabulary(visible_names(request.user), synonyms()))
    spelling = other_spelling(text, vocabulary)
    if spelling and not (_projects_found(request, spelling)[0] or _others_found(request, spelling)):
        spelling = ""
    return {
        "spelling": spelling,
        "known_words": known_words(text, vocabulary),
        "is_outward_code": bool(read_postcode(text)),
    }
