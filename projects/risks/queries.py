"""Registers of risks: filters, the heat map and their order."""

from dataclasses import dataclass

import django_filters
from django import forms
from django.db.models import Count, F, Q

from projects.models import Band, Consequence, Escalation, Likelihood, Programme, Risk, RiskKind, band_of
from sites.filters import LenientFilterSet
from sites.models import Organisation, Place

STATES = [("open", "Open"), ("closed", "Closed"), ("all", "Open and closed")]


class RiskFilter(LenientFilterSet):
    """Filters of a register; open ones are shown where nothing else is asked."""

    q = django_filters.CharFilter(
        label="Words", max_length=100, method="filter_words", widget=forms.TextInput(attrs={"type": "search"})
    )
    band = django_filters.MultipleChoiceFilter(
        label="Score now", choices=Band.choices, widget=forms.CheckboxSelectMultiple, method="filter_band"
    )
    kind = django_filters.ChoiceFilter(label="Kind", choices=RiskKind.choices, empty_label="Risks and issues")
    state = django_filters.ChoiceFilter(label="State", choices=STATES, empty_label=None, method="filter_nothing")
    review = django_filters.ChoiceFilter(
        label="Review", choices=[("overdue", "Overdue")], empty_label="Any", method="filter_review"
    )
    escalation = django_filters.ChoiceFilter(label="Held by", choices=Escalation.choices, empty_label="Anybody")
    place = django_filters.ChoiceFilter(
        label="Place", field_name="project__place__slug", choices=(), empty_label="Any place"
    )
    programme = django_filters.ChoiceFilter(
        label="Programme", field_name="project__programme__slug", choices=(), empty_label="Any programme"
    )
    lead = django_filters.ChoiceFilter(
        label="Led by", field_name="project__lead_organisation__slug", choices=(), empty_label="Any organisation"
    )
    likelihood = django_filters.ChoiceFilter(choices=Likelihood.choices, widget=forms.HiddenInput)
    consequence = django_filters.ChoiceFilter(choices=Consequence.choices, widget=forms.HiddenInput)

    class Meta:
        model = Risk
        fields = ()

    def __init__(self, data, queryset, on, without=()):
        super().__init__(data, queryset)
        self.on = on
        for name in without:
            del self.filters[name]
        projects = queryset.order_by().values("project")
        for name, model, words, through in (
            ("place", Place, "name", "projects__in"),
            ("programme", Programme, "name", "projects__in"),
            ("lead", Organisation, "name", "led_projects__in"),
        ):
            if name in self.filters:
                theirs = model.objects.filter(**{through: projects}).distinct().order_by(words)
                self.filters[name].extra["choices"] = list(theirs.values_list("slug", words))

    @property
    def chosen(self):
        """The rows of the good values, in whichever state was asked for."""
        found = self.valid_qs
        state = self.form.cleaned_data.get("state") or "open"
        return found if state == "all" else found.filter(closed_on__isnull=state == "open")

    def filter_nothing(self, queryset, name, value):
        return queryset  # see `chosen`: "open" holds where nothing is asked

    def filter_words(self, queryset, name, words):
        for word in words.split():
            in_text = Q(title__icontains=word) | Q(cause__icontains=word) | Q(owner__icontains=word)
            queryset = queryset.filter(in_text | Q(project__title__icontains=word))
        return queryset

    def filter_band(self, queryset, name, bands):
        return queryset.in_bands(bands) if bands else queryset

    def filter_review(self, queryset, name, value):
        return queryset.review_overdue(self.on) if value else queryset


@dataclass
class Cell:
    """A square of the heat map: how many risks are in it, and the list of them."""

    likelihood: int
    consequence: int
    score: int
    band: str
    number: int
    url: str


def heat_map(risks, query):
    """Rows of `Cell`s from likelihood 5 down to 1, consequence 1 to 5; `query` is the address's, kept in the links.

    One query.
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
            asked = query.copy()
            asked["likelihood"], asked["consequence"] = likelihood, consequence
            asked.pop("page", None)
            score = likelihood * consequence
            number = counts.get((likelihood, consequence), 0)
            row.append(Cell(likelihood, consequence, score, band_of(score), number, f"?{asked.urlencode()}"))
        rows.append((Likelihood(likelihood).label, row))
    return rows


def by_score(risks):
    """The worst first."""
    return risks.with_score().order_by("-score_now", F("review_on").asc(nulls_first=True), "pk")
