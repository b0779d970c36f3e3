"""The form of a programme, with its projects."""

from django import forms

from estates_portal.addresses import free_slug
from estates_portal.fields import RecordsField
from estates_portal.merging import MergedForm
from estates_portal.sorting import SortKey
from projects.models import Programme, Project
from projects.versions import bump_version
from sites.choices import FIND_ORGANISATION, WithSavedChoices, organisations, with_code


class ProgrammeForm(WithSavedChoices, MergedForm, forms.ModelForm):
    """A programme and its projects, of which each has at most one programme."""

    projects = RecordsField(
        Project.objects.none(),
        label="Projects",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"classes": "app-long-list", "find": "a project"}),
        from_list="Select projects from the list",
    )

    with_saved = ("lead_organisation",)

    class Meta:
        model = Programme
        fields = ["name", "lead_organisation", "description"]
        labels = {"lead_organisation": "Lead organisation (optional)", "description": "Description (optional)"}
        widgets = {
            "lead_organisation": forms.Select(attrs={"data-app-find": FIND_ORGANISATION}),
            "description": forms.Textarea(attrs={"rows": 5}),
        }
        error_messages = {
            "name": {"required": "Enter a name", "unique": "Another programme has this name"},
            "lead_organisation": {"invalid_choice": "Select an organisation from the list"},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        lead = self.fields["lead_organisation"]
        lead.queryset = organisations([pk] if (pk := self.instance.lead_organisation_id) else ())
        lead.label_from_instance, lead.empty_label = with_code, "Not known"
        projects = self.fields["projects"]
        projects.queryset = Project.objects.select_related("programme").order_by(SortKey("title"), "pk")
        projects.label_from_instance = self._label
        if self.instance.pk:
            self.initial["projects"] = [str(pk) for pk in self.instance.projects.values_list("pk", flat=True)]
        else:  # the page of a programme without projects is not shown
            projects.required = True
            projects.error_messages["required"] = "Select at least one project"

    def _label(self, project):
        is_elsewhere = project.programme and project.programme_id != self.instance.pk
        return f"{project} (now in {project.programme})" if is_elsewhere else str(project)

    def save(self, commit=True):
        if self.instance.pk is None:
            self.instance.slug = free_slug(Programme, self.instance.name, "programme")
        programme = super().save(commit)
        chosen = {project.pk for project in self.cleaned_data["projects"]}
        before = set(programme.projects.values_list("pk", flat=True))
        for project in Project.objects.filter(pk__in=chosen ^ before):
            record = project.as_its_kind()
            record.programme = programme if record.pk in chosen else None
            record.save(update_fields=["programme"])
            bump_version(Project, record.pk)
        return programme
