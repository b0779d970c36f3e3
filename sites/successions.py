"""The organisations that act for those that have ended."""

from django.utils import timezone

from estates_portal.caching import cached_until_change
from estates_portal.sorting import sort_key

from .models import Organisation


def successions_of(request):
    """`Organisation.objects.successions` of today, cached until the data changes. At most one query."""
    today = timezone.localdate()
    return cached_until_change(request, "successions", lambda: Organisation.objects.successions(today))


def acting_organisation(organisation, successions):
    """The organisation that acts for this one: itself, unless it has ended and has a successor; None for None."""
    if organisation is None:
        return None
    return successions.get(organisation.pk, [organisation])[-1]


def with_acting(organisations, successions):
    """These organisations and those that act for them, each once, by name."""
    found = {organisation.pk: organisation for organisation in organisations}
    acting = [acting_organisation(organisation, successions) for organisation in organisations]
    found.update({organisation.pk: organisation for organisation in acting})
    return sorted(found.values(), key=lambda organisation: (sort_key(organisation.name), organisation.slug))
