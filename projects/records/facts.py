"""The facts of a project in groups, each with its own form, which several people can have open at once."""

from dataclasses import dataclass

from django import forms
from django.utils import formats, timezone
from django.utils.text import Truncator

from estates_portal.accounts.rules import CHANGE_PROJECT, EDIT_FACTS, PROPOSE_FACTS
from estates_portal.fields import RecordsField
from estates_portal.merging import MergedForm, values_of_opening
from estates_portal.sorting import SortKey
from projects.models import HospitalScheme, Hub, OtherName, Programme, Project, Service
from sites.choices import SiteField, WithSavedChoices, organisations, with_code
from sites.models import ACCEPTED, Organisation, OrganisationKind

from .forms import PlaceField, WithPlace, WithReference
from .stated import StatedFactsForm, missing_for_public


def whole_number(label):
    return {"invalid": f"{label} must be a whole number"}


def long_list(label, find, from_list):
    """A field of several records, with a box that finds them in the list."""
    widget = forms.CheckboxSelectMultiple(attrs={"classes": "app-long-list", "find": find})
    return RecordsField(Project.objects.none(), label=label, required=False, widget=widget, from_list=from_list)


def proposed_label(proposal):
    """ "Proposed by Ada Lee on 26 November 2026: “Wharf Hub”"."""
    day = formats.date_format(timezone.localtime(proposal.proposed_at), "j F Y")
    return f"Proposed by {proposal.proposed_by} on {day}: “{Truncator(proposal.new_text).chars(300)}”"


class OwnErrors:
    """A mixin of forms of some facts of a project: errors in other facts do not stop the user."""

    long_fields = ()  # names of fields that the page folds away

    def add_error(self, field, error):
        if field is None and hasattr(error, "error_dict"):
            for name in set(error.error_dict) & set(self.fields):
                super().add_error(name, error.error_dict[name])
            return
        super().add_error(field, error)

    @property
    def short(self):
        return [self[name] for name in self.fields if name not in self.long_fields]

    @property
    def long(self):
        """[(bound field, whether it has a value or an error)] of the fields that the page folds away."""
        bound = [self[name] for name in self.long_fields if name in self.fields]
        return [(field, bool(field.value() or field.errors or field.field.disabled)) for field in bound]


class FactsForm(OwnErrors, WithSavedChoices, MergedForm, forms.ModelForm):
    """A form of some facts of a project."""

    waiting = {}  # {name of a field: its proposal that awaits a decision}

    def __init__(self, *args, reader, **kwargs):
        super().__init__(*args, **kwargs)
        self.reader = reader

    def show_waiting(self, proposals, *, is_proposal):
        """Show these proposals next to their fields, of which a form that proposes changes cannot send others.

        A page that was opened before them sends such a field: it has an error.
        """
        for proposal in proposals:
            field = self.fields[proposal.field]
            field.help_text = ". ".join(filter(None, [field.help_text, proposed_label(proposal)]))
            field.disabled = is_proposal and not self._was_open(proposal.field)
        if is_proposal:
            self.waiting = {proposal.field: proposal for proposal in proposals}

    def _was_open(self, name):
        """Whether the page that was sent had this field to change: boxes without a tick are not sent."""
        return name in self.data or name in values_of_opening(self.data, self.prefix)

    def merged_fields(self):
        return [bound for bound in super().merged_fields() if not bound.field.disabled]

    def clean(self):
        cleaned = super().clean()
        for name in set(self.waiting) & set(self.changed_data):
            error = f"{self.waiting[name].proposed_by} has already proposed another value. It awaits a decision"
            self.add_error(name, forms.ValidationError(error, code="waiting"))
        return cleaned


class PeopleForm(FactsForm):
    class Meta:
        model = Project
        fields = ["senior_responsible_owner", "project_manager", "cost_notes"]
        labels = {
            "senior_responsible_owner": "Senior responsible owner (optional)",
            "project_manager": "Project manager (optional)",
            "cost_notes": "Notes on the figures (optional)",
        }
        widgets = {"cost_notes": forms.Textarea(attrs={"rows": 3})}


