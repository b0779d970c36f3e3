"""People by the name that projects give for a role. Only signed-in users find or see them.

The names are text, so two people with the same name are one here.
"""

from dataclasses import dataclass

from django.db.models import Count
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from estates_portal.paging import PER_PAGE
from estates_portal.sorting import SortKey, sort_key
from projects.labels import plural
from projects.models import Project
from projects.models.search import ROLES, having
from projects.project_table import cached_rows


@dataclass(frozen=True)
class Held:
    """A role that a person has, with the `rows` of its first projects."""

    label: str
    count: int
    rows: list

    @property
    def heading(self):
        return f"{self.label} of {plural(self.count, 'project')}"

    @property
    def is_cut(self):
        return self.count > len(self.rows)


def person_url(name):
    """The address of the page of the person with this name."""
    return f"{reverse('projects:person')}?{urlencode({'name': name})}"


def people_found(wanted, reader, most):
    """[(name with roles, address)] of at most `most` people whose name has everything `wanted`.

    Two queries; none and no one for a signed-out reader.
    """
    if not reader.is_authenticated or not wanted:
        return []
    numbers = {}
    for column, label in ROLES.items():
        named = having(Project.objects.visible_to(reader).exclude(**{column: ""}), [column], wanted)
        for name, number in named.order_by().values_list(column).annotate(Count("pk")):
            numbers.setdefault(name, []).append((label, number))
    names = sorted(numbers, key=sort_key)[:most]
    return [(_with_roles(name, numbers[name]), person_url(name)) for name in names]


def _with_roles(name, roles):
    """ "Kwame Fairlie, senior responsible owner of 3 projects and project manager of 1 project"."""
    return f"{name}, " + " and ".join(f"{label.lower()} of {plural(number, 'project')}" for label, number in roles)


@require_safe
def person(request):
    """The projects for which the person with the name in `?name=` has a role; 404 without any."""
    name = request.GET.get("name", "").strip()
    if not name or "\0" in name:
        raise Http404(name)
    roles = []
    for column, label in ROLES.items():
        projects = Project.objects.visible_to(request.user).filter(**{column: name})
        ids = list(projects.order_by(SortKey("title"), "pk").values_list("pk", flat=True))
        if ids:
            roles.append(Held(label, len(ids), cached_rows(request, ids[:PER_PAGE])))
    if not roles:
        raise Http404(name)
    context = {
        "name": name,
        "roles": roles,
        "list_url": f"{reverse('projects:project_list')}?{urlencode({'person': name})}",
        "example_data": any(row.is_example for held in roles for row in held.rows),
    }
    return render(request, "projects/search/person.html", context)
