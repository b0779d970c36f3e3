"""Which browser somebody used, in words; and telling them of a sign-in from one they have not used before."""

from allauth.account.adapter import get_adapter
from django.conf import settings

from .models import AuditEvent, AuditKind

COOKIE = "known_browser"
COOKIE_DAYS = 400  # what browsers keep at the most
PEOPLE_OF_A_BROWSER = 8

# The first that occurs in the user agent names it, so those that call themselves others too come first.
BROWSERS = [("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox")]
BROWSERS += [("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari")]
SYSTEMS = [("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android")]
SYSTEMS += [("CrOS", "ChromeOS"), ("Mac OS X", "Mac"), ("Linux", "Linux")]


def browser_label(user_agent):
    """Such as "Edge on Windows"; "Unknown browser" for one that is none of the usual."""
    browser = next((words for mark, words in BROWSERS if mark in user_agent), "Unknown browser")
    system = next((words for mark, words in SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def remember(request, person, response):
    """Mark the browser as one of this person's, and mail them where it is new; returns `response`.

    A signed cookie with the ids of people, not the address or the kind of browser: a phone's address changes daily,
    and somebody else's browser is often of the same kind.
    """
    known = [each for each in request.get_signed_cookie(COOKIE, "").split(".") if each]
    me = str(person.pk)
    if me not in known:
        if person.hears_of_new_sign_ins and _has_signed_in_before(person):
            get_adapter().send_notification_mail("account/email/new_sign_in", person)
        known = [me, *known][:PEOPLE_OF_A_BROWSER]
        response.set_signed_cookie(
            COOKIE,
            ".".join(known),
            max_age=COOKIE_DAYS * 86400,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _has_signed_in_before(person):
    """Whether there is an earlier sign-in than the one just now."""
    events = AuditEvent.objects.filter(person=person, kind=AuditKind.SIGNED_IN)
    return events[1:2].exists()
