"""Forms of a milestone, its dates, the standard gates, and rows of the date grid."""

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html

from estates_portal.fields import DATE_HINT, PartialDateField
from estates_portal.merging import OPENED, MergedForm, as_shown, values_of_opening
from projects.access import limit_public_fields
from projects.models import (
    DateChangeReason,
    Gate,
    Milestone,
    MilestoneDependency,
    Project,
)
from projects.models.milestone import MilestoneDates, StatementKind, complete_details, date_error, has_gate

from .services import gates_offered

DATE_FIELDS = ("forecast", "actual", "unknown")
MAX_OTHER_MILESTONES = 200  # of related projects, to select as dependencies


def reason_choices():
    """[(id, name)] of the reasons in use. One query."""
    return [("", "Select a reason"), *DateChangeReason.objects.filter(in_use=True).values_list("pk", "name")]


class DatesForm(MergedForm, forms.Form):
    """The forecast and actual date of a milestone, with the reason for a new forecast."""

    forecast = PartialDateField(
        label="Forecast",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs=DATE_HINT),
    )
    actual = PartialDateField(
        label="Actual date (when reached)",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs=DATE_HINT),
    )
    unknown = forms.BooleanField(label="Date not known", required=False)
    reason = forms.TypedChoiceField(
        label="Reason the forecast changed",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "Select a reason from the list"},
    )
    explanation = forms.CharField(label="Explain in one sentence", required=False, max_length=300)
    explanation.short_label = "Explanation"

    def __init__(self, data=None, *, milestone, reasons, prefix=None):
        dates = MilestoneDates.of(milestone)
        initial = {
            "forecast": dates.forecast.label if dates.forecast else "",
            "actual": dates.actual.label if dates.actual else "",
            "unknown": dates.is_not_known,
        }
        super().__init__(data, initial=initial, prefix=prefix or f"m{milestone.pk}")
        self.milestone = milestone
        self.recorded = dates
        self.fields["reason"].choices = reasons

    @property
    def is_new(self):
        return self.milestone.pk is None

    def clean_actual(self):
        """The actual date. Its error shows at once, also where other fields have errors."""
        actual = self.cleaned_data["actual"]
        if actual in {None, self.recorded.actual}:
            return actual
        if error := date_error(StatementKind.ACTUAL, actual, today=timezone.localdate()):
            raise forms.ValidationError(error)
        return actual

    @property
    def has_changed_dates(self):
        """Whether a date differs from the saved one. The form must be valid."""
        return bool(set(DATE_FIELDS) & set(self.changed_data))

    def new_dates(self):
        """The arguments of `services.record_dates`. The form must be valid."""
        data = self.cleaned_data
        return {
            "forecast": data.get("forecast"),
            "actual": data.get("actual"),
            "date_not_known": data.get("unknown", False),
            "reason": DateChangeReason.objects.filter(pk=data["reason"]).first() if data.get("reason") else None,
            "explanation": data.get("explanation", ""),
        }

    def add_errors(self, error):
        """Add the errors of `services.record_dates` to their fields."""
        for name, messages in error.message_dict.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, message)


class GridRow(DatesForm):
    """The dates of one milestone in a grid. Labels and errors name the milestone and its project."""

    labels_name_row = True

    def __init__(self, *args, closed="", **kwargs):
        super().__init__(*args, **kwargs)
        self.closed = closed  # the error if it was reached or deleted after the page was opened
        self.fields["actual"].label = "Actual"
        for field in self.fields.values():
            field.short_label = getattr(field, "short_label", field.label)
            field.label = f"{field.label}: {self.milestone.title}, {self.milestone.project.title}"

    @property
    def error_prefix(self):
        return f"{self.milestone.project.title}, {self.milestone.title}"

    @property
    def row_name(self):
        return self.error_prefix

    @property
    def has_passed(self):
        return self.milestone.has_passed(timezone.localdate())

    @property
    def baseline(self):
        return self.recorded.baseline.short_label if self.recorded.baseline else ""

    @property
    def slippage(self):
        """How late the milestone is, as text; "" if not known."""
        return self.recorded.at(timezone.localdate(), self.milestone.project.delivery_state).slippage_label

    @property
    def is_new(self):
        return bool(self.closed)  # its dates can only be cleared

    @property
    def is_of_earlier_release(self):
        """Whether its page was opened before an upgrade, so that it cannot be merged."""
        return self.add_prefix(OPENED) not in self.data

    @property
    def answers(self):
        """[(label, text)] of what differs from the saved dates, before it is merged."""
        return [(self[name].label, as_shown(self.fields[name], self[name].data)) for name in self.changed_data]

    @property
    def dates_changed(self):
        """Names of the dates that differ from the saved ones; of a closed row, those typed."""
        if self.closed:
            opened = values_of_opening(self.data, self.prefix)
            typed = {name: self.data.get(self.add_prefix(name), "").strip() for name in DATE_FIELDS}
            return {name for name, text in typed.items() if text not in ("", opened.get(name))}
        return set(DATE_FIELDS) & set(self.changed_data)

    @property
    def has_changed_dates(self):
        """Whether a date differs from the saved one. It must be validated first, because that merges dates."""
        is_valid = self.is_valid()
        if not self.dates_changed:
            return bool(self.conflicts)
        saved = (self.recorded.forecast, self.recorded.actual, self.recorded.is_not_known)
        return not is_valid or tuple(self.cleaned_data[name] for name in DATE_FIELDS) != saved


