"""The actions on a status report and the statuses that allow them. Only this module changes the status.

    draft -> submitted -> accepted
               |  ^
               v  |
             returned          (and submitted -> draft: withdrawn until the due date)

Each action adds a ReportEvent in the same transaction. Submitting freezes the current figures and states the project's
stage and milestone dates, which partners see as not yet reviewed. Accepting accepts these statements, so that the
public sees them; returning or withdrawing the report withdraws them. An accepted report never changes;
`start_correction` creates a new report that corrects it.

Only the newest report of a project states its stage and dates. An earlier one changes the figures of its period alone.
"""

import datetime
from operator import attrgetter

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from estates_portal.accounts.rules import REPORT_ON_PROJECT, REVIEW_REPORTS, require
from estates_portal.deletion.services import delete_record
from projects.costs import FROZEN_COSTS, costs_of, freeze_costs
from projects.models import (
    FACETS,
    REPORTED,
    AnnualCost,
    MilestoneKind,
    MilestoneStatement,
    Project,
    ProposedNote,
    Rating,
    ReportAction,
    ReportEvent,
    ReportExpected,
    ReportingPeriod,
    ReportMilestone,
    ReportState,
    Stage,
    StageBasis,
    StageStatement,
    StatementKind,
    StatusReport,
)
from projects.models.choices import NOT_KNOWN, OVER, STALE_PERIODS, DeliveryState, trend
from projects.models.finance import financial_year_of
from projects.models.milestone import MilestoneDates, date_move_errors, has_several_openings, main_opening
from projects.models.reporting import expected_to_report
from projects.reporting.proposals import decide_statements
from projects.reporting.submissions import answers_of
from projects.versions import StaleVersion, bump_version
from sites.models import Organisation
from sites.successions import acting_organisation

# The actions of each status, and the permission on the project that each needs.
ACTIONS = {
    (ReportState.DRAFT, "save"): REPORT_ON_PROJECT,
    (ReportState.RETURNED, "save"): REPORT_ON_PROJECT,
    (ReportState.DRAFT, "submit"): REPORT_ON_PROJECT,
    (ReportState.RETURNED, "submit"): REPORT_ON_PROJECT,
    (ReportState.DRAFT, "delete"): REPORT_ON_PROJECT,
    (ReportState.SUBMITTED, "withdraw"): REPORT_ON_PROJECT,
    (ReportState.SUBMITTED, "return"): REVIEW_REPORTS,
    (ReportState.SUBMITTED, "accept"): REVIEW_REPORTS,
    (ReportState.ACCEPTED, "correct"): REPORT_ON_PROJECT,
}
TEXT_FIELDS = ["summary", "progress", "next_steps", "help_needed", "path_to_green", "stage_reason", "public_note"]
COPIED_FIELDS = [*FACETS, "summary", "progress", "next_steps", "help_needed", "path_to_green"]
# The columns of a milestone row that a draft saves.
ENTERED_DATES = [
    "forecast_on",
    "forecast_precision",
    "actual_on",
    "actual_precision",
    "date_not_known",
    "change_reason",
    "explanation",
]
# {column of a report: the figure of the financial year that submitting changes}
YEAR_FIGURES = {"year_actual": "actual", "year_forecast": "forecast"}
ANSWER_FIELDS = [*FACETS, *TEXT_FIELDS, "stage", *YEAR_FIGURES]


def user_can(user, action, report):
    """Whether the user can take this action on the report in its status. Its period and due date are not checked."""
    permission = ACTIONS.get((report.state, action))
    return permission is not None and user.has_perm(permission, report.project)


def _locked(report, action, by):
    """The report, reloaded and locked. Raises PermissionDenied, and ValidationError if its status does not allow it."""
    fresh = StatusReport.objects.select_for_update(of=("self",)).select_related("project", "period").get(pk=report.pk)
    permission = ACTIONS.get((fresh.state, action))
    if permission is None:
        require(by, REVIEW_REPORTS if action in {"return", "accept"} else REPORT_ON_PROJECT, fresh.project)
        raise ValidationError(
            "This report has been %(state)s, so you cannot change it",
            code="state",
            params={"state": fresh.get_state_display().lower()},
        )
    require(by, permission, fresh.project)
    return fresh


