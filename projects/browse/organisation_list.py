"""The list of organisations, for its page and its downloads."""

from django.db.models import Q

from estates_portal.sorting import SortKey
from sites.filters import OrganisationFilter
from sites.models import Organisation, OrganisationKind


def ended_on(day):
    """The condition that an organisation has ended by this day."""
    return Q(valid_to__isnull=False, valid_to__lte=day)


def organisation_filter(request, today):
    """The `OrganisationFilter` of the address. GP practices are listed only if it asks for them."""
    organisations = Organisation.objects.visible_to(request.user).not_merged().annotate(ended=ended_on(today))
    organisations = organisations.select_related("place").prefetch_related("identifiers")
    organisations = organisations.order_by("kind", "ended", SortKey("name"), "pk")
    if request.GET.get("kind") != OrganisationKind.GP_PRACTICE:
        organisations = organisations.exclude(kind=OrganisationKind.GP_PRACTICE)
    return OrganisationFilter(request.GET, organisations)
