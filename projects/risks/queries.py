"""The risk list: filters, heat map and order."""

from dataclasses import dataclass

import django_filters
from django import forms
from django.db.models import Count, F

from projects.columns import DATE, EXAMPLE, NUMBER, OF_PROJECT, Column
from projects.filters import RecordFilter
from projects.models import Band, Consequence, Escalation, Likelihood, Movement, Risk, RiskCategory, RiskKind, band_of
from projects.models.risk import movement_of, score_of
from sites.filters import from_list

RISK_STATES = [("open", "Open"), ("closed", "Closed"), ("all", "Open and closed")]


class RiskFilter(RecordFilter):
    """Filters of the risk list. It shows open risks unless another status is selected."""

    q = django_filters.CharFilter(
        label="Keyword", max_length=100, method="filter_text", widget=forms.TextInput(attrs={"type": "search"})
    )
    band = django_filters.MultipleChoiceFilter(
        label="Current score", choices=Band.choices, widget=forms.CheckboxSelectMultiple, method="filter_band"
    )
    kind = django_filters.ChoiceFilter(label="Type", choices=RiskKind.choices, empty_label="Risks and issues")
    state = django_filters.ChoiceFilter(
        label="Status", choices=RISK_STATES, empty_label=None, method="no_op"
    )  # by `chosen`
    review = django_filters.ChoiceFilter(
        label="Review", choices=[("overdue", "Overdue")], empty_label="Any", method="filter_review"
    )
    escalation = django_filters.ChoiceFilter(
        label="Escalation level", choices=Escalation.choices, empty_label="All levels"
    )
    category = django_filters.ChoiceFilter(
        label="Category", choices=(), empty_label="All categories", error_messages=from_list("a category")
    )
    movement = django_filters.ChoiceFilter(
        label="Movement in a month",
        choices=Movement.choices,
        empty_label="Any",
        method="filter_movement",
        error_messages=from_list("a movement"),
    )
    likelihood = django_filters.ChoiceFilter(choices=Likelihood.choices, widget=forms.HiddenInput)
    consequence = django_filters.ChoiceFilter(choices=Consequence.choices, widget=forms.HiddenInput)

    class Meta:
        model = Risk
        fields = ()

    searched = ("title__icontains", "cause__icontains", "owner__icontains", "project__title__icontains")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.offer("category", [(str(pk), name) for pk, name in RiskCategory.objects.values_list("pk", "name")])

    @property
    def chosen(self):
        """The risks that match the filters, open ones unless another status is selected."""
        risks = self.found
        state = self.valid.get("state", "open")
        return risks if state == "all" else risks.filter(closed_on__isnull=state == "open")

    def filter_band(self, queryset, name, bands):
        return queryset.in_bands(bands)

    def filter_movement(self, queryset, name, movement):
        return queryset.moved(movement, self.on)

    def filter_review(self, queryset, name, value):
        return queryset.review_overdue(self.on)


@dataclass
class HeatMapCell:
    """A cell of the heat map, with its number of risks and the address of their list."""

    likelihood: int
    consequence: int
    score: int
    band: str
    number: int
    url: str


def heat_map(risks, query):
    """[(likelihood label, [`HeatMapCell`])], likelihood 5 to 1, consequence 1 to 5. One query.

    The links of the cells add their filters to `query`, a QueryDict.
    """
    counts = {}
    for likelihood, consequence, number in (
        risks.order_by().values_list("likelihood", "consequence").annotate(Count("pk"))
    ):
        counts[likelihood, consequence] = counts.get((likelihood, consequence), 0) + number
    rows = []
    for likelihood in range(5, 0, -1):
        row = []
        for consequence in range(1, 6):
            cell_query = query.copy()
            cell_query["likelihood"], cell_query["consequence"] = likelihood, consequence
            cell_query.pop("page", None)
            score = score_of(likelihood, consequence)
            number = counts.get((likelihood, consequence), 0)
            row.append(
                HeatMapCell(likelihood, consequence, score, band_of(score), number, f"?{cell_query.urlencode()}")
            )
        rows.append((Likelihood(likelihood).label, row))
    return rows


def by_score(risks):
    """The risks by current score, highest first."""
    return risks.with_score().order_by("-score_now", F("review_on").asc(nulls_first=True), "pk")


def _label(choices):
    """A function that returns the label of a value."""
    return dict(choices).get


# The columns of downloads.
COLUMNS = (
    *OF_PROJECT,
    Column("Risk or issue", "title", width=44),
    Column("Type", "kind", lambda kind: RiskKind(kind).label.split(":")[0]),
    Column("Category", "category__name", width=24),
    Column("Cause", "cause", width=40),
    Column("Effect", "effect", width=40),
    Column("Likelihood", "likelihood", kind=NUMBER),
    Column("Consequence", "consequence", kind=NUMBER),
    Column("Score", "score_now", kind=NUMBER),
    Column("Band", "score_now", lambda score: band_of(score).label),
    Column("Score a month ago", "score_before", kind=NUMBER),
    Column("Movement", "movement", _label(Movement.choices)),
    Column("Target score", "score_aim", kind=NUMBER),
    Column("Risk owner", "owner", width=24),
    Column("Mitigation", "mitigation", width=50),
    Column("Escalation level", "escalation", _label(Escalation.choices)),
    Column("Raised on", "raised_on", kind=DATE),
    Column("Next review", "review_on", kind=DATE),
    Column("Closed on", "closed_on", kind=DATE),
    EXAMPLE,
)


def records(risks, on):
    """Yields the values of these risks for COLUMNS, with their scores a month before the day `on`."""
    names = {column.name for column in COLUMNS} - {"movement"}
    for record in risks.with_movement(on).values("project", *names):
        yield record | {"movement": movement_of(record["score_before"], record["score_now"])}
