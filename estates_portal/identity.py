"""The integrated care system that this portal serves, for pages, emails and files."""

import time

from django.apps import apps
from django.utils.encoding import escape_uri_path
from django.utils.functional import SimpleLazyObject

from .addresses import absolute

SECONDS = 60  # that a process caches the system for


class _Known:
    """The system that this process has read, and until when to use it."""

    system = None
    until = 0


def current_system():
    """The system that this portal serves, or a neutral one before it is loaded.

    One query a minute in each process. Other processes see a change within a minute. The change counter of `caching`
    would be quicker, but emails, files and forms do not read it, and reading it costs a query.
    """
    if _Known.system is None or _Known.until < time.monotonic():
        _Known.system = apps.get_model("sites", "System").objects.current()
        _Known.until = time.monotonic() + SECONDS
    return _Known.system


def forget_system():
    """Clear the cached system, so that its next use reads it again."""
    _Known.system = None


WITH_SECRETS = ("/account/", "/calendar/")  # addresses that can contain a secret, which no page repeats


def system(request):
    """Template context: the system as `system`, read on first use, and the address of the page without its query."""
    is_public = not request.path.startswith(WITH_SECRETS)
    canonical_url = absolute(escape_uri_path(request.path)) if is_public else ""
    return {"system": SimpleLazyObject(current_system), "canonical_url": canonical_url}
