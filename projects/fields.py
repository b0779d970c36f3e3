"""A form field for financial years as people type them."""

import re

from django import forms

from .models import year_label
from .models.finance import FIRST_YEAR, LAST_YEAR


class YearField(forms.CharField):
    """A financial year: "2026/27". Cleans to its first calendar year, or None."""

    unnamed_errors = frozenset({"invalid", "max_length"})

    def clean(self, value):
        text = super().clean(value).strip()
        if not text:
            return None
        match = re.fullmatch(r"(\d{4})(?:\s*[/-]\s*(\d{2}|\d{4}))?", text, re.ASCII)
        if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            raise forms.ValidationError("Enter a financial year, for example 2026/27", code="invalid")
        year = int(match[1])
        if match[2] and int(match[2][-2:]) != (year + 1) % 100:
            raise forms.ValidationError(
                f"Financial year must be one year, for example {year_label(year)}", code="invalid"
            )
        return year

    def prepare_value(self, value):
        return year_label(value) if isinstance(value, int) else value

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)
