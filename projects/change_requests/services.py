"""Change requests and the decisions on them.

A baseline is set once. Only an approved `ChangeRequest` replaces it, and the previous one becomes superseded.
Slippage is always measured against the baseline.
"""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from estates_portal.accounts.rules import DECIDE_CHANGE_REQUEST, REPORT_ON_PROJECT, require
from projects.models import ChangeRequest, ChangeState, Project, StatementKind
from projects.models.milestone import MilestoneDates, check_stated_date, check_stated_on
from projects.versions import bump_version


@transaction.atomic
def request_change(milestone, by, *, date, why):
    """Request a new baseline and return the `ChangeRequest`.

    Raises PermissionDenied, and ValidationError for an impossible date, for the same date, and if a request of this
    milestone is awaiting a decision.
    """
    require(by, REPORT_ON_PROJECT, milestone.project)
    check_stated_date(StatementKind.BASELINE, date, today=timezone.localdate())
    baseline = MilestoneDates.of(milestone).baseline
    if baseline == date:
        raise ValidationError("This is already the baseline", code="same")
    try:
        with transaction.atomic():
            change = ChangeRequest(
                project=milestone.project,
                milestone=milestone,
                title=milestone.title,
                why=why.strip(),
                requested_by=by,
            )
            change.old, change.new = baseline, date
            change.save()
            return change
    except IntegrityError as error:
        raise ValidationError(
            "A change request for this milestone is already awaiting a decision", code="waiting"
        ) from error


@transaction.atomic
def decide_change(request, by, *, approve, approver, decided_on, conditions=""):
    """Approve the request, which sets the new baseline, or decline it. Returns the request.

    `approver` is the board or person that decided, `by` the user who records it. Raises PermissionDenied, and
    ValidationError if it has already been decided, its milestone was deleted, or the baseline has changed since.
    """
    require(by, DECIDE_CHANGE_REQUEST, request.project)
    fresh = ChangeRequest.objects.select_for_update().get(pk=request.pk)
    if not fresh.is_waiting:
        raise ValidationError("This change request has already been decided", code="state")
    check_stated_on(decided_on, today=timezone.localdate())
    if approve:
        _move_baseline(fresh, decided_on)
    fresh.state = ChangeState.APPROVED if approve else ChangeState.DECLINED
    fresh.approver, fresh.decided_on, fresh.conditions = approver.strip(), decided_on, conditions.strip()
    fresh.decided_by, fresh.decided_at = by, timezone.now()
    fresh.full_clean(exclude=["requested_by"])
    fresh.save()
    return fresh


def _move_baseline(request, decided_on):
    milestone = request.milestone
    if milestone is None:
        raise ValidationError("The milestone has been deleted. You can only decline this request", code="gone")
    if MilestoneDates.of(milestone).baseline != request.old:
        raise ValidationError("The baseline has changed since this request. Submit a new request", code="moved")
    for statement in milestone.statements.filter(kind=StatementKind.BASELINE, superseded=False):
        statement.superseded = True
        statement.save()
    milestone.record_date(StatementKind.BASELINE, request.new_on, request.new_precision, stated_on=decided_on)
    bump_version(Project, milestone.project_id)
