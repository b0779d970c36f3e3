"""Escalating a risk to the programme or the portfolio, and the answers to it.

`RiskEscalation.objects.waiting()` are those that wait for an answer.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from estates_portal.accounts.rules import ANSWER_ESCALATION, REPORT_ON_PROJECT, require
from projects.models import Escalation, EscalationState, RiskEscalation
from projects.versions import locked

NO_TIER = "The {tier} is no longer a level above this risk. Send the escalation back"


def tiers_above(risk):
    """The levels above that of the risk, lowest first. A programme needs a project in one."""
    above = [] if risk.escalation == Escalation.PORTFOLIO else [Escalation.PORTFOLIO]
    if risk.escalation == Escalation.PROJECT and risk.project.programme_id:
        above.insert(0, Escalation.PROGRAMME)
    return above


def why_not_escalated(risk):
    """A sentence why the risk cannot be escalated now, or "". At most one query."""
    if not risk.is_open:
        return "This risk is closed. Reopen it to escalate it"
    if not tiers_above(risk):
        return "This risk is already at portfolio level"
    if risk.escalations.filter(state=EscalationState.WAITING).exists():
        return "An escalation of this risk is already waiting for an answer"
    return ""


@transaction.atomic
def escalate(risk, by, *, tier, why, wanted):
    """Ask to manage the risk at a higher level, and return the `RiskEscalation`. The level changes once accepted.

    Raises PermissionDenied, and ValidationError if it cannot be escalated.
    """
    require(by, REPORT_ON_PROJECT, risk.project)
    risk = locked(risk)
    if why_not := why_not_escalated(risk):
        raise ValidationError(why_not, code="state")
    if tier not in tiers_above(risk):
        raise ValidationError("Select a level above the current one", code="tier")
    return RiskEscalation.objects.create(risk=risk, tier=tier, why=why, wanted=wanted, asked_by=by)


@transaction.atomic
def accept(escalation, by, *, review_on, answer=""):
    """Accept a waiting escalation: the risk is at its tier, to be reviewed by the day `review_on`.

    Raises PermissionDenied, and ValidationError if it has been answered, the risk is closed, or the tier is no longer
    above it.
    """
    escalation, risk = _to_answer(escalation, by)
    if escalation.tier not in tiers_above(risk):
        raise ValidationError(NO_TIER.format(tier=escalation.get_tier_display().lower()), code="tier")
    _answer(escalation, by, state=EscalationState.ACCEPTED, review_on=review_on, answer=answer)
    risk.escalation, risk.review_on = escalation.tier, review_on
    _save(risk, "escalation", "review_on")


@transaction.atomic
def send_back(escalation, by, *, answer):
    """Send a waiting escalation back with a reason: the level of the risk does not change. Raises like `accept`."""
    escalation, _risk = _to_answer(escalation, by)
    _answer(escalation, by, state=EscalationState.SENT_BACK, answer=answer)


@transaction.atomic
def return_to_project(risk, by, *, reason):
    """Return an escalated risk to the level of its project, with the reason.

    The escalation to its level is sent back. Answers of earlier ones do not change. A level set before escalations were
    recorded has none to answer: the reason is in the risk's history alone.
    Raises PermissionDenied, and ValidationError if the risk is not escalated.
    """
    require(by, ANSWER_ESCALATION, risk.project)
    risk = locked(risk)
    if risk.escalation == Escalation.PROJECT:
        raise ValidationError("This risk is already at project level", code="state")
    if escalation := current_escalation(risk):
        _answer(escalation, by, state=EscalationState.SENT_BACK, answer=reason)
    risk.escalation = Escalation.PROJECT
    risk._change_reason = reason[:100]
    _save(risk, "escalation")


def current_escalation(risk):
    """The newest accepted escalation to the level of the risk, or None. One query."""
    accepted = risk.escalations.filter(state=EscalationState.ACCEPTED, tier=risk.escalation)
    return accepted.order_by("-answered_at", "-pk").first()


def _to_answer(escalation, by):
    """The waiting escalation and its risk, both locked."""
    require(by, ANSWER_ESCALATION, escalation.project)
    risk = locked(escalation.risk)
    escalation = RiskEscalation.objects.select_for_update().get(pk=escalation.pk)
    if not escalation.is_waiting:
        raise ValidationError("This escalation has already been answered", code="state")
    if not risk.is_open:
        raise ValidationError("This risk has been closed, so no answer is needed", code="closed")
    return escalation, risk


def _answer(escalation, by, **values):
    for name, value in (values | {"answered_by": by, "answered_at": timezone.now()}).items():
        setattr(escalation, name, value)
    escalation.save()


def _save(risk, *fields):
    risk.version += 1
    risk.save(update_fields=[*fields, "version"])
