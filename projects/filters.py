"""The filters of the project lists, and of lists of records of projects."""

import django_filters
from django import forms
from django.db.models import Q

from estates_portal.dates import DatePrecision, PartialDate
from estates_portal.nhsuk.forms import FilterForm
from estates_portal.sorting import SortKey
from sites.filters import CheckedFilterSet, from_list
from sites.models import Organisation, Place
from sites.successions import with_acting

from .labels import ALL_RATING_LABELS, NOT_KNOWN, NOT_REPORTED, SEVERAL, SEVERAL_PLACES, UNKNOWN
from .models import (
    DeliveryState,
    HubType,
    Milestone,
    Priority,
    Programme,
    Project,
    ProjectKind,
    Rating,
    Stage,
)
from .models.search import check_term_count, run_by
from .models.statements import column_for
from .signs import WARNING_SIGNS, filter_by_warning

# The columns of the lists, with a label for each direction.
LIST_COLUMNS = {
    "title": ("Project", "A to Z", "Z to A"),
    "place": ("Place", "A to Z", "Z to A"),
    "stage": ("Stage", "earliest first", "furthest first"),
    "next": ("Milestone", "soonest first", "latest first"),
    "cost": ("Cost estimate", "lowest first", "highest first"),
    "lead": ("Lead organisation", "A to Z", "Z to A"),
    "rating": ("Delivery confidence", "red first", "green first"),
}
# What a list can leave out, as choices of the filter `leave_out`.
PARTS = ("parts", "Without parts of a listed project", None)
EXAMPLES = ("examples", "Without example data", None)
STATUS = "rating"  # column for signed-in users only
FOR_SIGNED_IN = (STATUS, "watch", "person")  # filters for signed-in users only
SORTS = [
    (sign + name, f"{column}, {direction}")
    for name, (column, up, down) in LIST_COLUMNS.items()
    for sign, direction in (("", up), ("-", down))
]


def choices_among(projects, reader, successions):
    """{filter: [(value in addresses, label, key)]} of the values of these projects. Six queries: cache the result.

    `successions` are those of `Organisation.objects`: organisations that act for a lead that has ended are choices too.
    """
    projects = projects.order_by()
    on, until = column_for(reader, "current_on"), column_for(reader, "current_until")
    openings = projects.with_opening(reader, isnull=False)
    dates = openings.values_list(f"milestones__{on}", f"milestones__{until}").distinct()
    priorities = Priority.objects.filter(pk__in=projects.values("priorities"))
    leads = with_acting(
        Organisation.objects.visible_to(reader).filter(pk__in=projects.values("lead_organisation")), successions
    )
    return {
        "place": _by_name(Place.objects.filter(pk__in=projects.values("place"))),
        "programme": _by_name(Programme.objects.filter(pk__in=projects.values("programme"))),
        "priority": list(priorities.values_list("slug", "title", "pk")),
        "lead": [(lead.slug, lead.name, lead.pk) for lead in leads],
        "year": _years(dates),
        "leave_out": [PARTS, EXAMPLES] if projects.filter(is_example=True).exists() else [PARTS],
    }


def _years(periods):
    """[(value in addresses, label, `PartialDate`)] of the calendar and financial years of [(first day, last day)]."""
    months = {day.replace(day=1) for period in periods for day in period}
    precisions = (DatePrecision.YEAR, DatePrecision.FINANCIAL_YEAR)
    years = {PartialDate.of(month, precision) for month in months for precision in precisions}
    ordered = sorted(years, key=lambda year: year.first)
    return [(year.label.replace("/", "-"), year.label, year) for year in ordered]


def _by_name(queryset):
    return list(queryset.order_by(SortKey("name"), "slug").values_list("slug", "name", "pk"))