class MilestoneDetailsForm(MergedForm, forms.ModelForm):
    """The details and dependencies of a milestone."""

    depends_on = forms.MultipleChoiceField(
        label="Depends on",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Select milestones from the list"},
    )

    class Meta:
        model = Milestone
        fields = ["title", "kind", "gate", "public", "proposed_public"]
        labels = {"title": "Milestone name"}
        help_texts = {"title": "The name of a standard gate, for example Start on site, sets its type and gate"}
        error_messages = {"title": {"required": "Enter a milestone name"}}

    def __init__(self, *args, reader, **kwargs):
        super().__init__(*args, **kwargs)
        limit_public_fields(self, reader)
        self.fields["gate"].choices = [("", "None"), *Gate.choices]
        choices = self._candidates(reader)
        self.fields["depends_on"].choices = choices
        offered = {value for value, _label in choices}
        self.existing = (
            set(self.instance.dependencies.values_list("depends_on", flat=True)) if self.instance.pk else set()
        )
        self.initial["depends_on"] = [str(pk) for pk in sorted(self.existing) if str(pk) in offered]
        if not choices:
            del self.fields["depends_on"]

    def _candidates(self, reader):
        """Milestones of the project, and of related projects that the user can see."""
        project = self.instance.project
        related = Q(pk=project.pk)
        if project.programme_id:
            related |= Q(programme=project.programme_id)
        if project.parent_id:
            related |= Q(pk=project.parent_id) | Q(parent=project.parent_id)
        related |= Q(parent=project.pk)
        candidates = Milestone.objects.filter(
            project__in=Project.objects.visible_to(reader).filter(related).values("pk")
        )
        candidates = candidates.exclude(pk=self.instance.pk).select_related("project").order_by("current_on", "pk")
        own = candidates.filter(project=project)
        other = candidates.exclude(project=project)[:MAX_OTHER_MILESTONES]
        choices = [(str(milestone.pk), self._label(milestone)) for milestone in own]
        return choices + [
            (str(milestone.pk), f"{milestone.project.title}: {self._label(milestone)}") for milestone in other
        ]

    @staticmethod
    def _label(milestone):
        return f"{milestone.title}, {milestone.current_short_label}" if milestone.current_on else milestone.title

    def clean_title(self):
        return " ".join(self.cleaned_data["title"].split())

    def clean_gate(self):
        gate = self.cleaned_data["gate"]
        if gate and has_gate(self.instance, gate):
            raise forms.ValidationError("This project already has this gate")
        return gate

    def clean(self):
        cleaned = super().clean()
        complete_details(cleaned, self.instance)
        return cleaned

    def selected_dependencies(self):
        """Ids of the selected dependencies and of existing ones that the user cannot see."""
        if "depends_on" not in self.fields:
            return self.existing
        offered = {int(value) for value, _label in self.fields["depends_on"].choices}
        return {int(value) for value in self.cleaned_data["depends_on"]} | (self.existing - offered)

    def save_dependencies(self):
        """Save the selected dependencies."""
        selected = self.selected_dependencies()
        for link in self.instance.dependencies.exclude(depends_on__in=selected):
            link.delete()
        for pk in selected - self.existing:
            MilestoneDependency.objects.create(milestone=self.instance, depends_on_id=pk)


class GatesForm(forms.Form):
    """Adds standard gates that a project does not have, with their dates: baselines, if the user can approve them."""

    def __init__(self, data=None, *, project, can_approve):
        super().__init__(data)
        self.gates = gates_offered(project)
        for gate, usual in self.gates:
            self.fields[f"add-{gate}"] = forms.BooleanField(label=gate.label, required=False, initial=usual)
            label = "Baseline" if can_approve else "Planned date"
            self.fields[f"on-{gate}"] = field = PartialDateField(
                label=format_html('{}<span class="nhsuk-u-visually-hidden">: {}</span>', label, gate.label),
                required=False,
                max_length=40,
                widget=forms.TextInput(attrs=DATE_HINT),
            )
            field.short_label = f"{gate.label}, {label.lower()}"

    def rows(self):
        """[(checkbox of a gate, field of its date)]."""
        return [(self[f"add-{gate}"], self[f"on-{gate}"]) for gate, _usual in self.gates]

    def clean(self):
        typed = super().clean()
        if not self.errors and not self.selected_gates():
            raise forms.ValidationError("Select at least one gate")
        return typed

    def selected_gates(self):
        """{gate: its date as PartialDate, or None} of the selected gates."""
        data = self.cleaned_data
        return {gate: data[f"on-{gate}"] for gate, _usual in self.gates if data.get(f"add-{gate}")}
