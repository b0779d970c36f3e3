"""The stage and dates that accepting a submitted report makes public."""

from projects.labels import DELIVERY_STATES, NOT_KNOWN, STAGES
from projects.models import StageStatement, StatementKind
from projects.models.milestone import MilestoneState, newest_statement
from projects.models.project import newest_by_fact, state_at

from . import workflow
from .compare import ComparisonLine


def public_changes(report):
    """[`ComparisonLine`] of the accepted facts of the project that accepting the report changes, the stage first.

    Milestones for partners only are left out. Seven queries at most.
    """
    rows = workflow.rows_with_statements(report)
    dates, stages = workflow.statements_to_accept(report, rows)
    restates = workflow.is_newest(report)
    lines = _status_lines(report, list(stages), restates and not workflow.stages_recorded_since(report).exists())
    recorded_since = set(workflow.dates_recorded_since(report).values_list("milestone", flat=True))
    accepted_ids = set(dates.values_list("pk", flat=True))
    for row in rows:
        if row.milestone is not None and row.milestone.public:
            is_stated_again = restates and row.milestone_id not in recorded_since
            before = row.milestone.accepted, row.milestone.accepted_reached
            after = _reported(row) if is_stated_again else _with_accepted(row, accepted_ids)
            lines.append(ComparisonLine(row.title, _date_label(*before), _date_label(*after)))
    return [line for line in lines if line.older != line.newer]


def confirmed_stage(report):
    """The `StageStatement` with which accepting the report confirms the public stage, or None. One query."""
    waiting = StageStatement.objects.waiting().filter(report=report, stage=report.project.accepted_stage)
    return waiting.exclude(stage="").first()


def _status_lines(report, waiting, is_stated_again):
    """The lines of the stage and the delivery state. One query."""
    project = report.project
    newest = newest_by_fact([*project.stage_statements.accepted(), *waiting])
    stage = newest["stage"].stage if "stage" in newest else project.accepted_stage
    if is_stated_again:
        stage = report.stage or stage
    state = newest["delivery_state"].delivery_state if "delivery_state" in newest else project.accepted_delivery_state
    return [
        ComparisonLine("Stage", STAGES.get(project.accepted_stage, NOT_KNOWN), STAGES.get(stage, NOT_KNOWN)),
        ComparisonLine(
            "Delivery state", DELIVERY_STATES[project.accepted_delivery_state], DELIVERY_STATES[state_at(stage, state)]
        ),
    ]


def _reported(row):
    """(date or None, whether it is reached) of the row; those accepted for a row without dates."""
    if row.actual or row.forecast or row.date_not_known:
        return row.actual or row.forecast, row.actual is not None
    return row.milestone.accepted, row.milestone.accepted_reached


def _with_accepted(row, ids):
    """(date or None, whether it is reached) of the row's milestone once the statements with these ids are accepted."""
    statements = [said for said in row.milestone.statements.all() if said.is_accepted or said.pk in ids]
    newest = newest_statement(statements)
    return (newest.date, newest.kind == StatementKind.ACTUAL) if newest else (None, False)


def _date_label(date, is_reached):
    if date is None:
        return MilestoneState.UNKNOWN.label
    return f"{date.label} (reached)" if is_reached else date.label
