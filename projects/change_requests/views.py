"""Change requests: add one, list them, record the decision."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from estates_portal.accounts.rules import DECIDE_CHANGE_REQUEST, require
from estates_portal.paging import page_of
from projects.access import editable_project
from projects.models import ChangeRequest, ChangeState, Project, StatementKind

from . import services
from .forms import ChangeForm, DecideForm


@require_http_methods(["GET", "HEAD", "POST"])
def change_request_add(request, slug, pk):
    project = editable_project(request, slug)
    milestone = get_object_or_404(project.milestones.prefetch_related("statements"), pk=pk)
    milestone.project = project
    baseline = milestone.current_statement(StatementKind.BASELINE)
    form = ChangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.request_change(milestone, request.user, date=form.cleaned_data["on"], why=form.cleaned_data["why"])
        except ValidationError as error:
            form.add_error("on", error)
        else:
            messages.success(request, "Request submitted. The programme office will record the decision")
            return redirect("projects:milestone_list", project.slug)
    context = {
        "project": project,
        "milestone": milestone,
        "heading": f"Request a baseline{' change' if baseline else ''}: {milestone.title}",
        "baseline": baseline,
        "form": form,
        "example_data": project.is_example,
    }
    return render(request, "projects/change_requests/change_request_add.html", context)


@require_safe
def change_request_list(request):
    """Change requests with one status, on projects that the user can see."""
    state = request.GET.get("state") if request.GET.get("state") in ChangeState.values else ChangeState.PROPOSED
    visible = Project.objects.visible_to(request.user).values("pk")
    changes = ChangeRequest.objects.filter(project__in=visible, state=state)
    changes = changes.select_related("project", "requested_by", "decided_by")
    page = page_of(request, changes)
    context = {
        "page_obj": page,
        "changes": page.object_list,
        "states": ChangeState.choices,
        "selected_state": state,
        "can_decide": request.user.has_perm(DECIDE_CHANGE_REQUEST),
        "example_data": any(change.project.is_example for change in page.object_list),
    }
    return render(request, "projects/change_requests/change_request_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change_request_decide(request, pk):
    visible = Project.objects.visible_to(request.user).values("pk")
    change = get_object_or_404(ChangeRequest.objects.filter(project__in=visible).select_related("project"), pk=pk)
    require(request.user, DECIDE_CHANGE_REQUEST, change.project)
    form = DecideForm(request.POST or None, initial={"decided_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.decide_change(
                change,
                request.user,
                approve=data["decision"] == "approve",
                approver=data["approver"],
                decided_on=data["decided_on"],
                conditions=data["words"],
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, f"Decision recorded: {change.title}")
            return redirect("projects:milestone_list", change.project.slug)
    context = {"change": change, "project": change.project, "form": form, "example_data": change.project.is_example}
    return render(request, "projects/change_requests/change_request_decide.html", context)
