"""The stages of the projects of programmes, and the delivery confidence of a group of projects."""

from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from projects.labels import ALL_RATING_LABELS, NOT_REPORTED, RATING_LABELS, RATINGS, STAGES
from projects.models import DeliveryState, Stage
from projects.models.choices import RATING_ORDER
from projects.models.statements import column_for
from projects.signs import attention_items


@dataclass
class RollUp:
    """The status of a group of projects. `counts` is [(rating, label, number, address of the list)]."""

    counts: list
    worst: str
    worst_label: str
    attention: list
    total: int


ATTENTION_SHOWN = 25


def roll_up(projects, ratings, today, successions, list_query=""):
    """The `RollUp` of a queryset of projects that the reader can see. Two queries.

    `ratings` is {overall rating: number of projects}; `successions` are those of `Organisation.objects`; `list_query`
    filters the project list to these projects. At most ATTENTION_SHOWN active projects that need attention are listed.
    """
    numbers = dict.fromkeys(RATINGS, 0)
    for rating, number in ratings.items():
        numbers[rating or NOT_REPORTED] += number
    address = f"{reverse('projects:project_list')}?{list_query}{'&' if list_query else ''}rating="
    counts = [(rating, ALL_RATING_LABELS[rating], number, address + rating) for rating, number in numbers.items()]
    active = projects.filter(delivery_state=DeliveryState.ACTIVE)
    worst = next((rating for rating in RATING_ORDER if numbers[rating]), "")
    return RollUp(
        counts,
        worst,
        RATING_LABELS.get(worst, ""),
        attention_items(active, today, ATTENTION_SHOWN, successions),
        sum(numbers.values()),
    )


def stages_by_programme(projects, reader):
    """{programme id: {stage: number of these projects}}. One query."""
    stages = {}
    rows = projects.order_by().values_list("programme", column_for(reader, "stage")).annotate(Count("pk"))
    for programme, stage, count in rows:
        stages.setdefault(programme, {})[stage] = count
    return stages


def stages_label(counts):
    """Text like "2 construction, 3 operational", in the order of the stages."""
    return ", ".join(f"{counts[stage]:,} {STAGES[stage].lower()}" for stage in [*Stage, ""] if stage in counts)
