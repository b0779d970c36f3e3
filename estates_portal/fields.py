"""Dates as people type them, in models and forms, and form fields of records by id."""

import datetime

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from .dates import DatePrecision, PartialDate, read_label
from .nhsuk.forms import NhsukField
from .written_dates import DAY_EXAMPLE, YEARS, read_day, write_day

DATE_HINT = {"aria-describedby": "date-hint"}  # the id of the hint on pages with many dates
FAR_YEARS = 15  # a year further from this one is probably a slip


class AskedBoundField(NhsukField):
    """A field whose error with the code `question` is a question. Saving the same text again is the answer."""

    question = "asked"

    @property
    def confirmed_name(self):
        return f"{self.html_name}-confirmed"

    @property
    def is_confirmed(self):
        return self.data == self.form.data.get(self.confirmed_name)

    @property
    def confirmation(self):
        if not self.form.has_error(self.name, code=self.question):
            return SafeString()
        return format_html('<input type="hidden" name="{}" value="{}">', self.confirmed_name, self.data)

    def as_widget(self, *args, **kwargs):
        return super().as_widget(*args, **kwargs) + self.confirmation


class WrittenDateBoundField(AskedBoundField):
    """A written date, which can ask about its year.

    Its hint has the date that was read, if it was typed in another way: "Read as January to March 2027".
    """

    question = "far"

    @property
    def help_text(self):
        date = getattr(self.form, "cleaned_data", {}).get(self.name)
        if not date or str(self.data or "").strip() == read_label(date):
            return self._hint
        return f"{self._hint}. Read as {read_label(date)}".removeprefix(". ")

    @help_text.setter
    def help_text(self, hint):
        self._hint = hint

    @property
    def classes(self):
        return super().classes or ("nhsuk-input--width-10" if isinstance(self.field, DayField) else "")


class WrittenDate:
    """For date fields of forms: asks about a new date whose year is far from today. `asks_about_year` turns it off."""

    bound_field_class = WrittenDateBoundField
    asks_about_year = True
    reads = "day"  # what a script asks the portal to read from the text
    unnamed_errors = frozenset({"invalid", "far", "year"})

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"data-app-date": self.reads}

    def _clean_bound_field(self, bound):
        date = super()._clean_bound_field(bound)
        day = getattr(date, "first", date)
        is_far = day is not None and abs(day.year - timezone.localdate().year) > FAR_YEARS
        if is_far and self.asks_about_year and not bound.is_confirmed and bound._has_changed():
            raise forms.ValidationError(f"Check the year: {day.year}. If it is right, save again", code="far")
        return date


class DayField(WrittenDate, forms.DateField):
    """A day as people type it: "14/3/2027", "14 March 2027", "14-Mar-27". Cleans to a date, or None."""

    widget = forms.TextInput

    def __init__(self, *, years=YEARS, asks_about_year=True, help_text="", **kwargs):
        self.years, self.asks_about_year = years, asks_about_year
        if DAY_EXAMPLE not in help_text:
            help_text = f"{help_text}. For example, {DAY_EXAMPLE}".removeprefix(". ")
        super().__init__(help_text=help_text, **kwargs)

    def to_python(self, value):
        if value in self.empty_values or isinstance(value, datetime.date):
            return super().to_python(value)
        try:
            return read_day(str(value), self.years)
        except ValueError as error:
            raise forms.ValidationError(str(error), code="invalid") from error

    def prepare_value(self, value):
        return write_day(value) if isinstance(value, datetime.date) else value


class PartialDateField(WrittenDate, forms.CharField):
    """A day, month, quarter, year or financial year as users type it. Cleans to a PartialDate, or None."""

    reads = "date"

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


class Day(models.DateField):
    """A day in a sensible year. With `not_future`, it is today or in the past. Forms show a `DayField`.

    Migrations know it as Django's field, because the database stores no more.
    """

    def __init__(self, *args, not_future=False, years=YEARS, **kwargs):
        self.not_future, self.years = not_future, years
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateField", args, kwargs

    @cached_property
    def validators(self):
        return [*super().validators, self._check]

    def _check(self, day):
        if day.year not in self.years:
            raise forms.ValidationError(f"Enter a year from {self.years[0]} to {self.years[-1]}", code="year")
        if self.not_future and day > timezone.localdate():
            raise forms.ValidationError(f"{capfirst(self.verbose_name)} must be today or in the past", code="future")

    def formfield(self, **kwargs):
        kwargs.pop("widget", None)  # the admin would use its own
        return super().formfield(**{"form_class": DayField, "years": self.years, **kwargs})


def is_id(value):
    """Whether the text can be the id of a row: digits that fit the database."""
    return value.isdecimal() and len(value) <= 18


class RecordsField(forms.ModelMultipleChoiceField):
    """Several records. What cannot be an id is an invalid choice; Django fails on numbers too large for the database.

    `from_list` is the message for values that are not in the list.
    """

    def __init__(self, queryset, *, from_list, **kwargs):
        messages = dict.fromkeys(("invalid_choice", "invalid_list", "invalid_pk_value"), from_list)
        super().__init__(queryset, error_messages=messages, **kwargs)

    def clean(self, value):
        value = self.prepare_value(value)  # a disabled field is cleaned from its saved records
        if isinstance(value, list | tuple) and not all(is_id(str(key)) for key in value):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)
