"""For signed-in users: answers that no browser keeps, session limits and two-step verification."""

import datetime
import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.shortcuts import redirect
from django.urls import reverse

from . import second_factor

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
SEEN_UPDATE_SECONDS = 300  # seconds between writes of the idle time


def start_session(session):
    """Record in the session that a user has just signed in."""
    session[SIGNED_IN_AT] = session[SEEN_AT] = int(time.time())


def seen_at(session):
    """When the user last opened a page in the session, up to SEEN_UPDATE_SECONDS early."""
    return datetime.datetime.fromtimestamp(session.get(SEEN_AT, 0), datetime.UTC)


PRIVATE = "private, no-store"


class PrivateAnswersMiddleware:
    """Forbids browsers to keep what signed-in users see: pages, files, redirects and errors.

    When a user signs out or their session ends, the browser also removes what it has kept of the portal.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        was_signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if was_signed_in or request.user.is_authenticated:
            response["Cache-Control"] = PRIVATE
        if was_signed_in and SESSION_KEY not in request.session:
            response["Clear-Site-Data"] = '"cache"'
        return response


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
