"""Reporting periods for tests."""

import datetime

from django.urls import reverse

from tests.factories import ReportingPeriodFactory


def month(number):
    """The reporting period of a month of 2026; reports are due on the fifth of the next month, or near it."""
    start = datetime.date(2026, number, 1)
    end = (start + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
    return ReportingPeriodFactory(
        name=f"{start:%B} 2026",
        slug=f"{start:%Y-%m}",
        starts_on=start,
        ends_on=end,
        opens_on=start.replace(day=20),
        due_on=end + datetime.timedelta(days=5),
    )


def form_of(hub, period):
    """The address of the report form."""
    return reverse("projects:report", args=[hub.slug, period.slug])
