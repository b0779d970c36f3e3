"""What a project's page says of its stage and delivery state: the first line, and the row of steps."""

from collections import Counter
from dataclasses import dataclass, field

from django.utils.text import get_text_list

from projects.labels import DELIVERY_STATES, PLAIN_STAGES, STATE_COLOURS
from projects.models import DeliveryState, Gate, MilestoneKind, Stage, StageBasis
from projects.models.milestone import newest_statement
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
# What a gate's date is the date of.
GATE_WORDS = {
    Gate.SOC: "Approved",
    Gate.OBC: "Approved",
    Gate.FBC: "Approved",
    Gate.START: "Started",
    Gate.HANDOVER: "Handed over",
    Gate.OPENING: "Opened",
}
STOPPED = {DeliveryState.ON_HOLD, DeliveryState.CANCELLED}
# What parts of an open plan can be, in the order of its first line.
PARTS_NOT_OPEN = [
    "under construction",
    "built but not yet open",
    "in planning",
    "on hold",
    "cancelled",
    "at a stage that is not known",
]


@dataclass
class Step:
    """One stage in the row of steps. `state` is recorded, current, ahead, unrecorded, or "" if only worked out.

    `record` says what is known of a recorded step: "Approved 5 March 2024", or "Recorded March 2026", which is only
    when the stage was stated.
    """

    label: str
    state: str
    record: str = ""


@dataclass
class StatusLine:
    """The first line of a page: what is happening, why, and the opening date. `statement` says it, if any does.

    `date_statement` says the opening date, labelled `date_label`. It is None if `statement` has the same provenance.
    """

    label: str
    colour: str = ""
    details: list = field(default_factory=list)
    statement: object = None
    date_label: str = ""
    date_statement: object = None


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
    records = _records(statements, milestones, reader)
    order = list(Stage)
    steps = []
    for step in STEPS:
        if step == stage:
            steps.append(Step(step.label, "current"))
        elif order.index(step) > order.index(stage):
            steps.append(Step(step.label, "ahead"))
        elif step in records:
            steps.append(Step(step.label, "recorded", records[step]))
        else:
            steps.append(Step(step.label, "unrecorded"))
    return steps


def _records(statements, milestones, reader):
    """{stage: what records it, with the date}: its reached gate, else its newest dated statement."""
    records = {
        statement.stage: f"Recorded {statement.dated.label}"
        for statement in statements
        if statement.stage and statement.dated and statement.basis != StageBasis.INFERRED
    }
    stages = {gate: stage for stage, gate in GATES.items()}
    for milestone in milestones:
        date, is_reached = milestone.date_seen_by(reader)
        if is_reached and milestone.gate in stages:
            records[stages[milestone.gate]] = f"{GATE_WORDS[milestone.gate]} {date.label}"
    return records


def parts_not_open(statuses):
    """What these `ProjectStatus`es of a plan's parts say, other than open: "1 part is under construction"; "" if none.

    The parts are counted in the order of PARTS_NOT_OPEN.
    """
    counts = Counter(_not_open(status) for status in statuses)
    texts = []
    for label in PARTS_NOT_OPEN:
        if number := counts[label]:
            noun = "" if texts else f" part{'' if number == 1 else 's'}"
            texts.append(f"{number}{noun} {'is' if number == 1 else 'are'} {label}")
    return get_text_list(texts, "and")


def _not_open(status):
    """The label in PARTS_NOT_OPEN of a part; "" of one that is open, or was."""
    if status.delivery_state in STOPPED:
        return DELIVERY_STATES[status.delivery_state].lower()
    return {
        Stage.CONSTRUCTION: "under construction",
        Stage.COMMISSIONING: "built but not yet open",
        Stage.OPERATIONAL: "",
        Stage.CLOSED: "",
        "": "at a stage that is not known",
    }.get(status.stage, "in planning")


def status_line(status, statements, milestones, reader, today, parts=()):
    """The `StatusLine` of a project with this `ProjectStatus`. `milestones` have the statements that `reader` sees.

    The line of a plan that is open also says which of its `parts` (their `ProjectStatus`es) are not.
    """
    newest = newest_by_fact(statements)
    opening, milestone = opening_label(status, milestones, reader, today)
    if status.delivery_state in STOPPED:
        statement = newest.get("delivery_state")
        reason = statement.reason.strip().rstrip(".") if statement else ""
        label, colour = DELIVERY_STATES[status.delivery_state], STATE_COLOURS[status.delivery_state]
        line = StatusLine(label, colour, list(filter(None, [reason, opening])), statement)
    else:
        label = PLAIN_STAGES[status.stage]
        if status.stage in (Stage.OPERATIONAL, Stage.CLOSED):
            label = "; ".join(filter(None, [label, parts_not_open(parts)]))
        line = StatusLine(label, details=[opening], statement=newest.get("stage"))
    date_statement = newest_statement(milestone.statements.all()) if milestone else None
    if date_statement and _provenance(date_statement) != _provenance(line.statement):
        line.date_statement = date_statement
        line.date_label = "Opening date" if milestone.kind == MilestoneKind.OPENING else "Last planned date"
    return line


def _provenance(statement):
    """The date, basis and source of a statement, to compare; None without a statement."""
    return statement and (statement.dated, statement.basis_label, statement.source_url, statement.is_waiting)


def opening_label(status, milestones, reader, today):
    """(The opening of a project in text, the milestone that has the date, or whose date is not known, or None).

    The text is like "Opened in May 2025" or "No opening date; it was last planned for 2024".
    """
    all_openings = [milestone for milestone in milestones if milestone.kind == MilestoneKind.OPENING]
    openings = _by_date(reader, all_openings)
    reached = [(date, milestone) for date, is_reached, milestone in openings if is_reached]
    planned = [(date, milestone) for date, is_reached, milestone in openings if not is_reached]
    if reached:
        first, milestone = min(reached, key=lambda row: row[0].first)
        text = f"Opened {first.in_text}" if len(openings) == 1 else f"Opened in stages from {first.label}"
        return text, milestone
    if status.delivery_state in STOPPED:
        text, milestone = _last_planned(planned, _by_date(reader, milestones))
        return f"No opening date{text}", milestone
    if status.delivery_state == DeliveryState.COMPLETE or status.stage in (Stage.OPERATIONAL, Stage.CLOSED):
        return "The opening date is not recorded", None
    if not planned:
        return "No opening date known", next(iter(all_openings), None)
    last, milestone = planned[-1]
    if last.is_past(today):
        return f"It was expected to open {last.in_text}, and that date has passed", milestone
    date, milestone = next(row for row in planned if not row[0].is_past(today))
    return f"Expected to open {date.in_text}", milestone


def _last_planned(openings, dated):
    """(What was last planned for a stopped project, its milestone): its opening, else the last of its milestones."""
    if openings:
        date, milestone = openings[-1]
        return f"; it was last planned for {date.label}", milestone
    planned = [(date, milestone) for date, is_reached, milestone in dated if not is_reached]
    if not planned:
        return "", None
    date, milestone = planned[-1]
    return f"; last planned was “{milestone.title}”, for {date.label}", milestone


def _by_date(reader, milestones):
    """[(date, whether it is reached, milestone)] of the milestones with a date that `reader` can see, by date."""
    dated = [(*milestone.date_seen_by(reader), milestone) for milestone in milestones]
    known = [row for row in dated if row[0] is not None]
    return sorted(known, key=lambda row: (row[0].last, row[2].pk))
