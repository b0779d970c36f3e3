"""An invited colleague from the email to her second step; a passkey; lock-out; what cannot be reached by guessing."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

pytestmark = pytest.mark.django_db(transaction=True)
NEW_PASSWORD = "willow anchor teapot"


def app_code(secret, steps=0):
    """What an authenticator app shows now, or some half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def link_in(message):
    return re.search(r"http://\S+", message.body)[0]


def path_of(link, visitor):
    assert link.startswith(visitor.base), link
    return link.removeprefix(visitor.base)
