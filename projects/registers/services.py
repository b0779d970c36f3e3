"""Registers of a project: their models and forms, saving and deleting rows."""

from dataclasses import dataclass

from estates_portal.accounts.rules import REPORT_ON_PROJECT, REVIEW_REPORTS, require
from estates_portal.deletion.services import delete_record
from projects.estate_risk import removed_at
from projects.models import BacklogRemoved, Benefit, Decision, Document

from .forms import BacklogForm, BenefitForm, DecisionForm, DocumentForm


@dataclass(frozen=True)
class Register:
    """A register: its labels, its model, the form of a row, and the pairs of fields shown in one line."""

    key: str
    title: str
    noun: str
    model: type
    form: type
    empty: str
    pairs: tuple = ()

    def groups(self, form):
        """[[bound fields of one line]] of the form, in order."""
        first = {pair[0]: pair for pair in self.pairs}
        later = {name for pair in self.pairs for name in pair[1:]}
        return [[form[field] for field in first.get(name, (name,))] for name in form.fields if name not in later]

    def rows_of(self, project):
        return self.model.objects.filter(project=project)

    def warnings(self, record, reader):
        """[text] of what to check after saving the record."""
        return []


class BacklogRegister(Register):
    def rows_of(self, project):
        return super().rows_of(project).by_site_and_band()

    def warnings(self, record, reader):
        """If projects remove more than the return of the site has. Two queries."""
        return [f"{excess.label}. Check the amounts" for excess in removed_at(record.site, reader).excesses]


REGISTERS = {
    register.key: register
    for register in (
        Register(
            "decisions",
            "Decisions",
            "decision",
            Decision,
            DecisionForm,
            "Add a decision with who made it, its date and a link to the minutes.",
            (("decided_by", "decided_on"),),
        ),
        Register(
            "benefits",
            "Benefits",
            "benefit",
            Benefit,
            BenefitForm,
            "Add a measure with its baseline, target and target date.",
            (("title", "unit"), ("baseline", "target"), ("due_on", "owner"), ("latest", "latest_on")),
        ),
        Register(
            "documents",
            "Documents",
            "document",
            Document,
            DocumentForm,
            "Add links to business cases, board papers and planning applications.",
            (("kind", "dated"),),
        ),
        BacklogRegister(
            "backlog",
            "Backlog removed",
            "statement of backlog removed",
            BacklogRemoved,
            BacklogForm,
            "Add the backlog that this project removes at its sites, by risk.",
            (("site", "band"), ("amount_pounds", "price_year"), ("source_words", "source_url")),
        ),
    )
}


def save_row(form, by):
    """Save a valid form of a register, if it has changed, and return its record, which must be locked.

    Raises PermissionDenied.
    """
    require(by, REPORT_ON_PROJECT, form.instance.project)
    return form.save() if form.has_changed() else form.instance


def delete_row(record, by):
    """Delete a row of a register, but not its history. Raises PermissionDenied, also for what the public sees."""
    require(by, REVIEW_REPORTS if getattr(record, "public", False) else REPORT_ON_PROJECT, record.project)
    delete_record(record, by=by)
