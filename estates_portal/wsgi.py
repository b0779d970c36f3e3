"""The WSGI application of the portal."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "estates_portal.settings.production")

django_application = get_wsgi_application()


def application(environ, start_response):
    return django_application(environ, start_response)


# Python 3.11 and 3.12 keep the frames of calls in chunks of 16 kB, and map and unmap memory for each call across the
# end of a chunk (python/cpython#142183). Templates call so deep that this took a third of the time of a list. The frame
# of `application` is so large that it gets a chunk of 256 kB, with room for all calls of a request.
FRAME_SIZE = 17_000  # words of 8 bytes
application.__code__ = application.__code__.replace(co_stacksize=FRAME_SIZE)
