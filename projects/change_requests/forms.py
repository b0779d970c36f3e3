"""Forms to request a change and to record the decision."""

from django import forms
from django.utils import timezone

from estates_portal.amounts import PoundsField
from estates_portal.fields import DayField, PartialDateField
from estates_portal.written_dates import DATE_EXAMPLES


def _reason(help_text):
    return forms.CharField(
        label="Reason",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=help_text,
        error_messages={"required": "Enter a reason"},
    )


class BaselineRequestForm(forms.Form):
    """Requests a new baseline."""

    date = PartialDateField(
        label="New baseline",
        max_length=40,
        help_text=f"For example, {DATE_EXAMPLES}",
        error_messages={"required": "Enter a new baseline"},
    )
    why = _reason("What has changed, and the effect on cost and benefits")


class BudgetRequestForm(forms.Form):
    """Requests a new approved budget."""

    pounds = PoundsField(
        label="New approved budget (£)",
        required=True,
        help_text="For the whole project, for example 1,500,000 or 1.5m",
        error_messages={"required": "Enter a new approved budget"},
    )
    why = _reason("What has changed, and the effect on dates and benefits")


class DecideForm(forms.Form):
    """Records the decision on a change request, which cannot be approved once its old value has changed."""

    decision = forms.ChoiceField(
        label="Decision",
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
    conditions = forms.CharField(
        label="Conditions, or reason for declining",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Optional if you approve",
    )
    conditions.short_label = "Conditions or reason"

    def __init__(self, *args, change, **kwargs):
        super().__init__(*args, **kwargs)
        choices = [("decline", f"Decline (the {change.noun} does not change)")]
        if not change.is_waiting or change.current == change.before:
            choices.insert(0, ("approve", f"Approve (the {change.noun} changes)"))
        self.fields["decision"].choices = choices

    def clean_decided_on(self):
        day = self.cleaned_data["decided_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("Decision date must be today or in the past")
        return day

    def clean(self):
        typed = super().clean()
        if typed.get("decision") == "decline" and not typed.get("conditions") and "conditions" not in self.errors:
            self.add_error("conditions", "Enter a reason for declining")
        return typed
