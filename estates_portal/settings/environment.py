"""Reading the environment: each value once, and nonsense refused with a clear message."""

import os

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def env_text(name, default=""):
    """The variable as text without blanks at its ends."""
    return os.environ.get(name, default).strip()


def env_choice(name, choices):
    """One of the choices, however it is capitalised; the first where nothing is set.

    Raises ImproperlyConfigured for any other.
    """
    value = os.environ.get(name, "").strip().upper() or choices[0]
    if value in choices:
        return value
    raise ImproperlyConfigured(f"{name} is {value!r}: write one of {', '.join(choices)}")


def env_bool(name, default=False):
    """True or False. Raises ImproperlyConfigured for anything that is neither."""
    value = os.environ.get(name, str(default)).strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: write 1 or 0")


def env_int(name, default):
    """A whole number of 0 or more. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, str(default)).strip()
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}: write a whole number")
    return int(value)


def env_list(name, default=""):
    """The parts between commas, without blanks and without empty ones."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]
