"""The history of a project, and of all records."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from estates_portal.paging import page_of
from projects.access import visible_project

from .changes import entries, group_into_saves
from .forms import HistoryFilter
from .queries import history_rows_of, people_in


@require_safe
def project_history(request, slug):
    project = visible_project(request, slug)
    history_rows = history_rows_of(project)
    form = HistoryFilter(request.GET, people=people_in(history_rows))
    page = page_of(request, group_into_saves(form.filter_rows(history_rows)))
    context = {
        "project": project,
        "form": form,
        "page_obj": page,
        "entries": entries(page.object_list, request.user),
        "has_changes": bool(history_rows),
        "example_data": project.is_example,
    }
    return render(request, "projects/history/project_history.html", context)
