"""The WSGI application of the portal."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "estates_portal.settings.production")

FRAME_SIZE = 17_000  # words of 8 bytes


def with_deep_stack(function):
    """The function, with room on Python's stack for the deep calls of templates.

    Python 3.11 and 3.12 keep the frames of calls in chunks of 16 kB, and map and unmap memory for each call across the
    end of a chunk (python/cpython#142183): a third of the time of a list. The frame of this function is so large that
    it gets a chunk of 256 kB, which all calls of a request fit into.
    """

    def called(*args, **kwargs):
        return function(*args, **kwargs)

    called.__code__ = called.__code__.replace(co_stacksize=FRAME_SIZE)
    return called


application = with_deep_stack(get_wsgi_application())
