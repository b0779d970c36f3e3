"""The map of the estate, drawn by the server, with the same things as a table."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from estates_portal.caching import cached_until_change, conditional_get
from estates_portal.identity import current_system
from estates_portal.sorting import SortKey
from sites.filters import from_list
from sites.models import GazetteerSource, Place

from .drawing import draw
from .layers import LAYERS

FIRST = "projects"


class MapForm(forms.Form):
    """Which layer, and of which area. `places` are all of them."""

    layer = forms.ChoiceField(
        label="Show",
        choices=[(layer.key, layer.label) for layer in LAYERS.values()],
        required=False,
        error_messages=from_list("what to show"),
    )
    area = forms.ChoiceField(label="Area", required=False, error_messages=from_list("an area"))

    def __init__(self, data, places):
        super().__init__({"layer": data.get("layer") or FIRST, "area": data.get("area", "")})
        self.places = {place.slug: place for place in places}
        self.fields["area"].choices = [("", "Whole area"), *((slug, str(place)) for slug, place in self.places.items())]

    @property
    def chosen(self):
        """(layer, place or None); the first layer of the whole area if the form has errors."""
        if not self.is_valid():
            return LAYERS[FIRST], None
        return LAYERS[self.cleaned_data["layer"]], self.places.get(self.cleaned_data["area"])


@login_not_required
@require_safe
@conditional_get
def estate_map(request):
    places = cached_until_change(request, "places", lambda: list(Place.objects.order_by(SortKey("name"))))
    form = MapForm(request.GET, places)
    layer, place = form.chosen
    system = current_system()
    drawing = cached_until_change(
        request,
        ("estate map", layer.key, place and place.pk, system.changed_at),
        lambda: draw(layer, request.user, system.boundary, place),
    )
    shown = _only(drawing, request.GET.get("only", ""))
    markers = [marker for marker in drawing.markers if shown in {None, marker.group}]
    context = {
        "form": form,
        "layer": layer,
        "place": place,
        "drawing": drawing,
        "counts": [(group, number, group == shown, _address(layer, place, group)) for group, number in drawing.counts],
        "all_url": _address(layer, place) if shown else "",
        "markers": markers,
        "heading": _heading(layer, place, shown, len(markers)),
        "missing_heading": _missing_heading(layer, drawing),
        "sources": cached_until_change(
            request, "gazetteer sources", lambda: {source.key: source for source in GazetteerSource.objects.all()}
        ),
    }
    return render(request, "projects/estate_map/estate_map.html", context)


def _only(drawing, key):
    """The `Group` on the map with this key, else None: then all are shown."""
    return next((group for group, _number in drawing.counts if group.key == key), None)


def _heading(layer, place, group, number):
    """What the map shows: "26 projects by stage, Oldtown" or "3 projects, Open"."""
    parts = [f"{layer.counted(number)} {layer.title}" if group is None else layer.counted(number)]
    return ", ".join([*parts, *([group.label] if group else []), *([str(place)] if place else [])])


def _missing_heading(layer, drawing):
    """How many of all have no published location: "21 of 35 sites have no published location"."""
    missing = len(drawing.missing)
    return f"{missing:,} of {layer.counted(drawing.total)} {'has' if missing == 1 else 'have'} no published location"


def _address(layer, place, group=None):
    """The address of the map with this layer, place and group."""
    query = {"layer": layer.key, "area": place.slug if place else "", "only": group.key if group else ""}
    return f"?{urlencode({name: value for name, value in query.items() if value})}"
