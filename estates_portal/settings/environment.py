"""Reads environment variables. Invalid values raise ImproperlyConfigured with a clear message."""

import os

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def env_text(name, default=""):
    """The variable as text, without spaces at its ends."""
    return os.environ.get(name, default).strip()


def env_choice(name, choices):
    """The variable as one of the choices, in any case; the first if it is not set.

    Raises ImproperlyConfigured for other values.
    """
    value = os.environ.get(name, "").strip().upper() or choices[0]
    if value in choices:
        return value
    raise ImproperlyConfigured(f"{name} is {value!r}: write one of {', '.join(choices)}")


def env_bool(name, default=False):
    """The variable as True or False. Raises ImproperlyConfigured for other values."""
    value = os.environ.get(name, str(default)).strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: write 1 or 0")


def env_int(name, default):
    """The variable as a whole number of 0 or more. Raises ImproperlyConfigured for other values."""
    value = os.environ.get(name, str(default)).strip()
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}: write a whole number")
    return int(value)


def env_list(name, default=""):
    """The comma-separated values, without spaces and empty values."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]
