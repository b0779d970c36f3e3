"""Session limits and two-step verification for signed-in users."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.urls import reverse

from . import second_factor

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
SEEN_UPDATE_SECONDS = 300  # seconds between writes of the idle time


def start_session(session):
    """Record in the session that a user has just signed in."""
    session[SIGNED_IN_AT] = session[SEEN_AT] = int(time.time())


class SessionLimitsMiddleware:
    """Ends a session SESSION_HOURS after sign-in, or SESSION_IDLE_MINUTES after its last request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            now = int(time.time())
            session = request.session
            if now - session.setdefault(SIGNED_IN_AT, now) > settings.SESSION_HOURS * 3600:
                logout(request)
                messages.info(request, "You were signed out because your session ended. Sign in again")
            elif now - session.get(SEEN_AT, 0) > SEEN_UPDATE_SECONDS:
                session[SEEN_AT] = now  # saving the session extends it
        return self.get_response(request)


class SecondFactorMiddleware:
    """Redirects users who need a second factor and have none to the page to set one up."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        is_elsewhere = not request.path.startswith(reverse("account"))
        if request.user.is_authenticated and is_elsewhere and not second_factor.is_satisfied(request):
            messages.warning(request, "Set up two-step verification to continue")
            return redirect("mfa_index")
        return self.get_response(request)
