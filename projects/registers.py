"""The short registers of a project: decisions, benefits, documents. Each is a table, and a form for one row of it."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from estates_portal.accounts.rules import require

from .fields import DayField
from .models import Benefit, Decision, Document, MilestoneKind

EDIT = "projects.report_on_project"


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


@dataclass(frozen=True)
class Register:
    """One kind of register: its words, its model, the form of a row, the fields of the form that stand side by side."""

    key: str
    title: str
    one: str
    model: type
    form: type
    empty: str
    pairs: tuple = ()

    def groups(self, form):
        """The fields of the form in their order, those of `pairs` together."""
        first = {pair[0]: pair for pair in self.pairs}
        later = {name for pair in self.pairs for name in pair[1:]}
        return [[form[each] for each in first.get(name, (name,))] for name in form.fields if name not in later]

    def rows_of(self, project):
        return self.model.objects.filter(project=project)


REGISTERS = {
    register.key: register
    for register in (
        Register(
            "decisions",
            "Decisions",
            "decision",
            Decision,
            DecisionForm,
            "Record what was decided, by whom and when, with a link to the minute.",
            (("decided_by", "decided_on"),),
        ),
        Register(
            "benefits",
            "Benefits",
            "benefit",
            Benefit,
            BenefitForm,
            "Record what the project is to bring: a measure, where it stands, and where it is to be by when.",
            (("title", "unit"), ("baseline", "target"), ("due_on", "owner"), ("latest", "latest_on")),
        ),
        Register(
            "documents",
            "Documents",
            "document",
            Document,
            DocumentForm,
            "Link to business cases, board papers and planning applications.",
            (("kind", "dated"),),
        ),
    )
}


@dataclass
class Asked:
    """What is asked about benefits once a project has opened."""

    opened_on: object
    number: int
    measured: int


def benefits_to_ask(project):
    """`Asked` of a project whose opening was reached, None before. At most two queries."""
    openings = project.milestones.filter(kind=MilestoneKind.OPENING, reached=True)
    opened_on = openings.order_by("current_on").values_list("current_on", flat=True).first()
    if opened_on is None:
        return None
    measured = Count("pk", filter=Q(latest_on__gte=opened_on))
    number, since = project.benefits.aggregate(number=Count("pk"), measured=measured).values()
    return Asked(opened_on, number, since)


def seen_of(record):
    """What stands for the record as it is now, in a form opened on it; 0 for one not yet kept. One query."""
    newest = record.history.order_by("-history_id").values_list("history_id", flat=True).first() if record.pk else None
    return newest or 0


@transaction.atomic
def save_row(form, by, *, seen):
    """Save a valid form of a register and return its record.

    Raises PermissionDenied, and ValidationError when somebody saved it after `seen`, or took it away.
    """
    require(by, EDIT, form.instance.project)
    record = form.instance
    if record.pk is not None:
        held = type(record).objects.select_for_update().filter(pk=record.pk).first()
        if held is None:
            raise ValidationError("Somebody took this away after you opened it")
        if seen_of(held) != seen:
            raise ValidationError("Somebody saved this after you opened it. Open it again in another window to compare")
    return form.save()


def take_away(record, by):
    """Delete a row of a register; its history stays. Raises PermissionDenied."""
    require(by, EDIT, record.project)
    record.delete()