class WordingForm(FactsForm):
    """What the public reads of both types of project."""

    other_names = forms.CharField(
        label="Other names (optional)",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One on each line",
    )

    class Meta:
        model = Project
        fields = ["title", "other_names", "summary", "description"]
        labels = {"description": "Description (optional)"}
        help_texts = {"title": "The former title stays as another name", "summary": "Two plain sentences"}
        widgets = {"summary": forms.Textarea(attrs={"rows": 3}), "description": forms.Textarea(attrs={"rows": 5})}
        error_messages = {"title": {"required": "Enter a title"}, "summary": {"required": "Enter a summary"}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.names = list(self.instance.other_names.all())
        saved = self.initial["other_names"] = "\n".join(name.name for name in self.names)
        shown = values_of_opening(self.data, self.prefix).get("other_names")
        self.shown_names = (shown if isinstance(shown, str) else saved).splitlines()

    def clean_other_names(self):
        lines = [" ".join(line.split()) for line in self.cleaned_data["other_names"].splitlines()]
        for line in lines:
            OtherName._meta.get_field("name").run_validators(line)
        return "\n".join(dict.fromkeys(filter(None, lines)))

    def _save_m2m(self):
        """Add and delete the names that the user added and deleted. Former titles that the page did not have stay."""
        super()._save_m2m()
        typed, saved = self.cleaned_data.get("other_names", "").splitlines(), {name.name for name in self.names}
        if "other_names" in self.changed_data:
            for name in self.names:
                if name.name in self.shown_names and name.name not in [*typed, self.instance.title]:
                    name.delete()
            for name in typed:
                if name not in saved:
                    self.instance.other_names.get_or_create(name=name)


class HubWordingForm(WordingForm):
    services = long_list("Services", "a service", "Select services from the list")
    primary_care_networks = long_list("Primary care networks", "a network", "Select networks from the list")
    long_fields = ("services", "primary_care_networks")

    class Meta(WordingForm.Meta):
        model = Hub
        fields = [
            *(*WordingForm.Meta.fields, "hub_type", "population_served", "homes_planned"),
            *("services", "primary_care_networks"),
        ]
        labels = WordingForm.Meta.labels | {
            "population_served": "People served (optional)",
            "homes_planned": "New homes served (optional)",
        }
        error_messages = WordingForm.Meta.error_messages | {
            "hub_type": {"required": "Select a hub type", "invalid_choice": "Select a hub type from the list"},
            "population_served": whole_number("People served"),
            "homes_planned": whole_number("New homes served"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["services"].queryset = Service.objects.order_by(SortKey("name"), "pk")
        networks = Organisation.objects.filter(kind=OrganisationKind.PRIMARY_CARE_NETWORK, **ACCEPTED)
        self.fields["primary_care_networks"].queryset = networks.order_by(SortKey("name"), "pk")


class SchemeWordingForm(WordingForm):
    class Meta(WordingForm.Meta):
        model = HospitalScheme
        fields = [
            *WordingForm.Meta.fields,
            "clinical_function",
            "beds_added",
            "theatres_added",
            "floor_area_m2",
            "estate_risk_addressed",
        ]
        labels = WordingForm.Meta.labels | {
            "clinical_function": "Clinical function (optional)",
            "beds_added": "Beds added (optional)",
            "theatres_added": "Theatres added (optional)",
            "floor_area_m2": "Floor area in m² (optional)",
            "estate_risk_addressed": "Estate risk addressed (optional)",
        }
        error_messages = WordingForm.Meta.error_messages | {
            "beds_added": whole_number("Beds added"),
            "theatres_added": whole_number("Theatres added"),
            "floor_area_m2": {"invalid": "Floor area must be a number"},
        }
        widgets = WordingForm.Meta.widgets | {"estate_risk_addressed": forms.Textarea(attrs={"rows": 3})}


class WhereForm(WithPlace, FactsForm):
    place = PlaceField()
    site = SiteField(label="Main site (optional)")
    further_sites = long_list("Further sites", "a further site", "Select sites from the list")
    long_fields = ("further_sites",)
    with_saved = ("site",)

    class Meta:
        model = Project
        fields = ["place", "site", "further_sites"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        chosen = {self.instance.site_id, *(site.pk for site in self.initial["further_sites"])} - {None}
        self.fields["site"].list_sites(chosen)
        self.fields["site"].empty_label = "Not known"
        self.fields["further_sites"].queryset = self.fields["site"].queryset
        self.fields["further_sites"].label_from_instance = self.fields["site"].label_from_instance

    def clean_site(self):
        site = self.cleaned_data["site"]
        if site and not site.accepted and site.pk != self.instance.site_id:
            raise forms.ValidationError("Select a site that is accepted", code="invalid_choice")
        return site


class StageForm(OwnErrors, StatedFactsForm):
    """The stage and the delivery state, each with its own date and source."""

    stage_source_url = forms.URLField(
        label="Source of the stage (optional)", max_length=500, required=False, assume_scheme="https"
    )

    class Meta:
        model = Project
        fields = [
            *("stage", "stage_as_of", "stage_basis", "stage_source_url"),
            *("delivery_state", "state_as_of", "state_basis", "state_source_url", "state_reason"),
        ]
        labels = {"stage_basis": "Basis of the stage"}
        help_texts = {"stage": "Leave blank if no source gives it"}

    def __init__(self, *args, reader, **kwargs):
        super().__init__(*args, **kwargs)
        self.reader = reader
        self.fields["state_basis"].label = "Basis of the delivery state"
        self.fields["state_source_url"].label = "Source of the delivery state (optional)"
        self.fields["state_reason"].label = "Reason (optional)"


class OrganisationsForm(FactsForm):
    partner_organisations = long_list(
        "Partner organisations", "another organisation", "Select organisations from the list"
    )
    long_fields = ("partner_organisations",)
    with_saved = ("lead_organisation",)

    class Meta:
        model = Project
        fields = ["lead_organisation", "programme", "parent", "partner_organisations"]
        labels = {
            "lead_organisation": "Lead organisation (optional)",
            "programme": "Programme (optional)",
            "parent": "Part of (optional)",
        }
        help_texts = {"parent": ""}
        widgets = {
            "lead_organisation": forms.Select(attrs={"data-app-find": "an organisation by name or ODS code"}),
            "parent": forms.Select(attrs={"data-app-find": "a project"}),
        }
        error_messages = {
            "lead_organisation": {"invalid_choice": "Select an organisation from the list"},
            "programme": {"invalid_choice": "Select a programme from the list"},
            "parent": {"invalid_choice": "Select a project from the list"},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        ours = self.instance
        partners = Project.partner_organisations.through.objects.filter(project=ours.pk)
        lead, partner = self.fields["lead_organisation"], self.fields["partner_organisations"]
        lead.queryset = organisations([ours.lead_organisation_id] if ours.lead_organisation_id else ())
        partner.queryset = organisations(partners.values("organisation"))  # some can have ended
        lead.empty_label = "Not known"
        lead.label_from_instance = partner.label_from_instance = with_code
        self.fields["programme"].queryset = Programme.objects.order_by(SortKey("name"), "pk")
        projects = Project.objects.visible_to(self.reader).exclude(pk=ours.pk)
        self.fields["parent"].queryset = projects.order_by(SortKey("title"), "pk")
        for name in ("programme", "parent"):
            self.fields[name].empty_label = "None"


class VisibilityForm(WithReference, FactsForm):
    """The reference, how often it reports and who sees the project."""

    class Meta:
        model = Project
        fields = ["reference", "reporting", "restricted", "published"]
        help_texts = {"reference": "Short and permanent", "reporting": ""}
        widgets = {"reporting": forms.RadioSelect(attrs={"classes": "nhsuk-radios--small"})}
        error_messages = {"reference": {"required": "Enter a reference"}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.was_ever_published():
            self.fields["reference"].disabled = True
            self.fields["reference"].help_text = "The reference of a published project is permanent"
        if not self.instance.published and (missing := missing_for_public(self.instance)):
            self.fields["published"].help_text = f"Everyone can see it. Not recorded yet: {', '.join(missing)}"


@dataclass(frozen=True)
class Group:
    """Facts that are saved together by the users with this permission, and perhaps proposed by other contributors."""

    key: str
    title: str
    permission: str
    forms: tuple  # of a hub, and of a hospital scheme
    is_open: bool = False  # contributors of the project's organisations can propose changes

    def form(self, data, project, reader, field=""):
        """The form of the facts, or of one of them, of a project, given as `Hub` or `HospitalScheme`."""
        form = self.forms[0 if isinstance(project, Hub) else -1](data, instance=project, reader=reader)
        for name in set(form.fields) - {field} if field else ():
            del form.fields[name]
        return form

    def is_saved_by(self, user, project):
        return user.has_perm(self.permission, project)

    def is_proposed_by(self, user, project):
        return self.is_open and not self.is_saved_by(user, project) and user.has_perm(PROPOSE_FACTS, project)

    def has(self, field):
        """Whether the facts of a hub or of a hospital scheme include this one."""
        return any(field in form.base_fields for form in self.forms)


# Who saves and who proposes which facts. Dates, budgets and the stage are proposed by reports and change requests.
GROUPS = {
    group.key: group
    for group in (
        Group("people", "People", EDIT_FACTS, (PeopleForm,), is_open=True),
        Group("public", "Public text", CHANGE_PROJECT, (HubWordingForm, SchemeWordingForm), is_open=True),
        Group("stage", "Stage and state", CHANGE_PROJECT, (StageForm,)),
        Group("place", "Place and sites", CHANGE_PROJECT, (WhereForm,), is_open=True),
        Group("organisations", "Organisations", CHANGE_PROJECT, (OrganisationsForm,)),
        Group("visibility", "Visibility", CHANGE_PROJECT, (VisibilityForm,)),
    )
}


def group_of(field):
    """The group with this fact."""
    return next(group for group in GROUPS.values() if group.has(field))
