"""Forms to add a project."""

from django import forms

from estates_portal.fields import AskedBoundField, RecordsField, WrittenDates
from estates_portal.sorting import SortKey
from projects.labels import SEVERAL, SEVERAL_PLACES
from projects.models import HospitalScheme, Hub, HubType, Programme, Project, ProjectKind, Stage, StageBasis
from sites.choices import SiteField, organisations, with_code
from sites.models import Organisation, Place
from sites.site_forms import NewSiteForm

from .names import like_title, suggested_reference

MAX_SUMMARY = 2_000  # characters


class PlaceField(forms.ChoiceField):
    """A place, or several. A form with one is a `WithPlace`."""

    widget = forms.RadioSelect(attrs={"classes": "nhsuk-radios--small"})

    def __init__(self, **kwargs):
        messages = {"required": "Select a place", "invalid_choice": "Select a place from the list"}
        super().__init__(label="Place", error_messages=messages, **kwargs)

    def list_places(self):
        """List all places. One query."""
        self.places = {str(place.pk): place for place in Place.objects.all()}
        self.choices = [*((key, place.name) for key, place in self.places.items()), (SEVERAL, SEVERAL_PLACES)]


class WithPlace:
    """A mixin of model forms of a project: the place is a choice between all places and several."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].list_places()
        if self.instance.pk:
            self.initial["place"] = str(self.instance.place_id or SEVERAL)

    def clean_place(self):
        """The `Place`, or None for several."""
        return self.fields["place"].places.get(self.cleaned_data["place"])


class ReasonForm(forms.Form):
    """Why a contributor proposes a change."""

    reason = forms.CharField(
        label="Reason (optional)",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Where the new information comes from",
    )


class ReplyForm(forms.Form):
    """The programme office's reply to a proposal."""

    reply = forms.CharField(
        label="Reply",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Optional if you approve. If you decline, signed-in users can read it in the history of the project",
    )


class WithReference:
    """A mixin of forms with the reference of a project, which no other project has in any case."""

    def clean_reference(self):
        """The reference in capitals. One query."""
        reference = self.cleaned_data["reference"].upper()
        others = Project.objects.exclude(pk=self.instance.pk)
        if others.filter(reference__iexact=reference).exists():
            raise forms.ValidationError("Enter another reference. Another project has this one", code="unique")
        return reference


class StartForm(WithPlace, WrittenDates, forms.ModelForm):
    """The first page: what the project is, who leads it, where, and its stage."""

    written = {"stage_as_of": "stage_as_of_precision"}
    kind = forms.ChoiceField(
        label="Type",
        choices=ProjectKind,
        widget=forms.RadioSelect(attrs={"classes": "nhsuk-radios--inline nhsuk-radios--small"}),
        error_messages={"required": "Select a type", "invalid_choice": "Select a type from the list"},
    )
    place = PlaceField()
    stage_source_url = forms.URLField(
        label="Source of the stage (optional)",
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text="The web address of a page that states it",
        error_messages={"invalid": "Enter a web address that starts with https://"},
    )
    field_order = ["kind", "title", "lead_organisation", "place", "stage", "stage_as_of", "stage_source_url"]

    class Meta:
        model = Project
        fields = ["title", "lead_organisation", "place", "stage", "stage_as_of", "stage_source_url"]
        labels = {
            "lead_organisation": "Lead organisation",
            "stage_as_of": "Stage as at",
        }
        help_texts = {"stage": ""}
        widgets = {"lead_organisation": forms.Select(attrs={"data-app-find": "an organisation by name or ODS code"})}
        error_messages = {
            "title": {"required": "Enter a title"},
            "lead_organisation": {"invalid_choice": "Select an organisation from the list"},
            "stage": {"invalid_choice": "Select a stage from the list"},
        }

    def __init__(self, data=None, *, reader, **kwargs):
        kinds = {ProjectKind.HOSPITAL_SCHEME: HospitalScheme}
        super().__init__(data, instance=kinds.get((data or {}).get("kind"), Hub)(), **kwargs)
        self.reader = reader
        self.fields["title"].bound_field_class = AskedBoundField
        self.fields["stage"].choices = [
            ("", "Not known"),
            *((stage.value, stage.label) for stage in Stage if stage != Stage.CLOSED),
        ]
        lead = self.fields["lead_organisation"]
        lead.queryset, lead.empty_label, lead.label_from_instance = organisations(), "Not known yet", with_code

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("stage"):
            self.instance.stage_basis = StageBasis.STATED if cleaned.get("stage_source_url") else StageBasis.OFFICE
            if not cleaned.get("stage_as_of") and "stage_as_of" not in self.errors:
                self.add_error("stage_as_of", "Enter the date of the stage")
        if cleaned.get("title") and not self["title"].is_confirmed:
            self._ask_about_title(cleaned["title"])
        return cleaned

    def _ask_about_title(self, title):
        if alike := like_title(title, self.reader):
            names = "; ".join(f"“{name}”" for name in alike)
            text = f"This title is like {names}. If it is another project, select Next again"
            self.add_error("title", forms.ValidationError(text, code=AskedBoundField.question))

    def answers(self):
        """[(name, text)] of what was sent, for the hidden fields of the second page."""
        names = [*self.fields, *(f"{name}-confirmed" for name in ("title", "stage_as_of"))]
        return [(name, self.data[name]) for name in names if name in self.data]


