"""The list of sites, for its page and its downloads."""

from django.utils import timezone

from estates_portal.caching import cached_until_change
from sites.filters import SiteFilter, choices_of_sites
from sites.models import Site
from sites.successions import successions_of


def site_filter(request):
    """The `SiteFilter` of the address. At most three queries."""
    reader = request.user
    choices = cached_until_change(
        request, "choices of sites", lambda: choices_of_sites(reader, successions_of(request))
    )
    sites = Site.objects.visible_to(reader).select_related("place", "owner")
    return SiteFilter(request.GET, sites, choices, timezone.localdate(), reader)
