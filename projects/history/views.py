"""The history of a project, and of all records."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.accounts.rules import require
from estates_portal.csv_export import stream
from estates_portal.paging import page_of
from projects.access import visible_project
from projects.labels import plural

from .changes import entries, group_into_saves
from .csv_rows import HEADINGS, csv_rows
from .forms import AllHistoryFilter, HistoryFilter
from .queries import as_rows, history_rows_of, people_in

SEE_ALL = "accounts.view_auditevent"  # who can read the audit record can see who changed what
ROWS_PER_PAGE = 50


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


@require_safe
def history_list(request):
    """All changes of data, newest first."""
    require(request.user, SEE_ALL)
    form = AllHistoryFilter(request.GET)
    page = page_of(request, form.rows if form.is_valid() else [], per_page=ROWS_PER_PAGE)
    context = {
        "form": form,
        "page_obj": page,
        "entries": entries(group_into_saves(as_rows(page.object_list)), request.user, with_projects=True),
        "is_filtered": not form.is_valid() or bool(form.filters),
    }
    return render(request, "projects/history/history_list.html", context)


@require_GET
def history_csv(request):
    """All pages of the filtered history, as CSV. The download is itself recorded."""
    require(request.user, SEE_ALL)
    form = AllHistoryFilter(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('projects:history_list')}?{request.GET.urlencode()}")  # it shows the errors
    detail = f"History: {plural(form.rows.count(), 'change')}. {'; '.join(form.filters)}"
    record(AuditKind.EXPORTED, request=request, person=request.user, detail=detail)
    return stream(HEADINGS, csv_rows(form.rows, request.user), f"history-{timezone.localdate()}.csv")
