"""Saves a draft report from its form, for the Save button, autosave and submission."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from projects.models import StatusReport
from projects.versions import StaleVersion

from . import workflow
from .forms import StatusReportForm, rows_of

LAST_SAVE = "last_report_save"  # session key of the last save: its page and version


@dataclass
class Saved:
    """The draft is saved. `is_valid` is whether the answers in `form` have no errors."""

    report: StatusReport
    form: StatusReportForm
    is_valid: bool


@dataclass
class Conflict:
    """Someone saved another version after the form was opened. Nothing has changed."""

    theirs: StatusReport
    form: StatusReportForm


@dataclass
class Closed:
    """The report cannot be saved, and `message` says why. Nothing has changed."""

    message: str


class DraftSave:
    """Saves the answers that a request posted for a project's report; `report` is None before its first save."""

    def __init__(self, request, project, period, report):
        self.request = request
        self.project = project
        self.period = period
        self.report = report

    def run(self):
        """Save the answers and return `Saved`, `Conflict` or `Closed`. Raises PermissionDenied."""
        answers = self._answers()
        form = StatusReportForm(*report_and_rows(self.project, self.period, self.report), self.request.user, answers)
        is_valid = form.is_valid
        try:
            with transaction.atomic():
                if self.report is None:
                    started = workflow.start_report(self.project, self.period, self.request.user)
                    form = StatusReportForm(started, rows_of(started), self.request.user, answers)
                    is_valid = form.is_valid
                typed, rows = form.answers_and_rows()
                version = self._base_version(form)
                saved = workflow.save_draft(form.report, self.request.user, typed, rows, opened_version=version)
        except StaleVersion as stale:
            theirs = stale.current
            if is_valid and theirs.saved_by_id == self.request.user.pk and not form.differences(theirs):
                return Saved(theirs, form, is_valid)  # the same answers, sent twice
            return Conflict(theirs, form)
        except ValidationError as error:
            return Closed(" ".join(error.messages))
        self._remember(form, saved)
        return Saved(saved, form, is_valid)

    def _answers(self):
        """The posted answers; from a conflict page, the selected version of each."""
        data = self.request.POST.copy()
        for name in [name for name in data if name.startswith("mine-")]:
            field = name.removeprefix("mine-")
            data[field] = data[f"theirs-{field}"] if data.get(f"choose-{field}") == "theirs" else data[name]
        return data

    def _base_version(self, form):
        """The version that this save changes: the form's, or that of the page's last save if its response was lost."""
        last = self.request.session.get(LAST_SAVE) or {}
        page, turn = form.form.cleaned_data.get("page"), form.form.cleaned_data.get("turn") or 0
        same = page and last.get("page") == page and last["update"] == form.report.pk
        return max(last["version"] if same and turn > last["turn"] else 0, form.opened_version)

    def _remember(self, form, saved):
        self.request.session[LAST_SAVE] = {
            "update": saved.pk,
            "version": saved.version,
            "page": form.form.cleaned_data.get("page", ""),
            "turn": form.form.cleaned_data.get("turn") or 0,
        }


def report_and_rows(project, period, report):
    """(report, milestone rows): saved ones, or those of a new report."""
    if report is None:
        return workflow.preview(project, period)
    report.project = project
    return report, rows_of(report)
