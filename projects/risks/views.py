"""Risks and issues of one project, and of all projects the user can see."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.accounts.rules import ANSWER_ESCALATION, REPORT_ON_PROJECT, require
from estates_portal.csv_export import stream
from estates_portal.merging import conflicts_of, merge_page, saved_message
from estates_portal.paging import page_of
from estates_portal.unsaved.pages import rejected
from projects.access import editable_project, visible_project
from projects.columns import csv_cells, row_of
from projects.labels import plural
from projects.models import Escalation, Risk
from projects.project_list import chips, invalid_filters
from projects.versions import last_save, locked
from sites.successions import successions_of

from .escalations import tiers_above
from .forms import ActionFormSet, RiskForm
from .queries import COLUMNS, RiskFilter, by_score, heat_map, records
from .services import save_risk

PROJECT_FILTERS = ("place", "programme", "lead")


@require_safe
def risk_list(request):
    """Risks and issues of every project the user can see."""
    return _register(request, Risk.objects.visible_to(request.user), None)


@require_safe
def project_risks(request, slug):
    project = visible_project(request, slug)
    return _register(request, Risk.objects.filter(project=project), project)


@require_GET
def risk_list_csv(request):
    """The risks and issues that match the filters, by score."""
    today = timezone.localdate()
    filterset = RiskFilter(request.GET, Risk.objects.visible_to(request.user), today, successions_of(request))
    filterset.form.is_valid()  # chips need the cleaned values
    if filterset.has_errors:
        return invalid_filters(request, filterset)
    rows = list(records(by_score(filterset.chosen), today))
    filters = "; ".join(chip.label for chip in chips(filterset, request))
    detail = f"Risks and issues as CSV: {plural(len(rows), 'row')}. {filters}"
    record(AuditKind.EXPORTED, request=request, person=request.user, detail=detail[:500])
    cells = (row_of(COLUMNS, row) for row in rows)
    return stream([column.label for column in COLUMNS], csv_cells(COLUMNS, cells), f"risks-{today}.csv")


def _register(request, risks, project):
    today = timezone.localdate()
    filterset = RiskFilter(
        request.GET, risks, today, successions_of(request), without=PROJECT_FILTERS if project else ()
    )
    shown = filterset.chosen
    page = page_of(request, by_score(shown).with_movement(today).select_related("project", "category"))
    context = {
        "project": project,
        "form": filterset.form,
        "page_obj": page,
        "rows": [(risk, risk.is_review_overdue(today)) for risk in page.object_list],
        "heat_map": heat_map(shown, request.GET),
        "can_edit": project is not None and request.user.has_perm(REPORT_ON_PROJECT, project),
        "has_any": risks.exists(),
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "example_data": any(risk.project.is_example for risk in page.object_list),
    }
    return render(request, "projects/risks/risk_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def risk_add(request, slug):
    project = editable_project(request, slug)
    return _edit(request, project, Risk(project=project, raised_on=timezone.localdate()))


@require_http_methods(["GET", "HEAD", "POST"])
def risk_edit(request, slug, pk):
    """One risk. Users who report on the project edit it; others view it."""
    project = visible_project(request, slug)
    risk = Risk.objects.filter(project=project, pk=pk).first()
    if risk is None:
        return _handed_on(request, project, pk)
    if not request.user.has_perm(REPORT_ON_PROJECT, project):
        if request.method == "POST":
            require(request.user, REPORT_ON_PROJECT, project)
        context = {"project": project, "risk": risk, "actions": risk.actions.all(), "example_data": project.is_example}
        context |= _escalations(request, project, risk)
        return render(request, "projects/risks/risk_detail.html", context)
    return _edit(request, project, risk)


def _handed_on(request, project, pk):
    """The page of a risk that was this project's, or what was typed, to copy. Raises Http404 for other risks."""
    risk = get_object_or_404(Risk.objects.visible_to(request.user).select_related("project"), pk=pk)
    if not Risk.history.filter(id=pk, project=project).exists():
        raise Http404
    if request.method != "POST":
        return redirect(risk)
    require(request.user, REPORT_ON_PROJECT, project)
    why = f"This risk has been handed on to {risk.project}. Nothing has changed"
    return rejected(request, why, link=("View risk", risk.get_absolute_url()))


def _edit(request, project, risk):
    if request.method == "POST":
        return _save(request, project, risk)
    unsaved = request.POST or None  # what the user posted while signed out
    actions = ActionFormSet(unsaved, instance=risk, prefix="actions")
    return _page(request, project, RiskForm(unsaved, instance=risk), actions)


@transaction.atomic
def _save(request, project, risk):
    if risk.pk is not None:
        risk = locked(risk)
        if risk.project_id != project.pk:  # handed on since the request began
            return _handed_on(request, project, risk.pk)
    saved = last_save(risk)
    form = RiskForm(request.POST, instance=risk)
    actions = ActionFormSet(request.POST, instance=risk, prefix="actions")
    if form.is_valid() & actions.is_valid():
        save_risk(form, actions, by=request.user, project=project)
        messages.success(request, saved_message(risk, form, actions, saved=saved))
        return redirect("projects:project_risks", project.slug)
    if conflicts_of(form, actions):
        return merge_page(request, form, actions, record=risk, saved=saved)
    return _page(request, project, form, actions)


def _page(request, project, form, actions):
    context = {
        "project": project,
        "risk": form.instance if form.instance.pk else None,
        "form": form,
        "actions": actions,
        "example_data": project.is_example,
    }
    if form.instance.pk:
        context |= _escalations(request, project, form.instance)
    return render(request, "projects/risks/risk_edit.html", context)


def _escalations(request, project, risk):
    """What the page of a risk says of its escalations, and what the user can do."""
    risk.project = project
    rows = list(risk.escalations.select_related("asked_by", "answered_by"))
    is_waiting = any(row.is_waiting for row in rows)
    can_escalate = risk.is_open and not is_waiting and bool(tiers_above(risk))
    can_answer = request.user.has_perm(ANSWER_ESCALATION, project)
    return {
        "escalations": rows,
        "can_escalate": can_escalate and request.user.has_perm(REPORT_ON_PROJECT, project),
        "can_answer": can_answer,
        "can_return": can_answer and risk.is_open and risk.escalation != Escalation.PROJECT,
    }
