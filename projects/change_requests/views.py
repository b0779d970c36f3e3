"""Change requests: add one, list them, record the decision."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from estates_portal.accounts.rules import DECIDE_CHANGE_REQUEST, require
from estates_portal.paging import page_of
from estates_portal.unsaved.pages import rejected
from projects.access import editable_project
from projects.models import ChangeRequest, ChangeState, Project, StatementKind

from . import services
from .forms import BaselineRequestForm, BudgetRequestForm, DecideForm


@require_http_methods(["GET", "HEAD", "POST"])
def change_request_add(request, slug, pk):
    """Request a new baseline of a milestone."""
    project = editable_project(request, slug)
    milestone = get_object_or_404(project.milestones.prefetch_related("statements"), pk=pk)
    milestone.project = project
    baseline = milestone.current_statement(StatementKind.BASELINE)
    form = BaselineRequestForm(request.POST or None)
    if change := _requested(request, form, "date", services.request_baseline, milestone):
        return redirect(change.page_url)
    context = {
        "project": project,
        "milestone": milestone,
        "heading": f"Request a baseline{' change' if baseline else ''}: {milestone.title}",
        "baseline": baseline,
        "form": form,
        "example_data": project.is_example,
    }
    return render(request, "projects/change_requests/change_request_add.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def budget_request_add(request, slug):
    """Request a new approved budget of a project."""
    project = editable_project(request, slug)
    form = BudgetRequestForm(request.POST or None)
    if change := _requested(request, form, "pounds", services.request_budget, project):
        return redirect(change.page_url)
    context = {
        "project": project,
        "heading": "Request a new approved budget",
        "form": form,
        "example_data": project.is_example,
    }
    return render(request, "projects/change_requests/budget_request_add.html", context)


def _requested(request, form, field, make_request, record):
    """The change request if the form was posted and saved, else None; adds errors to the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        change = make_request(record, request.user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(field, error)
        return None
    messages.success(request, "Request submitted. The programme office will record the decision")
    return change


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
    change = _visible_change(request, pk)
    require(request.user, DECIDE_CHANGE_REQUEST, change.project)
    if request.method == "POST" and not change.is_waiting:
        is_withdrawn = change.state == ChangeState.WITHDRAWN
        why = f"This request has {'been withdrawn' if is_withdrawn else 'already been decided'}"
        return rejected(request, why, link=("View request", change.get_absolute_url()))
    form = DecideForm(request.POST or None, initial={"decided_on": timezone.localdate()}, change=change)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.decide_change(
                change,
                request.user,
                approve=data["decision"] == "approve",
                approver=data["approver"],
                decided_on=data["decided_on"],
                conditions=data["conditions"],
            )
        except ValidationError as error:
            is_early = getattr(error, "code", "") == "early"
            form.add_error("decided_on" if is_early else None, error.messages)
        else:
            messages.success(request, f"Decision recorded: {change}")
            return redirect(change.page_url)
    context = {"change": change, "project": change.project, "form": form, "example_data": change.project.is_example}
    return render(request, "projects/change_requests/change_request_decide.html", context)


@require_POST
def change_request_withdraw(request, pk):
    """Withdraw a request that the user made and that awaits a decision."""
    change = _visible_change(request, pk)
    try:
        services.withdraw_change(change, request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, "Request withdrawn")
    return redirect(change.page_url)


def _visible_change(request, pk):
    """The change request, if the user can see its project. Raises Http404."""
    visible = Project.objects.visible_to(request.user).values("pk")
    return get_object_or_404(ChangeRequest.objects.filter(project__in=visible).select_related("project"), pk=pk)
