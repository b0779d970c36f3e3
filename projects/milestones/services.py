"""Changes to milestone dates, and standard gates."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from estates_portal.accounts.rules import REPORT_ON_PROJECT, REVIEW_REPORTS, require
from projects.models import (
    GATE_KINDS,
    Gate,
    Milestone,
    MilestoneStatement,
    Project,
    ProjectKind,
    StatementKind,
)
from projects.models.milestone import MilestoneDates, date_move_errors
from projects.versions import bump_version, last_save


def origin(project, by):
    """The fields of a new statement by this user: accepted if they review reports of the project, else waiting."""
    now = timezone.now()
    accepted_at = now if by.has_perm(REVIEW_REPORTS, project) else None
    stated_for = project.organisation_of(by, timezone.localdate(now))
    return {"stated_by": by, "stated_for": stated_for, "recorded_at": now, "accepted_at": accepted_at}


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


def last_date_save(milestone):
    """(user or None, time) of the newest save of the milestone or its dates. Two queries."""
    saved, newest = last_save(milestone), MilestoneStatement.history.filter(milestone_id=milestone.pk).first()
    if newest and newest.history_date >= saved[1]:
        return newest.history_user, newest.history_date
    return saved


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
