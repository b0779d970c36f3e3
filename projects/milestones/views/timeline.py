"""Timelines of one project and of a filtered list of projects."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.caching import conditional_get
from projects.access import visible_project
from projects.milestones.timeline import ROWS, timeline_of, timeline_of_one
from projects.project_list import ProjectList

ZOOMS = [("year", "Years"), ("quarter", "Quarters")]


@login_not_required
@require_safe
@conditional_get
def timeline(request):
    """The projects that the list's filters choose, in the order of the list."""
    found = ProjectList.from_request(request)
    page = found.page(timezone.localdate(), per_page=ROWS)
    drawn = timeline_of(list(page.object_list), **_how(request))
    context = {"form": found.form, "chips": found.chips, "page_obj": page}
    return _page(request, drawn, context)


@login_not_required
@require_safe
@conditional_get
def project_timeline(request, slug):
    project = visible_project(request, slug)
    return _page(request, timeline_of_one(project, **_how(request)), {"project": project})


def _how(request):
    return {
        "on": timezone.localdate(),
        "by_quarter": request.GET.get("zoom") == "quarter",
        "public": not request.user.is_authenticated,
    }


def _page(request, drawn, context):
    asked = request.GET.copy()
    zooms = []
    for key, label in ZOOMS:
        asked["zoom"] = key
        zooms.append((label, f"?{asked.urlencode()}", drawn.axis.by_quarter == (key == "quarter")))
    context |= {"timeline": drawn, "zooms": zooms, "example_data": drawn.example_data}
    return render(request, "projects/milestones/timeline.html", context)
