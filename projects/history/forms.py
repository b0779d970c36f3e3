"""Filters of the history."""

from django import forms
from django.db.models import Q

from estates_portal.accounts.models import User
from estates_portal.dates import date_label
from estates_portal.fields import DayField
from estates_portal.sorting import SortKey
from projects.models import Project
from sites.models import Organisation

from .kinds import KINDS, KINDS_BY_KEY, PROJECT_KINDS, labels_of
from .queries import all_rows

SYSTEM = "0"  # the choice for rows without a user
PARTNERS = "partners"  # the choice of all organisations whose users are not the programme office


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
    """Filters of the history of all records. Nothing matches an invalid filter.

    Those of an organisation are the changes by its users, and those of a project by its title are of its records.
    """

    project = forms.CharField(
        required=False,
        max_length=200,
        help_text="Part of the title, or the reference",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    what = forms.ChoiceField(
        label="Record", required=False, error_messages={"invalid_choice": "Select a record from the list"}
    )
    who = forms.ChoiceField(
        label="Changed by", required=False, error_messages={"invalid_choice": "Select a user from the list"}
    )
    organisation = forms.ChoiceField(
        label="Organisation of the user",
        required=False,
        error_messages={"invalid_choice": "Select an organisation from the list"},
    )
    since = DayField(label="From", required=False, asks_about_year=False)
    until = DayField(label="To", required=False, asks_about_year=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        users = [(str(pk), name) for pk, name in User.objects.order_by(SortKey("name"), "pk").values_list("pk", "name")]
        self.fields["what"].choices = [("", "All records"), *((label, label) for label in sorted(labels_of(KINDS)))]
        self.fields["who"].choices = [("", "All users"), (SYSTEM, "System"), *users]
        of_users = Organisation.objects.filter(Q(people__isnull=False) | Q(other_people__isnull=False)).distinct()
        organisations = of_users.order_by(SortKey("name"), "pk").values_list("slug", "name")
        self.fields["organisation"].choices = [
            ("", "All organisations"),
            (PARTNERS, "Partner organisations"),
            *organisations,
        ]

    def clean_project(self):
        """The ids of the projects that match, or None without text. One query."""
        text = self.cleaned_data["project"]
        if not text:
            return None
        matches = Project.objects.filter(Q(title__icontains=text) | Q(reference__iexact=text)).order_by()
        if not (found := list(matches.values_list("pk", flat=True))):
            raise forms.ValidationError("No project has this title or reference", code="unknown")
        return found

    def clean(self):
        typed = super().clean()
        if typed.get("since") and typed.get("until") and typed["until"] < typed["since"]:
            self.add_error("until", "To must be the same as or after From")
        return typed

    @property
    def rows(self):
        """The rows of history that match, newest first. The form must be valid."""
        typed = self.cleaned_data
        return all_rows(
            label=typed["what"],
            people=self._people(),
            projects=typed["project"],
            since=typed["since"],
            until=typed["until"],
        )

    def _people(self):
        """The ids of the selected users, [None] for the system, or None for all. At most two queries."""
        who, organisation = self.cleaned_data["who"], self.cleaned_data["organisation"]
        if not organisation:
            return None if not who else [None] if who == SYSTEM else [int(who)]
        users = User.objects.order_by()
        if organisation == PARTNERS:
            users = users.partners()
        else:
            users = users.working_for(Organisation.objects.filter(slug=organisation))
        return list((users.filter(pk=int(who)) if who else users).values_list("pk", flat=True))

    @property
    def filters(self):
        """["Record: Site", "From: 2 March 2026"] of the filters in use."""
        texts = {
            "project": self.cleaned_data["project"] and self.data["project"],
            "what": self.cleaned_data["what"],
            **{name: self._chosen(name) for name in ("who", "organisation")},
            "since": self.cleaned_data["since"] and date_label(self.cleaned_data["since"]),
            "until": self.cleaned_data["until"] and date_label(self.cleaned_data["until"]),
        }
        return [f"{self.fields[name].label}: {text}" for name, text in texts.items() if text]

    def _chosen(self, name):
        """The label of the selected choice, or ""."""
        value = self.cleaned_data[name]
        return dict(self.fields[name].choices)[value] if value else ""
