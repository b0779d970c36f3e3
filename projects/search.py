"""Finding projects by a word of any of the names that people know them by."""

from sites.models import Organisation, Place, Site

from .models import OtherName, Programme, Project
from .name_index import named

FEW = 1000


def found_by(word):
    """Ids of the projects in which `word` occurs: a set where they are few, else a subquery. One query.

    A database that does not know how few they are reads every project to find them; given the ids it reads those.
    """
    matching = matching_ids(word)
    ids = set(matching.values_list("pk", flat=True)[: FEW + 1])
    return ids if len(ids) <= FEW else matching


def matching_ids(word):
    """The ids of projects in which `word` occurs: in title, reference, another name, site, place, programme or lead.

    A union of small queries, each of which an index of trigrams can answer, instead of one with OR over six joined
    tables. A project that matches twice is there twice.
    """
    projects = Project.objects.order_by()
    at_further_sites = Project.further_sites.through.objects.order_by()
    sites = Site.objects.filter(named(Site, word))
    by_name = projects.filter(named(Project, word)).values("pk")
    return by_name.union(
        OtherName.objects.order_by().filter(named(OtherName, word)).values("project_id"),
        projects.filter(site__in=sites).values("pk"),
        at_further_sites.filter(site__in=sites).values("project_id"),
        projects.filter(place__in=Place.objects.filter(name__icontains=word)).values("pk"),
        projects.filter(programme__in=Programme.objects.filter(name__icontains=word)).values("pk"),
        projects.filter(lead_organisation__in=Organisation.objects.filter(name__icontains=word)).values("pk"),
        all=True,
    )
