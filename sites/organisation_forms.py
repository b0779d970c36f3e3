"""The form of an organisation."""

from django import forms

from estates_portal.addresses import free_slug
from estates_portal.fields import AskedBoundField
from estates_portal.likeness import like
from estates_portal.merging import MergedForm
from estates_portal.sorting import SortKey

from .choices import with_code
from .models import Organisation, OrganisationIdentifier, normalise_postcode

MAX_NAMES = 3  # in a question


class OrganisationForm(MergedForm, forms.ModelForm):
    """An organisation. A new name like another is asked about; codes after the first are added in the admin."""

    ods_code = forms.CharField(label="ODS code (optional)", max_length=40, required=False)
    source_url = forms.URLField(
        label="Source (optional)",
        max_length=500,
        required=False,
        assume_scheme="https",
        error_messages={"invalid": "Enter a web address that starts with https://"},
    )
    field_order = ["ods_code", "name"]

    class Meta:
        model = Organisation
        fields = [
            *("name", "short_name", "kind", "place", "postcode"),
            *("valid_from", "valid_to", "successor", "note", "source_url"),
        ]
        labels = {
            "short_name": "Short name (optional)",
            "place": "Place (optional)",
            "postcode": "Postcode (optional)",
            "valid_from": "Valid from (optional)",
            "valid_to": "Valid to (optional)",
            "successor": "Successor (optional)",
            "note": "Note (optional)",
        }
        help_texts = {"successor": "If it was merged or renamed, the organisation that replaced it"}
        widgets = {
            "note": forms.Textarea(attrs={"rows": 3}),
            "successor": forms.Select(attrs={"data-app-find": "an organisation by name or ODS code"}),
        }
        error_messages = {
            "name": {"required": "Enter a name", "unique": "Another organisation has this name"},
            "kind": {"required": "Select a type", "invalid_choice": "Select a type of organisation from the list"},
            "place": {"invalid_choice": "Select a place from the list"},
            "successor": {"invalid_choice": "Select an organisation from the list"},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].bound_field_class = AskedBoundField
        self.fields["kind"].choices = [("", "Select a type"), *self.fields["kind"].choices[1:]]
        self.fields["place"].empty_label = "Several places, or outside"
        others = Organisation.objects.not_merged().exclude(pk=self.instance.pk).prefetch_related("identifiers")
        successor = self.fields["successor"]
        successor.queryset = others.order_by(SortKey("name"), "pk")
        successor.label_from_instance, successor.empty_label = with_code, "None"
        if self.instance.pk:
            del self.fields["ods_code"]  # an organisation has several over the years

    def clean_postcode(self):
        return normalise_postcode(self.cleaned_data["postcode"])

    def clean_ods_code(self):
        return self.cleaned_data["ods_code"].strip().upper()

    def clean(self):
        cleaned = super().clean()
        if code := cleaned.get("ods_code"):
            dates = {name: cleaned.get(name) for name in ("valid_from", "valid_to")}
            if sentences := OrganisationIdentifier(value=code, **dates).conflicts():
                self.add_error("ods_code", sentences)
        if cleaned.get("name") and "name" in self.changed_data and not self["name"].is_confirmed:
            self._ask_about_name(cleaned["name"])
        return cleaned

    def _ask_about_name(self, name):
        others = Organisation.objects.exclude(pk=self.instance.pk).order_by(SortKey("name"))
        others = [other for other in others.values_list("name", flat=True) if other != name]  # the same is refused
        if alike := like(name, others)[:MAX_NAMES]:
            names = "; ".join(f"“{other}”" for other in alike)
            text = f"This name is like {names}. If it is another organisation, save again"
            self.add_error("name", forms.ValidationError(text, code=AskedBoundField.question))

    def save(self, commit=True):
        if self.instance.pk is None:
            self.instance.slug = free_slug(Organisation, self.instance.name, "organisation")
        organisation = super().save(commit)
        if code := self.cleaned_data.get("ods_code"):
            dates = {"valid_from": organisation.valid_from, "valid_to": organisation.valid_to}
            organisation.identifiers.create(value=code, **dates)
        return organisation
