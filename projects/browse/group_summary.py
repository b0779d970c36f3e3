"""Delivery confidence of a group of projects."""

from dataclasses import dataclass

from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.urls import reverse

from projects.labels import NOT_REPORTED, RATING_LABELS
from projects.models import Rating, StatusUpdate
from projects.models.choices import ORDER, better_or_worse

# What needs attention ------------------------------------------------------------------------------------------------


@dataclass
class Attention:
    """A project that needs somebody's attention, and why."""

    title: str
    url: str
    rating: str
    label: str
    reasons: list
    summary: str


@dataclass
class RollUp:
    """The status of several projects together: `counts` are (rating, words, number, address of the list)."""

    counts: list
    worst: str
    worst_label: str
    attention: list
    total: int


ATTENTION_SHOWN = 25


def roll_up(projects, ratings, list_query=""):
    """The `RollUp` of a queryset of projects that the reader may see. `list_query` narrows the list to the same ones.

    `ratings` is how many have each overall rating, as `tally` counts them. One query. What needs attention are those
    that are red, became worse since the report before, or need help; the worst first, at most ATTENTION_SHOWN of them.
    """
    numbers = dict.fromkeys([*Rating.values, NOT_REPORTED], 0)
    for rating, number in ratings.items():
        numbers[rating or NOT_REPORTED] += number
    words = {**RATING_LABELS, NOT_REPORTED: "Not reported"}
    address = f"{reverse('projects:project_list')}?{list_query}{'&' if list_query else ''}rating="
    counts = [(rating, words[rating], number, address + rating) for rating, number in numbers.items()]
    worst = next((rating for rating in ORDER if numbers[rating]), "")
    return RollUp(counts, worst, RATING_LABELS.get(worst, ""), _attention(projects), sum(numbers.values()))


def _attention(projects):
    earlier = (
        StatusUpdate.objects.reported()
        .standing()
        .filter(project=OuterRef("pk"), period__starts_on__lt=OuterRef("current_update__period__starts_on"))
    )
    before = earlier.order_by("-period__starts_on", "-pk").values("overall")[:1]
    rank = Case(
        *(When(current_update__overall=rating, then=Value(place)) for rating, place in ORDER.items()), default=9
    )
    needing = projects.select_related("current_update").annotate(before=Subquery(before), rank=rank)
    worse = Q(current_update__overall=Rating.AMBER, before=Rating.GREEN)
    needing = needing.filter(Q(current_update__overall=Rating.RED) | worse | ~Q(current_update__help_needed=""))
    found = []
    for project in needing.filter(current_update__isnull=False).order_by("rank", "title", "pk")[:ATTENTION_SHOWN]:
        update = project.current_update
        rated = (update.overall, RATING_LABELS[update.overall])
        reasons = _reasons(update, project.before)
        found.append(Attention(project.title, project.get_absolute_url(), *rated, reasons, update.summary))
    return found


def _reasons(update, before):
    reasons = []
    if update.overall == Rating.RED:
        reasons.append("Red")
    if better_or_worse(before, update.overall) == "worse":
        reasons.append(f"Worse: was {RATING_LABELS[before].lower()}")
    if update.help_needed:
        reasons.append("Help or a decision is needed")
    return reasons
