"""A project's finance: the page and the grid to edit it."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from estates_portal.accounts.rules import APPROVE_BUDGET, DECIDE_CHANGE_REQUEST, REPORT_ON_PROJECT
from estates_portal.merging import conflicts_of, merge_page, saved_message
from projects.access import editable_project, visible_project
from projects.charts import bars
from projects.models import Project, StatusReport
from projects.versions import bump_version, locked

from .forms import BudgetForm, YearFormSet, rows_of
from .summary import finance_summary, last_finance_save


@require_safe
def finance(request, slug):
    project = visible_project(request, slug)
    forecasts = StatusReport.objects.filter(project=project, frozen_forecast__isnull=False).reported().not_superseded()
    history = forecasts.order_by("period__starts_on").values_list("period__name", "frozen_forecast")
    changes = list(project.change_requests.of_budgets().select_related("requested_by", "decided_by"))
    context = {
        "project": project,
        "finance": finance_summary(project),
        "history": bars(list(history)[-12:], project.approved_budget),
        "changes": changes,
        "waiting": next((change for change in changes if change.is_waiting), None),
        "can_edit": request.user.has_perm(REPORT_ON_PROJECT, project),
        "can_decide": request.user.has_perm(DECIDE_CHANGE_REQUEST, project),
        "example_data": project.is_example,
    }
    return render(request, "projects/finance/finance.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def finance_edit(request, slug):
    project = editable_project(request, slug)
    if request.method == "POST":
        return _save(request, project)
    return _page(request, project, *_forms(request, project, request.POST or None))  # posted while signed out


def _forms(request, project, data=None):
    form = BudgetForm(data, instance=project.as_its_kind(), can_approve=request.user.has_perm(APPROVE_BUDGET))
    return form, YearFormSet(data, saved=rows_of(project), prefix="years")


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
