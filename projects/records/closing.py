"""Completing or closing a project in one act."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import formats, timezone

from estates_portal.accounts.rules import CLOSE_PROJECT, require
from estates_portal.dates import DatePrecision
from projects.models import (
    GATE_KINDS,
    DeliveryState,
    Gate,
    Milestone,
    Outcome,
    ProgressNote,
    Project,
    ProjectClosure,
    Risk,
    Stage,
    StageBasis,
    StatementKind,
)
from projects.models.choices import OVER
from projects.models.project import newest_by_fact
from projects.versions import locked

# {outcome: (stage, delivery state)}. The public reads of a project in operation that it is open.
STATUS = {
    Outcome.COMPLETE: (Stage.OPERATIONAL, DeliveryState.COMPLETE),
    Outcome.CANCELLED: (Stage.CLOSED, DeliveryState.CANCELLED),
    Outcome.MERGED: (Stage.CLOSED, DeliveryState.CANCELLED),
}


@transaction.atomic
def close_project(project, by, *, evaluation_on=None, risks_to_hand_on=(), hand_on_to=None, public_note="", **closure):
    """Complete, cancel or merge a project, and return its `ProjectClosure`, of which `closure` are the fields.

    Sets the stage and delivery state, with the date and the basis "reported". The sources of the former ones become
    other sources of the project. The evaluation gets its date, and benefits without an owner the `benefits_owner`.
    `risks_to_hand_on` move to the project `hand_on_to` with their actions; the other open risks are closed.

    Raises PermissionDenied, and ValidationError if it or one of the other projects is already complete or cancelled,
    or if it was stated later than the date.
    """
    require(by, CLOSE_PROJECT, project)
    others = {"merged_into": closure.get("merged_into"), "hand_on_to": hand_on_to}
    _check_others(project, {name: other.pk for name, other in others.items() if other})
    record = locked(project).as_its_kind()
    _check(record, closure["closed_on"])
    stage, state = STATUS[closure["outcome"]]
    _keep_sources(record, stage)
    _accept_stage(record, stage)
    _set_status(record, stage, state, closure)
    done = ProjectClosure.objects.create(project=project, recorded_by=by, **closure)
    if evaluation_on:
        _plan_evaluation(record, evaluation_on)
    if done.benefits_owner:
        for benefit in record.benefits.filter(owner=""):
            benefit.owner = done.benefits_owner
            benefit.save()
    _settle_risks(record, done, {risk.pk for risk in risks_to_hand_on}, hand_on_to)
    if public_note:
        ProgressNote.objects.create(project=project, date=done.closed_on, text=public_note, published_by=by)
    return done


def _check_others(project, others):
    """Check that these projects are not over: {name of the field: id}. Locks all, always in the same order."""
    ids = {project.pk, *others.values()}
    states = dict(
        Project.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk", "delivery_state")
    )
    for name, pk in others.items():
        if states.get(pk) in {*OVER, None}:
            raise ValidationError({name: "Select a project that is not complete or cancelled"}, code="state")


def _check(record, closed_on):
    if record.delivery_state in OVER:
        raise ValidationError("This project is already complete or cancelled", code="state")
    dates = [statement.stated_on for statement in _current(record) if statement.stated_on]
    if dates and closed_on < max(dates):
        day = formats.date_format(max(dates), "j F Y")
        message = f"Date must be on or after {day}, the date of the current stage or delivery state"
        raise ValidationError({"closed_on": message}, code="early")


def _current(record):
    """The current statements of the stage and of the delivery state."""
    return newest_by_fact(record.stage_statements.standing()).values()


def _keep_sources(record, stage):
    """Move the sources of the former stage and delivery state to the other sources of the project."""
    known = set(record.sources.values_list("url", flat=True))
    shown = [*_current(record), *newest_by_fact(record.stage_statements.accepted()).values()]
    former = [statement for statement in shown if statement.stage != stage]
    sources = {statement.source_url: f"Former status: {statement}" for statement in former}
    if record.stage != stage:
        sources.setdefault(record.stage_source_url, "Former status")
    for url, supports in sources.items():
        if url and url not in known:
            record.sources.create(url=url, supports=supports)


def _accept_stage(record, stage):
    """Accept the stage if only a report that was not reviewed gives it, so that returning the report leaves it."""
    current = newest_by_fact(record.stage_statements.standing()).get("stage")
    if current is not None and current.is_waiting and current.stage == stage:
        current.accepted_at = timezone.now()
        current.save()


def _set_status(record, stage, state, closure):
    closed_on, record.delivery_state = closure["closed_on"], state
    if record.stage != stage:
        record.stage, record.stage_as_of, record.stage_as_of_precision = stage, closed_on, DatePrecision.DAY
        record.stage_basis, record.stage_source_url = StageBasis.REPORTED, ""
    record.state_details = {
        "stated_on": closed_on,
        "precision": DatePrecision.DAY,
        "basis": StageBasis.REPORTED,
        "source_url": "",
        "reason": closure["reason"],
    }
    record.version += 1
    record.save_edited(on=timezone.localdate())


def _plan_evaluation(record, on):
    """Give the evaluation, which is added if there is none, this date unless it has been reached."""
    gate = Gate.EVALUATION
    milestone, _is_new = Milestone.objects.get_or_create(
        project_id=record.pk, gate=gate, defaults={"title": gate.label, "kind": GATE_KINDS[gate], "public": False}
    )
    if not milestone.reached:
        milestone.record_date(StatementKind.FORECAST, on, stated_on=timezone.localdate())


def _settle_risks(record, closure, handed_on, hand_on_to):
    for risk in Risk.objects.open().filter(project=record.pk):
        if risk.pk in handed_on:
            risk.project = hand_on_to
        else:
            risk.closed_on = max(closure.closed_on, risk.raised_on)
            risk.closed_why = f"Project closed: {closure.get_outcome_display().lower()}"
        risk.version += 1
        risk.save()
