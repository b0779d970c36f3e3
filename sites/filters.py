"""Filters of the site and organisation lists."""

import datetime

import django_filters
from django import forms
from django.db.models import F, Q
from django.utils.functional import cached_property

from estates_portal.nhsuk.forms import FilterForm
from estates_portal.sorting import SortKey
from estates_portal.text import spellings

from .models import (
    CIR_BANDS,
    Grade,
    Organisation,
    OrganisationKind,
    Place,
    Site,
    SiteIdentifier,
    SiteKind,
    Tenure,
    with_condition,
    with_newest_figures,
)
from .successions import with_acting

UNKNOWN = "unknown"
# The columns of the list of sites that sort it, with a label for each direction.
SITE_COLUMNS = {
    "name": ("Site", "A to Z", "Z to A"),
    "return_year": ("Year of return", "oldest first", "newest first"),
    "area": ("Area", "smallest first", "largest first"),
    "backlog": ("Backlog", "lowest first", "highest first"),
    "cir": ("Critical infrastructure risk", "lowest first", "highest first"),
    "condition": ("Condition", "best first", "worst first"),
}
LEASE_YEARS = 5


def from_list(noun):
    """The error messages of a filter for values outside its choices; `noun` is for example "a place"."""
    message = " ".join(["Select", noun, "from the list"])
    return {"invalid_choice": message, "invalid_list": message}


