"""What belongs to sites, organisations and places, as far as a person may see it.

The apps depend one way, so projects are reached through the relations that they define on sites and organisations.
"""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter

from django.db.models import Count, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast
from django.urls import reverse

from sites.models import Organisation, OrganisationKind, Site
from sites.unions import NOTHING, text


def _projects(user):
    return Site._meta.get_field("projects").related_model.objects.visible_to(user)


def projects_by_site(sites, user):
    """{site id: number of projects there that `user` may see}, at their main site or a further one. One query."""
    ids = [site.pk for site in sites]
    visible = _projects(user).order_by()
    pairs = visible.filter(site__in=ids).values_list("site", "pk")
    pairs = pairs.union(visible.filter(further_sites__in=ids).values_list("further_sites", "pk"))
    return Counter(site for site, _project in pairs if site in set(ids))


def projects_of(organisation, user):
    """Projects that the organisation leads or partners, and the hubs for a network, as `user` may see them."""
    partnered = organisation.partnered_projects.order_by().values("pk")
    hubs = organisation.hubs.order_by().values("pk")
    return _projects(user).filter(Q(lead_organisation=organisation) | Q(pk__in=partnered) | Q(pk__in=hubs))


def led_and_partnered(organisations, user):
    """{organisation id: (projects led, projects partnered)} that `user` may see. Two queries."""
    ids = [organisation.pk for organisation in organisations]
    visible = _projects(user).order_by()
    led = dict(visible.filter(lead_organisation__in=ids).values_list("lead_organisation").annotate(Count("pk")))
    partnered = dict(
        Organisation.objects.filter(pk__in=ids, partnered_projects__in=visible.values("pk"))
        .order_by()
        .values_list("pk")
        .annotate(Count("partnered_projects"))
    )
    return {pk: (led.get(pk, 0), partnered.get(pk, 0)) for pk in ids}


def tally(projects, *fields):
    """{field: `Counter` of its values} of a queryset of projects. One query."""
    found = {field: Counter() for field in fields}
    for *values, number in projects.order_by().values_list(*fields).annotate(Count("pk")):
        for field, value in zip(fields, values, strict=True):
            found[field][value] += number
    return found


@dataclass(frozen=True)
class Thing:
    """Something named on a page: what it is, its address, and where it lies if that is known and asked for."""

    kind: str
    name: str
    slug: str
    note: str
    latitude: Decimal | None = None
    longitude: Decimal | None = None

    def get_absolute_url(self):
        return reverse(ROUTES[self.kind], args=[self.slug])


NOWHERE = Cast(Value(None), Site._meta.get_field("latitude"))


def _named(kind, queryset, note=None, where=()):
    return queryset.order_by().values_list(text(kind), "name", "slug", note or NOTHING, *where)


ROUTES = {
    "predecessor": "sites:organisation_detail",
    "practice": "sites:organisation_detail",
    "network": "sites:organisation_detail",
    "site": "sites:site_detail",
    "programme": "projects:programme_detail",
}


def _things(first, *others):
    found = {}
    for row in sorted(first.union(*others, all=True), key=itemgetter(0, 1, 2)):
        found.setdefault(row[0], []).append(Thing(*row))
    return found


def things_of_organisation(organisation, user):
    """{"predecessor", "site", "practice", "programme": [Thing, ...]} of an organisation. One query."""
    seen = Exists(_projects(user).filter(programme=OuterRef("pk")))
    return _things(
        _named("predecessor", organisation.predecessors.all()),
        _named("site", organisation.owned_sites.all(), "postcode"),
        _named("practice", organisation.practices.all(), "postcode"),
        _named("programme", organisation.led_programmes.filter(seen)),
    )


def things_of_place(place):
    """{"site", "network": [Thing, ...]} of a place, without invented ones; sites with where they lie. One query."""
    networks = place.organisations.filter(kind=OrganisationKind.PRIMARY_CARE_NETWORK, is_example=False)
    return _things(
        _named("site", place.sites.filter(is_example=False), "postcode", ("latitude", "longitude")),
        _named("network", networks, where=(NOWHERE, NOWHERE)),
    )
