"""Forms of decisions, benefits and documents."""

from django import forms
from django.utils import timezone

from projects.access import limit_public_fields
from projects.fields import DayField
from projects.models import Benefit, Decision, Document


def _url_field(label, **kwargs):
    messages = {"required": "Enter a web address", "invalid": "Enter a web address that starts with https://"}
    return forms.URLField(label=label, max_length=500, assume_scheme="https", error_messages=messages, **kwargs)


class RegisterForm(forms.ModelForm):
    """A form of a row of a register, for the user `reader`."""

    def __init__(self, *args, reader, **kwargs):
        super().__init__(*args, **kwargs)
        self.reader = reader


class DecisionForm(RegisterForm):
    url = _url_field("Link to minutes or paper", required=False)
    decided_on = DayField(label="Decided on", error_messages={"required": "Enter the decision date"})

    class Meta:
        model = Decision
        fields = ["title", "reason", "decided_by", "decided_on", "url"]
        widgets = {"reason": forms.Textarea(attrs={"rows": 4})}
        labels = {"decided_by": "Decided by"}
        error_messages = {
            "title": {"required": "Enter a decision"},
            "decided_by": {"required": "Enter who made the decision"},
        }

    def clean_decided_on(self):
        day = self.cleaned_data["decided_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("Decision date must be today or in the past")
        return day


class FigureField(forms.DecimalField):
    """A figure of a benefit, of either sign with up to 2 decimal places. Commas are allowed."""

    def __init__(self, **kwargs):
        super().__init__(
            max_digits=14,
            decimal_places=2,
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            error_messages={"invalid": "Enter a number"},
            **kwargs,
        )

    def to_python(self, value):
        return super().to_python(value.replace(",", "").strip() if isinstance(value, str) else value)


class BenefitForm(RegisterForm):
    baseline = FigureField(label="Baseline")
    target = FigureField(label="Target")
    latest = FigureField(label="Latest value")
    due_on = DayField(label="Target date", required=False)
    latest_on = DayField(label="Measured on", required=False)

    class Meta:
        model = Benefit
        fields = ["title", "unit", "baseline", "target", "due_on", "owner", "latest", "latest_on"]
        error_messages = {
            "title": {"required": "Enter a measure"},
            "unit": {"required": "Enter a unit"},
        }

    def clean(self):
        typed = super().clean()
        for name, other in (("latest", "latest_on"), ("latest_on", "latest")):
            if typed.get(name) is not None and typed.get(other) is None and not {name, other} & set(self.errors):
                self.add_error(other, "Enter the latest value and the date it was measured")
        if typed.get("latest_on") and typed["latest_on"] > timezone.localdate():
            self.add_error("latest_on", "Measurement date must be today or in the past")
        return typed


class DocumentForm(RegisterForm):
    dated = DayField(label="Date of the document", required=False)
    url = _url_field("Web address", help_text="For example, https://www.example.org/paper.pdf")

    class Meta:
        model = Document
        fields = ["title", "kind", "dated", "url", "public", "proposed_public"]
        error_messages = {"title": {"required": "Enter a title"}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        limit_public_fields(self, self.reader)
