"""Change requests and the decisions on them.

A baseline is set once. Only an approved `ChangeRequest` replaces it, and the previous one becomes superseded. Slippage
is always measured against the baseline. The approved budget changes in the same way, or by the programme office's edit.
"""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import formats, timezone

from estates_portal.accounts.rules import DECIDE_CHANGE_REQUEST, REPORT_ON_PROJECT, require
from projects.approvals import add_approval
from projects.models import ChangeRequest, ChangeState, Project, StatementKind
from projects.models.change import APPROVED_BUDGET
from projects.models.milestone import MilestoneDates, check_stated_date, check_stated_on
from projects.versions import bump_version


def request_baseline(milestone, by, *, date, why):
    """Request a new baseline and return the `ChangeRequest`.

    Raises PermissionDenied, and ValidationError for an impossible date, for the same date, and if a request of this
    milestone is awaiting a decision.
    """
    require(by, REPORT_ON_PROJECT, milestone.project)
    check_stated_date(StatementKind.BASELINE, date, today=timezone.localdate())
    change = ChangeRequest(project=milestone.project, milestone=milestone, title=milestone.title)
    change.old, change.new = MilestoneDates.of(milestone).baseline, date
    return _request(change, by, why)


def request_budget(project, by, *, pounds, why):
    """Request a new approved budget and return the `ChangeRequest`.

    Raises PermissionDenied, and ValidationError for the same amount, and if a request of this project's budget is
    awaiting a decision.
    """
    require(by, REPORT_ON_PROJECT, project)
    change = ChangeRequest(project=project, title=APPROVED_BUDGET)
    change.old_pounds, change.new_pounds = project.approved_budget, pounds
    return _request(change, by, why)


def _request(change, by, why):
    if change.before == change.after:
        raise ValidationError(f"This is already the {change.noun}", code="same")
    change.why, change.requested_by = why.strip(), by
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError as error:
        of = change.noun if change.is_budget else "milestone"
        raise ValidationError(
            f"A change request for this {of} is already awaiting a decision", code="waiting"
        ) from error
    return change


@transaction.atomic
def withdraw_change(change, by):
    """Withdraw the request. Raises PermissionDenied for all but its author, and ValidationError once it is decided."""
    if by.pk != change.requested_by_id:
        raise PermissionDenied
    fresh = _locked(change)
    fresh.state = ChangeState.WITHDRAWN
    fresh.save()


@transaction.atomic
def decide_change(change, by, *, approve, approver, decided_on, conditions=""):
    """Approve the request, which sets the new value and adds a decision, or decline it. Returns the request.

    `approver` is the board or person that decided, `by` the user who records it. Raises PermissionDenied, and
    ValidationError if it has already been decided, its milestone was deleted, or the value has changed since.
    """
    require(by, DECIDE_CHANGE_REQUEST, change.project)
    fresh = _locked(change)
    check_stated_on(decided_on, today=timezone.localdate())
    fresh.state = ChangeState.APPROVED if approve else ChangeState.DECLINED
    fresh.approver, fresh.decided_on, fresh.conditions = approver.strip(), decided_on, conditions.strip()
    fresh.decided_by, fresh.decided_at = by, timezone.now()
    fresh.full_clean(exclude=["requested_by"])
    fresh.save()
    if approve:
        _apply(fresh)
    return fresh


def _locked(change):
    """The request as it is now, locked. Raises ValidationError unless it is awaiting a decision."""
    fresh = ChangeRequest.objects.select_for_update().get(pk=change.pk)
    if not fresh.is_waiting:
        done = "been withdrawn" if fresh.state == ChangeState.WITHDRAWN else "already been decided"
        raise ValidationError(f"This change request has {done}", code="state")
    return fresh


def _apply(change):
    """Set the value of an approved request, and add the decision."""
    project = change.project = Project.objects.select_for_update().get(pk=change.project_id)
    if not change.is_budget and change.milestone is None:
        raise ValidationError("The milestone has been deleted. You can only decline this request", code="gone")
    if change.current != change.before:
        raise ValidationError(f"The {change.noun} has changed since this request. Submit a new request", code="moved")
    if change.is_budget:
        current_on = project.approved_budget_on
        if current_on and change.decided_on < current_on:
            day = formats.date_format(current_on, "j F Y")
            raise ValidationError(
                f"Decision date must be on or after {day}, the date of the current budget", code="early"
            )
        record = project.as_its_kind()
        record.approved_budget, record.approved_budget_on = change.new_pounds, change.decided_on
        record.save(update_fields=["approved_budget", "approved_budget_on"])
    else:
        for statement in change.milestone.statements.filter(kind=StatementKind.BASELINE, superseded=False):
            statement.superseded = True
            statement.save()
        change.milestone.record_date(
            StatementKind.BASELINE, change.new_on, change.new_precision, stated_on=change.decided_on
        )
    add_approval(
        project,
        str(change),
        before=change.before,
        after=change.after,
        decided_by=change.approver,
        decided_on=change.decided_on,
        reason="\n\n".join(filter(None, [change.why, change.conditions])),
    )
    bump_version(Project, project.pk)
