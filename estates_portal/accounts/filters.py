"""The filters of the list of users."""

import django_filters
from allauth.mfa.models import Authenticator
from django import forms
from django.db.models import Exists, OuterRef, Q

from estates_portal.sorting import SortKey
from sites.filters import CheckedFilterSet, from_list
from sites.models import Organisation

from .models import Role, User
from .second_factor import FACTORS

ACCOUNT_STATES = [
    ("active", "Active"),
    ("deactivated", "Deactivated"),
    ("never", "Never signed in"),
    ("one-step", "No two-step verification"),
]


class PersonFilter(CheckedFilterSet):
    """By name or email address, role, organisation and status."""

    q = django_filters.CharFilter(
        label="Name or email address",
        max_length=100,
        method="filter_text",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    role = django_filters.ChoiceFilter(
        label="Role",
        choices=Role.choices,
        empty_label="Any role",
        error_messages=from_list("a role"),
    )
    organisation = django_filters.ChoiceFilter(
        label="Organisation",
        method="filter_organisation",
        choices=(),
        empty_label="Any organisation",
        error_messages=from_list("an organisation"),
    )
    state = django_filters.ChoiceFilter(
        label="Status",
        method="filter_state",
        choices=ACCOUNT_STATES,
        empty_label="Any status",
        error_messages=from_list("a status"),
    )

    class Meta:
        model = User
        fields = ()

    searched = ("name__icontains", "email__icontains")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.queryset = self.queryset.annotate(has_second_factor=Exists(second_factors()))
        has_people = Q(people__isnull=False) | Q(other_people__isnull=False)
        organisations = Organisation.objects.filter(has_people).distinct()
        self.offer("organisation", list(organisations.order_by(SortKey("name")).values_list("slug", "name")))

    def filter_organisation(self, queryset, name, slug):
        return queryset.working_for(Organisation.objects.filter(slug=slug))

    def filter_state(self, queryset, name, state):
        conditions = {
            "active": Q(is_active=True),
            "deactivated": Q(is_active=False),
            "never": Q(last_login=None),
            "one-step": Q(has_second_factor=False),
        }
        return queryset.filter(conditions[state])


def second_factors():
    return Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)


def person_filter(request):
    """The `PersonFilter` of the address, of all users by name."""
    users = User.objects.order_by(SortKey("name"), "pk").prefetch_related("other_organisations")
    return PersonFilter(request.GET, users)
