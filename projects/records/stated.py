"""The stage and delivery state of a project in forms, and what it needs before it is published."""

from django import forms
from django.utils import timezone

from estates_portal.admin_merging import MergedModelForm
from estates_portal.dates import PartialDate
from estates_portal.fields import PartialDateField, WrittenDates
from projects.labels import DELIVERY_STATES
from projects.models import DeliveryState, StageBasis
from projects.models.project import newest_by_fact

STOPPED = [DeliveryState.ON_HOLD, DeliveryState.CANCELLED]
# {fact: the fields with its date and source}
NEW_FACTS = {
    "stage": ["stage_as_of", "stage_source_url"],
    "delivery_state": ["state_as_of", "state_source_url"],
}
STATE_DETAILS = {
    "state_as_of": "dated",
    "state_basis": "basis",
    "state_source_url": "source_url",
    "state_reason": "reason",
}


class StatedFactsForm(WrittenDates, MergedModelForm):
    """Changes the stage or the delivery state of a project, each with its own date, basis and source."""

    written = {"stage_as_of": "stage_as_of_precision"}
    state_as_of = PartialDateField(
        label="Delivery state as at", required=False, max_length=40, help_text=WrittenDates.date_hint
    )
    state_basis = forms.ChoiceField(label="Basis", choices=StageBasis, initial=StageBasis.OFFICE)
    state_source_url = forms.URLField(
        label="Source of the delivery state", max_length=500, required=False, assume_scheme="https"
    )
    state_reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
        help_text="Why it is on hold or cancelled. The public sees it",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            statement = newest_by_fact(self.instance.stage_statements.standing()).get("delivery_state")
            if statement:
                self.initial |= {name: getattr(statement, column) for name, column in STATE_DETAILS.items()}
                self.initial["state_as_of"] = statement.dated.label if statement.dated else ""

    def clean(self):
        cleaned = super().clean()
        self._check_statements(cleaned)
        return cleaned

    def _check_statements(self, cleaned):
        """Add errors for a new stage or delivery state with the date and source of the one before."""
        for fact, names in NEW_FACTS.items():
            has_source = self.initial.get(names[0]) or self.initial.get(names[1])
            if fact in cleaned and fact in self.changed_data and has_source and not set(names) & set(self.changed_data):
                self.add_error(names[0], f"Enter the date or source of the new {fact.replace('_', ' ')}")
        state = cleaned.get("delivery_state")
        if state in STOPPED and "delivery_state" in self.changed_data and not cleaned.get("state_reason"):
            self.add_error("state_reason", f"Enter why the project is {DELIVERY_STATES[state].lower()}")
        as_of = cleaned.get("state_as_of")
        if as_of and as_of.first > timezone.localdate():
            self.add_error("state_as_of", "Date must be today or in the past")

    def _post_clean(self):
        super()._post_clean()
        if {"delivery_state", *STATE_DETAILS} & set(self.changed_data):
            details = {column: self.cleaned_data.get(name) for name, column in STATE_DETAILS.items()}
            date = details.pop("dated") or PartialDate(timezone.localdate())
            self.instance.state_details = details | {"stated_on": date.first, "precision": date.precision}


def missing_for_public(project):
    """Names of the facts that a reader of a published project expects and this one does not have.

    Reads `lead_organisation`.
    """
    lead = project.lead_organisation
    missing = {
        "summary": project.summary.strip(),
        "stage": project.accepted_stage,
        "date of the stage": project.accepted_stage_as_of,
        "source of the stage": project.accepted_stage_source_url or project.accepted_stage_basis != StageBasis.STATED,
        "place": project.place_id,
        "lead organisation": lead,
        "acceptance of the lead organisation": not lead or lead.accepted,
    }
    return [name for name, value in missing.items() if not value]
