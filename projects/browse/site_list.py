"""The list of sites, for its page and its downloads."""

from django.utils import timezone

from estates_portal.caching import cached_until_change
from sites.filters import SiteFilter, choices_of_sites
from sites.models import Site, distinct_names, hide_waiting
from sites.successions import successions_of

from .estate import SiteRow
from .place_queries import projects_by_site


def site_filter(request):
    """The `SiteFilter` of the address. At most three queries."""
    reader = request.user
    choices = cached_until_change(
        request, "choices of sites", lambda: choices_of_sites(reader, successions_of(request))
    )
    sites = Site.objects.visible_to(reader).select_related("place", "owner")
    return SiteFilter(request.GET, sites, choices, timezone.localdate(), reader)


def site_rows(sites, reader):
    """[`SiteRow`] of sites of a `SiteFilter`, as `reader` can see them. Four queries; eight if a name is shared."""
    sites = list(sites)
    counts = projects_by_site(sites, reader)
    names = distinct_names(sites, Site.objects.visible_to(reader).shared_names())
    return [SiteRow(hide_waiting(site, reader, "owner"), names[site.pk], counts.get(site.pk, 0)) for site in sites]