class DetailsForm(WithReference, forms.ModelForm):
    """The second page: what the portal needs to show the project and to ask for reports."""

    summary = forms.CharField(
        label="Summary for the public",
        max_length=MAX_SUMMARY,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Two plain sentences",
        error_messages={"required": "Enter a summary"},
    )
    site = SiteField(label="Main site (optional)")
    partner_organisations = RecordsField(
        Organisation.objects.none(),
        label="Partner organisations (optional)",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"classes": "app-long-list"}),
        from_list="Select organisations from the list",
    )
    restricted = forms.TypedChoiceField(
        label="Visible to",
        choices=[("False", "All partners"), ("True", "Its own organisations and the programme office")],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect(attrs={"classes": "nhsuk-radios--small"}),
        help_text="The public cannot see it until you publish it",
        error_messages={"required": "Select who can see it", "invalid_choice": "Select who can see it"},
    )

    class Meta:
        model = Project
        fields = [
            "reference",
            "summary",
            "site",
            "programme",
            "partner_organisations",
            "senior_responsible_owner",
            "project_manager",
            "reporting",
            "restricted",
        ]
        labels = {
            "programme": "Programme (optional)",
            "senior_responsible_owner": "Senior responsible owner (optional)",
            "project_manager": "Project manager (optional)",
        }
        help_texts = {
            "reference": "A suggestion from the title. It cannot change once the project is published",
            "reporting": "",
        }
        widgets = {
            "reporting": forms.RadioSelect(attrs={"classes": "nhsuk-radios--small"}),
        }
        error_messages = {
            "reference": {"required": "Enter a reference"},
            "programme": {"invalid_choice": "Select a programme from the list"},
            "reporting": {
                "required": "Select how often it reports",
                "invalid_choice": "Select how often it reports",
            },
        }

    def __init__(self, data=None, *, instance, initial=None, **kwargs):
        suggested = {"reference": suggested_reference(instance.title)}
        super().__init__(data, instance=instance, initial=suggested | (initial or {}), **kwargs)
        self.fields["site"].list_sites()
        self.fields["site"].empty_label = "Not known yet"
        self.fields["programme"].queryset = Programme.objects.order_by(SortKey("name"), "pk")
        self.fields["programme"].empty_label = "None"
        self.fields["partner_organisations"].queryset = organisations()
        self.fields["partner_organisations"].label_from_instance = with_code
        drafted = {name: (initial or {}).get(f"new-{name}") for name in NewSiteForm.Meta.fields}
        typed = drafted if data is None else {name: data.get(f"new-{name}") for name in drafted}
        self.has_new_site = any(typed.values())
        is_sent = data is not None and self.has_new_site
        self.new_site = NewSiteForm(data if is_sent else None, initial=None if is_sent else drafted, prefix="new")

    def is_valid(self):
        is_site_valid = not self.has_new_site or self.new_site.is_valid()
        return super().is_valid() and is_site_valid

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("site") and self.has_new_site:
            self.add_error("site", "Select a site or add a new one, not both")
        return cleaned


class HubDetailsForm(DetailsForm):
    """The second page of a hub, which has a hub type."""

    field_order = ["reference", "hub_type"]

    class Meta(DetailsForm.Meta):
        model = Hub
        fields = [*DetailsForm.Meta.fields, "hub_type"]
        error_messages = DetailsForm.Meta.error_messages | {
            "hub_type": {"required": "Select a hub type", "invalid_choice": "Select a hub type from the list"}
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["hub_type"].choices = [("", "Select a hub type"), *HubType.choices]


def details_form(data=None, *, instance, initial=None):
    """The form of the second page for a new hub or hospital scheme."""
    form = HubDetailsForm if isinstance(instance, Hub) else DetailsForm
    return form(data, instance=instance, initial=initial)
