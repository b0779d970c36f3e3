"""Filters of the site and organisation lists."""

import django_filters
from django import forms
from django.db.models import Q
from django.db.models.functions import Lower

from estates_portal.nhsuk.forms import FilterForm

from .models import Organisation, OrganisationKind, Place, Site, SiteKind


class LenientFilterSet(django_filters.FilterSet):
    """A filterset that ignores invalid values and shows their errors on its form."""

    @property
    def valid_qs(self):
        """The rows that match the valid values."""
        self.form.is_valid()
        queryset = self.queryset
        for name, value in self.form.cleaned_data.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset


class SiteFilter(LenientFilterSet):
    """By name, address or postcode, place, type and site owner. `choices` come from `choices_of_sites`."""

    q = django_filters.CharFilter(
        label="Name or address", max_length=100, method="filter_words", widget=forms.TextInput(attrs={"type": "search"})
    )
    place = django_filters.ChoiceFilter(
        label="Place",
        field_name="place__slug",
        empty_label="All places",
        choices=(),
        error_messages={"invalid_choice": "Select a place from the list"},
    )
    kind = django_filters.ChoiceFilter(
        label="Type",
        choices=SiteKind.choices,
        empty_label="All types",
        error_messages={"invalid_choice": "Select a type from the list"},
    )
    owner = django_filters.ChoiceFilter(
        label="Site owner",
        field_name="owner__slug",
        empty_label="All site owners",
        choices=(),
        error_messages={"invalid_choice": "Select a site owner from the list"},
    )

    class Meta:
        model = Site
        fields = ()
        form = FilterForm

    def __init__(self, data, queryset, choices):
        super().__init__(data, queryset)
        for name, offered in choices.items():
            self.filters[name].extra["choices"] = offered

    def filter_words(self, queryset, name, words):
        for word in words.split():
            found = Q(name__icontains=word) | Q(address__icontains=word) | Q(postcode__istartswith=word)
            queryset = queryset.filter(found)
        return queryset


def choices_of_sites():
    """{"place", "owner": [(slug, name)]}: all places, and organisations that own a site. Two queries."""
    owners = Organisation.objects.filter(pk__in=Site.objects.order_by().values("owner"))
    return {
        name: list(queryset.order_by(Lower("name"), "slug").values_list("slug", "name"))
        for name, queryset in (("place", Place.objects.all()), ("owner", owners))
    }


class OrganisationFilter(LenientFilterSet):
    """By name and type. GP practices show only if they are selected, because there are many."""

    q = django_filters.CharFilter(
        label="Name", max_length=100, method="filter_words", widget=forms.TextInput(attrs={"type": "search"})
    )
    kind = django_filters.ChoiceFilter(
        label="Type",
        choices=OrganisationKind.choices,
        empty_label="All except GP practices",
        error_messages={"invalid_choice": "Select a type from the list"},
    )

    class Meta:
        model = Organisation
        fields = ()

    def filter_words(self, queryset, name, words):
        for word in words.split():
            queryset = queryset.filter(Q(name__icontains=word) | Q(short_name__icontains=word))
        return queryset

    def filter_queryset(self, queryset):
        return queryset
