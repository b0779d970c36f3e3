"""Form fields for dates, pounds and financial years as users type them."""

import re
from decimal import Decimal

from django import forms

from estates_portal.nhsuk.forms import NhsukField

from .dates import PartialDate
from .models import year_label
from .models.finance import FIRST_YEAR, LAST_YEAR

DATE_HINT = {"aria-describedby": "date-hint"}  # the id of the hint on pages with many dates


class PartialDateBoundField(NhsukField):
    """Adds the date that was read to the hint, if it was typed in another way: "Read as January to March 2027"."""

    @property
    def help_text(self):
        date = getattr(self.form, "cleaned_data", {}).get(self.name)
        if not date or self.data.strip() == date.label:
            return self._hint
        return f"{self._hint}. Read as {date.label}".removeprefix(". ")

    @help_text.setter
    def help_text(self, hint):
        self._hint = hint


class PartialDateField(forms.CharField):
    """A day, month, quarter, year or financial year as users type it. Cleans to a PartialDate, or None."""

    def get_bound_field(self, form, field_name):
        return PartialDateBoundField(form, self, field_name)

    def clean(self, value):
        text = super().clean(value)
        try:
            return PartialDate.parse(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class DayField(forms.DateField):
    """A day, typed or picked."""

    widget = forms.DateInput(attrs={"type": "date"})

    def __init__(self, *, error_messages=None, **kwargs):
        messages = {"invalid": "Enter a date, for example 14/3/2027", **(error_messages or {})}
        super().__init__(error_messages=messages, **kwargs)

    def clean(self, value):
        day = super().clean(value)
        if day is not None and not 2000 <= day.year <= 2100:
            raise forms.ValidationError("Year must be between 2000 and 2100")
        return day


class PoundsField(forms.DecimalField):
    """Pounds as users type them: "1,500,000", "£1.5m", "250k". Cleans to Decimal pounds, or None.

    Commas only separate thousands, so that "1,5m" is not read as 15m.
    """

    UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "bn": 1_000_000_000}

    def __init__(self, *, required=False, error_messages=None, **kwargs):
        too_large = "Enter an amount under £1 trillion"
        messages = {
            "min_value": "Amount must be 0 or more",
            "max_digits": too_large,
            "max_whole_digits": too_large,
        }
        super().__init__(
            max_digits=14,
            decimal_places=2,
            min_value=0,
            required=required,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            error_messages=messages | (error_messages or {}),
            **kwargs,
        )

    def to_python(self, value):
        text = re.sub(r"[£\s]", "", str(value or "")).lower()
        if not text:
            return None
        match = re.fullmatch(r"(-?(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.(\d{1,9}))?)(k|m|bn)?", text, re.ASCII)
        if not match:
            raise forms.ValidationError("Enter an amount in pounds, for example 1,500,000 or 1.5m")
        pounds = Decimal(match[1].replace(",", "")) * self.UNITS[match[3] or ""]
        # "1.500" may mean 1,500
        if (len(match[2] or "") > 2 and not match[3]) or pounds != pounds.quantize(Decimal("0.01")):
            raise forms.ValidationError("Amount must have 2 decimal places or less")
        return super().to_python(str(pounds.normalize().to_integral_value() if pounds == int(pounds) else pounds))

    def prepare_value(self, value):
        return f"{value:,.2f}".removesuffix(".00") if isinstance(value, Decimal) else value


class YearField(forms.CharField):
    """A financial year: "2026/27". Cleans to its first calendar year, or None."""

    def clean(self, value):
        text = super().clean(value).strip()
        if not text:
            return None
        match = re.fullmatch(r"(\d{4})(?:\s*[/-]\s*(\d{2}|\d{4}))?", text, re.ASCII)
        if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            raise forms.ValidationError("Enter a financial year, for example 2026/27")
        year = int(match[1])
        if match[2] and int(match[2][-2:]) != (year + 1) % 100:
            raise forms.ValidationError(f"Financial year must be one year, for example {year_label(year)}")
        return year

    def prepare_value(self, value):
        return year_label(value) if isinstance(value, int) else value
