"""Filters of the history."""

from django import forms

from .kinds import KINDS_BY_KEY, PROJECT_KINDS, labels_of


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
