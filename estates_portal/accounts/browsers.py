"""Browser names, and the email about a sign-in from a new browser."""

import secrets

from allauth.account.adapter import get_adapter
from django.conf import settings

from .models import AuditEvent, AuditKind

COOKIE = "known_browser"
COOKIE_DAYS = 90  # since the last sign-in
MAX_USERS_OF_A_BROWSER = 8
ID = "id-"

# The first match names the browser: (text in its user agent, name). Chrome's contains "Safari" too, and so on.
BROWSERS = [("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox")]
BROWSERS += [("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari")]
SYSTEMS = [("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android")]
SYSTEMS += [("CrOS", "ChromeOS"), ("Mac OS X", "Mac"), ("Linux", "Linux")]


def browser_label(user_agent):
    """The name of a browser, such as "Edge on Windows", or "Unknown browser"."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "Unknown browser")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def users_of(request):
    """The ids of the users who have signed in on this browser, as text.

    A signed cookie holds them. IP address and browser name cannot identify a browser: a phone's address changes daily,
    and other users have the same browser.
    """
    return [part for part in _parts(request) if part.isdigit()]


def id_of(request):
    """The random id of this browser, "" if no user has signed in on it since browsers have ids."""
    return next((part for part in _parts(request) if part.startswith(ID)), "")


def _parts(request):
    return request.get_signed_cookie(COOKIE, "").split(".")


def remember(request, person, response):
    """Add the browser to those of this user, email them if it is new, and return `response`."""
    is_new = str(person.pk) not in users_of(request)
    if is_new and person.notify_new_sign_ins and _has_signed_in_before(person):
        get_adapter().send_notification_mail("account/email/new_sign_in", person)
    return add(request, person, response)


def add(request, person, response):
    """Add the browser to those of this user, and return `response`."""
    known = users_of(request)
    if str(person.pk) not in known:
        known = [str(person.pk), *known][:MAX_USERS_OF_A_BROWSER]
    response.set_signed_cookie(
        COOKIE,
        ".".join([*known, id_of(request) or ID + secrets.token_hex(8)]),
        max_age=COOKIE_DAYS * 86400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _has_signed_in_before(person):
    """Whether the user has signed in before this sign-in."""
    events = AuditEvent.objects.filter(person=person, kind=AuditKind.SIGNED_IN)
    return events[1:2].exists()