def _record(report, action, by, comment="", fields=()):
    return ReportEvent.objects.create(report=report, action=action, by=by, comment=comment, fields=list(fields))


# Periods -------------------------------------------------------------------------------------------------------------


def projects_expected_to_report(period):
    """Active projects due to report by their cadence; for a closed period, those recorded at closing as needed."""
    if period.is_closed:
        return Project.objects.filter(reports_expected__period=period, reports_expected__not_needed="")
    return Project.objects.filter(expected_to_report(period))


@transaction.atomic
def close_period(period, by, not_needed=None):
    """Close the period for reporting, record the expected reports and return the period.

    `not_needed` is {id of a project: why its report is not needed}; a submitted report has no such reason.

    Raises PermissionDenied, and ValidationError if it is already closed.
    """
    require(by, "projects.change_reportingperiod")
    fresh = ReportingPeriod.objects.select_for_update().get(pk=period.pk)
    if fresh.is_closed:
        raise ValidationError("This period is already closed", code="state")
    successions = Organisation.objects.successions(timezone.localdate())
    expected = projects_expected_to_report(fresh).order_by("pk").select_related("lead_organisation")
    submitted = set(fresh.status_reports.reported().filter(corrects=None).values_list("project", flat=True))
    ReportExpected.objects.bulk_create(
        (
            ReportExpected(
                period=fresh,
                project=project,
                organisation=acting_organisation(project.lead_organisation, successions),
                not_needed="" if project.pk in submitted else (not_needed or {}).get(project.pk, ""),
            )
            for project in expected
        ),
        batch_size=500,
    )
    fresh.closed_at, fresh.closed_by = timezone.now(), by
    fresh.save()
    return fresh


@transaction.atomic
def reopen_period(period, by):
    """Reopen a closed period, delete its recorded expected reports and return the period.

    Raises PermissionDenied, and ValidationError if it is already open.
    """
    require(by, "projects.change_reportingperiod")
    fresh = ReportingPeriod.objects.select_for_update().get(pk=period.pk)
    if not fresh.is_closed:
        raise ValidationError("This period is already open", code="state")
    fresh.expected.all().delete()
    fresh.closed_at = fresh.closed_by = None
    fresh.save()
    return fresh


# Writing -------------------------------------------------------------------------------------------------------------


def previous_report(report):
    """The newest submitted or accepted report of an earlier period, or None; for a correction, the corrected report."""
    if report.corrects_id:
        return report.corrects
    earlier = StatusReport.objects.before(report.project_id, report.period.starts_on)
    return earlier.select_related("period").first()


@transaction.atomic
def start_report(project, period, by):
    """The project's report for the period. Creates it, with answers of the previous report, if there is none.

    Raises PermissionDenied, and ValidationError if the period is not open for reporting.
    """
    require(by, REPORT_ON_PROJECT, project)
    existing = StatusReport.objects.filter(project=project, period=period, corrects=None).first()
    if existing is not None:
        return existing
    if not period.is_open_on(timezone.localdate()):
        raise ValidationError("You cannot report for %(period)s now", code="closed", params={"period": period.name})
    try:
        with transaction.atomic():
            return _start(StatusReport(project=project, period=period, stage=project.stage), by)
    except IntegrityError:  # someone created it at the same time
        return StatusReport.objects.get(project=project, period=period, corrects=None)


@transaction.atomic
def start_correction(report, by):
    """A draft that corrects an accepted report: the existing correction, else a new one with the same answers.

    Raises PermissionDenied, and ValidationError if the report is not accepted.
    """
    fresh = _locked(report, "correct", by)
    existing = StatusReport.objects.filter(corrects=fresh).first()
    if existing is not None:
        return existing
    correction = StatusReport(project=fresh.project, period=fresh.period, corrects=fresh, stage=fresh.stage)
    if is_newest(correction):
        correction.stage = fresh.project.stage
    return _start(correction, by)


