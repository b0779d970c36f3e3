"""Deciding and withdrawing proposed changes of facts."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_POST

from estates_portal.accounts.rules import REVIEW_REPORTS, require
from estates_portal.merging import VersionsForm, as_shown
from estates_portal.unsaved.pages import rejected
from projects.access import visible_project
from projects.models import Project, Proposal
from projects.versions import locked

from . import proposals
from .facts import group_of
from .forms import ReplyForm
from .services import is_saved


@require_http_methods(["GET", "HEAD", "POST"])
def proposal_decide(request, pk):
    """Approve a proposed change, as edited in the form, or decline it."""
    visible = Proposal.objects.filter(project__in=Project.objects.visible_to(request.user))
    proposal = get_object_or_404(visible.select_related("project", "proposed_by", "decided_by"), pk=pk)
    require(request.user, REVIEW_REPORTS, proposal.project)
    if request.method == "POST":
        if not proposal.is_waiting:
            why = f"This proposal has already been {proposal.get_state_display().lower()}"
            return rejected(request, why, link=("View proposal", proposal.get_absolute_url()))
        return _decide(request, proposal)
    reply = ReplyForm(request.POST or None)
    form = _form(request, proposal, proposal.project.as_its_kind(), request.POST or None)
    return _page(request, proposal, form, reply)


@transaction.atomic
def _decide(request, proposal):
    record = locked(proposal.project).as_its_kind()
    form, reply = _form(request, proposal, record, request.POST), ReplyForm(request.POST)
    approve, is_valid = request.POST.get("action") == "approve", reply.is_valid()
    text = reply.cleaned_data.get("reply", "")
    try:
        if not approve and request.POST.get("action") != "decline":
            reply.add_error(None, "Select Approve or Decline")
        elif is_valid and not approve:
            decided = proposals.decline(proposal, request.user, text)
            messages.success(request, f"{decided.label} declined: {proposal.project}")
            return redirect("projects:public_updates")
        elif is_valid and form.is_valid():
            done = []
            if is_saved(form, lambda: done.append(proposals.approve(proposal, form, request.user, text))):
                messages.success(request, f"{proposal.label} {done[0].get_state_display().lower()}: {record}")
                return redirect("projects:public_updates")
    except ValidationError as error:
        if error.code == "state":
            return rejected(request, error.messages[0], link=("View proposal", proposal.get_absolute_url()))
        reply.add_error("reply", error)
    return _page(request, proposal, form, reply)


def _form(request, proposal, record, sent):
    data = proposals.decision_data(proposal, sent)
    return group_of(proposal.field).form(data, record, request.user, field=proposal.field)


def _page(request, proposal, form, reply):
    """The page of a proposal. Where the value was saved since, it shows all three values, and asks for a version."""
    form.is_valid()  # finds what has changed since
    saved = form.saved_values()[proposal.field]
    conflicts = form.conflicts if proposal.is_waiting else []
    context = {
        "proposal": proposal,
        "project": proposal.project,
        "heading": capfirst(proposal.label),
        "form": form,
        "reply": reply,
        "versions": VersionsForm(conflicts, mine="Proposed", theirs="Saved now") if conflicts else None,
        "is_stale": proposal.is_waiting and saved != proposal.old,
        "saved_text": as_shown(form.fields[proposal.field], saved),
        "example_data": proposal.project.is_example,
    }
    return render(request, "projects/records/proposal_decide.html", context)


@require_POST
def proposal_withdraw(request, slug, pk):
    """Withdraw a proposal that the user made and that awaits a decision."""
    project = visible_project(request, slug)
    proposal = get_object_or_404(project.proposals.all(), pk=pk)
    try:
        proposals.withdraw(proposal, request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, f"Proposal withdrawn: {proposal.label.lower()}")
    return redirect(project)
