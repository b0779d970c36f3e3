"""What users posted after their session ended, in the new session until they sign in again."""

import time
from dataclasses import dataclass, field

from django.http import QueryDict

from .posted import FORM_KEY, answers_of, page_before, person_of

STORED = "kept_report"  # in sessions of the earlier release too, where only reports were stored
STORED_SECONDS = 12 * 3600
MAX_CHARACTERS = 500_000  # of all forms in one session
SESSION_EXPIRY = "_session_expiry"  # Django's name


@dataclass(frozen=True)
class Unsaved:
    """A form that was posted and not used: its answers, the names of chosen files and the page with the form."""

    data: QueryDict
    files: list = field(default_factory=list)
    back: str = "/"

    @classmethod
    def of(cls, request):
        """What this request posts."""
        return cls(QueryDict(answers_of(request.POST).urlencode()), file_names(request), page_before(request))


def file_names(request):
    return [file.name for files in request.FILES.lists() for file in files[1]]


def store(request):
    """Save what was posted in the session. Returns False, and saves nothing, if it is too long."""
    unsaved = Unsaved.of(request)
    entry = {
        "path": request.get_full_path(),
        "data": unsaved.data.urlencode(),
        "at": int(time.time()),
        "files": unsaved.files,
        "back": unsaved.back,
        "form": unsaved.data.get(FORM_KEY, ""),
    }
    entries = [other for other in _entries(request) if not _is_same_form(other, entry)] + [entry]
    if sum(len(one["data"]) for one in entries) > MAX_CHARACTERS:
        return False
    request.session[STORED] = entries
    request.session.set_expiry(STORED_SECONDS)
    return True


def take_up(request):
    """What the signed-in user posted to this address while signed out, as `Unsaved`, or None.

    Deletes what is older than STORED_SECONDS, and what other users posted.
    """
    entries = _entries(request)
    if not entries or not request.user.is_authenticated:
        return None
    if request.session.get(SESSION_EXPIRY) == STORED_SECONDS:
        request.session.set_expiry(None)  # a signed-in session ends as every other
    left = [entry for entry in entries if _is_of(request.user, entry)]
    if left != entries:
        _set(request, left)
    found = next((entry for entry in left if entry["path"] == request.get_full_path()), None)
    return found and Unsaved(QueryDict(found["data"]), found.get("files", []), found.get("back", "/"))


def forget(request):
    """Delete what the user posted to this address while signed out, because they now post it again."""
    entries = _entries(request)
    found = next((entry for entry in entries if entry["path"] == request.get_full_path()), None)
    if found:
        _set(request, [entry for entry in entries if entry is not found])


def _entries(request):
    stored = request.session.get(STORED, [])
    return [stored] if isinstance(stored, dict) else stored


def _set(request, entries):
    if entries:
        request.session[STORED] = entries
    else:
        del request.session[STORED]


def _is_of(user, entry):
    return time.time() - entry["at"] <= STORED_SECONDS and person_of(QueryDict(entry["data"])) == user.pk


def _is_same_form(one, other):
    return one["path"] == other["path"] and one.get("form", "") == other["form"]