def preview(project, period):
    """The report that `start_report` would create, and its milestone rows. Saves nothing."""
    report = StatusReport(project=project, period=period, stage=project.stage)
    return report, _copy_previous_answers(report)


def _start(report, by):
    report.started_by = report.saved_by = by
    rows = _copy_previous_answers(report)
    report.save()
    for row in rows:
        row.report = report
    ReportMilestone.objects.bulk_create(rows)
    _record(report, ReportAction.STARTED, by)
    return report


def _copy_previous_answers(report):
    """Copy the answers of the previous report into this one. Returns rows with the current dates of the milestones."""
    before = previous_report(report)
    if before is not None:
        for name in COPIED_FIELDS:
            setattr(report, name, getattr(before, name))
    if report.corrects_id and not is_newest(report):
        return [_copied_row(row) for row in report.corrects.milestones.select_related("milestone")]
    return [_new_row(report, milestone) for milestone in report.project.milestones.prefetch_related("statements")]


def _new_row(report, milestone):
    """The row of a milestone in a new report, with its current dates."""
    dates = MilestoneDates.from_statements(milestone.statements.all())
    row = ReportMilestone(report=report, milestone=milestone, title=milestone.title, kind=milestone.kind)
    row.set_dates(dates)
    return row


COPIED_DATES = ["milestone", "title", "kind", "baseline", "forecast", "actual"]


def _copied_row(row):
    copy = ReportMilestone()
    for name in COPIED_DATES:
        setattr(copy, name, getattr(row, name))
    return copy


def is_newest(report):
    """Whether no later period of the project has a submitted or accepted report. One query."""
    later = StatusReport.objects.newest_of(report.project_id).filter(period__starts_on__gt=report.period.starts_on)
    return not later.exists()


def lock_draft(report, by):
    """The report, reloaded and locked until the end of the transaction, to save it.

    Raises PermissionDenied, and ValidationError if the report cannot be edited or its period is closed.
    """
    fresh = _locked(report, "save", by)
    _check_period_open(fresh)
    return fresh


@transaction.atomic
def save_draft(report, by, answers, milestones=()):
    """Save the answers, complete or not, and return the report with its new version.

    `answers` maps names of ANSWER_FIELDS to values; `milestones` are the rows of this report.
    Raises PermissionDenied, and ValidationError if the report cannot be edited or its period is closed.
    """
    fresh = lock_draft(report, by)
    for name in ANSWER_FIELDS:
        if name in answers:
            setattr(fresh, name, answers[name])
    fresh.saved_by, fresh.saved_at, fresh.version = by, timezone.now(), fresh.version + 1
    fresh.save()
    ReportMilestone.objects.bulk_update([row for row in milestones if row.report_id == fresh.pk], ENTERED_DATES)
    return fresh


def _check_opened(report, opened_version):
    if opened_version is not None and report.version != opened_version:
        raise StaleVersion(report)


def _check_period_open(report):
    if report.period.is_closed and report.corrects_id is None:
        raise ValidationError("%(period)s is closed", code="closed", params={"period": report.period.name})


@transaction.atomic
def check_delete_draft(report, by):
    """The draft, reloaded and locked. Raises PermissionDenied, and ValidationError if it cannot be deleted."""
    fresh = _locked(report, "delete", by)
    if fresh.submitted_at is not None:
        raise ValidationError("You cannot delete a report that has been submitted", code="state")
    return fresh


@transaction.atomic
def delete_draft(report, by):
    """Delete a draft that has never been submitted. Raises the errors of `check_delete_draft`."""
    fresh = check_delete_draft(report, by)
    delete_record(fresh, by=by)


# Submitting ----------------------------------------------------------------------------------------------------------


