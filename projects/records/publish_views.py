"""Publishing or unpublishing projects of a filtered list: choose them, then confirm what changes."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from estates_portal.accounts.rules import CHANGE_PROJECT, require
from estates_portal.paging import page_of
from estates_portal.sorting import SortKey
from projects.labels import plural
from projects.models import Project
from projects.project_list import ProjectList, invalid_filters

from .publishing import PublishForm, publish_chosen
from .stated import missing_for_public

PER_PAGE = 100


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request):
    require(request.user, CHANGE_PROJECT)
    project_list = ProjectList.from_request(request)
    if project_list.has_errors:
        return invalid_filters(request, project_list)
    visible = Project.objects.visible_to(request.user).select_related("lead_organisation")
    projects = visible.filter(pk__in=project_list.projects.order_by().values("pk")).order_by(
        "published", SortKey("title"), "pk"
    )
    form = PublishForm(request.POST or None, projects=projects)
    if request.method == "POST" and form.is_valid():
        if "confirmed" not in request.POST:
            return render(request, "projects/records/publish_confirm.html", _confirmation(form))
        _add_message(request, form, *publish_chosen(form, request.user))
        return redirect(request.get_full_path())
    page = page_of(request, projects, per_page=PER_PAGE)
    chosen = set(request.POST.getlist("project"))
    context = {
        "form": form,
        "chips": project_list.chips,
        "page_obj": page,
        "rows": [
            (project, [] if project.published else missing_for_public(project), str(project.pk) in chosen)
            for project in page.object_list
        ],
        "example_data": any(project.is_example for project in page.object_list),
    }
    return render(request, "projects/records/publish.html", context)


def _confirmation(form):
    changing = form.changing
    return {
        "publishes": form.publishes,
        "action": form.cleaned_data["action"],
        "changing": changing,
        "unchanged": len(form.cleaned_data["project"]) - len(changing),
        "incomplete": form["incomplete"] if any(missing for _project, missing in changing) else None,
        "example_data": any(project.is_example for project, _missing in changing),
    }


def _add_message(request, form, changed, left_out):
    done = "published" if form.publishes else "unpublished"
    if changed or not left_out:
        messages.success(request, f"{plural(changed, 'project')} {done}")
    if left_out:
        messages.warning(request, f"{plural(left_out, 'project')} not published: facts are missing")
