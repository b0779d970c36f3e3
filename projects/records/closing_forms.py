"""The form that completes or closes a project."""

from django import forms
from django.utils import timezone

from estates_portal.amounts import PoundsField
from estates_portal.fields import DayField, RecordsField
from estates_portal.sorting import SortKey
from projects.models import Gate, Outcome, Project, Risk
from projects.models.choices import OVER


def _text(label, help_text, max_length, rows=3):
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=max_length,
        required=False,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class CloseForm(forms.Form):
    """Completes, cancels or merges a project. What is required depends on the outcome."""

    outcome = forms.ChoiceField(
        label="Outcome",
        choices=Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select an outcome", "invalid_choice": "Select an outcome from the list"},
    )
    merged_into = forms.ModelChoiceField(
        Project.objects.none(),
        label="Merged into",
        required=False,
        widget=forms.Select(attrs={"data-app-find": "a project"}),
        error_messages={"invalid_choice": "Select a project from the list"},
    )
    closed_on = DayField(label="Date", error_messages={"required": "Enter the date"})
    reason = _text("Reason", "Required if it is cancelled or merged. The public sees it", 1000)
    final_cost = PoundsField(label="Final cost (£)", required=False, help_text="Capital, for the whole project")
    benefits_owner = forms.CharField(
        label="Benefits owner",
        max_length=120,
        required=False,
        help_text="Who measures the benefits from now on. Required if it is complete",
    )
    evaluation_on = DayField(label="Evaluation due", required=False)
    lessons = _text("Lessons", "Three lines for the next project", 2000)
    risks_to_hand_on = RecordsField(
        Risk.objects.none(),
        label="Open risks and issues to hand on",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="With their actions. The others are closed",
        from_list="Select risks from the list",
    )
    hand_on_to = forms.ModelChoiceField(
        Project.objects.none(),
        label="Hand on to",
        required=False,
        widget=forms.Select(attrs={"data-app-find": "a project"}),
        help_text="Leave blank for the project that it is merged into",
        error_messages={"invalid_choice": "Select a project from the list"},
    )
    public_note = _text("Note for the public", "Published as a progress note on the date above", 1000)

    def __init__(self, *args, project, reader, **kwargs):
        super().__init__(*args, **kwargs)
        others = Project.objects.visible_to(reader).filter(is_example=project.is_example).exclude(pk=project.pk)
        others = others.exclude(delivery_state__in=OVER).order_by(SortKey("title"), "pk")
        for name in ("merged_into", "hand_on_to"):
            self.fields[name].queryset = others
            self.fields[name].empty_label = "None"
        self.fields["risks_to_hand_on"].queryset = Risk.objects.open().filter(project=project)
        if not self.fields["risks_to_hand_on"].queryset.exists():
            del self.fields["risks_to_hand_on"], self.fields["hand_on_to"]
        evaluation = project.milestones.filter(gate=Gate.EVALUATION).first()
        self.has_evaluation = evaluation is not None and evaluation.current_on is not None
        if evaluation and evaluation.reached:
            del self.fields["evaluation_on"]
        elif self.has_evaluation:
            self.fields["evaluation_on"].help_text = (
                f"Leave blank for the date it has now, {evaluation.current_label}. "
                f"{self.fields['evaluation_on'].help_text}"
            )
        else:
            self.fields[
                "evaluation_on"
            ].help_text = f"Required if it is complete. {self.fields['evaluation_on'].help_text}"

    def clean(self):
        typed = super().clean()
        for name, message in self._missing(typed).items():
            if not typed.get(name) and name not in self.errors:
                self.add_error(name, message)
        today = timezone.localdate()
        if typed.get("closed_on") and typed["closed_on"] > today:
            self.add_error("closed_on", "Date must be today or in the past")
        if typed.get("outcome") != Outcome.MERGED:
            typed["merged_into"] = None
        typed["hand_on_to"] = typed.get("hand_on_to") or typed.get("merged_into")
        if typed.get("risks_to_hand_on") and not typed["hand_on_to"]:
            self.add_error("hand_on_to", "Select the project that the risks go to")
        return typed

    def _missing(self, typed):
        """{field that the outcome requires: message}."""
        match typed.get("outcome"):
            case Outcome.COMPLETE:
                required = {"benefits_owner": "Enter who owns the benefits"}
                if not self.has_evaluation:
                    required["evaluation_on"] = "Enter when the evaluation is due"
            case Outcome.CANCELLED:
                required = {"reason": "Enter why it is cancelled"}
            case Outcome.MERGED:
                required = {"reason": "Enter why it is merged", "merged_into": "Select the project it is merged into"}
            case _:
                required = {}
        return required
