"""Postcodes of the United Kingdom."""

import re

from django.core.exceptions import ValidationError
from django.db import models

POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")


def normalise_postcode(typed):
    """Return a UK postcode in capitals with one space ("mk65ld" gives "MK6 5LD"), or "" for a blank.

    Raises ValidationError if it is not a postcode.
    """
    squeezed = re.sub(r"\s+", "", typed or "").upper()
    if not squeezed:
        return ""
    match = POSTCODE.fullmatch(squeezed)
    if not match:
        raise ValidationError("Enter a full UK postcode, for example MK6 5LD", code="postcode")
    return f"{match[1]} {match[2]}"


class PostcodeField(models.CharField):
    """A UK postcode, cleaned to capitals and one space by `normalise_postcode`."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 8)
        super().__init__(*args, **kwargs)

    def to_python(self, value):
        return normalise_postcode(super().to_python(value))

    def formfield(self, **kwargs):
        # Room for extra spaces, which to_python() removes.
        return super().formfield(**{"max_length": 20, **kwargs})
