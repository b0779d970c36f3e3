"""Adds change requests, escalations, proposed notes and closures to example projects."""

import datetime
import random
from collections import Counter

from django.db import transaction

from estates_portal.dates import PartialDate
from projects.models import (
    GATE_KINDS,
    Band,
    ChangeRequest,
    ChangeState,
    DeliveryState,
    Escalation,
    EscalationState,
    Gate,
    Milestone,
    Outcome,
    Project,
    ProjectClosure,
    ProposedNote,
    Risk,
    RiskEscalation,
    StatusReport,
)
from projects.models.change import APPROVED_BUDGET
from projects.models.milestone import MilestoneDates

from .registers import OWNERS
from .reports import example_people, noon

MAX_REQUESTS = 24  # two pages of a list, whatever the size of the portfolio
MAX_BUDGET_REQUESTS = 4
MAX_ESCALATIONS = 24
MAX_CLOSURES = 12
MAX_WAITING_ESCALATIONS = 4
REASONS = [
    "The planning committee meets a month later than the programme assumed.",
    "Winter pressure on beds: the ward can only be emptied in spring.",
    "The contractor found asbestos. Removal takes eight weeks.",
    "The lease takes longer than planned, as the council has new terms.",
]
BUDGET_REASONS = [
    "The tender came back above the estimate. Steel and mechanical plant cost more.",
    "The design now has an energy centre, which the trust agreed to pay for.",
]
DECLINE_REASONS = [
    "Keep to the approved date and report the delay.",
    "Ask again with a date that the contractor has agreed.",
]
ESCALATIONS = [
    ("The cost is more than the project’s contingency.", "Agree how the rest is paid, before the tender in spring."),
    ("Two projects need the same decant ward.", "Decide which of them moves first."),
    ("The network operator does not answer the project.", "Raise it with the operator at director level."),
]
SENT_BACK_REASONS = ["The project has the means to manage this. Ask again if the tender is over the estimate."]
LESSONS = [
    "Ask the network operator for power before the outline case.",
    "Agree the decant ward in writing before the tender.",
    "Staff chose the furniture late, which cost four weeks.",
]
BOARDS = ["Programme board", "Capital board"]
NOTES = [
    "Work on site has started. Neighbours can follow it on the project's own page.",
    "The design is agreed. Patients and staff chose the layout of the waiting area.",
    "The new building is on its way: the roof is on, and fitting out starts next month.",
]


