"""Which integrated care system this portal serves: data, read by pages, emails and files alike."""

import time

from django.apps import apps
from django.utils.functional import SimpleLazyObject

SECONDS = 60  # for which a process holds what it has read


class _Known:
    """What this process has read, and until when it holds."""

    system = None
    until = 0


def current_system():
    """The system that this portal serves, a neutral one before it is loaded.

    One query in a minute of a process. A change shows at once where it was made, elsewhere within that minute.
    """
    if _Known.system is None or _Known.until < time.monotonic():
        _Known.system = apps.get_model("sites", "System").objects.current()
        _Known.until = time.monotonic() + SECONDS
    return _Known.system


def forget_system():
    """Read the system anew when it is next asked for."""
    _Known.system = None


def system(request):
    """For templates: the system as `system`, read when a template first asks for it."""
    return {"system": SimpleLazyObject(current_system)}
