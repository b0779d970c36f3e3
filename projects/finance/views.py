"""A project's finance: the page and the grid to edit it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from estates_portal.accounts.rules import APPROVE_BUDGET, DECIDE_CHANGE_REQUEST, REPORT_ON_PROJECT
from projects.access import editable_project, visible_project
from projects.charts import bars
from projects.models import Project, StatusReport
from projects.versions import bump_version, check_version

from .forms import BudgetForm, YearFormSet, rows_of
from .summary import finance_summary


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
    record = project.as_its_kind()
    form = BudgetForm(request.POST or None, instance=record, can_approve=request.user.has_perm(APPROVE_BUDGET))
    years = YearFormSet(request.POST or None, initial=rows_of(project), prefix="years")
    if request.method == "POST" and form.is_valid() & years.is_valid():
        try:
            _save(form, years, record, request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Finance saved")
            return redirect("projects:finance", project.slug)
    context = {
        "project": project,
        "form": form,
        "years": years,
        "waiting": project.change_requests.of_budgets().waiting().first(),
        "can_decide": request.user.has_perm(DECIDE_CHANGE_REQUEST, project),
        "example_data": project.is_example,
    }
    return render(request, "projects/finance/finance_edit.html", context)


@transaction.atomic
def _save(form, years, record, by):
    check_version(record, form.cleaned_data["version"])
    form.save()
    years.save(record, by)
    bump_version(Project, record.pk)
