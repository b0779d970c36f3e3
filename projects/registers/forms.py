"""Forms of decisions, benefits and documents."""

from django import forms
from django.utils import timezone

from projects.fields import DayField
from projects.models import Benefit, Decision, Document


def _address(label, **kwargs):
    messages = {"required": "Enter the address", "invalid": "Enter an address that begins with https://"}
    return forms.URLField(label=label, max_length=500, assume_scheme="https", error_messages=messages, **kwargs)


class DecisionForm(forms.ModelForm):
    url = _address("Link to the minute or paper", required=False)
    decided_on = DayField(label="Decided on", error_messages={"required": "Enter the day of the decision"})

    class Meta:
        model = Decision
        fields = ["title", "words", "decided_by", "decided_on", "url"]
        widgets = {"words": forms.Textarea(attrs={"rows": 4})}
        labels = {"decided_by": "Decided by"}
        error_messages = {
            "title": {"required": "Enter what was decided"},
            "decided_by": {"required": "Enter who decided"},
        }

    def clean_decided_on(self):
        day = self.cleaned_data["decided_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("The decision cannot be in the future")
        return day


class FigureField(forms.DecimalField):
    """A figure of a benefit, with up to two decimals and of either sign; commas may be typed."""

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


class BenefitForm(forms.ModelForm):
    baseline = FigureField(label="Before the project")
    target = FigureField(label="Target")
    latest = FigureField(label="Latest value")
    due_on = DayField(label="Target due", required=False)
    latest_on = DayField(label="Measured on", required=False)

    class Meta:
        model = Benefit
        fields = ["title", "unit", "baseline", "target", "due_on", "owner", "latest", "latest_on"]
        error_messages = {
            "title": {"required": "Enter what is measured"},
            "unit": {"required": "Enter the unit"},
        }

    def clean(self):
        typed = super().clean()
        for name, other in (("latest", "latest_on"), ("latest_on", "latest")):
            if typed.get(name) is not None and typed.get(other) is None and not {name, other} & set(self.errors):
                self.add_error(other, "Give the value and the day it was measured, or neither")
        if typed.get("latest_on") and typed["latest_on"] > timezone.localdate():
            self.add_error("latest_on", "It cannot have been measured in the future")
        return typed


class DocumentForm(forms.ModelForm):
    dated = DayField(label="Date of the document", required=False)
    url = _address("Address", help_text="Where it can be read, such as https://www.example.org/paper.pdf")

    class Meta:
        model = Document
        fields = ["title", "kind", "dated", "url", "public"]
        error_messages = {"title": {"required": "Enter a title"}}
