"""Figures of the portfolio, or a filtered part of it. Each count links to a list of its projects."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from estates_portal.dates import DatePrecision
from estates_portal.sorting import sort_key
from projects.labels import ALL_RATING_LABELS, NOT_REPORTED, RATINGS, SEVERAL, SHORT_STAGES, UNKNOWN, place_label
from projects.models import AnnualCost, Milestone, ProjectKind, Stage, financial_year_of, year_label
from projects.signs import WARNING_SIGNS, attention_items, warning_conditions

AHEAD_DAYS = 90
MILESTONES = 30
ATTENTION = 10
GROUPS = 12


@dataclass(slots=True)
class CountLink:
    """A count with its label and the address of the list of its projects."""

    key: str
    label: str
    number: int
    url: str

    @property
    def shown(self):
        """The number with commas: "12,249"."""
        return f"{self.number:,}"


@dataclass(slots=True)
class BreakdownLine:
    """One line of a breakdown: a `CountLink` for each rating, and their total."""

    label: str
    numbers: list
    total: CountLink


@dataclass(slots=True)
class Spend:
    """Capital of this financial year in Decimal pounds; `projects` is the number with figures."""

    year: str
    budget: Decimal | None
    forecast: Decimal | None
    actual: Decimal | None
    projects: int

    @property
    def bars(self):
        """[(label, pounds)] of the known figures."""
        pairs = [("Budget", self.budget), ("Forecast", self.forecast), ("Actual to date", self.actual)]
        return [(label, pounds) for label, pounds in pairs if pounds is not None]


@dataclass
class Portfolio:
    """The dashboard except movement, as plain values to cache."""

    total: CountLink
    ratings: list
    signs: list
    stages: list
    places: list
    matrix: list
    groups: dict
    attention: list
    weeks: list
    ahead: int
    spend: Spend
    has_examples: bool = field(default=False)

    @property
    def signs_today(self):
        return [number for number in self.signs if WARNING_SIGNS[number.key].is_live]

    @property
    def signs_reported(self):
        return [number for number in self.signs if not WARNING_SIGNS[number.key].is_live]


def portfolio_of(projects, scope, on, successions):
    """The `Portfolio` of a queryset that the reader can see, on the day `on`. At most ten queries.

    `successions` are those of `Organisation.objects`. `scope` is [(name, value)] of the filters of the queryset. The
    link of each count adds its own filter to them.
    """
    address = _Address(scope)
    combinations = list(_combinations(projects))
    by_rating, by_stage, by_place, by_kind, matrix = _tally(combinations)
    total = sum(by_rating.values())
    return Portfolio(
        total=CountLink("", "Projects", total, address()),
        ratings=[
            CountLink(rating, ALL_RATING_LABELS[rating], by_rating[rating], address(rating=rating))
            for rating in RATINGS
        ],
        signs=_signs(projects, address, on),
        stages=(stages := _stages(by_stage, address)),
        places=_groups(by_place, address, "place"),
        matrix=_matrix(matrix, stages, by_place, address),
        groups={
            "By programme": _groups(_counted(projects, "programme__slug", "programme__name"), address, "programme"),
            "By lead organisation": _groups(_by_lead(projects, successions), address, "lead"),
            "By type": _groups(by_kind, address, "kind"),
        },
        attention=attention_items(projects, on, ATTENTION, successions),
        **_ahead(projects, on),
        spend=_spend(projects, on),
        has_examples=any(example for *_columns, example, _number in combinations),
    )


class _Address:
    """Makes addresses of the list with the filters of the scope. Other filters replace those of the same name."""

    def __init__(self, scope):
        self.scope = [(name, value) for name, value in scope if value not in ("", None)]
        self.list_url = reverse("projects:project_list")

    def __call__(self, **more):
        query = [(name, value) for name, value in self.scope if name not in more]
        query += more.items()
        return f"{self.list_url}?{urlencode(query)}" if query else self.list_url


def _combinations(projects):
    """(rating, stage, slug of the place, place, type, whether example, number) of every combination. One query."""
    columns = ("current_report__overall", "stage", "place__slug", "place__name", "kind", "is_example")
    return projects.order_by().values_list(*columns).annotate(Count("pk"))


def _tally(combinations):
    by_rating, by_stage, matrix = Counter(), Counter(), Counter()
    by_place, by_kind = {}, {}
    kinds = dict(ProjectKind.choices)
    for rating, stage, slug, place, kind, _example, number in combinations:
        rating = rating or NOT_REPORTED
        by_rating[rating] += number
        by_stage[stage] += number
        matrix[stage, slug] += number
        by_place.setdefault((slug or SEVERAL, place_label(place)), Counter())[rating] += number
        by_kind.setdefault((kind, kinds[kind]), Counter())[rating] += number
    return by_rating, by_stage, by_place, by_kind, matrix


def _counted(projects, slug, name):
    """{(slug, label): Counter of ratings}. One query."""
    counts = {}
    rows = projects.exclude(**{slug: None}).order_by().values_list(slug, name, "current_report__overall")
    for value, label, rating, number in rows.annotate(Count("pk")):
        counts.setdefault((value, label), Counter())[rating or NOT_REPORTED] += number
    return counts


def _by_lead(projects, successions):
    """{(slug, name) of the organisation that acts for the lead: Counter of ratings}. One query."""
    counts = {}
    columns = ("lead_organisation", "lead_organisation__slug", "lead_organisation__name", "current_report__overall")
    rows = projects.exclude(lead_organisation=None).order_by().values_list(*columns)
    for pk, slug, name, rating, number in rows.annotate(Count("pk")):
        if line := successions.get(pk):
            slug, name = line[-1].slug, line[-1].name
        counts.setdefault((slug, name), Counter())[rating or NOT_REPORTED] += number
    return counts


def _groups(counts, address, name):
    """[`BreakdownLine`] of the GROUPS largest."""
    largest = sorted(counts.items(), key=lambda item: (-sum(item[1].values()), sort_key(item[0][1])))[:GROUPS]
    return [
        BreakdownLine(
            label,
            [
                CountLink(
                    rating, ALL_RATING_LABELS[rating], numbers[rating], address(**{name: value, "rating": rating})
                )
                for rating in RATINGS
            ],
            CountLink("", "All", sum(numbers.values()), address(**{name: value})),
        )
        for (value, label), numbers in largest
    ]


def _matrix(matrix, stages, by_place, address):
    """[(`CountLink` of a stage, [its `CountLink` in each place])], with the places in order of size."""
    places = sorted(by_place.items(), key=lambda item: (-sum(item[1].values()), sort_key(item[0][1])))[:GROUPS]
    return [
        (
            stage,
            [
                CountLink(
                    "",
                    label,
                    matrix[stage.key, None if place == SEVERAL else place],
                    address(stage=stage.key or UNKNOWN, place=place),
                )
                for (place, label), _ratings in places
            ],
        )
        for stage in stages
    ]


def _stages(by_stage, address):
    """A `CountLink` for each stage with projects."""
    return [
        CountLink(stage, SHORT_STAGES[stage], by_stage[stage], address(stage=stage or UNKNOWN))
        for stage in [*Stage.values, ""]
        if by_stage[stage]
    ]


def _signs(projects, address, today):
    """A `CountLink` for each warning sign. Two queries."""
    conditions = warning_conditions(today)
    counts = projects.order_by().aggregate(**{key: Count("pk", filter=conditions[key]) for key in WARNING_SIGNS})
    return [
        CountLink(key, sign.count_label(counts[key]), counts[key], address(watch=key))
        for key, sign in WARNING_SIGNS.items()
    ]


# Milestones ahead and capital -----------------------------------------------------------------------------------------


def _ahead(projects, on):
    """{"weeks": [(label, [milestone])], "ahead": number} of the next AHEAD_DAYS days. One query; two for many."""
    last = on + datetime.timedelta(days=AHEAD_DAYS)
    ids = projects.order_by().values("pk")
    ahead = Milestone.objects.filter(project__in=ids, reached=False, current_until__gte=on, current_on__lte=last)
    ahead = ahead.exclude(current_precision=DatePrecision.YEAR, current_until__gt=last)  # "2027" is too vague
    weeks = {}
    shown = list(ahead.select_related("project").order_by("current_on", "pk")[:MILESTONES])
    for milestone in shown:
        weeks.setdefault(_week(milestone, on), []).append(
            (
                milestone.title,
                milestone.current_short_label,
                milestone.project.title,
                milestone.project.get_absolute_url(),
                milestone.project.is_example,
            )
        )
    return {"weeks": list(weeks.items()), "ahead": len(shown) if len(shown) < MILESTONES else ahead.count()}


def _week(milestone, on):
    """ "Week beginning 23 November", or "November 2026, no exact date"."""
    if milestone.current_precision != DatePrecision.DAY:
        return f"{milestone.current_label}, no exact date"
    monday = milestone.current_on - datetime.timedelta(days=milestone.current_on.weekday())
    return "This week" if monday <= on else f"Week beginning {monday.day} {monday:%B}"


def _spend(projects, on):
    year = financial_year_of(on)
    costs = AnnualCost.objects.filter(project__in=projects.order_by().values("pk"), year=year)
    return Spend(year_label(year), **costs.totals(projects=Count("project")))


def default_scope(query):
    """A copy of the query with the filters of the dashboard: active projects unless a delivery state is selected."""
    scope = query.copy()
    for name in ("page", "sort", "view", "front"):
        scope.pop(name, None)
    if "state" not in scope:
        scope["state"] = "active"
    return scope
