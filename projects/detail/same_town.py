"""Other projects in the town of a project, or on its site."""

import re
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from estates_portal.sorting import sort_key
from projects.models import Project
from sites.models import Town

from .page import RelatedProject

MOST = 6


class SameTown(NamedTuple):
    """Up to six projects, those on the same site first. `more_url` lists all; "" if these are all."""

    heading: str = ""
    related: list = []
    more_url: str = ""


def _names(town, text):
    return re.search(rf"\b{re.escape(town)}\b", text, re.IGNORECASE)


def town_of(project, towns):
    """The town that the title names, else the site's address; the longest name of several, "" if there is none."""
    texts = [project.title, project.site.address if project.site else ""]
    return next((town for text in texts for town in sorted(towns, key=len, reverse=True) if _names(town, text)), "")


def same_town(project, reader):
    """The `SameTown` of a project, of what `reader` can see, without its parent and parts. Two queries."""
    towns = list(Town.objects.order_by().values_list("name", flat=True))
    town = town_of(project, towns)
    if not town and not project.site_id:
        return SameTown()
    near = Q()
    if project.site_id:
        near |= Q(site=project.site_id)
    if town:
        near |= Q(title__icontains=town) | Q(site__address__icontains=town)
    others = Project.objects.visible_to(reader).select_related("site").order_by().filter(near)
    others = others.exclude(pk__in=filter(None, [project.pk, project.parent_id])).exclude(parent=project)
    here, elsewhere = [], []  # in the town, on another site
    for other in sorted(others, key=lambda other: sort_key(other.title)):
        if project.site_id and other.site_id == project.site_id:
            here.append(other)
        elif town_of(other, towns) == town:
            elsewhere.append(other)
    all_of_them = here + elsewhere
    related = [RelatedProject.of(other, reader) for other in all_of_them[:MOST]]
    url = f"{reverse('projects:project_list')}?{urlencode({'q': town})}" if town else project.site.get_absolute_url()
    heading = f"Also in {town}" if town else "Also at this site"
    return SameTown(heading, related, url if len(all_of_them) > MOST else "")