def submission_errors(report, milestones):
    """The errors that prevent submission: {name of the field: message}; {} if there are none.

    Errors of a milestone row are under "milestone-<id of the row>-<name of the date, reason or explanation>".
    """
    errors = {}
    if not report.overall:
        errors["overall"] = "Select an overall rating"
    if not report.summary.strip():
        errors["summary"] = "Enter a summary"
    if report.overall in {Rating.RED, Rating.AMBER} and not report.path_to_green.strip():
        errors["path_to_green"] = "Enter the path to green"
    newest = is_newest(report)
    errors |= _stage_errors(report, milestones, newest)
    for row in milestones:
        row_errors = milestone_errors(row, timezone.localdate(), is_newest=newest)
        errors |= {f"milestone-{row.pk}-{name}": message for name, message in row_errors.items()}
    return errors


OPEN_STAGES = {Stage.OPERATIONAL, Stage.CLOSED}
NOT_OPEN = "The opening is expected {date}. Enter the date it opened, or select another stage"
IS_OVER = "This project is {state}. Select its current stage, {stage}"


def _stage_errors(report, milestones, newest):
    """The errors of the stage and of its reason: {name of the field: message}."""
    project, errors = report.project, {}
    if newest and is_over(project):
        if report.stage not in {"", project.stage}:
            state, stage = project.get_accepted_delivery_state_display(), project.get_stage_display() or NOT_KNOWN
            errors["stage"] = IS_OVER.format(state=state.lower(), stage=stage)
        return errors
    if newest and is_backwards(project.stage, report.stage) and not report.stage_reason.strip():
        errors["stage_reason"] = "Enter a reason for moving back a stage"
    if report.stage in OPEN_STAGES and (expected := _opening_ahead(milestones, timezone.localdate())):
        errors["stage"] = NOT_OPEN.format(date=expected.label)
    return errors


def is_over(project):
    """Whether the programme office recorded or accepted that the project is over. Reports then state no stage."""
    return project.accepted_delivery_state in OVER


def _opening_ahead(milestones, today):
    """The earliest date after `today` of an opening in these rows of a report; None if one of them is reached."""
    openings = [row for row in milestones if row.milestone is not None and row.kind == MilestoneKind.OPENING]
    if any(row.actual for row in openings):
        return None
    expected = [row.dates.expected for row in openings if row.dates.expected is not None]
    return min((date for date in expected if date.first > today), key=attrgetter("first"), default=None)


def is_backwards(before, after):
    """Whether the stage `after` comes before the stage `before` in the order of stages. False for unknown stages."""
    order = list(Stage)
    return bool(before and after) and order.index(after) < order.index(before)


def milestone_errors(row, today, *, is_newest=True):
    """{"forecast", "actual", "reason" or "explanation": message} of a milestone row; {} if there are none.

    Dates of a report of an earlier period are not compared with those of today, and can have passed since.
    """
    if row.milestone is None:  # deleted: its dates are not recorded
        return {}
    statements = row.milestone.statements.all() if is_newest else []
    return date_move_errors(
        MilestoneDates.from_statements(statements),
        forecast=row.forecast,
        actual=row.actual,
        date_not_known=row.date_not_known,
        reason=row.change_reason,
        explanation=row.explanation,
        today=today,
        stated_on=None if is_newest else datetime.date.min,
        asks_about_past=is_newest,
    )


