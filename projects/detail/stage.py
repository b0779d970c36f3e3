"""What a project's page says of its stage and delivery state: the first line, and the row of steps."""

from dataclasses import dataclass, field

from projects.labels import DELIVERY_STATES, PLAIN_STAGES, STATE_COLOURS
from projects.models import DeliveryState, Gate, MilestoneKind, Stage, StageBasis
from projects.models.project import newest_by_fact

STEPS = [stage for stage in Stage if stage != Stage.CLOSED]
# The gate that ends, or for building and opening begins, a step: reached, it records the step.
GATES = {
    Stage.SOC: Gate.SOC,
    Stage.OBC: Gate.OBC,
    Stage.FBC: Gate.FBC,
    Stage.CONSTRUCTION: Gate.START,
    Stage.COMMISSIONING: Gate.HANDOVER,
    Stage.OPERATIONAL: Gate.OPENING,
}
STOPPED = {DeliveryState.ON_HOLD, DeliveryState.CANCELLED}


@dataclass
class Step:
    """One stage in the row of steps. `state` is recorded, current, ahead, unrecorded, or "" if only worked out."""

    label: str
    state: str
    date: str = ""


@dataclass
class StatusLine:
    """The first line of a page: what is happening, why, and the opening date. `statement` says it, if any does."""

    label: str
    colour: str = ""
    details: list = field(default_factory=list)
    statement: object = None


def stage_steps(stage, statements, milestones, reader):
    """[`Step`] from identified to operational of a project at `stage`; [] if it is not known.

    An earlier step is recorded if a dated statement gives it, or if its gate was reached. A stage worked out from a
    source marks only itself. `statements` and `milestones` are those that `reader` can see.
    """
    if not stage:
        return []
    current = newest_by_fact(statements).get("stage")
    if current and current.basis == StageBasis.INFERRED:
        return [Step(step.label, "current" if step == stage else "") for step in STEPS]
    dates = _recorded_dates(statements, milestones, reader)
    order = list(Stage)
    steps = []
    for step in STEPS:
        if step == stage:
            steps.append(Step(step.label, "current"))
        elif order.index(step) > order.index(stage):
            steps.append(Step(step.label, "ahead"))
        elif step in dates:
            steps.append(Step(step.label, "recorded", dates[step].label))
        else:
            steps.append(Step(step.label, "unrecorded"))
    return steps


def _recorded_dates(statements, milestones, reader):
    """{stage: the PartialDate that records it}: of its reached gate, else of its newest dated statement."""
    dates = {
        statement.stage: statement.dated
        for statement in statements
        if statement.stage and statement.dated and statement.basis != StageBasis.INFERRED
    }
    stages = {gate: stage for stage, gate in GATES.items()}
    for milestone in milestones:
        date, is_reached = milestone.date_seen_by(reader)
        if is_reached and milestone.gate in stages:
            dates[stages[milestone.gate]] = date
    return dates


def status_line(status, statements, milestones, reader, today):
    """The `StatusLine` of a project with this `ProjectStatus`."""
    newest = newest_by_fact(statements)
    opening = opening_label(status, milestones, reader, today)
    if status.delivery_state in STOPPED:
        statement = newest.get("delivery_state")
        reason = statement.reason.strip().rstrip(".") if statement else ""
        label, colour = DELIVERY_STATES[status.delivery_state], STATE_COLOURS[status.delivery_state]
        return StatusLine(label, colour, list(filter(None, [reason, opening])), statement)
    return StatusLine(PLAIN_STAGES[status.stage], details=list(filter(None, [opening])), statement=newest.get("stage"))


def opening_label(status, milestones, reader, today):
    """The opening of a project in text: "Opened in May 2025", "No opening date; it was last planned for 2024"."""
    openings = _by_date(reader, (milestone for milestone in milestones if milestone.kind == MilestoneKind.OPENING))
    reached = [date for date, is_reached, _milestone in openings if is_reached]
    planned = [date for date, is_reached, _milestone in openings if not is_reached]
    if reached:
        first = min(reached, key=lambda date: date.first)
        return f"Opened {reached[0].in_text}" if len(openings) == 1 else f"Opened in stages from {first.label}"
    if status.delivery_state in STOPPED:
        return "No opening date" + _last_planned(planned, _by_date(reader, milestones))
    if status.delivery_state == DeliveryState.COMPLETE or status.stage in (Stage.OPERATIONAL, Stage.CLOSED):
        return "The opening date is not recorded"
    if not planned:
        return "No opening date known"
    if planned[-1].is_past(today):
        return f"It was expected to open {planned[-1].in_text}, and that date has passed"
    return f"Expected to open {next(date for date in planned if not date.is_past(today)).in_text}"


def _last_planned(openings, dated):
    """What was last planned for a stopped project: its opening, else the last of its milestones; "" if nothing was."""
    if openings:
        return f"; it was last planned for {openings[-1].label}"
    planned = [(date, milestone) for date, is_reached, milestone in dated if not is_reached]
    if not planned:
        return ""
    date, milestone = planned[-1]
    return f"; last planned was “{milestone.title}”, for {date.label}"


def _by_date(reader, milestones):
    """[(date, whether it is reached, milestone)] of the milestones with a date that `reader` can see, by date."""
    dated = [(*milestone.date_seen_by(reader), milestone) for milestone in milestones]
    known = [row for row in dated if row[0] is not None]
    return sorted(known, key=lambda row: (row[0].last, row[2].pk))
