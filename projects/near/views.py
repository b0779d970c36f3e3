"""The page of what is near a postcode or a town."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from estates_portal import csv_export
from estates_portal.caching import cached_until_change, conditional_get
from projects.models import Project
from projects.project_table import cached_rows
from sites.locating import locate
from sites.models import GazetteerSource, Organisation, Place, Site, with_full_names

from .queries import PROJECTS_SHOWN, SITES_SHOWN, Nearby

NOT_A_LOCATION = "Enter a postcode, for example MK6 5LD, or the name of a town"


class NearForm(forms.Form):
    q = forms.CharField(
        label="Postcode or town",
        max_length=100,
        required=False,
        error_messages={"max_length": "Postcode or town must be 100 characters or less"},
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "postal-code"}),
    )

    def clean(self):
        """Find the place of this name (`self.place`), else the location (`self.location`)."""
        text = " ".join(self.cleaned_data.get("q", "").split())
        self.place = self.location = None
        if not text:
            return
        self.location = locate(text)
        if self.location is None:
            self.place = Place.objects.filter(name__iexact=text).first()
        if self.location is None and self.place is None:
            self.add_error("q", NOT_A_LOCATION)


@login_not_required
@require_safe
@conditional_get
def near(request):
    form = NearForm(request.GET)
    location = form.location if form.is_valid() else None
    if form.is_valid() and form.place:
        return redirect(form.place)
    context = {"form": form, "location": location, "text": request.GET.get("q", "")}
    if location is not None:
        context["sources"] = {source.key: source for source in GazetteerSource.objects.all()}
        context["same_postcode"] = _with_postcode(location.postcode, request.user)
    if location is not None and not location.is_outside:
        context |= _nearby(request, location)
    return render(request, "projects/near/near.html", context)


def _with_postcode(postcode, reader):
    """Sites and organisations that `reader` can see and that have the full postcode.

    Two queries, six if sites share a name; none for "".
    Those without a location are not among the nearest.
    """
    if not postcode:
        return []
    organisations = Organisation.objects.visible_to(reader).not_merged()
    sites = with_full_names(Site.objects.visible_to(reader).filter(postcode=postcode))
    return [*sites, *organisations.filter(postcode=postcode)]


def _nearby(request, location):
    """The context of the sites and projects near a location."""
    nearby = Nearby(request, location)
    projects = nearby.projects[:PROJECTS_SHOWN]
    stages = {row.url: row for row in cached_rows(request, [row.project.pk for row in projects])}
    rest, rest_count = nearby.elsewhere_in(location.places) if location.places else ([], 0)
    return {
        "places": [(place, *_counts(request, place)) for place in location.places],
        "sites": nearby.sites[:SITES_SHOWN],
        "projects": [(row, stages[row.project.url]) for row in projects if row.project.url in stages],
        "rest": rest,
        "rest_count": rest_count,
        "example_data": any(row.is_example for row in stages.values()),
    }


def _counts(request, place):
    """(number of projects that the user can see in the place, number of sites). At most two queries."""
    return cached_until_change(
        request,
        ("counts of place", place.pk),
        lambda: (
            Project.objects.visible_to(request.user).in_places([place.pk]).count(),
            Site.objects.visible_to(request.user).filter(place=place, is_example=False).count(),
        ),
    )


@login_not_required
@require_safe
def near_csv(request):
    """All located sites by distance from a postcode or town, in miles and kilometres."""
    form = NearForm(request.GET)
    if not form.is_valid() or form.location is None or form.location.is_outside:
        return redirect(f"{reverse('projects:near')}?{request.GET.urlencode()}")
    headings = ["Site", "Place", "Type", "Postcode", "Miles", "Kilometres", "Distance is", "Projects", "Page"]
    rows = [
        [
            row.site.name,
            row.site.place,
            row.site.kind,
            row.site.postcode,
            f"{row.distance.miles:.1f}",
            f"{row.distance.kilometres:.2f}",
            "about" if row.distance.is_about else "to a published point",
            len(row.projects),
            request.build_absolute_uri(row.site.url),
        ]
        for row in Nearby(request, form.location).sites
    ]
    return csv_export.stream(headings, rows, "nearest-sites.csv")
