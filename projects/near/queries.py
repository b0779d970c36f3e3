"""What is near a location, by straight-line distance, for one reader."""

from dataclasses import dataclass

from django.urls import reverse

from estates_portal.caching import cached_until_change
from estates_portal.sorting import SortKey, sort_key
from projects.labels import plural
from projects.models import Project
from sites.locating import KM_PER_MILE
from sites.models import LocationPrecision, Site, with_full_names

SITES_SHOWN = 10
PROJECTS_SHOWN = 10
PROJECTS_OF_SITE = 4  # named with a site
REST_SHOWN = 30  # projects without a location


@dataclass(frozen=True)
class Distance:
    """A straight-line distance; `is_about` if either end is the centre of something larger than a site."""

    kilometres: float
    is_about: bool

    @property
    def miles(self):
        return self.kilometres / KM_PER_MILE

    def __str__(self):
        about = "about " if self.is_about else ""
        return f"{about}{self.miles:,.1f} {'mile' if f'{self.miles:.1f}' == '1.0' else 'miles'}"


@dataclass(frozen=True)
class LocatedSite:
    """A site with a location, as plain values to cache."""

    pk: int
    name: str
    url: str
    kind: str
    place: str
    postcode: str
    latitude: float
    longitude: float
    is_about: bool

    def distance_from(self, location):
        kilometres = location.kilometres_to(self.latitude, self.longitude)
        return Distance(kilometres, self.is_about or location.is_about)


@dataclass(frozen=True)
class NamedProject:
    """A project as a link."""

    pk: int
    title: str
    url: str


@dataclass(frozen=True)
class NearSite:
    """A site near a location, with the projects there that the reader can see."""

    site: LocatedSite
    distance: Distance
    projects: tuple[NamedProject, ...]

    @property
    def named_projects(self):
        return self.projects[:PROJECTS_OF_SITE]

    @property
    def more(self):
        """The number of projects that are not named, as text; "" for none."""
        more = len(self.projects) - PROJECTS_OF_SITE
        return plural(more, "more project", "more projects") if more > 0 else ""


@dataclass(frozen=True)
class NearProject:
    """A project near a location, at the nearest of its sites."""

    project: NamedProject
    site: LocatedSite
    distance: Distance


class Nearby:
    """The sites and projects near a location that the user of the request can see.

    What does not depend on the location is cached until the data changes, so that the postcode that was typed is in no
    cache.
    """

    def __init__(self, request, location):
        self.request, self.location = request, location
        self.located = cached_until_change(request, "located sites", located_sites)
        self.projects_at = cached_until_change(request, "projects by located site", lambda: projects_at(request.user))

    @property
    def sites(self):
        """All located sites as `NearSite`s, the nearest first; before them a site with the typed postcode."""
        near = [
            NearSite(site, site.distance_from(self.location), tuple(self.projects_at.get(site.pk, ())))
            for site in self.located
        ]
        typed = self.location.postcode
        return sorted(
            near,
            key=lambda row: (
                not typed or row.site.postcode != typed,
                row.distance.kilometres,
                sort_key(row.site.name),
            ),
        )

    @property
    def projects(self):
        """All projects at located sites as `NearProject`s, the nearest first."""
        nearest = {}
        for row in sorted(self.sites, key=lambda row: row.distance.kilometres):
            for project in row.projects:
                nearest.setdefault(project.pk, NearProject(project, row.site, row.distance))
        return sorted(nearest.values(), key=lambda row: (row.distance.kilometres, sort_key(row.project.title)))

    def elsewhere_in(self, places):
        """(the first REST_SHOWN projects in the places at no located site, by title; how many there are). One query."""
        located = {project.pk for projects in self.projects_at.values() for project in projects}
        projects = Project.objects.visible_to(self.request.user).filter(is_example=False)
        projects = projects.in_places([place.pk for place in places])
        rows = projects.order_by(SortKey("title"), "pk").values_list("pk", "title", "slug")
        elsewhere = [row for row in rows if row[0] not in located]
        return [_named(*row) for row in elsewhere[:REST_SHOWN]], len(elsewhere)


def located_sites():
    """[`LocatedSite`] of every site with a location, by name. One query, five if sites share a name."""
    sites = with_full_names(Site.objects.located().select_related("place").order_by(SortKey("name")))
    return [
        LocatedSite(
            site.pk,
            site.full_name,
            site.get_absolute_url(),
            site.get_kind_display(),
            "Outside the area" if site.outside_area else str(site.place or ""),
            site.postcode,
            float(site.latitude),
            float(site.longitude),
            site.location_precision == LocationPrecision.POSTCODE,
        )
        for site in sites
    ]


def projects_at(user):
    """{id of a located site: [`NamedProject`] at it that `user` can see, by title}. Two queries."""
    located = Site.objects.located().values("pk")
    visible = Project.objects.visible_to(user).order_by()
    columns = ("pk", "title", "slug")
    main = visible.filter(site__in=located).values_list("site", *columns)
    further = visible.filter(further_sites__in=located).values_list("further_sites", *columns)
    at = {}
    for site, *row in sorted({*main, *further}, key=lambda row: (sort_key(row[2]), row[1])):
        at.setdefault(site, []).append(_named(*row))
    return at


def _named(pk, title, slug):
    return NamedProject(pk, title, reverse("projects:project_detail", args=[slug]))
