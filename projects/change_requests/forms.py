"""Forms to request a change and to record the decision."""

from django import forms
from django.utils import timezone

from projects.dates import DATE_EXAMPLES
from projects.fields import DayField, PartialDateField


class ChangeForm(forms.Form):
    """Requests a new baseline."""

    on = PartialDateField(
        label="New baseline",
        max_length=40,
        help_text=f"For example, {DATE_EXAMPLES}",
        error_messages={"required": "Enter a new baseline"},
    )
    why = forms.CharField(
        label="Reason",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What has changed, and the effect on cost and benefits",
        error_messages={"required": "Enter a reason"},
    )


class DecideForm(forms.Form):
    """Records the decision on a change request."""

    decision = forms.ChoiceField(
        label="Decision",
        choices=[("approve", "Approve (the baseline changes)"), ("decline", "Decline (the baseline does not change)")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select a decision", "invalid_choice": "Select a decision"},
    )
    approver = forms.CharField(
        label="Decided by",
        max_length=200,
        help_text="The board, committee or person",
        error_messages={"required": "Enter who made the decision"},
    )
    decided_on = DayField(label="Decided on", error_messages={"required": "Enter the decision date"})
    words = forms.CharField(
        label="Conditions (optional)", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_decided_on(self):
        day = self.cleaned_data["decided_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("Decision date must be today or in the past")
        return day
