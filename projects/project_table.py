"""Projects as rows of a table: every value ready to print, because formatting in templates costs most of a list."""

import functools
from dataclasses import dataclass

from django.db.models import Subquery
from django.urls import reverse
from django.utils import timezone

from .dates import in_short
from .labels import HUB_TYPES, SHORT_STAGES, STAGE_COLOURS, STAGES, STATE_COLOURS, STATES, money
from .models import DeliveryState, Milestone, Project, Rating
from .models.finance import newest_costs
from .paging import PER_PAGE
from .prepared import PreparedForIds
from .signs import EXTREME, SLIPPING_DAYS, with_control


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
    published: bool
    is_example: bool
    rating: str = ""
    rating_words: str = ""
    reported: str = ""
    signs: tuple = ()


def project_rows(ids, on=None, with_status=False):
    """A `ProjectRow` for each of `ids`, in their order, with the next milestone on that day or else the last known.

    Two queries of tuples for a page: a list spends most of its time on making objects and their words. The
    ids must come from a queryset that is `visible_to` the reader: nothing is checked here. `with_status` adds the
    ratings, which are for signed-in readers alone.
    """
    ids, on = list(ids), on or timezone.localdate()
    milestones = _milestones(ids, on)
    rows = {}
    for pk, *values in _rows_on(on if with_status else None).rows(ids):
        rows[pk] = _row(*values[: len(COLUMNS)], milestones.get(pk))
        if with_status:
            _rate(rows[pk], *values[len(COLUMNS) :])
    return [rows[pk] for pk in ids if pk in rows]


@functools.lru_cache(maxsize=4)
def _rows_on(on):
    """The query of COLUMNS, and with a day to rate them on of STATUS_COLUMNS."""

    def build(ids):
        projects = Project.objects.filter(pk__in=ids).order_by()
        projects = projects.annotate(cost=Subquery(newest_costs().values("amount_pounds")[:1]))
        if on is None:
            return projects.values_list("pk", *COLUMNS)
        return with_control(projects, on).values_list("pk", *COLUMNS, *STATUS_COLUMNS)

    return PreparedForIds(build, PER_PAGE)


STATUS_COLUMNS = (
    "current_update__overall",
    "current_update__submitted_at",
    "current_update__frozen_slippage_days",
    "approved_budget",
    "forecast_total",
    "worst_score",
    "reviews_overdue",
    "trend",
)
RATINGS = dict(Rating.choices)


def _rate(row, overall, submitted_at, slippage, approved, forecast, worst, reviews_overdue, trend):
    row.rating = overall or "not_reported"
    row.rating_words = RATINGS.get(overall, "Not reported")
    row.reported = in_short(timezone.localdate(submitted_at), "day") if submitted_at else ""
    signs = [
        words for sign, words in (("worse", "Newly worse"), ("stale", "Not moved for six reports")) if trend == sign
    ]
    if slippage is not None and slippage > SLIPPING_DAYS:
        signs.append(f"Slipping {slippage // 30} months")
    if approved is not None and forecast is not None and forecast > approved:
        signs.append(f"{money(forecast - approved)} over budget")
    if worst is not None and worst >= EXTREME:
        signs.append("Extreme risk")
    if reviews_overdue:
        signs.append("Review overdue")
    row.signs = tuple(signs)


def _dated_milestones(ids):
    dated = Milestone.objects.filter(project__in=ids, public=True, current_until__isnull=False).order_by("pk")
    return dated.values_list("project", "title", "current_on", "current_precision", "current_until", "reached")


DATED_MILESTONES = PreparedForIds(_dated_milestones, PER_PAGE)


def _milestones(ids, on):
    """{project id: (title, words of its date, whether it is ahead, whether reached)}: the one to show of each."""
    found = {}
    for project, title, current_on, precision, until, reached in DATED_MILESTONES.rows(ids):
        ahead = not reached and until >= on
        # what is ahead before what is past; of that ahead the nearest, of that past the latest
        rank = (ahead, -until.toordinal() if ahead else until.toordinal())
        if project not in found or rank > found[project][0]:
            found[project] = (rank, title, in_short(current_on, precision), ahead, reached)
    return {project: shown[1:] for project, shown in found.items()}


def _past(ahead, reached, state):
    """What stands before a milestone that is no next one: no report of it is a worry only while a project runs."""
    if ahead:
        return ""
    if reached:
        return "Last"
    return "Planned" if state == DeliveryState.COMPLETE else "Was due"


COLUMNS = (
    "slug",
    "title",
    "reference",
    "hub__hub_type",
    "place__name",
    "stage",
    "stage_as_of",
    "stage_as_of_precision",
    "delivery_state",
    "lead_organisation__short_name",
    "lead_organisation__name",
    "published",
    "is_example",
    "cost",
)


def _row(
    slug, title, reference, hub_type, place, stage, as_of, precision, state, lead, lead_long, published, is_example,
    cost, milestone,
):  # fmt: skip
    next_title, next_on, ahead, reached = milestone or ("", "", True, False)
    return ProjectRow(
        url=_address(slug),
        title=title,
        reference=reference,
        kind=HUB_TYPES[hub_type] if hub_type else "Hospital scheme",
        place=place or "Several places",
        stage=SHORT_STAGES[stage],
        stage_long=STAGES.get(stage, "Not known"),
        stage_colour=STAGE_COLOURS[stage],
        state=STATES[state],
        state_colour=STATE_COLOURS.get(state, ""),
        as_of=in_short(as_of, precision),
        next_title=next_title,
        next_on=next_on,
        past=_past(ahead, reached, state),
        cost=money(cost),
        lead=lead or lead_long or "",
        published=published,
        is_example=is_example,
    )


def _address(slug):
    return f"{_address_of_all()}{slug}/"


@functools.cache
def _address_of_all():
    """What the addresses of all projects begin with: asked once, because a page has many."""
    return reverse("projects:project_detail", args=["x"]).removesuffix("x/")
