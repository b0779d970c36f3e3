"""Figures of the portfolio, or a filtered part of it. Each number links to the list of its rows."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from projects.dates import DatePrecision
from projects.labels import ALL_RATING_LABELS, NOT_REPORTED, RATINGS, SEVERAL, SHORT_STAGES, UNKNOWN, place_label
from projects.models import AnnualCost, Milestone, ProjectKind, Stage, financial_year_of, year_label
from projects.signs import WARNING_SIGNS, attention_items, warning_conditions

AHEAD_DAYS = 90
MILESTONES = 30
ATTENTION = 10
GROUPS = 12


@dataclass(slots=True)
class Number:
    """A count with its label, and the address of the list of its rows."""

    key: str
    label: str
    number: int
    url: str

    @property
    def shown(self):
        """The number with commas: "12,249"."""
        return f"{self.number:,}"


@dataclass(slots=True)
class Group:
    """One line of a breakdown: its projects by rating, as `Number`s, and their total."""

    label: str
    numbers: list
    total: Number


@dataclass(slots=True)
class Spend:
    """Capital of this financial year over the projects, Decimal pounds; `projects` is how many have figures."""

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
    """Everything on the dashboard but movement, as plain values."""

    total: Number
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


def portfolio_of(projects, scope, on):
    """The `Portfolio` of a queryset that the reader can see, on a day; `scope` are the filters it was made with.

    `scope` is [(name, value)] of the list's address: each number's link adds its own filter to it, so that the list
    behind it shows just those rows. At most ten queries, whatever the number of projects.
    """
    address = _Address(scope)
    cells = list(_cells(projects))
    by_rating, by_stage, by_place, by_kind, matrix = _tally(cells)
    total = sum(by_rating.values())
    return Portfolio(
        total=Number("", "Projects", total, address()),
        ratings=[Number(one, ALL_RATING_LABELS[one], by_rating[one], address(rating=one)) for one in RATINGS],
        signs=_signs(projects, address, on),
        stages=(stages := _stages(by_stage, address)),
        places=_groups(by_place, address, "place"),
        matrix=_matrix(matrix, stages, by_place, address),
        groups={
            "By programme": _groups(_counted(projects, "programme__slug", "programme__name"), address, "programme"),
            "By lead organisation": _groups(
                _counted(projects, "lead_organisation__slug", "lead_organisation__name"), address, "lead"
            ),
            "By type": _groups(by_kind, address, "kind"),
        },
        attention=attention_items(projects, on, ATTENTION),
        **_ahead(projects, on),
        spend=_spend(projects, on),
        has_examples=any(example for *_cell, example, _number in cells),
    )


class _Address:
    """Addresses of the list with the filters of the scope; further filters replace those of the same name."""

    def __init__(self, scope):
        self.scope = [(name, value) for name, value in scope if value not in ("", None)]
        self.list = reverse("projects:project_list")

    def __call__(self, **more):
        query = [(name, value) for name, value in self.scope if name not in more]
        query += more.items()
        return f"{self.list}?{urlencode(query)}" if query else self.list


def _cells(projects):
    """(rating, stage, place's address, place, kind, whether example, number): every combination there is. One query."""
    columns = ("current_report__overall", "stage", "place__slug", "place__name", "kind", "is_example")
    return projects.order_by().values_list(*columns).annotate(Count("pk"))


def _tally(cells):
    by_rating, by_stage, matrix = Counter(), Counter(), Counter()
    by_place, by_kind = {}, {}
    kinds = dict(ProjectKind.choices)
    for rating, stage, slug, place, kind, _example, number in cells:
        rating = rating or NOT_REPORTED
        by_rating[rating] += number
        by_stage[stage] += number
        matrix[stage, slug] += number
        by_place.setdefault((slug or SEVERAL, place_label(place)), Counter())[rating] += number
        by_kind.setdefault((kind, kinds[kind]), Counter())[rating] += number
    return by_rating, by_stage, by_place, by_kind, matrix


def _counted(projects, slug, name):
    """{(address value, label): Counter of ratings}. One query."""
    found = {}
    rows = projects.exclude(**{slug: None}).order_by().values_list(slug, name, "current_report__overall")
    for value, label, rating, number in rows.annotate(Count("pk")):
        found.setdefault((value, label), Counter())[rating or NOT_REPORTED] += number
    return found


def _groups(counts, address, name):
    """The GROUPS largest, as `Group`s."""
    largest = sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0][1]))[:GROUPS]
    return [
        Group(
            label,
            [
                Number(one, ALL_RATING_LABELS[one], numbers[one], address(**{name: value, "rating": one}))
                for one in RATINGS
            ],
            Number("", "All", sum(numbers.values()), address(**{name: value})),
        )
        for (value, label), numbers in largest
    ]


def _matrix(matrix, stages, by_place, address):
    """[(`Number` of a stage, [its `Number` in each place])], the places in the order of their groups."""
    places = sorted(by_place.items(), key=lambda item: (-sum(item[1].values()), item[0][1]))[:GROUPS]
    return [
        (
            stage,
            [
                Number(
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
    """A `Number` for each stage with projects."""
    return [
        Number(stage, SHORT_STAGES[stage], by_stage[stage], address(stage=stage or UNKNOWN))
        for stage in [*Stage.values, ""]
        if by_stage[stage]
    ]


def _signs(projects, address, today):
    """A `Number` for each warning sign. Two queries."""
    conditions = warning_conditions(today)
    counts = projects.order_by().aggregate(**{key: Count("pk", filter=conditions[key]) for key in WARNING_SIGNS})
    return [
        Number(key, sign.count_label(counts[key]), counts[key], address(watch=key))
        for key, sign in WARNING_SIGNS.items()
    ]


# Milestones ahead and capital -----------------------------------------------------------------------------------------


def _ahead(projects, on):
    """{"weeks": [(label, [milestone])], "ahead": number} of the next AHEAD_DAYS days. One query; two for many."""
    last = on + datetime.timedelta(days=AHEAD_DAYS)
    ids = projects.order_by().values("pk")
    coming = Milestone.objects.filter(project__in=ids).ahead(on).filter(current_on__lte=last)
    coming = coming.exclude(current_precision=DatePrecision.YEAR, current_until__gt=last)  # "2027" says too little
    weeks = {}
    first = list(coming.select_related("project").order_by("current_on", "pk")[:MILESTONES])
    for one in first:
        weeks.setdefault(_week(one, on), []).append(
            (
                one.title,
                one.current_short_label,
                one.project.title,
                one.project.get_absolute_url(),
                one.project.is_example,
            )
        )
    return {"weeks": list(weeks.items()), "ahead": len(first) if len(first) < MILESTONES else coming.count()}


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
    """The filters of the dashboard as a copy of the query: active projects unless a delivery state is selected."""
    asked = query.copy()
    for name in ("page", "sort", "view"):
        asked.pop(name, None)
    if "state" not in asked:
        asked["state"] = "active"
    return asked
