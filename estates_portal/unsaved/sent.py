"""A form that is sent twice is used once: the second answer is a redirect to where the first led.

A cookie tells the browser which forms are saved, so that it deletes its copies (static/unsaved.js).
"""

import re
import time
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme

from .models import REMEMBERED, SentForm
from .posted import FORM_KEY, TOKEN, WRITER

KEY_FORMAT = re.compile(r"[0-9a-f]{32}")
WAITS, PAUSE_SECONDS = 50, 0.1
SAVED = "saved_forms"  # a cookie, which the next page deletes
MAX_SAVED = 10  # forms in the cookie
LOST = timedelta(minutes=2)  # the process that used the form has ended without an answer


class StillRunning(Exception):
    """The same form was sent a moment ago and has no answer yet."""


def digest_of(request):
    """A digest of the user and everything that the request posts; "" without a one-time key.

    It is keyed with SECRET_KEY, so that no one can try passwords against it.
    """
    if not KEY_FORMAT.fullmatch(request.POST.get(FORM_KEY, "")):
        return ""
    fields = sorted((name, texts) for name, texts in request.POST.lists() if name not in {TOKEN, WRITER})
    files = sorted((name, file.name, file.size) for name, some in request.FILES.lists() for file in some)
    everything = repr((request.user.pk, request.get_full_path(), fields, files))
    return salted_hmac("unsaved.sent", everything, algorithm="sha256").hexdigest()


def start(request):
    """Record that a form is being used, in `request.sent_form`. Returns a redirect if it was used before, else None.

    Waits while another request uses it. Raises StillRunning if that takes too long.
    """
    digest = digest_of(request)
    if not digest:
        return None
    for _ in range(WAITS):
        try:
            with transaction.atomic():
                request.sent_form = SentForm.objects.create(digest=digest)
        except IntegrityError:
            earlier = SentForm.objects.filter(digest=digest).first()
        else:
            return None
        if earlier is None:
            continue  # it has failed just now, so this request uses the form
        if earlier.location:
            messages.info(request, "You sent this form twice. We used it once")
            response = redirect(earlier.location)
            _tell_browser(request, response)
            return response
        if earlier.at < timezone.now() - LOST:
            earlier.delete()
        else:
            time.sleep(PAUSE_SECONDS)
    raise StillRunning


def finish(request, response, person_id):
    """Record where the form led.

    If it led nowhere or to another site, or signed the user `person_id` in or out, it can be sent again.
    """
    sent = SentForm.objects.filter(pk=request.sent_form.pk)
    is_ours = url_has_allowed_host_and_scheme(response.get("Location", ""), request.get_host())
    if response.status_code in {301, 302, 303} and is_ours and request.user.pk == person_id:
        sent.update(location=response["Location"])
        _tell_browser(request, response)
    else:
        sent.delete()


def _tell_browser(request, response):
    """Add the key of a signed-in user's form to the cookie of saved forms."""
    if not request.user.is_authenticated:
        return
    others = [key for key in request.COOKIES.get(SAVED, "").split(".") if KEY_FORMAT.fullmatch(key)]
    keys = [*others, request.POST[FORM_KEY]][-MAX_SAVED:]
    response.set_cookie(
        SAVED, ".".join(keys), max_age=REMEMBERED, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
    )
