"""Emails about escalations: to the programme office, which answers them, and to their authors."""

from collections import defaultdict
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from projects.models import NoticeKind, RiskEscalation
from projects.notices import can_see, for_office, notice_item, office_users, send_items

LOOK_BACK = timedelta(days=7)  # older answers are not sent, if the command has not run for a while


def escalated():
    """[(item, id of its author)] of the escalations that wait for an answer. One query."""
    events = []
    for escalation in RiskEscalation.objects.waiting().select_related("risk__project", "asked_by").order_by("pk"):
        item = _item(NoticeKind.ESCALATED, escalation, escalation.asked_at, level=escalation.get_tier_display().lower())
        events.append((item, escalation.asked_by_id))
    return events


def answered():
    """{user: items} of escalations recently answered, for the user who asked."""
    items = defaultdict(list)
    escalations = RiskEscalation.objects.filter(answered_at__gte=timezone.now() - LOOK_BACK)
    escalations = escalations.exclude(answered_by=F("asked_by")).select_related(
        "risk__project", "asked_by", "answered_by"
    )
    for escalation in escalations.order_by("answered_at", "pk"):
        if can_see(escalation.asked_by, escalation.project):
            state = escalation.get_state_display().lower()
            items[escalation.asked_by].append(
                _item(NoticeKind.ANSWERED, escalation, escalation.answered_at, state=state)
            )
    return items


def _item(kind, escalation, at, **about):
    risk = escalation.risk
    path = escalation.get_absolute_url() if kind == NoticeKind.ESCALATED else risk.get_absolute_url()
    return notice_item(kind, path, happened_at=at, project=risk.project, risk=risk, escalation=escalation, **about)


def send_escalations():
    """Tell the programme office at once of new escalations; return a `SendResult`.

    Not in a transaction. Sends nothing that was sent before.
    """
    return send_items(for_office(escalated(), office_users()))