class ProjectFilter(CheckedFilterSet):
    """Filters of a project list for `reader`. `today` is the day by which reports and reviews are overdue."""

    q = django_filters.CharFilter(
        label="Name or place",
        error_messages={"max_length": "Name or place must be 100 characters or less"},
        max_length=100,
        method="filter_text",
        validators=[check_term_count],
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = django_filters.MultipleChoiceFilter(
        label="Type",
        choices=ProjectKind.choices,
        widget=forms.CheckboxSelectMultiple,
        method="filter_kind",
        error_messages=from_list("a type of project"),
    )
    hub_type = django_filters.ChoiceFilter(
        label="Hub type",
        choices=HubType.choices,
        empty_label="Any type",
        method="filter_hub_type",
        error_messages=from_list("a hub type"),
    )
    place = django_filters.MultipleChoiceFilter(
        label="Place", widget=forms.CheckboxSelectMultiple, method="filter_place", error_messages=from_list("a place")
    )
    stage = django_filters.MultipleChoiceFilter(
        label="Stage",
        choices=[*Stage.choices, (UNKNOWN, NOT_KNOWN)],
        widget=forms.CheckboxSelectMultiple,
        method="filter_stage",
        error_messages=from_list("a stage"),
    )
    state = django_filters.ChoiceFilter(
        label="Delivery state",
        choices=DeliveryState.choices,
        empty_label="Any state",
        method="filter_state",
        error_messages=from_list("a delivery state"),
    )
    rating = django_filters.MultipleChoiceFilter(
        label="Delivery confidence",
        choices=[*Rating.choices, (NOT_REPORTED, ALL_RATING_LABELS[NOT_REPORTED])],
        widget=forms.CheckboxSelectMultiple,
        method="filter_rating",
        error_messages=from_list("a rating"),
    )
    watch = django_filters.MultipleChoiceFilter(
        label="Warning signs",
        choices=[(sign.key, sign.label) for sign in WARNING_SIGNS.values()],
        widget=forms.CheckboxSelectMultiple,
        method="filter_watch",
        error_messages=from_list("a warning sign"),
    )
    programme = django_filters.ChoiceFilter(
        label="Programme",
        empty_label="Any programme",
        method="filter_programme",
        error_messages=from_list("a programme"),
    )
    priority = django_filters.ChoiceFilter(
        label="Priority", empty_label="Any priority", method="filter_priority", error_messages=from_list("a priority")
    )
    lead = django_filters.ChoiceFilter(
        label="Lead organisation",
        empty_label="Any organisation",
        method="filter_lead",
        error_messages=from_list("an organisation"),
    )
    person = django_filters.CharFilter(
        label="SRO or project manager",
        error_messages={"max_length": "SRO or project manager must be 100 characters or less"},
        max_length=100,
        method="filter_person",
        validators=[check_term_count],
    )
    year = django_filters.ChoiceFilter(
        label="Opening year", empty_label="Any year", method="filter_year", error_messages=from_list("a year")
    )
    # The last of the filters: it leaves out parts of the projects that the others find.
    leave_out = django_filters.MultipleChoiceFilter(
        label="Parts",
        widget=forms.CheckboxSelectMultiple,
        method="filter_leave_out",
        error_messages=from_list("what to leave out"),
    )

    sort = django_filters.ChoiceFilter(
        label="Sort by",
        choices=SORTS,
        empty_label=None,
        method="no_op",
        error_messages=from_list("what to sort by"),
    )

    class Meta:
        model = Project
        fields = []
        form = FilterForm

    def __init__(self, data, queryset, choices, today, reader, without=()):
        super().__init__(data, queryset)
        self.choices, self.today, self.reader = choices, today, reader
        for name in without:
            del self.filters[name]
        if STATUS in without and "sort" in self.filters:
            self.offer("sort", [choice for choice in SORTS if choice[0].removeprefix("-") != STATUS])
        for name, triples in choices.items():
            more = [(SEVERAL, SEVERAL_PLACES)] if name == "place" else []
            self.offer(name, [(value, label) for value, label, _key in triples] + more)

    def keys(self, name, chosen):
        return [key for value, _label, key in self.choices[name] if value in chosen]

    @property
    def chosen(self):
        """[(name, value as text)] of the selected filters, without the order: part of the cache key of the list."""
        chosen = [(name, str(value)) for name, value in self.valid.items() if name != "sort"]
        return [*chosen, ("invalid", "")] if self.has_errors else chosen

    @property
    def order(self):
        """(column to sort by, whether descending); by title unless a valid order is selected."""
        sort = self.valid.get("sort", "title")
        return sort.removeprefix("-"), sort.startswith("-")

    def filter_text(self, queryset, name, text):
        return queryset.matching(text, self.reader)

    def filter_kind(self, queryset, name, kinds):
        return queryset.filter(kind__in=kinds)

    def filter_hub_type(self, queryset, name, hub_type):
        return queryset.filter(hub__hub_type=hub_type)

    def filter_place(self, queryset, name, slugs):
        places = self.keys("place", slugs)
        if SEVERAL in slugs:
            return queryset.in_places(places, or_several=True)
        return queryset.in_places(places)

    def filter_stage(self, queryset, name, stages):
        values = ["" if stage == UNKNOWN else stage for stage in stages]
        return queryset.filter(**{f"{column_for(self.reader, 'stage')}__in": values})

    def filter_state(self, queryset, name, state):
        return queryset.filter(**{column_for(self.reader, "delivery_state"): state})

    def filter_rating(self, queryset, name, ratings):
        any_rating = Q(current_report__overall__in=ratings)
        if NOT_REPORTED in ratings:
            any_rating |= Q(current_report=None)
        return queryset.filter(any_rating)

    def filter_watch(self, queryset, name, signs):
        return filter_by_warning(queryset, signs, self.today)

    def filter_programme(self, queryset, name, slug):
        return queryset.filter(programme__in=self.keys("programme", [slug]))

    def filter_priority(self, queryset, name, slug):
        supporting = Project.priorities.through.objects.filter(priority__in=self.keys("priority", [slug]))
        return queryset.filter(pk__in=supporting.values("project_id"))

    def filter_lead(self, queryset, name, slug):
        """Projects that the organisation, or one that it has succeeded, leads."""
        (key,) = self.keys("lead", [slug])
        return queryset.filter(lead_organisation__in=Organisation.objects.lineage([key], self.today).values("pk"))

    def filter_person(self, queryset, name, text):
        return run_by(queryset, text)

    def filter_year(self, queryset, name, year):
        """Projects that open in the year, or may: an opening in 2027 can be in 2026/27 or 2027/28."""
        (period,) = self.keys("year", [year])
        on, until = column_for(self.reader, "current_on"), column_for(self.reader, "current_until")
        openings = Milestone.objects.main_openings().shown_to(self.reader)
        openings = openings.filter(**{f"{on}__lte": period.last, f"{until}__gte": period.first})
        return queryset.filter(pk__in=openings.order_by().values("project"))

    def filter_leave_out(self, queryset, name, kinds):
        """Without example data, or without projects whose parent is in the list too, so that none counts twice."""
        if "examples" in kinds:
            queryset = queryset.filter(is_example=False)
        if "parts" in kinds:
            queryset = queryset.without_parts()
        return queryset


class RecordFilter(CheckedFilterSet):
    """Filters of a list of records of projects by place, programme and lead organisation of their projects.

    `project` is the lookup of the project of a record. The choices are those of the records. Four queries at most.
    """

    place = django_filters.ChoiceFilter(
        label="Place", choices=(), empty_label="Any place", method="filter_place", error_messages=from_list("a place")
    )
    programme = django_filters.ChoiceFilter(
        label="Programme",
        choices=(),
        empty_label="Any programme",
        method="filter_programme",
        error_messages=from_list("a programme"),
    )
    lead = django_filters.ChoiceFilter(
        label="Lead organisation",
        choices=(),
        empty_label="Any organisation",
        method="filter_lead",
        error_messages=from_list("an organisation"),
    )

    def __init__(self, data, queryset, on, successions, without=(), project="project"):
        super().__init__(data, queryset)
        self.on, self.project = on, project
        for name in ("place", "programme", "lead"):  # after the filters of the records
            self.filters[name] = self.filters.pop(name)
        for name in without:
            del self.filters[name]
        projects = queryset.order_by().values(project)
        for name, model in (("place", Place), ("programme", Programme)):
            if name in self.filters:
                options = model.objects.filter(projects__in=projects).distinct().order_by(SortKey("name"))
                self.offer(name, list(options.values_list("slug", "name")))
        if "lead" in self.filters:
            leads = with_acting(Organisation.objects.filter(led_projects__in=projects).distinct(), successions)
            self.lead_ids = {lead.slug: lead.pk for lead in leads}
            self.offer("lead", [(lead.slug, lead.name) for lead in leads])

    def filter_place(self, queryset, name, slug):
        return queryset.filter(**{f"{self.project}__place__slug": slug})

    def filter_programme(self, queryset, name, slug):
        return queryset.filter(**{f"{self.project}__programme__slug": slug})

    def filter_lead(self, queryset, name, slug):
        """Records of projects that the organisation, or one that it has succeeded, leads."""
        lineage = Organisation.objects.lineage([self.lead_ids[slug]], self.on).values("pk")
        return queryset.filter(**{f"{self.project}__lead_organisation__in": lineage})
