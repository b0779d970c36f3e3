"""The filters of a register of all projects."""

import django_filters
from django import forms
from django.utils.functional import cached_property

from estates_portal.nhsuk.forms import FilterForm
from projects.filters import RecordFilter
from projects.models import Project
from sites.filters import from_list


class TableFilter(RecordFilter):
    """The filters of a `Table`, for the rows of `queryset` on a day, and its order.

    `found` has the rows that match. `without_state` has those that match all filters but the status.
    """

    q = django_filters.CharFilter(
        label="Keyword", max_length=100, method="filter_text", widget=forms.TextInput(attrs={"type": "search"})
    )
    state = django_filters.ChoiceFilter(
        label="Status", choices=(), empty_label="Any", method="no_op", error_messages=from_list("a status")
    )  # by `found`
    kind = django_filters.ChoiceFilter(
        label="Type", choices=(), empty_label="All types", error_messages=from_list("a type")
    )
    owner = django_filters.CharFilter(label="Owner", max_length=100, method="filter_owner")
    sort = django_filters.ChoiceFilter(
        label="Sort by", choices=(), empty_label="Default", method="no_op", error_messages=from_list("what to sort by")
    )

    class Meta:
        model = Project
        fields = ()
        form = FilterForm

    def __init__(self, table, data, queryset, on, successions):
        in_use = {"state": table.states, "kind": table.kinds, "owner": table.owner}
        without = [name for name, used in in_use.items() if not used]
        super().__init__(data, queryset, on, successions, without, table.project)
        self.table, self.searched = table, table.searched
        self.filters["sort"] = self.filters.pop("sort")  # the last
        self.offer("sort", list(_sort_choices(table)))
        if table.states:
            self.filters["state"].label = table.state_label
            self.offer("state", [(key, state.label) for key, state in table.states.items()])
        if table.kinds:
            self.offer("kind", table.kinds)
        if table.owner:
            self.filters["owner"].label = table.owner[0]

    def filter_owner(self, queryset, name, text):
        return queryset.filter(**{f"{self.table.owner[1]}__icontains": text})

    @cached_property
    def without_state(self):
        return super().found

    @cached_property
    def found(self):
        rows = self.without_state
        if state := self.valid.get("state"):
            rows = rows.filter(state=state)
        column, descending = self.order
        if column:
            rows = rows.order_by(self.table.sorts[column].order(descending), *self.table.order, "pk")
        return rows

    @property
    def order(self):
        """(name of the column to sort by, whether descending); ("", False) for the order of the register."""
        sort = self.valid.get("sort", "")
        return sort.removeprefix("-"), sort.startswith("-")


def _sort_choices(table):
    for name, column in table.sorts.items():
        for sign, direction in zip(("", "-"), column.directions, strict=True):
            yield sign + name, f"{column.label}, {direction}"
