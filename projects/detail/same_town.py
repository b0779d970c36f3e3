"""Other projects in the town of a project, or on its site."""

import re
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from estates_portal.sorting import sort_key
from projects.models import Project
from sites.models import Town, hide_waiting

from .page import RelatedProject

MAX_SHOWN = 6


class SameTown(NamedTuple):
    """Up to six projects, those on the same site first. `more_url` lists all; "" if these are all."""

    heading: str = ""
    related: list = []
    more_url: str = ""


def _named_in(text, towns):
    """The towns that a text names, in its order; only the longer of "Ash" and "Ash Regis"."""
    names = {town.lower(): town for town in towns}
    any_name = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return [names[match.lower()] for match in re.findall(rf"\b(?:{any_name})\b", text, re.IGNORECASE) if match]


def town_of(project, towns):
    """The town at the end of the site's address, unless the title names others: then its first. "" if not known."""
    in_title = _named_in(project.title, towns)
    in_address = _named_in(project.site.address, towns) if project.site else []
    town = in_address[-1] if in_address else ""
    return town if town in in_title or not in_title else in_title[0]


def same_town(project, reader):
    """The `SameTown` of a project, of what `reader` can see, without its parent and parts. Two queries.

    Example data is shown only next to example data.
    """
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
    others = others.filter(is_example=project.is_example)
    here, elsewhere = [], []  # in the town, on another site
    for other in sorted(others, key=lambda other: sort_key(other.title)):
        hide_waiting(other, reader, "site")
        if project.site_id and other.site_id == project.site_id:
            here.append(other)
        elif town_of(other, towns) == town:
            elsewhere.append(other)
    all_of_them = here + elsewhere
    related = [RelatedProject.of(other, reader) for other in all_of_them[:MAX_SHOWN]]
    url = f"{reverse('projects:project_list')}?{urlencode({'q': town})}" if town else project.site.get_absolute_url()
    heading = f"Also in {town}" if town else "Also at this site"
    return SameTown(heading, related, url if len(all_of_them) > MAX_SHOWN else "")
