"""Saves a draft report from its form, for the Save button, autosave and submission."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from projects.models import StatusReport
from projects.versions import last_save

from . import workflow
from .forms import StatusReportForm, rows_of


@dataclass
class Saved:
    """The draft is saved, with these milestone rows, except answers with errors.

    `before` is (user, time) of the save before.
    """

    report: StatusReport
    form: StatusReportForm
    is_valid: bool
    before: tuple
    rows: list


@dataclass
class Conflict:
    """Someone else changed the same answers after the form was opened. Nothing has changed."""

    report: StatusReport
    form: StatusReportForm
    before: tuple


@dataclass
class Closed:
    """The report cannot be saved, and `message` says why. Nothing has changed."""

    message: str


def save_posted(request, project, period, report):
    """Save the answers that a request posted for a project's report; `report` is None before its first save.

    Returns `Saved`, `Conflict` or `Closed`. Raises PermissionDenied.
    """
    try:
        with transaction.atomic():
            return _save(request, project, period, report)
    except ValidationError as error:
        return Closed(" ".join(error.messages))


def _save(request, project, period, report):
    is_new = report is None
    if is_new:
        report = workflow.start_report(project, period, request.user)
    report = workflow.lock_draft(report, request.user)
    before = (None, report.started_at) if is_new and report.version == 0 else last_save(report)
    form = StatusReportForm(report, rows_of(report), request.user, request.POST)
    is_valid = form.is_valid
    if form.conflicts:
        transaction.set_rollback(True)
        return Conflict(report, form, before)
    answers, rows = form.answers_and_rows()
    saved = workflow.save_draft(report, request.user, answers, rows)
    return Saved(saved, form, is_valid, before, rows_of(saved))  # before others can save again


def report_and_rows(project, period, report):
    """(report, milestone rows): saved ones, or those of a new report."""
    if report is None:
        return workflow.preview(project, period)
    report.project = project
    return report, rows_of(report)
