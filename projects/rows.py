"""Projects as rows of a table: every value ready to print, because formatting in templates costs most of a list."""

from dataclasses import dataclass

from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from .models import DeliveryState, Milestone, Project, Stage
from .models.milestone import last_milestones, next_milestones
from .models.money import newest_costs

STAGES = dict(Stage.choices)
SHORT_STAGES = {**STAGES, Stage.SOC: "SOC", Stage.OBC: "OBC", Stage.FBC: "FBC", "": "Not known"}
STATES = dict(DeliveryState.choices)
# The one place where a stage or state becomes a colour of the NHS.UK tag; the word always stands on it.
STAGE_COLOURS = {
    Stage.IDENTIFIED: "white",
    Stage.SOC: "blue",
    Stage.OBC: "blue",
    Stage.FBC: "blue",
    Stage.CONSTRUCTION: "purple",
    Stage.COMMISSIONING: "aqua-green",
    Stage.OPERATIONAL: "green",
    Stage.CLOSED: "grey",
    "": "white",
}
STATE_COLOURS = {DeliveryState.ON_HOLD: "yellow", DeliveryState.CANCELLED: "grey"}


def money(pounds):
    """Pounds in few characters, rounded past the tenth of a million: "£168.6m", "£43m", "£525,000"; "" for None."""
    if pounds is None:
        return ""
    if pounds < 1_000_000:
        return f"£{pounds:,.0f}"
    return f"£{pounds / 1_000_000:,.1f}m".replace(".0m", "m")


@dataclass(slots=True)
class ProjectRow:
    url: str
    title: str
    reference: str
    kind: str
    place: str
    stage: str
    stage_long: str
    stage_colour: str
    state: str
    state_colour: str
    as_of: str
    next_title: str
    next_on: str
    past: str
    cost: str
    lead: str
    lead_long: str
    published: bool
    is_example: bool


def project_rows(ids, on=None):
    """A `ProjectRow` for each of `ids`, in their order, with the next milestone on that day or else the last known.

    Two queries, whatever their number.

    The ids must come from a queryset that is `visible_to` the reader: nothing is checked here.
    """
    on = on or timezone.localdate()
    projects = (
        Project.objects.filter(pk__in=ids)
        .select_related("place", "lead_organisation", "hub")
        .annotate(
            next_milestone_id=Coalesce(
                Subquery(next_milestones(on).values("pk")[:1]), Subquery(last_milestones().values("pk")[:1])
            ),
            cost=Subquery(newest_costs().values("amount_pounds")[:1]),
        )
    )
    found = {project.pk: project for project in projects}
    milestones = Milestone.objects.in_bulk([p.next_milestone_id for p in found.values() if p.next_milestone_id])
    return [_row(found[pk], milestones.get(found[pk].next_milestone_id), on) for pk in ids]


def _row(project, milestone, on):
    is_hub = hasattr(project, "hub")
    lead = project.lead_organisation
    return ProjectRow(
        url=reverse("projects:project_detail", args=[project.slug]),
        title=project.title,
        reference=project.reference,
        kind=project.hub.get_hub_type_display() if is_hub else "Hospital scheme",
        place=project.place.name if project.place else "Several places",
        stage=SHORT_STAGES[project.stage],
        stage_long=STAGES.get(project.stage, "Not known"),
        stage_colour=STAGE_COLOURS[project.stage],
        state=STATES[project.delivery_state],
        state_colour=STATE_COLOURS.get(project.delivery_state, ""),
        as_of=project.stage_as_of_short,
        next_title=milestone.title if milestone else "",
        next_on=milestone.current_short if milestone else "",
        past=_past(milestone, on),
        cost=money(project.cost),
        lead=lead.label if lead else "",
        lead_long=lead.name if lead else "",
        published=project.published,
        is_example=project.is_example,
    )


def _past(milestone, on):
    """What to put before a milestone that is no next one: "Last" or "Was due"; "" where it is ahead."""
    if milestone is None or (not milestone.reached and milestone.current_until >= on):
        return ""
    return "Last" if milestone.reached else "Was due"
