"""Forms of decisions, benefits, documents and the backlog removed."""

from django import forms
from django.db.models import Q
from django.utils import timezone

from estates_portal.amounts import AmountField, PoundsField
from estates_portal.fields import DayField, PartialDateField
from estates_portal.merging import MergedForm
from estates_portal.sorting import SortKey
from projects.access import limit_public_fields
from projects.fields import YearField
from projects.models import BacklogBand, BacklogRemoved, Benefit, Decision, Document
from sites.models import Site, distinct_names


def _url_field(label, **kwargs):
    messages = {"required": "Enter a web address", "invalid": "Enter a web address that starts with https://"}
    return forms.URLField(label=label, max_length=500, assume_scheme="https", error_messages=messages, **kwargs)


class RegisterForm(MergedForm, forms.ModelForm):
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


class BenefitForm(RegisterForm):
    baseline = AmountField(can_be_negative=True, label="Baseline")
    target = AmountField(can_be_negative=True, label="Target")
    latest = AmountField(can_be_negative=True, label="Latest value")
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


class BacklogForm(RegisterForm):
    """A statement of the backlog that a project removes at one of its sites."""

    amount_pounds = PoundsField(
        label="Amount (£)",
        required=True,
        help_text="For example, 1,500,000 or 1.5m",
        error_messages={"required": "Enter an amount"},
    )
    price_year = YearField(
        label="Price year (optional)", max_length=9, required=False, help_text="Financial year, for example 2024/25"
    )
    dated = PartialDateField(
        label="As at",
        max_length=40,
        help_text="For example, 14/3/2026, March 2026 or 2025/26",
        error_messages={"required": "Enter the date of this amount"},
    )
    source_url = _url_field("Web address (optional)", required=False, help_text="Of the source, if it is published")

    field_order = ["site", "band", "amount_pounds", "price_year", "dated", "source_words", "source_url"]

    class Meta:
        model = BacklogRemoved
        fields = ["site", "band", "amount_pounds", "price_year", "source_words", "source_url"]
        labels = {"source_words": "Source (optional)"}
        help_texts = {"source_words": "For example, the title of the business case"}
        error_messages = {
            "site": {"required": "Select a site", "invalid_choice": "Select a site of this project"},
            "band": {"required": "Select a risk", "invalid_choice": "Select a risk from the list"},
            "source_words": {"max_length": "Source text must be 300 characters or less"},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        statement, project = self.instance, self.instance.project
        its_sites = project.all_sites().values("pk")
        sites = Site.objects.filter(Q(pk__in=its_sites) | Q(pk=statement.site_id)).order_by(SortKey("name"), "pk")
        names = distinct_names(sites)
        self.fields["site"].queryset, self.fields["site"].empty_label = sites, "Select a site"
        self.fields["site"].label_from_instance = lambda site: names[site.pk]
        self.fields["band"].choices = [("", "Select a risk"), *BacklogBand.choices]
        if statement.pk is None and len(sites) == 1:
            self.initial["site"] = sites[0].pk
        if not sites:
            self.fields["site"].help_text = "This project has no site yet. Your programme office can add it"
        self.initial["dated"] = statement.dated.label if statement.dated else ""
        self.initial["price_year"] = statement.prices

    def clean_dated(self):
        date = self.cleaned_data["dated"]
        if date and date.first > timezone.localdate():
            raise forms.ValidationError("Date must be today or in the past")
        return date

    def clean(self):
        typed = super().clean()
        self.instance.dated = typed.get("dated")
        return typed
