"""Changes to milestone dates, standard gates and change requests.

A baseline is set once. Only an approved `ChangeRequest` replaces it, and the previous one becomes superseded. Slippage
is always measured against the baseline.
"""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from estates_portal.accounts.rules import DECIDE_CHANGE_REQUEST, REPORT_ON_PROJECT, REVIEW_REPORTS, require
from projects.models import (
    GATE_KINDS,
    ChangeRequest,
    ChangeState,
    Gate,
    Milestone,
    Project,
    ProjectKind,
    StatementKind,
)
from projects.models.milestone import MilestoneDates, check_stated_date, check_stated_on, date_move_errors
from projects.versions import bump_version


def origin(project, by):
    """The fields of a new statement by this user: accepted if they review reports of the project, else waiting."""
    now = timezone.now()
    accepted_at = now if by.has_perm(REVIEW_REPORTS, project) else None
    return {"stated_by": by, "recorded_at": now, "accepted_at": accepted_at}


@transaction.atomic
def record_dates(milestone, by, *, forecast=None, actual=None, date_not_known=False, reason=None, explanation=""):
    """Record a new forecast or actual date if it differs from the recorded one. Returns the number recorded.

    Dates are PartialDate or None. They are not reviewed yet, unless the programme office records them. Raises
    PermissionDenied, and ValidationError with the errors of `date_move_errors`.
    """
    require(by, REPORT_ON_PROJECT, milestone.project)
    values = {"forecast": forecast, "actual": actual, "date_not_known": date_not_known}
    values |= {"reason": reason, "explanation": explanation}
    today = timezone.localdate()
    if errors := date_move_errors(MilestoneDates.of(milestone), **values, today=today):
        raise ValidationError(errors)
    said = origin(milestone.project, by)
    count = milestone.record_dates(**values, today=today, **said)
    if said["accepted_at"]:  # the programme office saw and saved these dates
        same = Q()
        for kind, date in ((StatementKind.FORECAST, forecast), (StatementKind.ACTUAL, actual)):
            if date is not None:
                same |= Q(kind=kind, on=date.first, precision=date.precision)
        if same and (accepted := milestone.statements.waiting().filter(same).update(accepted_at=said["accepted_at"])):
            milestone.refresh_dates()
            count += accepted
    if count:
        bump_version(Project, milestone.project_id)
    return count


# Standard gates ------------------------------------------------------------------------------------------------------

# Only large schemes need a strategic outline case; a hub usually starts with its outline business case.
NOT_USUAL = {ProjectKind.HUB: {Gate.SOC}}


def gates_offered(project):
    """[(gate, whether it is usual for this type of project)] of the gates that the project does not have, in order."""
    existing = set(project.milestones.exclude(gate="").values_list("gate", flat=True))
    return [(gate, gate not in NOT_USUAL.get(project.kind, ())) for gate in Gate if gate not in existing]


@transaction.atomic
def add_gates(project, by, dates):
    """Add standard gates; `dates` maps each to its date, a PartialDate or None. Returns the milestones.

    The dates are baselines if the programme office enters them. Those of others are planned dates, because a baseline
    needs an approval. Only the gates of the office are public at once.

    Raises PermissionDenied, and ValidationError for a gate that the project already has.
    """
    require(by, REPORT_ON_PROJECT, project)
    milestones, today = [], timezone.localdate()
    stated = origin(project, by) | {"stated_on": today}
    is_office = stated["accepted_at"] is not None
    try:
        with transaction.atomic():
            for gate, date in dates.items():
                gate = Gate(gate)
                milestone = Milestone.objects.create(
                    project=project, title=gate.label, kind=GATE_KINDS[gate], gate=gate, public=is_office
                )
                if date is not None:
                    kind = StatementKind.BASELINE if is_office else StatementKind.FORECAST
                    milestone.record_date(kind, date.first, date.precision, **stated)
                milestones.append(milestone)
    except IntegrityError as error:
        raise ValidationError("Someone has already added one of these gates", code="twice") from error
    bump_version(Project, project.pk)
    return milestones


# Change requests -----------------------------------------------------------------------------------------------------


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
