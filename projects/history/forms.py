"""Filters of the history."""

from django import forms

from estates_portal.accounts.models import User
from estates_portal.dates import date_label
from estates_portal.fields import DayField
from estates_portal.sorting import SortKey

from .kinds import KINDS, KINDS_BY_KEY, PROJECT_KINDS, labels_of
from .queries import all_rows

SYSTEM = "0"  # the choice for rows without a user


class HistoryFilter(forms.Form):
    """Filters of the history, by type of record and by user."""

    what = forms.ChoiceField(label="Record", required=False)
    who = forms.ChoiceField(label="Changed by", required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [("", "All records"), *((label, label) for label in labels_of(PROJECT_KINDS))]
        self.fields["who"].choices = [("", "All users"), *people]

    def filter_rows(self, history_rows):
        """[`HistoryRow`] that match the valid filters."""
        self.is_valid()
        what, who = self.cleaned_data.get("what"), self.cleaned_data.get("who")
        return [
            row
            for row in history_rows
            if (not what or KINDS_BY_KEY[row.key].label == what) and (not who or str(row.user_id) == who)
        ]


class AllHistoryFilter(forms.Form):
    """Filters of the history of all records, by type of record, user and day. Nothing matches an invalid filter."""

    what = forms.ChoiceField(
        label="Record", required=False, error_messages={"invalid_choice": "Select a record from the list"}
    )
    who = forms.ChoiceField(
        label="Changed by", required=False, error_messages={"invalid_choice": "Select a user from the list"}
    )
    since = DayField(label="From", required=False, asks_about_year=False)
    until = DayField(label="To", required=False, asks_about_year=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        users = [(str(pk), name) for pk, name in User.objects.order_by(SortKey("name"), "pk").values_list("pk", "name")]
        self.fields["what"].choices = [("", "All records"), *((label, label) for label in sorted(labels_of(KINDS)))]
        self.fields["who"].choices = [("", "All users"), (SYSTEM, "System"), *users]

    def clean(self):
        typed = super().clean()
        if typed.get("since") and typed.get("until") and typed["until"] < typed["since"]:
            self.add_error("until", "To must be the same as or after From")
        return typed

    @property
    def rows(self):
        """The rows of history that match, newest first. The form must be valid."""
        typed = self.cleaned_data
        by = int(typed["who"]) if typed["who"] else None
        return all_rows(label=typed["what"], by=by, since=typed["since"], until=typed["until"])

    @property
    def filters(self):
        """["Record: Site", "From: 2 March 2026"] of the filters in use."""
        texts = {
            "what": self.cleaned_data["what"],
            "who": dict(self.fields["who"].choices)[self.cleaned_data["who"]] if self.cleaned_data["who"] else "",
            "since": self.cleaned_data["since"] and date_label(self.cleaned_data["since"]),
            "until": self.cleaned_data["until"] and date_label(self.cleaned_data["until"]),
        }
        return [f"{self.fields[name].label}: {text}" for name, text in texts.items() if text]