@transaction.atomic
def submit(report, by, *, opened_version=None):
    """Submit the report: check it, freeze the figures, and make it the project's current report. Returns the report.

    Raises StaleVersion, PermissionDenied, and ValidationError with the `submission_errors` or if it is already
    submitted, as after a double click.
    """
    fresh = _locked(report, "submit", by)
    _check_period_open(fresh)
    _check_opened(fresh, opened_version)
    project = Project.objects.select_for_update().get(pk=fresh.project_id)
    fresh.project = project
    rows = list(fresh.milestones.select_related("milestone", "change_reason").prefetch_related("milestone__statements"))
    errors = submission_errors(fresh, rows)
    if errors:
        raise ValidationError(list(errors.values()), code="incomplete")
    now = timezone.now()
    submitted_for = project.organisation_of(by, timezone.localdate(now))
    if is_newest(fresh):
        author = {"stated_by": by, "stated_for": submitted_for}
        origin = {"report": fresh, **author, "recorded_at": now, "accepted_at": None}
        _state_dates(rows, timezone.localdate(now), origin)
        _state_stage(project, fresh, timezone.localdate(now), origin)
        _record_figures(fresh)
        bump_version(Project, project.pk)
    _freeze(fresh, project, rows, now)
    fresh.state = ReportState.SUBMITTED
    fresh.submitted_by, fresh.submitted_for = by, submitted_for
    fresh.submitted_at = fresh.submitted_at or now  # whether it is late depends on the first submission
    fresh.saved_by, fresh.saved_at, fresh.version = by, now, fresh.version + 1
    fresh.save()
    _record(fresh, ReportAction.SUBMITTED, by)
    number = fresh.events.filter(action=ReportAction.SUBMITTED).count()
    fresh.submissions.create(number=number, at=now, by=by, answers=answers_of(fresh, rows, ANSWER_FIELDS))
    _propose_note(fresh)
    set_current_report(project)
    return fresh


def figures_of_year(report):
    """The project's figures of the financial year in which the report's period ends. One query.

    An unsaved row if there are none.
    """
    row = {"project": report.project, "year": financial_year_of(report.period.ends_on)}
    return AnnualCost.objects.filter(**row).first() or AnnualCost(**row)


def _record_figures(report):
    """Change the figures of the year that the report gives. Lock the project before."""
    given = {column: getattr(report, name) for name, column in YEAR_FIGURES.items()}
    given = {column: pounds for column, pounds in given.items() if pounds is not None}
    if given:
        figures = figures_of_year(report)
        for column, pounds in given.items():
            setattr(figures, column, pounds)
        figures.save()


def _state_dates(rows, today, origin):
    """State the dates that the report changed on the milestones that still exist."""
    for row in rows:
        if row.milestone is not None:
            row.milestone.record_dates(
                forecast=row.forecast,
                actual=row.actual,
                date_not_known=row.date_not_known,
                reason=row.change_reason,
                explanation=row.explanation,
                today=today,
                **origin,
            )


def _state_stage(project, report, today, origin):
    """State the stage of the report, with its own date also where the project is already at this stage.

    Not of a project that is over: only the programme office changes its stage.
    """
    if report.stage and not is_over(project):
        by_office = origin["stated_by"].has_perm(REVIEW_REPORTS, project)
        basis = StageBasis.OFFICE if by_office else StageBasis.REPORTED
        project.stage_statements.create(
            stage=report.stage, stated_on=today, basis=basis, reason=report.stage_reason, **origin
        )
        if report.stage == Stage.CLOSED and project.delivery_state not in OVER:
            project.stage_statements.create(
                delivery_state=DeliveryState.COMPLETE, stated_on=today, basis=basis, **origin
            )
        project.refresh_status()


FROZEN_FIGURES = [*FROZEN_COSTS, "frozen_worst_risk"]


def _freeze(report, project, rows, now):
    today = timezone.localdate(now)
    for row in rows:
        row.date_not_known = row.date_not_known and row.actual is None
        if row.date_not_known:
            row.forecast = None
        row.slippage_days = row.dates.at(today, project.delivery_state).slippage_days
    ReportMilestone.objects.bulk_update(rows, [*ENTERED_DATES, "slippage_days"])
    opening = main_opening(rows)
    report.frozen_at = now
    report.frozen_stage, report.frozen_delivery_state = report.stage or project.stage, project.delivery_state
    report.frozen_opening = opening.dates.current if opening else None
    report.frozen_several_openings = has_several_openings(rows)
    report.frozen_opening_reached = opening is not None and opening.dates.is_reached
    report.frozen_baseline = opening.baseline if opening else None
    report.frozen_baseline_approved = opening is not None and opening.baseline_approved
    report.frozen_slippage_days = opening.slippage_days if opening else None
    if report.corrects_id and not is_newest(report):
        for name in (*FROZEN_FIGURES, "frozen_delivery_state"):
            setattr(report, name, getattr(report.corrects, name))
        return
    freeze_costs(report, costs_of(project))
    report.frozen_worst_risk = project.risks.all().highest_score()


