"""What holds for every request of a signed-in person: how long a session lasts, and a second factor where required."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.urls import reverse

from . import second_factor

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
NOTE_EVERY = 300  # seconds: how exact the idle time is, against a write for every request


def begin(session):
    """Note in a session that somebody has just signed in."""
    session[SIGNED_IN_AT] = session[SEEN_AT] = int(time.time())


class SessionLimitsMiddleware:
    """Ends a session SESSION_HOURS after it began; keeps one alive that was used within SESSION_IDLE_MINUTES."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            now = int(time.time())
            session = request.session
            if now - session.setdefault(SIGNED_IN_AT, now) > settings.SESSION_HOURS * 3600:
                logout(request)
                messages.info(request, "You were signed out, as your session had lasted a working day. Sign in again")
            elif now - session.get(SEEN_AT, 0) > NOTE_EVERY:
                session[SEEN_AT] = now  # saving it moves its end
        return self.get_response(request)


class SecondFactorMiddleware:
    """Leads a person who must have a second factor, and has none yet, to the page that sets one up."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        is_elsewhere = not request.path.startswith(reverse("account"))
        if request.user.is_authenticated and is_elsewhere and not second_factor.is_satisfied(request):
            messages.warning(request, "Your role needs a second step at sign-in. Set one up to go on")
            return redirect("mfa_index")
        return self.get_response(request)
