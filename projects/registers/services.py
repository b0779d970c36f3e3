"""Registers of a project: what they hold, and saving and deleting their rows."""

from dataclasses import dataclass

from django.db import transaction

from estates_portal.accounts.rules import REPORT_ON_PROJECT, require
from projects.models import Benefit, Decision, Document
from projects.versions import check_version

from .forms import BenefitForm, DecisionForm, DocumentForm


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


@transaction.atomic
def save_row(form, by, *, opened):
    """Save a valid form of a register and return its record.

    Raises PermissionDenied, and ValidationError if someone saved it after version `opened`, or deleted it.
    """
    require(by, REPORT_ON_PROJECT, form.instance.project)
    record = form.instance
    if record.pk is not None:
        check_version(record, opened)
    return form.save()


def take_away(record, by):
    """Delete a row of a register; its history stays. Raises PermissionDenied."""
    require(by, REPORT_ON_PROJECT, record.project)
    record.delete()