def _propose_note(report):
    text = report.public_note.strip()
    proposed_note = ProposedNote.objects.filter(report=report).first()
    if proposed_note is not None and proposed_note.state != ProposedNote.State.AWAITING_APPROVAL:
        return  # already decided
    if text:
        ProposedNote.objects.update_or_create(report=report, defaults={"text": text})
    elif proposed_note is not None:
        proposed_note.delete()


def set_current_report(project):
    """Set the project's current report (the newest submitted or accepted one, or None) and its trend."""
    newest = list(StatusReport.objects.newest_of(project).values_list("pk", "overall")[:STALE_PERIODS])
    current_id = newest[0][0] if newest else None
    current_trend = trend([overall for _pk, overall in newest[::-1]])
    Project.objects.filter(pk=project.pk).update(current_report=current_id, trend=current_trend)


# Reviewing -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def withdraw(report, by):
    """Turn a submitted report back into a draft. Returns the report.

    Raises PermissionDenied, and ValidationError after the due date or if the report is not submitted.
    """
    fresh = _locked(report, "withdraw", by)
    _check_period_open(fresh)
    if timezone.localdate() > fresh.period.due_on:
        raise ValidationError("The due date has passed. Ask the programme office to return the report", code="due")
    _withdraw_statements(fresh)
    return _change_state(fresh, ReportState.DRAFT, ReportAction.WITHDRAWN, by)


@transaction.atomic
def return_report(report, by, comment, *, fields=(), opened_version=None):
    """Return a submitted report to its author, with a comment. Returns the report.

    `fields` are keys of `submissions.RETURNABLE` that need changing.

    Raises PermissionDenied, StaleVersion if it was submitted again after `opened_version`, and ValidationError without
    a comment or if the report is not submitted.
    """
    fresh = _locked(report, "return", by)
    _check_opened(fresh, opened_version)
    if not comment.strip():
        raise ValidationError("Enter what needs changing", code="comment")
    _review(fresh, by, comment)
    _withdraw_statements(fresh)
    return _change_state(fresh, ReportState.RETURNED, ReportAction.RETURNED, by, comment, fields)


@transaction.atomic
def accept(report, by, comment="", *, independent_rating="", independent_reason="", opened_version=None):
    """Accept a submitted report, with the programme office rating if there is one. Returns the report.

    Raises PermissionDenied, StaleVersion if it was submitted again after `opened_version`, and ValidationError for a
    different rating without a reason or if the report is not submitted.
    """
    fresh = _locked(report, "accept", by)
    _check_opened(fresh, opened_version)
    if independent_rating and independent_rating != fresh.overall and not independent_reason.strip():
        raise ValidationError("Enter a reason for the different rating", code="independent_reason")
    fresh.independent_rating, fresh.independent_reason = independent_rating, independent_reason.strip()
    _review(fresh, by, comment)
    _accept_statements(fresh)
    return _change_state(fresh, ReportState.ACCEPTED, ReportAction.ACCEPTED, by, comment)


def _accept_statements(report):
    """Accept the stage and dates that the report shows. `acceptance.public_changes` shows them beforehand.

    They were stated by the report, or before it outside a report. Those that an earlier report stated and took back,
    or that were declined since, are stated again, unless the programme office recorded something newer.
    """
    rows = rows_with_statements(report)
    decide_statements(report.project, *statements_to_accept(report, rows), accepted_at=timezone.now())
    if is_newest(report):
        _state_again(report, rows)


