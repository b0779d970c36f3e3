"""Escalations: ask for one, list them, answer them, and return a risk to its project."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from estates_portal.accounts.rules import ANSWER_ESCALATION, require
from estates_portal.paging import page_of
from estates_portal.unsaved.pages import rejected
from projects.access import editable_project, visible_project
from projects.models import Escalation, EscalationState, Risk, RiskEscalation

from . import escalations
from .forms import AnswerForm, EscalateForm, ReturnForm
from .notifications import send_escalations


@require_http_methods(["GET", "HEAD", "POST"])
def risk_escalate(request, slug, pk):
    """Ask to manage a risk at a higher level."""
    project = editable_project(request, slug)
    risk = get_object_or_404(Risk.objects.filter(project=project), pk=pk)
    risk.project = project
    if why_not := escalations.why_not_escalated(risk):
        return _not_now(request, why_not, risk)
    form = EscalateForm(request.POST or None, tiers=escalations.tiers_above(risk))
    if request.method == "POST" and form.is_valid():
        try:
            escalations.escalate(risk, request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            transaction.on_commit(send_escalations, robust=True)
            messages.success(request, "Escalation sent. The programme office will answer it")
            return redirect(risk)
    context = {"project": project, "risk": risk, "form": form, "example_data": project.is_example}
    return render(request, "projects/risks/risk_escalate.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def risk_return(request, slug, pk):
    """Return an escalated risk to its project."""
    project = visible_project(request, slug)
    require(request.user, ANSWER_ESCALATION, project)
    risk = get_object_or_404(Risk.objects.filter(project=project), pk=pk)
    if risk.escalation == Escalation.PROJECT:
        return _not_now(request, "This risk is already at project level", risk)
    is_recorded = escalations.current_escalation(risk) is not None
    form = ReturnForm(request.POST or None, max_length=1000 if is_recorded else 100)
    if request.method == "POST" and form.is_valid():
        try:
            escalations.return_to_project(risk, request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Risk returned to the project")
            return redirect(risk)
    context = {"project": project, "risk": risk, "form": form, "example_data": project.is_example}
    return render(request, "projects/risks/risk_return.html", context)


def _not_now(request, why, risk):
    """The page of the risk with the reason; what was typed, to copy, if something was."""
    if request.method == "POST":
        return rejected(request, why, link=("View risk", risk.get_absolute_url()))
    messages.warning(request, why)
    return redirect(risk)


@require_safe
def escalation_list(request):
    """Escalations with one status, of risks of projects that the user can see."""
    state = request.GET.get("state")
    state = state if state in EscalationState.values else EscalationState.WAITING
    rows = RiskEscalation.objects.visible_to(request.user)
    rows = rows.waiting() if state == EscalationState.WAITING else rows.filter(state=state)
    page = page_of(request, rows.select_related("risk__project", "asked_by", "answered_by"))
    context = {
        "page_obj": page,
        "rows": page.object_list,
        "states": EscalationState.choices,
        "selected_state": state,
        "can_answer": request.user.has_perm(ANSWER_ESCALATION),
        "example_data": any(row.risk.project.is_example for row in page.object_list),
    }
    return render(request, "projects/risks/escalation_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def escalation_answer(request, pk):
    """Accept an escalation, or send it back."""
    rows = RiskEscalation.objects.visible_to(request.user).select_related("risk__project", "asked_by", "answered_by")
    escalation = get_object_or_404(rows, pk=pk)
    risk = escalation.risk
    require(request.user, ANSWER_ESCALATION, risk.project)
    form = AnswerForm(request.POST or None, escalation=escalation)
    if request.method == "POST" and form.is_valid():
        try:
            _answer(escalation, request.user, form.cleaned_data)
        except ValidationError as error:
            return rejected(request, error.messages[0], link=("View risk", risk.get_absolute_url()))
        messages.success(request, f"Answer recorded: {risk}")
        return redirect("projects:escalation_list")
    context = {
        "escalation": escalation,
        "risk": risk,
        "project": risk.project,
        "form": form,
        "can_answer": escalation.is_waiting and risk.is_open,
        "example_data": risk.project.is_example,
    }
    return render(request, "projects/risks/escalation_answer.html", context)


def _answer(escalation, by, data):
    if data["decision"] == "accept":
        escalations.accept(escalation, by, review_on=data["review_on"], answer=data["answer"])
    else:
        escalations.send_back(escalation, by, answer=data["answer"])
