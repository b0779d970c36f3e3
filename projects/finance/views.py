"""A project's finance: the page and the grid to edit it."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from estates_portal.accounts.rules import APPROVE_BUDGET, DECIDE_CHANGE_REQUEST, REPORT_ON_PROJECT, require
from estates_portal.merging import conflicts_of, merge_page, saved_message
from projects.access import editable_project, visible_project
from projects.charts import bars
from projects.models import FundingLine, Project, StatusReport
from projects.versions import bump_version, last_save, locked

from .forms import BudgetForm, FundingLineForm, YearFormSet, rows_of
from .funding import permission_for, remove_line, save_line
from .summary import finance_summary, last_finance_save


@require_safe
def finance(request, slug):
    project = visible_project(request, slug)
    forecasts = StatusReport.objects.filter(project=project, frozen_forecast__isnull=False).reported().not_superseded()
    history = forecasts.order_by("period__starts_on").values_list("period__name", "frozen_forecast")
    changes = list(project.change_requests.of_budgets().select_related("requested_by", "decided_by"))
    summary = finance_summary(project)
    may = {permission: request.user.has_perm(permission, project) for permission in _permissions(project, summary)}
    context = {
        "project": project,
        "finance": summary,
        "can_add_funding": may[permission_for(project)],
        "funding": [(line, may[permission_for(project, line.status)]) for line in summary.funding],
        "history": bars(list(history)[-12:], project.approved_budget),
        "changes": changes,
        "waiting": next((change for change in changes if change.is_waiting), None),
        "can_edit": request.user.has_perm(REPORT_ON_PROJECT, project),
        "can_decide": request.user.has_perm(DECIDE_CHANGE_REQUEST, project),
        "example_data": project.is_example,
    }
    return render(request, "projects/finance/finance.html", context)


def _permissions(project, summary):
    """The permissions that its funding needs, each once."""
    return {permission_for(project), *(permission_for(project, line.status) for line in summary.funding)}


@require_http_methods(["GET", "HEAD", "POST"])
def finance_edit(request, slug):
    project = editable_project(request, slug)
    if request.method == "POST":
        return _save(request, project)
    return _page(request, project, *_forms(request, project, request.POST or None))  # posted while signed out


def _forms(request, project, data=None):
    can_approve = request.user.has_perm(APPROVE_BUDGET)
    form = BudgetForm(data, instance=project.as_its_kind(), can_approve=can_approve)
    return form, YearFormSet(data, saved=rows_of(project), can_approve=can_approve, prefix="years")


@transaction.atomic
def _save(request, project):
    project = locked(project)
    saved = last_finance_save(project)
    form, years = _forms(request, project, request.POST)
    if form.is_valid() & years.is_valid():
        form.save()
        years.save(project, request.user)
        bump_version(Project, project.pk)
        messages.success(request, saved_message("Finance", form, years, saved=saved))
        return redirect("projects:finance", project.slug)
    if conflicts_of(form, years):
        return merge_page(request, form, years, record=project, saved=saved)
    return _page(request, project, form, years)


def _page(request, project, form, years):
    context = {
        "project": project,
        "form": form,
        "years": years,
        "waiting": project.change_requests.of_budgets().waiting().first(),
        "can_decide": request.user.has_perm(DECIDE_CHANGE_REQUEST, project),
        "example_data": project.is_example,
    }
    return render(request, "projects/finance/finance_edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def funding_add(request, slug):
    project = visible_project(request, slug)
    require(request.user, permission_for(project), project)
    return _edit_line(request, FundingLine(project=project))


@require_http_methods(["GET", "HEAD", "POST"])
def funding_edit(request, slug, pk):
    return _edit_line(request, _line(request, slug, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def funding_remove(request, slug, pk):
    """Confirm, then delete a funding source."""
    line = _line(request, slug, pk)
    if request.method == "POST":
        remove_line(line, request.user)
        messages.success(request, f"{line} deleted. You can still see it in the history")
        return redirect("projects:finance", slug)
    context = {"project": line.project, "line": line, "example_data": line.project.is_example}
    return render(request, "projects/finance/funding_remove.html", context)


def _line(request, slug, pk):
    project = visible_project(request, slug)
    line = get_object_or_404(project.funding_lines.select_related("project"), pk=pk)
    require(request.user, permission_for(project, line.status), project)
    return line


def _edit_line(request, line):
    if request.method == "POST":
        return _save_line(request, line)
    return _line_page(request, line, _line_form(request, line, request.POST or None), str(line))


def _line_form(request, line, data):
    return FundingLineForm(data, instance=line, can_secure=request.user.has_perm(APPROVE_BUDGET, line.project))


@transaction.atomic
def _save_line(request, line):
    line = locked(line) if line.pk else line
    title, saved = str(line), last_save(line)
    form = _line_form(request, line, request.POST)
    if form.is_valid():
        save_line(form, request.user)
        messages.success(request, saved_message(line, form, saved=saved))
        return redirect("projects:finance", line.project.slug)
    if form.conflicts:
        return merge_page(request, form, record=line, saved=saved)
    return _line_page(request, line, form, title)


def _line_page(request, line, form, title):
    """The page of the form. `title` is the saved name of the source: the form can have changed it."""
    heading = f"Edit funding: {title}" if line.pk else "Add a funding source"
    context = {
        "project": line.project,
        "line": line if line.pk else None,
        "heading": heading,
        "form": form,
        "example_data": line.project.is_example,
    }
    return render(request, "projects/finance/funding_edit.html", context)
