"""The cookies that the portal sets, from the settings that set them."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage

from estates_portal.accounts import browsers
from estates_portal.unsaved import sent
from estates_portal.unsaved.models import REMEMBERED

MINUTE, HOUR, DAY = 60, 3600, 86400
BROWSER_CLOSES = "When you close your browser"


@dataclass(frozen=True)
class Cookie:
    name: str
    purpose: str
    age: str


def cookies_used():
    """[`Cookie`] of every cookie that the portal sets."""
    idle = age_label(settings.SESSION_COOKIE_AGE)
    limit = age_label(settings.SESSION_HOURS * HOUR)
    return [
        Cookie(
            settings.CSRF_COOKIE_NAME,
            "Protects forms against requests from other websites. Set on pages with a form",
            age_label(settings.CSRF_COOKIE_AGE),
        ),
        Cookie(
            settings.SESSION_COOKIE_NAME,
            "Keeps you signed in. Set when you sign in or set a password. Also set if you send a form after you were "
            "signed out: we then save what you typed until you sign in",
            f"{BROWSER_CLOSES}. On our server, after {idle} without use and {limit} at most. With a form that you sent "
            "signed out, after 12 hours",
        ),
        Cookie(
            CookieStorage.cookie_name,
            "Shows a message on the next page, such as “Report submitted”",
            f"When the message is shown, or {BROWSER_CLOSES[0].lower()}{BROWSER_CLOSES[1:]}",
        ),
        Cookie(
            sent.SAVED,
            "Tells your browser which forms the portal has saved, so that it deletes its copies of your text. Set when "
            "you send a form",
            f"When the next page is shown, or after {age_label(int(REMEMBERED.total_seconds()))}",
        ),
        Cookie(
            browsers.COOKIE,
            "Recognises your browser, so that we email you only about sign-ins from a new one, and failed sign-ins "
            "elsewhere do not lock you out. Set when you sign in",
            f"{age_label(browsers.COOKIE_DAYS * DAY)} after you last signed in",
        ),
    ]


def age_label(seconds):
    """An age in the largest whole unit: "12 hours", "90 days"; without an age, until the browser closes."""
    if seconds is None:
        return BROWSER_CLOSES
    for size, unit in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"
