"""Timelines of one project and of a filtered list of projects."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.caching import conditional_get
from projects.access import visible_project
from projects.milestones.timeline import ROWS, timeline_of, timeline_of_project
from projects.project_list import ProjectList

ZOOMS = [("year", "Years"), ("quarter", "Quarters")]


@login_not_required
@require_safe
@conditional_get
def timeline(request):
    """The timeline of a filtered list of projects, in the order of the list."""
    project_list = ProjectList.from_request(request)
    page = project_list.page(timezone.localdate(), per_page=ROWS)
    context = {"form": project_list.form, "chips": project_list.chips, "page_obj": page}
    return _page(request, timeline_of(list(page.object_list), request.user, **_options(request)), context)


@login_not_required
@require_safe
@conditional_get
def project_timeline(request, slug):
    project = visible_project(request, slug)
    return _page(request, timeline_of_project(project, request.user, **_options(request)), {"project": project})


def _options(request):
    return {"on": timezone.localdate(), "by_quarter": request.GET.get("zoom") == "quarter"}


def _page(request, timeline, context):
    query = request.GET.copy()
    zooms = []
    for key, label in ZOOMS:
        query["zoom"] = key
        zooms.append((label, f"?{query.urlencode()}", timeline.axis.by_quarter == (key == "quarter")))
    context |= {"timeline": timeline, "zooms": zooms, "example_data": timeline.example_data}
    return render(request, "projects/milestones/timeline.html", context)
