"""Limits of failed sign-ins, counted so that users do not lock each other out (ADR 0030).

ACCOUNT_RATE_LIMITS has the numbers. A browser on which the user has signed in before has a limit that others cannot use
up. Any other browser meets three limits: of its network (which slows), of the account from anywhere (which asks for a
link by email) and of the account from its network (which refuses for some minutes).
"""

import datetime
import hashlib
import time

from allauth.core.internal import ratelimit
from django.core import signing
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from estates_portal import mail
from estates_portal.addresses import absolute

from . import browsers
from .models import User

APP = "allauth.account"  # whose settings contain ACCOUNT_RATE_LIMITS
LINK_SALT = "estates_portal.accounts.sign_in_link"
LINK_SECONDS = 3600
DAY = 86_400  # seconds, as long as any failure counts
NETWORK = "Too many failed sign-ins from your network. Wait 1 minute, then try again"
PROOF = (
    "Too many failed sign-ins to this account. If it is yours, open the link that we have emailed to you on this "
    "device, then sign in. The link works for 1 hour"
)
REFUSED = "Too many failed sign-ins to this account. Try again after {time}, or reset your password"


class TooManyAttempts(Exception):
    """The attempt is refused, with a message that says what to do. `reason` is for the audit record."""

    def __init__(self, message, reason):
        super().__init__(message)
        self.reason = reason


class Attempt:
    """An attempt to sign in."""

    def __init__(self, request, email):
        self.request = request
        self.email = User.objects.normalize_email(email)
        self.counted = []

    def count(self):
        """Count the attempt as a failure until `rollback`. Raises TooManyAttempts, and then counts nothing."""
        try:
            if self._is_from_known_browser():
                self._check_key(self._known_key, "Known browser")
                return
            if not (self._counts("login_failed_network") or self._counts("login_failed_slowed")):
                raise TooManyAttempts(NETWORK, "Network")
            if not self._counts("login_failed_account", self.email):
                self._send_link()
                raise TooManyAttempts(PROOF, "Link by email")
            self._check_key(self._network_key, "Account from one network")
        except TooManyAttempts:
            self.rollback()
            raise

    def rollback(self):
        """Stop counting the attempt, because it has succeeded."""
        for usage in self.counted:
            usage.rollback()
        self.counted = []

    def clear(self):
        """Forget the failures of the account: its user has set a new password by email."""
        for action, key in (
            ("login_failed", self._network_key),
            ("login_failed_account", self.email),
        ):
            ratelimit.clear(self.request, app=APP, action=action, key=key)
        cache.set(self._cleared_key, time.time(), timeout=DAY)  # of known browsers, wherever they are

    @property
    def _known_key(self):
        cleared = cache.get(self._cleared_key, "")  # failures from before have another key
        return f"{self.email} on browser {browsers.id_of(self.request)} {cleared}"

    @property
    def _cleared_key(self):
        return f"login_failures_cleared:{hashlib.sha256(self.email.encode()).hexdigest()}"

    @property
    def _network_key(self):
        return f"{self.email} from {ratelimit.get_ip(self.request)}"

    def _is_from_known_browser(self):
        """Whether the user is signed in or has signed in on this browser before. One query if anyone has."""
        user = self.request.user
        if user.is_authenticated and user.email == self.email:
            return True
        known = browsers.users_of(self.request)
        return bool(known) and User.objects.filter(pk__in=known, email=self.email).exists()

    def _counts(self, action, key=None):
        """Whether the attempt is within the limit, which then counts it."""
        usage = ratelimit.consume(self.request, app=APP, action=action, key=key)
        if usage:
            self.counted.append(usage)
        return bool(usage)

    def _check_key(self, key, reason):
        if not self._counts("login_failed", key):
            raise TooManyAttempts(REFUSED.format(time=self._free_at(key)), reason)

    def _free_at(self, key):
        """The time, to the next whole minute, at which the oldest failure no longer counts: "09:42"."""
        (rate,) = ratelimit.get_rates(app=APP, action="login_failed")
        name = ratelimit.get_cache_key(self.request, app=APP, action="login_failed", rate=rate, key=key)
        oldest = (cache.get(name) or [time.time()])[-1]
        free_at = datetime.datetime.fromtimestamp(oldest + rate.duration + 60, tz=datetime.UTC)
        return f"{timezone.localtime(free_at):%H:%M}"

    def _send_link(self):
        """Email the user a link that makes the browser known, unless they have had several in the last hour.

        Says nothing about an email that cannot be sent: that would tell a stranger which accounts exist.
        """
        person = User.objects.filter(email=self.email, is_active=True).first()
        if person is None or not ratelimit.consume(self.request, app=APP, action="sign_in_link", key=self.email):
            return
        token = signing.dumps(person.pk, salt=LINK_SALT)
        link = absolute(reverse("account_sign_in_link", args=[token]))
        mail.send("accounts/email/sign_in_link", person.email, {"person": person, "link": link})


def user_of_link(token):
    """The active user to whom the link was sent in the last hour, or None."""
    try:
        pk = signing.loads(token, salt=LINK_SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk, is_active=True).first()