class CheckedFilterSet(django_filters.FilterSet):
    """A filterset that finds nothing while a value is invalid, so that no page or file is wider than was asked for.

    Its form shows the errors. An invalid order is ignored: it changes no rows.
    """

    searched = ()  # the lookups that `filter_text` matches with each word

    @cached_property
    def form(self):
        """The form of the filters. It gets its fields here, as a class for each request is slow to make and to copy."""
        form = self._meta.form(self.data if self.is_bound else None)
        form.fields = {name: its_filter.field for name, its_filter in self.filters.items()}
        return form

    @cached_property
    def valid(self):
        """{name: value} of the valid filters in use."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def has_errors(self):
        """Whether a filter has an invalid value."""
        return bool(set(self.form.errors) - {"sort"})

    @cached_property
    def found(self):
        """The rows that match the values; none if one is invalid."""
        queryset = self.queryset.none() if self.has_errors else self.queryset
        for name, value in self.valid.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset

    def offer(self, name, choices):
        self.filters[name].extra["choices"] = choices

    def filter_text(self, queryset, name, text):
        return queryset.filter(self.condition_of(text))

    def condition_of(self, text):
        """The condition that each word of the text is in one of the `searched` lookups."""
        words = [
            Q.create([(lookup, word) for lookup in self.searched for word in spellings(typed)], connector=Q.OR)
            for typed in text.split()
        ]
        return Q.create(words)

    def no_op(self, queryset, name, value):
        return queryset


class SiteFilter(CheckedFilterSet):
    """By name, address, postcode or code, place, type, owner, condition, risk, tenure and end of lease.

    `choices` come from `choices_of_sites`. What it finds has the figures and the condition that `reader` can see, in
    the selected order. Sites outside the area are found only if they are asked for.
    """

    q = django_filters.CharFilter(
        label="Name or address", max_length=100, method="filter_text", widget=forms.TextInput(attrs={"type": "search"})
    )
    place = django_filters.ChoiceFilter(
        label="Place",
        field_name="place__slug",
        empty_label="All places",
        choices=(),
        error_messages=from_list("a place"),
    )
    kind = django_filters.ChoiceFilter(
        label="Type",
        choices=SiteKind.choices,
        empty_label="All types",
        error_messages=from_list("a type"),
    )
    owner = django_filters.ChoiceFilter(
        label="Site owner",
        empty_label="All site owners",
        method="filter_owner",
        choices=(),
        error_messages=from_list("a site owner"),
    )

    condition = django_filters.ChoiceFilter(
        label="Condition",
        choices=[*Grade.choices, (UNKNOWN, "Not known")],
        empty_label="Any condition",
        method="filter_condition",
        error_messages=from_list("a condition"),
    )
    cir = django_filters.ChoiceFilter(
        label="Critical infrastructure risk",
        choices=[(key, label) for key, (label, _condition) in CIR_BANDS.items()],
        empty_label="Any amount",
        method="filter_cir",
        error_messages=from_list("an amount"),
    )
    tenure = django_filters.ChoiceFilter(
        label="Tenure",
        choices=[*Tenure.choices, (UNKNOWN, "Not known")],
        empty_label="Any tenure",
        method="filter_tenure",
        error_messages=from_list("a tenure"),
    )
    lease = django_filters.ChoiceFilter(
        label="Lease",
        choices=[("ending", f"Ends within {LEASE_YEARS} years")],
        empty_label="Any lease",
        method="filter_lease",
        error_messages=from_list("a lease"),
    )
    area = django_filters.ChoiceFilter(
        label="Area",
        choices=[("outside", "Outside the area"), ("all", "Inside and outside")],
        empty_label="Inside the area",
        method="no_op",  # applied to every list
        error_messages=from_list("an area"),
    )
    sort = django_filters.ChoiceFilter(
        label="Sort by",
        choices=[
            (sign + name, f"{column}, {direction}")
            for name, (column, up, down) in SITE_COLUMNS.items()
            for sign, direction in (("", up), ("-", down))
        ],
        empty_label=None,
        method="no_op",
        error_messages=from_list("what to sort by"),
    )

    class Meta:
        model = Site
        fields = ()
        form = FilterForm

    searched = ("name__icontains", "address__icontains", "postcode__istartswith")

    def __init__(self, data, queryset, choices, on, reader):
        super().__init__(data, with_newest_figures(with_condition(queryset, reader), reader))
        self.on = on
        self.owner_ids = {slug: pk for slug, _name, pk in choices["owner"]}
        for name, triples in choices.items():
            self.offer(name, [(slug, label) for slug, label, _pk in triples])

    @property
    def order(self):
        """(column to sort by, whether descending); by name unless a valid order is selected."""
        sort = self.valid.get("sort", "name")
        return sort.removeprefix("-"), sort.startswith("-")

    @cached_property
    def found(self):
        """The sites that match the values, in the selected order, unknown values last."""
        column, descending = self.order
        area, sites = self.valid.get("area"), super().found
        if area != "all":
            sites = sites.filter(outside_area=area == "outside")
        key = SortKey(column) if column == "name" else F(column)
        key = key.desc(nulls_last=True) if descending else key.asc(nulls_last=True)
        return sites.order_by(key, SortKey("name"), "slug")

    def condition_of(self, text):
        """Also finds a site by a code, current or earlier."""
        coded = SiteIdentifier.objects.filter(value__iexact=text.strip(), accepted=True).order_by()
        return super().condition_of(text) | Q(pk__in=coded.values("site"))

    def filter_condition(self, queryset, name, grade):
        return queryset.filter(condition=None if grade == UNKNOWN else grade)

    def filter_cir(self, queryset, name, band):
        _label, condition = CIR_BANDS[band]
        return queryset.filter(condition)

    def filter_tenure(self, queryset, name, tenure):
        return queryset.filter(tenure="" if tenure == UNKNOWN else tenure)

    def filter_lease(self, queryset, name, value):
        """Sites whose lease ends within LEASE_YEARS of the day, from today on."""
        until = self.on.replace(day=1, year=self.on.year + LEASE_YEARS) + datetime.timedelta(days=self.on.day - 1)
        return queryset.filter(lease_ends_on__range=(self.on, until))

    def filter_owner(self, queryset, name, slug):
        """Sites that the organisation, or one that it has succeeded, owns."""
        return queryset.filter(owner__in=Organisation.objects.lineage([self.owner_ids[slug]], self.on).values("pk"))


def choices_of_sites(reader, successions):
    """{"place", "owner": [(slug, name, id)]}: all places, and organisations that own a site or act for one that does.

    Of the sites that `reader` can see. `successions` are those of `Organisation.objects`. Two queries.
    """
    owned = Site.objects.visible_to(reader).order_by().values("owner")
    owners = with_acting(Organisation.objects.visible_to(reader).filter(pk__in=owned), successions)
    return {
        "place": list(Place.objects.order_by(SortKey("name"), "slug").values_list("slug", "name", "pk")),
        "owner": [(owner.slug, owner.name, owner.pk) for owner in owners],
    }


class OrganisationFilter(CheckedFilterSet):
    """By name and type. GP practices show only if they are selected, because there are many."""

    q = django_filters.CharFilter(
        label="Name", max_length=100, method="filter_text", widget=forms.TextInput(attrs={"type": "search"})
    )
    kind = django_filters.ChoiceFilter(
        label="Type",
        choices=OrganisationKind.choices,
        empty_label="All except GP practices",
        error_messages=from_list("a type"),
    )

    class Meta:
        model = Organisation
        fields = ()

    searched = ("name__icontains", "short_name__icontains")
