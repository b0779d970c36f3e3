"""Filters of the site and organisation lists."""

import django_filters
from django import forms
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from estates_portal.nhsuk.forms import FilterForm

from .models import Organisation, OrganisationKind, Place, Site, SiteKind
from .successions import with_acting


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
        for word in text.split():
            queryset = queryset.filter(Q.create([(lookup, word) for lookup in self.searched], connector=Q.OR))
        return queryset

    def no_op(self, queryset, name, value):
        return queryset


class SiteFilter(CheckedFilterSet):
    """By name, address or postcode, place, type and site owner. `choices` come from `choices_of_sites`."""

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

    class Meta:
        model = Site
        fields = ()
        form = FilterForm

    searched = ("name__icontains", "address__icontains", "postcode__istartswith")

    def __init__(self, data, queryset, choices, on):
        super().__init__(data, queryset)
        self.on = on
        self.owner_ids = {slug: pk for slug, _name, pk in choices["owner"]}
        for name, triples in choices.items():
            self.offer(name, [(slug, label) for slug, label, _pk in triples])

    def filter_owner(self, queryset, name, slug):
        """Sites that the organisation, or one that it has succeeded, owns."""
        return queryset.filter(owner__in=Organisation.objects.lineage([self.owner_ids[slug]], self.on).values("pk"))


def choices_of_sites(successions):
    """{"place", "owner": [(slug, name, id)]}: all places, and organisations that own a site or act for one that does.

    `successions` are those of `Organisation.objects`. Two queries.
    """
    owners = with_acting(Organisation.objects.filter(pk__in=Site.objects.order_by().values("owner")), successions)
    return {
        "place": list(Place.objects.order_by(Lower("name"), "slug").values_list("slug", "name", "pk")),
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