def add_requests(on, *, seed=1):
    """Add change requests with each status and proposed notes; return the counts. Safe to repeat."""
    dice = random.Random(seed)  # noqa: S311 -- example data
    milestones = Milestone.objects.filter(project__is_example=True, reached=False, change_requests=None)
    milestones = milestones.exclude(gate="").select_related("project").prefetch_related("statements").order_by("pk")
    reports = StatusReport.objects.filter(project__is_example=True, proposed_note=None, project__published=True)
    reports = reports.order_by("-submitted_at", "pk")
    with transaction.atomic():
        writer, reviewer = example_people()
        changes = [_change(milestone, dice, on, writer, reviewer) for milestone in milestones[: MAX_REQUESTS * 2]]
        changes = [change for change in changes if change][:MAX_REQUESTS]
        changes += _budget_changes(dice, on, writer)
        proposed_notes = [
            ProposedNote(report=report, text=dice.choice(NOTES)) for report in reports[: MAX_REQUESTS // 4]
        ]
        ChangeRequest.objects.bulk_create(changes)
        ProposedNote.objects.bulk_create(proposed_notes)
        escalations = _escalations(random.Random(f"{seed} escalations"), on, writer, reviewer)  # noqa: S311
        RiskEscalation.objects.bulk_create(escalations)
        closures = _closures(random.Random(f"{seed} closures"), on, reviewer)  # noqa: S311
    made = {"change requests": len(changes), "public notes": len(proposed_notes), "escalations": len(escalations)}
    return +Counter(made | {"closures": closures})


def _closures(dice, on, reviewer):
    """Add a closure and an evaluation to complete projects; return the number. Some evaluations are overdue or done."""
    complete = Project.objects.filter(is_example=True, delivery_state=DeliveryState.COMPLETE, closures=None)
    complete = complete.exclude(milestones__gate=Gate.EVALUATION).order_by("pk")[:MAX_CLOSURES]
    for project in complete:
        closed_on = on - datetime.timedelta(days=dice.randint(200, 600))
        ProjectClosure.objects.create(
            project=project,
            outcome=Outcome.COMPLETE,
            closed_on=closed_on,
            final_cost=dice.randint(10, 400) * 100_000,
            benefits_owner=dice.choice(OWNERS),
            lessons=dice.choice(LESSONS),
            recorded_by=reviewer,
            recorded_at=noon(closed_on + datetime.timedelta(days=dice.randint(1, 20))),
        )
        evaluation = Milestone.objects.create(
            project=project,
            title=Gate.EVALUATION.label,
            kind=GATE_KINDS[Gate.EVALUATION],
            gate=Gate.EVALUATION,
            public=False,
        )
        due_on = closed_on + datetime.timedelta(days=365)
        is_done = due_on <= on and dice.random() < 0.5
        evaluation.record_date("actual" if is_done else "forecast", due_on, stated_on=min(due_on, on))
    return len(complete)


def _escalations(dice, on, writer, reviewer):
    """[`RiskEscalation`]: an accepted one for each escalated risk, and some of others that wait or were sent back."""
    risks = Risk.objects.filter(project__is_example=True, escalations=None).order_by("pk")
    if RiskEscalation.objects.filter(risk__project__is_example=True).exists():
        return []
    accepted = [
        _escalation(risk, risk.escalation, dice, on, writer) for risk in risks.exclude(escalation=Escalation.PROJECT)
    ][:MAX_ESCALATIONS]
    extreme = risks.filter(escalation=Escalation.PROJECT).open().in_bands([Band.EXTREME])
    others = [_escalation(risk, Escalation.PORTFOLIO, dice, on, writer) for risk in extreme]
    others = others[: MAX_WAITING_ESCALATIONS * 2]
    for escalation in (*accepted, *others[MAX_WAITING_ESCALATIONS:]):
        escalation.answered_by = reviewer
        escalation.answered_at = escalation.asked_at + datetime.timedelta(days=dice.randint(1, 2))
    for escalation in accepted:
        escalation.state = EscalationState.ACCEPTED
        escalation.review_on = escalation.risk.review_on or on
    for escalation in others[MAX_WAITING_ESCALATIONS:]:
        escalation.state, escalation.answer = EscalationState.SENT_BACK, dice.choice(SENT_BACK_REASONS)
    return [*accepted, *others]


def _escalation(risk, tier, dice, on, writer):
    why, wanted = dice.choice(ESCALATIONS)
    asked_at = noon(on - datetime.timedelta(days=dice.randint(3, 20)))
    return RiskEscalation(risk=risk, tier=tier, why=why, wanted=wanted, asked_by=writer, asked_at=asked_at)


def _budget_changes(dice, on, writer):
    """[change request] for the approved budgets of the first example projects, all waiting."""
    projects = Project.objects.filter(is_example=True, approved_budget__isnull=False).order_by("pk")
    return [
        ChangeRequest(
            project=project,
            title=APPROVED_BUDGET,
            old_pounds=project.approved_budget,
            new_pounds=project.approved_budget + dice.randint(1, 9) * 100_000,
            why=dice.choice(BUDGET_REASONS),
            requested_by=writer,
            requested_at=noon(on - datetime.timedelta(days=dice.randint(3, 20))),
        )
        for project in projects[:MAX_BUDGET_REQUESTS]
        if not project.change_requests.of_budgets().exists()
    ]


def _change(milestone, dice, on, writer, reviewer):
    """A change request for the milestone's baseline, or None without one. An approved one set today's baseline."""
    baseline = MilestoneDates.of(milestone).baseline
    if baseline is None:
        return None
    state = dice.choice([ChangeState.PROPOSED, ChangeState.APPROVED, ChangeState.DECLINED])
    delay = datetime.timedelta(days=dice.randint(30, 150))
    requested_on = on - datetime.timedelta(days=dice.randint(3, 20) + (0 if state == ChangeState.PROPOSED else 60))
    change = ChangeRequest(
        project=milestone.project,
        milestone=milestone,
        title=milestone.title,
        why=dice.choice(REASONS),
        requested_by=writer,
        requested_at=noon(requested_on),
        state=state,
    )
    change.old, change.new = baseline, PartialDate(baseline.first + delay)
    if state == ChangeState.APPROVED:
        change.old, change.new = PartialDate(baseline.first - delay), baseline
    if state != ChangeState.PROPOSED:
        change.approver, change.decided_by = dice.choice(BOARDS), reviewer
        change.decided_on = requested_on + datetime.timedelta(days=dice.randint(7, 40))
        change.decided_at = noon(change.decided_on)
    if state == ChangeState.DECLINED:
        change.conditions = dice.choice(DECLINE_REASONS)
    return change
