"""Correcting and withdrawing a published progress note."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from estates_portal.accounts.rules import REVIEW_REPORTS, require
from projects.access import visible_project
from projects.reporting import notes
from projects.reporting.forms import NoteForm, WithdrawNoteForm
from projects.versions import opened_version


def _note(request, slug, pk):
    project = visible_project(request, slug)
    require(request.user, REVIEW_REPORTS, project)
    return get_object_or_404(project.progress_notes.published().select_related("project"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def note_correct(request, slug, pk):
    note = _note(request, slug, pk)
    form = NoteForm(request.POST or None, initial={"text": note.text, "opened_version": opened_version(note)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            notes.correct_note(note, request.user, text=data["text"], opened=data["opened_version"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Progress note saved")
            return redirect(note.project)
    return _page(request, "projects/reporting/note_correct.html", note, form)


@require_http_methods(["GET", "HEAD", "POST"])
def note_withdraw(request, slug, pk):
    note = _note(request, slug, pk)
    form = WithdrawNoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            notes.withdraw_note(note, request.user, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Progress note withdrawn")
            return redirect(note.project)
    return _page(request, "projects/reporting/note_withdraw.html", note, form)


def _page(request, template, note, form):
    context = {"note": note, "project": note.project, "form": form, "example_data": note.project.is_example}
    return render(request, template, context)
