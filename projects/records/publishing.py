"""Publishing several projects at once."""

from django import forms
from django.db import transaction

from estates_portal.accounts.rules import CHANGE_PROJECT, require
from estates_portal.fields import is_id
from projects.models import HospitalScheme, Hub, Project
from projects.models.project import set_published

from .stated import missing_for_public

PUBLISH, UNPUBLISH = "publish", "unpublish"


class ProjectsField(forms.ModelMultipleChoiceField):
    def clean(self, value):
        if not all(is_id(str(key)) for key in value or ()):  # more than the database can compare
            raise forms.ValidationError(self.error_messages["invalid_pk_value"], code="invalid_pk_value")
        return super().clean(value)


class PublishForm(forms.Form):
    """The chosen ones of `projects`, and whether to publish or to unpublish them."""

    project = ProjectsField(
        Project.objects.none(),
        error_messages={
            "required": "Select a project",
            "invalid_choice": "Select projects from the list",
            "invalid_pk_value": "Select projects from the list",
        },
    )
    action = forms.ChoiceField(
        choices=[(PUBLISH, "Publish"), (UNPUBLISH, "Unpublish")],
        error_messages={"required": "Select Publish or Unpublish", "invalid_choice": "Select Publish or Unpublish"},
    )
    incomplete = forms.BooleanField(label="Also publish projects with missing facts", required=False)

    def __init__(self, *args, projects, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = projects

    @property
    def publishes(self):
        return self.cleaned_data["action"] == PUBLISH

    @property
    def changing(self):
        """[(project, names of the missing facts)] of the chosen ones that the action changes."""
        chosen = self.cleaned_data["project"]
        return [
            (project, missing_for_public(project) if self.publishes else [])
            for project in chosen
            if project.published != self.publishes
        ]


@transaction.atomic
def publish_chosen(form, by):
    """Do the action of a valid form. Returns (number of projects changed, number left out as facts are missing).

    Raises PermissionDenied.
    """
    require(by, CHANGE_PROJECT)
    changing = form.changing
    ids = [project.pk for project, missing in changing if form.cleaned_data["incomplete"] or not missing]
    changed = sum(
        set_published(kind.objects.filter(pk__in=ids), form.publishes, by=by) for kind in (Hub, HospitalScheme)
    )
    return changed, len(changing) - len(ids)