def rows_with_statements(report):
    """The milestone rows of the report, each with the project and the statements of its milestone. Three queries."""
    return list(report.milestones.select_related("milestone__project").prefetch_related("milestone__statements"))


def statements_to_accept(report, rows):
    """(waiting dates, waiting stages) that a submitted report shows, as querysets."""
    shown = [row for row in rows if row.milestone is not None and _shows_dates(row, report.frozen_at)]
    stated_before = {"recorded_at__lte": report.frozen_at}
    dates = MilestoneStatement.objects.waiting().filter(milestone__in=[row.milestone_id for row in shown])
    dates = dates.filter(**stated_before).exclude(kind=StatementKind.BASELINE)
    return dates, StageStatement.objects.waiting().filter(project=report.project, **stated_before)


def dates_recorded_since(report):
    """Statements of the project's dates that were recorded after the report was submitted."""
    later = {"milestone__project": report.project, "recorded_at__gt": report.frozen_at}
    return MilestoneStatement.objects.standing().filter(**later)


def stages_recorded_since(report):
    """Statements of the project's stage that were recorded after the report was submitted."""
    return report.project.stage_statements.standing().filter(recorded_at__gt=report.frozen_at)


def _shows_dates(row, submitted_at):
    """Whether the row of a report shows the dates that its milestone had at that time."""
    statements = row.milestone.statements.all()
    stated = [said for said in statements if said.recorded_at is None or said.recorded_at <= submitted_at]
    dates = MilestoneDates.from_statements(stated)
    return (row.forecast, row.actual) == (dates.forecast, dates.actual)


def _state_again(report, rows):
    """State what the report shows and does not apply any more, as accepted, by its author on the day of submission."""
    now, day = timezone.now(), timezone.localdate(report.frozen_at)
    author = {"stated_by": report.submitted_by, "stated_for": report.submitted_for}
    origin = {"report": report, **author, "recorded_at": now, "accepted_at": now}
    kept = set(dates_recorded_since(report).values_list("milestone", flat=True))
    _state_dates([row for row in rows if row.milestone_id not in kept], day, origin)
    if report.stage != report.project.stage and not stages_recorded_since(report).exists():
        _state_stage(report.project, report, day, origin)


def _withdraw_statements(report):
    dates = MilestoneStatement.objects.waiting().filter(report=report)
    stages = StageStatement.objects.waiting().filter(report=report)
    decide_statements(report.project, dates, stages, withdrawn_at=timezone.now())


def _review(report, by, comment):
    report.reviewed_by, report.reviewed_at, report.review_comment = by, timezone.now(), comment.strip()


def _change_state(report, state, action, by, comment="", fields=()):
    report.state = state
    report.version += 1
    report.save()
    _record(report, action, by, comment, fields)
    set_current_report(report.project)
    return report


# Progress notes -----------------------------------------------------------------------------------------------------


@transaction.atomic
def decide_note(proposed_note, by, *, publish, text=None):
    """Publish a proposed progress note, with `text` if it was edited, or decline it. Returns the proposed note.

    Raises PermissionDenied, and ValidationError if it has been decided or the text is empty.
    """
    require(by, REVIEW_REPORTS, proposed_note.report.project)
    fresh = ProposedNote.objects.select_for_update().get(pk=proposed_note.pk)
    if fresh.state != ProposedNote.State.AWAITING_APPROVAL:
        raise ValidationError("This note has already been published or declined", code="state")
    if publish and proposed_note.report.state not in REPORTED:
        raise ValidationError("The report of this note was returned or withdrawn", code="state")
    fresh.decided_by, fresh.decided_at = by, timezone.now()
    if publish:
        note_text = (fresh.text if text is None else text).strip()
        if not note_text:
            raise ValidationError("Enter a progress note", code="empty")
        fresh.note = proposed_note.report.project.progress_notes.create(
            date=timezone.localdate(), text=note_text, published_by=by
        )
    fresh.state = ProposedNote.State.PUBLISHED if publish else ProposedNote.State.DECLINED
    fresh.save()
    return fresh
