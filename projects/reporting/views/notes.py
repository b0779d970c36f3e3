"""Correcting and withdrawing a published progress note."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from estates_portal.accounts.rules import REVIEW_REPORTS, require
from estates_portal.merging import conflicts_of, merge_page, merged_label
from projects.access import visible_project
from projects.reporting import notes
from projects.reporting.forms import NoteForm, WithdrawNoteForm
from projects.versions import last_save, locked


def _note(request, slug, pk):
    project = visible_project(request, slug)
    require(request.user, REVIEW_REPORTS, project)
    return get_object_or_404(project.progress_notes.published().select_related("project"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def note_correct(request, slug, pk):
    note = _note(request, slug, pk)
    if request.method == "POST":
        return _corrected(request, note)
    form = NoteForm(request.POST or None, initial={"text": note.text})  # posted while signed out
    return _page(request, "projects/reporting/note_correct.html", note, form)


@transaction.atomic
def _corrected(request, note):
    note = locked(note)
    saved = last_save(note)
    form = NoteForm(request.POST, initial={"text": note.text})
    if form.is_valid():
        try:
            notes.correct_note(note, request.user, text=form.cleaned_data["text"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Progress note saved{merged_label(form, saved=saved)}")
            return redirect(note.project)
    if conflicts_of(form):
        return merge_page(request, form, record=note, saved=saved)
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
