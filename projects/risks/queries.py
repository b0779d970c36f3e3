"""The risk list: filters, heat map and order."""

from dataclasses import dataclass

import django_filters
from django import forms
from django.db.models import Count, F

from estates_portal.sorting import SortKey
from projects.models import Band, Consequence, Escalation, Likelihood, Programme, Risk, RiskKind, band_of
from projects.models.risk import score_of
from sites.filters import CheckedFilterSet
from sites.models import Organisation, Place
from sites.successions import with_acting

RISK_STATES = [("open", "Open"), ("closed", "Closed"), ("all", "Open and closed")]


class RiskFilter(CheckedFilterSet):
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
    place = django_filters.ChoiceFilter(
        label="Place", field_name="project__place__slug", choices=(), empty_label="Any place"
    )
    programme = django_filters.ChoiceFilter(
        label="Programme", field_name="project__programme__slug", choices=(), empty_label="Any programme"
    )
    lead = django_filters.ChoiceFilter(
        label="Lead organisation", choices=(), empty_label="Any organisation", method="filter_lead"
    )
    likelihood = django_filters.ChoiceFilter(choices=Likelihood.choices, widget=forms.HiddenInput)
    consequence = django_filters.ChoiceFilter(choices=Consequence.choices, widget=forms.HiddenInput)

    class Meta:
        model = Risk
        fields = ()

    searched = ("title__icontains", "cause__icontains", "owner__icontains", "project__title__icontains")

    def __init__(self, data, queryset, on, successions, without=()):
        super().__init__(data, queryset)
        self.on = on
        for name in without:
            del self.filters[name]
        projects = queryset.order_by().values("project")
        for name, model in (("place", Place), ("programme", Programme)):
            if name in self.filters:
                options = model.objects.filter(projects__in=projects).distinct().order_by(SortKey("name"))
                self.offer(name, list(options.values_list("slug", "name")))
        if "lead" in self.filters:
            leads = with_acting(Organisation.objects.filter(led_projects__in=projects).distinct(), successions)
            self.lead_ids = {lead.slug: lead.pk for lead in leads}
            self.offer("lead", [(lead.slug, lead.name) for lead in leads])

    @property
    def chosen(self):
        """The risks that match the filters, open ones unless another status is selected."""
        risks = self.found
        state = self.valid.get("state", "open")
        return risks if state == "all" else risks.filter(closed_on__isnull=state == "open")

    def filter_lead(self, queryset, name, slug):
        """Risks of projects that the organisation, or one that it has succeeded, leads."""
        lineage = Organisation.objects.lineage([self.lead_ids[slug]], self.on).values("pk")
        return queryset.filter(project__lead_organisation__in=lineage)

    def filter_band(self, queryset, name, bands):
        return queryset.in_bands(bands)

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
