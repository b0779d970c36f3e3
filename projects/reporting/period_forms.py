"""The forms of reporting periods: new ones with their due days, and reminders."""

import datetime
from dataclasses import dataclass

from django import forms
from django.utils.text import get_text_list

from estates_portal.dates import MONTH_NAMES, DatePrecision, PartialDate, date_label, deadline_label
from estates_portal.fields import DayField
from projects.models import ReportingPeriod
from projects.working_days import is_working_day, nth_working_day

MONTHS_TO_REPORT = 3  # after the end of a period, at most


def _month_number(day):
    """The number of the day's month, counted from year 0."""
    return day.year * 12 + day.month - 1


def _first_of(month_number):
    return datetime.date(month_number // 12, month_number % 12 + 1, 1)


def _number(name, lowest, highest, *, required, **more):
    message = f"{name} must be between {lowest} and {highest}"
    errors = {"required": required, "invalid": message, "min_value": message, "max_value": message}
    return forms.IntegerField(min_value=lowest, max_value=highest, error_messages=errors, **more)


@dataclass
class PlannedPeriod:
    """A period to create, unless it overlaps existing ones."""

    period: ReportingPeriod
    overlapping: list

    @property
    def reason_left_out(self):
        """Why it is not created: "already exists", or what it overlaps; "" if it is."""
        if not self.overlapping:
            return ""
        if any(self._has_same_days(other) for other in self.overlapping):
            return "already exists"
        days = "{0} ({0.starts_on:%-d %b} to {0.ends_on:%-d %b})"
        return f"overlaps {get_text_list([days.format(other) for other in self.overlapping], 'and')}"

    def _has_same_days(self, other):
        return (other.starts_on, other.ends_on) == (self.period.starts_on, self.period.ends_on)


class DueDaysForm(forms.Form):
    """The due days of the planned periods that will be created. A blank one is as suggested.

    Valid days are set on the periods.
    """

    def __init__(self, planned, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.rows = []
        for row in planned:
            name = f"due-{row.period.slug}"
            if not row.overlapping:
                self.fields[name] = DayField(
                    label=f"Due day of {row.period.name}",
                    required=False,
                    asks_about_year=False,
                    initial=row.period.due_on,
                    widget=forms.TextInput(attrs={"form": "create"}),
                )
            self.rows.append((row, self[name] if name in self.fields else None))

    def clean(self):
        typed = super().clean()
        for row, field in self.rows:
            if field is None or not (day := typed.get(field.name)):
                continue
            latest = _first_of(_month_number(row.period.ends_on) + MONTHS_TO_REPORT + 1) - datetime.timedelta(days=1)
            if day < row.period.opens_on:
                self.add_error(field.name, f"{field.label} must be on or after {date_label(row.period.opens_on)}")
            elif day > latest:
                self.add_error(field.name, f"{field.label} must be on or before {date_label(latest)}")
            elif not is_working_day(day):
                self.add_error(field.name, f"{deadline_label(day)} is not a working day")
            else:
                row.period.due_on = day
        return typed


class YearForm(forms.Form):
    """Plans monthly periods, from the first month, their number and the days on which they open and are due."""

    month = forms.ChoiceField(
        label="First month",
        choices=list(enumerate(MONTH_NAMES, 1)),
        error_messages={"invalid_choice": "Select a month from the list"},
    )
    year = _number("Year", 2020, 2100, required="Enter a year")
    months = _number(
        "Number of months", 1, 24, required="Enter a number of months", label="Number of months", initial=12
    )
    opens = _number(
        "Day of the month",
        1,
        28,
        required="Enter a day of the month",
        label="Day of month reporting opens",
        initial=20,
    )
    due = _number(
        "Number of working days",
        1,
        20,
        required="Enter a number of working days",
        label="Working days after month end that reports are due",
        initial=5,
    )

    def planned(self):
        """[`PlannedPeriod`] of the months. One query."""
        periods = list(self._periods())
        first, last = periods[0].starts_on, periods[-1].ends_on
        existing = list(ReportingPeriod.objects.filter(starts_on__lte=last, ends_on__gte=first).order_by("starts_on"))
        return [PlannedPeriod(period, [other for other in existing if other.overlaps(period)]) for period in periods]

    def _periods(self):
        data = self.cleaned_data
        first = _month_number(datetime.date(data["year"], int(data["month"]), 1))
        for number in range(first, first + data["months"]):
            starts_on = _first_of(number)
            ends_on = PartialDate(starts_on, DatePrecision.MONTH).last
            yield ReportingPeriod(
                name=f"{MONTH_NAMES[starts_on.month - 1]} {starts_on.year}",
                slug=f"{starts_on:%Y-%m}",
                starts_on=starts_on,
                ends_on=ends_on,
                opens_on=starts_on.replace(day=data["opens"]),
                due_on=nth_working_day(ends_on, data["due"]),
            )


class ReminderForm(forms.Form):
    """The programme office's message in the reminders of a period."""

    text = forms.CharField(
        label="Your message (optional)",
        required=False,
        max_length=1000,
        help_text="It is above the list of reports in each email. We suggest it again next month",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class CloseForm(forms.Form):
    """Why outstanding reports are not needed, for each of these `ExpectedReport`s."""

    def __init__(self, reports, data=None):
        super().__init__(data)
        self.rows = []
        for report in reports:
            name = f"reason-{report.project.pk}"
            label = f"Reason not needed: {report.project.title}"
            errors = {"max_length": "Reason must be 200 characters or less"}
            self.fields[name] = forms.CharField(label=label, required=False, max_length=200, error_messages=errors)
            self.rows.append((report, self[name]))

    @property
    def reasons(self):
        """{id of a project: why its report is not needed}."""
        return {report.project.pk: self.cleaned_data[field.name] for report, field in self.rows}
