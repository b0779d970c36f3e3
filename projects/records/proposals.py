"""Proposed changes of facts: sending, withdrawing and deciding them. No fact changes before a proposal is approved."""

import json

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from estates_portal.accounts.rules import PROPOSE_FACTS, REVIEW_REPORTS, require
from estates_portal.merging import OPENED, as_shown
from projects.models import Proposal, ProposalState

from .facts import group_of
from .services import save_facts

UNCHANGED = "The saved version stays"


def waiting_in(group, project):
    """[proposal] of facts of the group that await a decision. One query."""
    waiting = project.proposals.waiting().select_related("proposed_by")
    return [proposal for proposal in waiting if group.has(proposal.field)]


@transaction.atomic
def propose(form, by, reason=""):
    """Send what a valid form changes to the programme office; the project's row is locked. Returns [`Proposal`].

    Raises PermissionDenied, and ValidationError if the form changes nothing.
    """
    require(by, PROPOSE_FACTS, form.instance)
    saved, sent = form.saved_values(), form.sent_values()
    proposals = [
        Proposal(
            project_id=form.instance.pk,
            field=name,
            old=saved[name],
            new=sent[name],
            old_text=_text(form, name, saved[name]),
            new_text=_text(form, name, sent[name]),
            reason=reason,
            proposed_by=by,
        )
        for name in saved
        if sent[name] != saved[name]
    ]
    if not proposals:
        raise ValidationError("Change at least one fact", code="unchanged")
    return Proposal.objects.bulk_create(proposals)


def _text(form, name, value):
    return as_shown(form.fields[name], value) if value else ""


@transaction.atomic
def withdraw(proposal, by):
    """Withdraw a proposal. Raises PermissionDenied for all but its author, and ValidationError if it is decided."""
    if by.pk != proposal.proposed_by_id:
        raise PermissionDenied
    fresh = _waiting(proposal)
    fresh.state = ProposalState.WITHDRAWN
    fresh.save()


def decision_data(proposal, sent=None):
    """The data of the form that approves a proposal: what the programme office sent, or at first what is proposed.

    The form was opened, so to say, when the proposal was made: a value saved since then is a conflict.
    """
    data = QueryDict(mutable=True) if sent is None else sent.copy()
    if sent is None:
        data.setlist(proposal.field, proposal.new if isinstance(proposal.new, list) else [proposal.new])
    data[OPENED] = json.dumps({proposal.field: proposal.old})
    return data


@transaction.atomic
def approve(proposal, form, by, reply=""):
    """Save the valid form of the fact, as the programme office's own edit; the project's row is locked.

    Where the programme office selects the version saved since the proposal, that stays, and the proposal is declined.
    Raises PermissionDenied, and ValidationError if it has been decided. Returns the proposal.
    """
    require(by, REVIEW_REPORTS, form.instance)
    fresh = _waiting(proposal)
    name = fresh.field
    saved, final = form.saved_values()[name], form.sent_values()[name]
    if final == saved and saved not in (fresh.old, fresh.new):
        return _decide(fresh, by, ProposalState.DECLINED, reply or UNCHANGED)
    if final != fresh.new:
        fresh.approved_text = _text(form, name, final) or "(blank)"
    form.instance._change_reason = f"Proposed by {fresh.proposed_by}"[:100]
    save_facts(form, by, group_of(name).permission)
    return _decide(fresh, by, ProposalState.APPROVED, reply)


@transaction.atomic
def decline(proposal, by, reply):
    """Decline a proposal. Raises PermissionDenied, and ValidationError without a reply, or if it has been decided."""
    require(by, REVIEW_REPORTS, proposal.project)
    fresh = _waiting(proposal)
    if not reply:
        raise ValidationError("Enter a reason for declining", code="reply")
    return _decide(fresh, by, ProposalState.DECLINED, reply)


def _decide(proposal, by, state, reply):
    proposal.state, proposal.decided_by, proposal.decided_at = state, by, timezone.now()
    proposal.reply = reply.strip()
    proposal.save()
    return proposal


def _waiting(proposal):
    """The proposal as it is now, locked. Raises ValidationError unless it is awaiting a decision."""
    fresh = (
        Proposal.objects.select_for_update(of=("self",)).select_related("project", "proposed_by").get(pk=proposal.pk)
    )
    if not fresh.is_waiting:
        done = "been withdrawn" if fresh.state == ProposalState.WITHDRAWN else "already been decided"
        raise ValidationError(f"This proposal has {done}", code="state")
    return fresh
