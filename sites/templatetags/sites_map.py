"""Maps of the four boroughs."""

from django import template

from ..map import picture

register = template.Library()


@register.inclusion_tag("sites/borough_map.html")
def borough_map(sites, highlight=None):
    """The four boroughs with a dot for each of `sites` that has a location; `highlight` is a Place drawn darker.

    The picture is for eyes and pointers: the page must list the same sites as links, or link to such a list.
    """
    return _drawn(sites, highlight)


@register.inclusion_tag("sites/site_map.html")
def site_map(site):
    """A small map of where one site lies; nothing for a site whose location is not known."""
    return _drawn([site], None)


def _drawn(sites, highlight):
    drawn = picture()
    dots = [
        (*drawn.grid.point(site.longitude, site.latitude), site.name, site.get_absolute_url())
        for site in sites or []
        if site.latitude is not None
    ]
    code = highlight.gss_code if highlight else ""
    boroughs = [(borough, borough.gss_code == code) for borough in drawn.boroughs]
    return {"boroughs": boroughs, "dots": dots, "height": drawn.grid.height}
