"""What a project's status is, for people to look at: ratings, how they moved, what is due, what needs attention."""

from dataclasses import dataclass, field

from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.urls import reverse

from .models import FACETS, Project, Rating, StatusUpdate, UpdateState
from .trend import ARROWS, NOT_REPORTED, ORDER, PERIODS_SHOWN, TREND_WORDS, WORDS, better_or_worse, trend


@dataclass
class Facet:
    """One rating of a report, as shown."""

    words: str
    rating: str
    label: str
    trend: str = ""
    arrow: str = ""


@dataclass
class Point:
    """The overall rating of one period; `rating` is "not_reported" where there was no report."""

    period: str
    rating: str
    label: str


@dataclass
class Standing:
    """Where a project stands by its newest standing report."""

    update: StatusUpdate
    facets: list
    points: list = field(default_factory=list)
    trend: str = ""
    independent: str = ""

    @property
    def trend_words(self):
        return TREND_WORDS.get(self.trend, "")


def standing_of(project):
    """The `Standing` of a project, or None where nothing was reported yet. One query."""
    updates = (
        StatusUpdate.objects.filter(project=project).reported().standing().select_related("period", "submitted_by")
    )
    newest = list(updates.order_by("-period__starts_on", "-pk")[:PERIODS_SHOWN])
    if not newest:
        return None
    update, past = newest[0], newest[::-1]
    update.project = project  # for its address
    facets = []
    for name, words in FACETS.items():
        rating = getattr(update, name)
        if rating:
            moved = trend([getattr(one, name) for one in past])
            facets.append(Facet(words, rating, WORDS[rating], TREND_WORDS.get(moved, ""), ARROWS.get(moved, "")))
    points = [Point(one.period.name, one.overall, WORDS.get(one.overall, "")) for one in past]
    return Standing(
        update, facets, points, trend([one.overall for one in past]), WORDS.get(update.independent_rating, "")
    )


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
    words = {**WORDS, NOT_REPORTED: "Not reported"}
    address = f"{reverse('projects:project_list')}?{list_query}{'&' if list_query else ''}rating="
    counts = [(rating, words[rating], number, address + rating) for rating, number in numbers.items()]
    worst = next((rating for rating in ORDER if numbers[rating]), "")
    return RollUp(counts, worst, WORDS.get(worst, ""), _attention(projects), sum(numbers.values()))


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
        rated = (update.overall, WORDS[update.overall])
        reasons = _reasons(update, project.before)
        found.append(Attention(project.title, project.get_absolute_url(), *rated, reasons, update.summary))
    return found


def _reasons(update, before):
    reasons = []
    if update.overall == Rating.RED:
        reasons.append("Red")
    if better_or_worse(before, update.overall) == "worse":
        reasons.append(f"Worse: was {WORDS[before].lower()}")
    if update.help_needed:
        reasons.append("Help or a decision is needed")
    return reasons


# What is due ----------------------------------------------------------------------------------------------------------


@dataclass
class Due:
    """A report that somebody owes or is writing."""

    project: Project
    period: object
    update: StatusUpdate | None
    days: int

    @property
    def is_overdue(self):
        return self.days < 0

    @property
    def rank(self):
        """Returned first, then overdue, then by the due day."""
        returned = self.update is not None and self.update.state == UpdateState.RETURNED
        return (not returned, self.days, self.project.title)

    @property
    def words(self):
        """How the due day stands to today, in few words."""
        if self.days < 0:
            return f"{-self.days} day{'' if self.days == -1 else 's'} late"
        if self.days == 0:
            return "Due today"
        return f"Due in {self.days} day{'' if self.days == 1 else 's'}"


def due_reports(projects, periods, on):
    """What is still to be reported for these open periods, of these projects: a sorted list of `Due`.

    A query for each period and one for the updates.
    """
    from .reporting import projects_that_report

    periods = list(periods)
    updates = {}
    for update in StatusUpdate.objects.filter(period__in=periods, project__in=projects, corrects=None).select_related(
        "saved_by", "reviewed_by"
    ):
        updates[update.project_id, update.period_id] = update
    found = []
    for period in periods:
        expected = projects_that_report(period).filter(pk__in=projects.values("pk"))
        for project in expected.select_related("current_update__period", "lead_organisation"):
            update = updates.get((project.pk, period.pk))
            if update is None or update.is_editable:
                found.append(Due(project, period, update, (period.due_on - on).days))
    return sorted(found, key=lambda one: one.rank)
