"""Form fields for dates and financial years as people type them."""

import re

from django import forms

from estates_portal.dates import DatePrecision, PartialDate
from estates_portal.fields import WrittenDate, WrittenDateBoundField

from .models import year_label
from .models.finance import FIRST_YEAR, LAST_YEAR

DATE_HINT = {"aria-describedby": "date-hint"}  # the id of the hint on pages with many dates


class PartialDateBoundField(WrittenDateBoundField):
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


class PartialDateField(WrittenDate, forms.CharField):
    """A day, month, quarter, year or financial year as users type it. Cleans to a PartialDate, or None."""

    bound_field_class = PartialDateBoundField

    def clean(self, value):
        text = super().clean(value)
        try:
            return PartialDate.parse(text)
        except ValueError as error:
            raise forms.ValidationError(str(error), code="invalid") from error

    def prepare_value(self, value):
        return value.label if isinstance(value, PartialDate) else value


class WrittenDates:
    """A mixin of model forms: one field for a date and its precision.

    `written` is {column of the date: column of its precision}.
    """

    written = {"as_of": "as_of_precision"}
    date_hint = "For example, 14/3/2027 or March 2027"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.written.keys() & self.fields.keys():
            self.fields[name] = PartialDateField(
                label=self.fields[name].label,
                required=self.fields[name].required,
                max_length=40,
                help_text=self.date_hint,
            )
            if date := PartialDate.of(getattr(self.instance, name), getattr(self.instance, self.written[name])):
                self.initial[name] = date.label

    def _post_clean(self):
        """Give the record the day and the precision. `cleaned_data` still has the date."""
        dates = {name: self.cleaned_data[name] for name in self.written if name in self.cleaned_data}
        for name, date in dates.items():
            self.cleaned_data[name] = date.first if date else None
            setattr(self.instance, self.written[name], date.precision if date else DatePrecision.DAY)
        super()._post_clean()
        self.cleaned_data |= {name: date for name, date in dates.items() if name in self.cleaned_data}


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
