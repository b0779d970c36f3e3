"""Lists of projects, hubs and hospital schemes: one view with different defaults."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.accounts.rules import ADD_PROJECT, EDIT_DATE_GRID
from estates_portal.caching import conditional_get
from projects.filters import LIST_COLUMNS, STATUS
from projects.models import ProjectKind
from projects.project_list import ProjectList
from projects.project_table import cached_rows

from .headings import sort_headings


@dataclass(frozen=True)
class ListPage:
    """The differences between the lists."""

    title: str
    noun: str
    kind: str = ""
    without: tuple = ()


ALL = ListPage(title="Projects", noun="project")
HUBS = ListPage(title="Hubs", noun="hub", kind=ProjectKind.HUB, without=("kind",))
SCHEMES = ListPage(
    title="Hospital schemes",
    noun="hospital scheme",
    kind=ProjectKind.HOSPITAL_SCHEME,
    without=("kind", "hub_type"),
)


@login_not_required
@require_safe
@conditional_get
def project_list(request):
    return _list(request, ALL)


@login_not_required
@require_safe
@conditional_get
def hub_list(request):
    return _list(request, HUBS)


@login_not_required
@require_safe
@conditional_get
def hospital_scheme_list(request):
    return _list(request, SCHEMES)


def _list(request, page):
    project_list = ProjectList.from_request(request, kind=page.kind, without=page.without)
    with_status = request.user.is_authenticated
    today = timezone.localdate()
    page_obj = project_list.page(today)
    rows = cached_rows(request, page_obj.object_list)
    context = {
        "list": page,
        "form": project_list.form,
        "chips": project_list.chips,
        "page_obj": page_obj,
        "rows": rows,
        "sort_headings": _headings(request, project_list.order, with_status),
        "with_status": with_status,
        "timeline_url": _timeline_url(request, page),
        "can_edit_dates": request.user.is_authenticated and request.user.has_perm(EDIT_DATE_GRID),
        "can_add": request.user.is_authenticated and request.user.has_perm(ADD_PROJECT),
        "as_table": request.GET.get("view") == "table",
        "example_data": any(row.is_example for row in rows),
    }
    return render(request, "projects/browse/project_list.html", context)


def _timeline_url(request, page):
    """The query string for the timeline of the same projects."""
    query = request.GET.copy()
    for name in ("page", "view"):
        query.pop(name, None)
    if page.kind:
        query["kind"] = page.kind
    return f"?{query.urlencode()}" if query else ""


def _headings(request, order, with_status):
    columns = {name: label for name, (label, _up, _down) in LIST_COLUMNS.items() if with_status or name != STATUS}
    return sort_headings(request, columns, *order, numbers={"cost"}).values()
