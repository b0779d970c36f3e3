"""Template tags of the maps."""

from django import template

from estates_portal.identity import current_system

from ..map import picture

register = template.Library()


@register.inclusion_tag("sites/place_map.html")
def place_map(sites, highlight=None):
    """A map of the places with a dot for each of `sites` that has a location; `highlight` is a Place drawn darker.

    Screen readers skip the map, so the page must list the same sites as links, or link to such a list. Draws nothing
    if the system has no outlines.
    """
    return map_context(current_system(), sites, highlight)


@register.inclusion_tag("sites/site_map.html")
def site_map(site):
    """A small map of one site; nothing if its location is not known."""
    return map_context(current_system(), [site], None)


def map_context(system, sites, highlight):
    """The context of the map templates: the places, each with whether it is `highlight`, and the dots."""
    drawing = picture(system.boundary)
    if drawing is None:
        return {"places": [], "dots": [], "height": 0}
    dots = [
        (*drawing.grid.point(site.longitude, site.latitude), site.name, site.get_absolute_url())
        for site in sites or []
        if site.latitude is not None
    ]
    code = highlight.gss_code if highlight else ""
    places = [(place, place.gss_code == code) for place in drawing.places]
    return {"places": places, "dots": dots, "height": drawing.grid.height}
