"""What need not be done again while nothing has changed: whole pages (304) and costly parts of them."""

import functools
import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache import caches
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import condition

from sites.revision import current_revision


def _release():
    """Changes with every new version of the code, templates and built files."""
    folders = ("estates_portal", "sites", "projects", "templates", "static", "docs")
    newest = max(
        (path.stat().st_mtime_ns for folder in folders for path in Path(settings.BASE_DIR, folder).rglob("*.*")),
        default=0,
    )
    return str(newest)


RELEASE = _release()


def revision_of(request):
    """The revision of the portal's data as this request first saw it.

    It came with who is signed in (`accounts.backends`); for who is not, one query in a request.
    """
    if not hasattr(request, "portal_revision"):
        known = getattr(request.user, "portal_revision", None)
        request.portal_revision = current_revision() if known is None else known
    return request.portal_revision


def visibility_of(user):
    """A key shared by exactly those who see the same projects (see `ProjectQuerySet.visible_to`)."""
    if not user.is_authenticated:
        return "public"
    return "everything" if user.sees_everything else f"organisation-{user.organisation_id}"


def remembered(request, name, compute):
    """What `compute()` returned the last time for people who see the same, on this day, with nothing changed since.

    `name` says everything else that the result depends on. The same holds for results as in `kept`.
    """
    return kept((revision_of(request), visibility_of(request.user), timezone.localdate(), name), compute)


def kept(name, compute):
    """What `compute()` returned the last time for `name`, which says everything that the result depends on.

    Results must be picklable and must not be changed.
    """
    key = hashlib.sha256(repr((RELEASE, name)).encode()).hexdigest()
    return caches["memory"].get_or_set(key, compute, timeout=86_400)


def page_tag(request, *args, **kwargs):
    """The ETag of a page that depends only on the data, the person, the address and the day.

    A signed-in person's page carries a token for signing out, which a new sign-in makes void, and the old page with it.
    """
    if len(get_messages(request)):
        return None  # a message is shown once
    user = request.user
    person = None
    if user.is_authenticated:
        person = (user.pk, user.name, user.email, user.role, user.organisation_id, request.META.get("CSRF_COOKIE"))
    parts = (RELEASE, revision_of(request), person, timezone.localdate(), request.get_full_path())
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def unchanged(view):
    """Answer 304 to a browser that holds this page for this person as it stands; each visit asks."""

    @functools.wraps(view)
    def wrapped(request, *args, **kwargs):
        response = condition(etag_func=page_tag)(view)(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie"])
        return response

    return wrapped
