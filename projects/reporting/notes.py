"""Published progress notes: the programme office corrects or withdraws them."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from estates_portal.accounts.rules import REVIEW_REPORTS, require
from projects.models import ProgressNote, Project
from projects.versions import bump_version, lock_project


@transaction.atomic
def correct_note(note, by, *, text):
    """Change the text of a published note, which then shows the day of the correction. Returns the note.

    Raises PermissionDenied, and ValidationError if it was withdrawn.
    """
    fresh = _published(note, by)
    if fresh.text != text:
        fresh.text, fresh.corrected_on = text, timezone.localdate()
        _save(fresh)
    return fresh


@transaction.atomic
def withdraw_note(note, by, *, reason):
    """Remove a published note from all pages; it is kept in the history with the reason. Returns the note.

    Raises PermissionDenied, and ValidationError if it was withdrawn.
    """
    fresh = _published(note, by)
    fresh.withdrawn_at, fresh.withdrawn_by, fresh.withdrawn_reason = timezone.now(), by, reason
    _save(fresh)
    return fresh


def _published(note, by):
    require(by, REVIEW_REPORTS, note.project)
    lock_project(note.project_id)
    fresh = ProgressNote.objects.select_for_update(of=("self",)).select_related("project").get(pk=note.pk)
    if fresh.withdrawn_at is not None:
        raise ValidationError("This note has already been withdrawn", code="state")
    return fresh


def _save(note):
    note.save()
    bump_version(Project, note.project_id)
