"""The form of a hand-over."""

from django import forms
from django.forms import ModelChoiceField

from estates_portal.fields import DayField, RecordsField
from estates_portal.sorting import SortKey
from sites.models import ACCEPTED, Organisation

from .services import KINDS, organisations_to_choose

CHANGED = "Some of these records have changed. Check the list"


class HandOverForm(forms.Form):
    """To whom, from which day, and which records; all records are ticked at first."""

    successor = ModelChoiceField(
        Organisation.objects.none(),
        label="Hand over to",
        empty_label="Select an organisation",
        error_messages={
            "required": "Select an organisation",
            "invalid_choice": "Select an organisation from the list",
        },
    )
    on = DayField(
        label="From",
        help_text="For a later day, enter the end date and successor of the organisation instead",
    )
    keep_as_partner = forms.BooleanField(label="Keep it as a partner of the projects it led", required=False)

    def __init__(self, *args, former, by, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        ended = former.valid_to is not None and former.valid_to <= today
        self.fields["successor"].queryset = organisations_to_choose(former, today)
        self.fields["successor"].initial = former.successor_id
        self.fields["on"].initial = former.valid_to if ended else today
        self.fields["on"].error_messages["required"] = "Enter a date"
        for key, kind in KINDS.items():
            rows = kind.rows(former, by)
            ids = list(rows.values_list("pk", flat=True))
            if ids:
                self.fields[key] = RecordsField(
                    rows,
                    label=kind.label,
                    required=False,
                    initial=ids,
                    widget=forms.CheckboxSelectMultiple,
                    from_list=CHANGED,
                )
        if "led" not in self.fields:
            del self.fields["keep_as_partner"]

    @property
    def has_records(self):
        return any(key in self.fields for key in KINDS)

    def clean_on(self):
        on = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError("From must be today or in the past")
        return on

    def clean(self):
        cleaned_data = super().clean()
        if not self.errors and not any(cleaned_data.get(key) for key in KINDS):
            raise forms.ValidationError("Select at least one record to hand over")
        return cleaned_data

    @property
    def chosen(self):
        """{kind: [records]} of the valid form."""
        return {key: list(self.cleaned_data[key]) for key in KINDS if self.cleaned_data.get(key)}


class MergeForm(forms.Form):
    """The record to keep."""

    kept = ModelChoiceField(
        Organisation.objects.none(),
        label="Record to keep",
        empty_label="Select an organisation",
        help_text="It keeps its own name, dates and other facts",
        error_messages={
            "required": "Select an organisation",
            "invalid_choice": "Select an organisation from the list",
        },
    )

    def __init__(self, *args, duplicate, **kwargs):
        super().__init__(*args, **kwargs)
        others = Organisation.objects.not_merged().filter(**ACCEPTED).exclude(pk=duplicate.pk)
        self.fields["kept"].queryset = others.order_by(SortKey("name"))
