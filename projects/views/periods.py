"""Reporting periods: a year of them in one act, who has reported, chasing, closing."""

import datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from estates_portal.accounts.rules import require

from .. import reporting
from ..completeness import STATES, completeness, totals
from ..dates import MONTH_NAMES, DatePrecision, last_day
from ..models import Project, ReportingPeriod
from ..notices import chase
from ..paging import PER_PAGE

KEEP = "projects.change_reportingperiod"


class YearForm(forms.Form):
    """Monthly periods to make: from which month, how many, when they open and are due."""

    month = forms.ChoiceField(
        label="First month",
        choices=list(enumerate(MONTH_NAMES, 1)),
        error_messages={"invalid_choice": "Choose a month from the list"},
    )
    year = forms.IntegerField(
        min_value=2020,
        max_value=2100,
        error_messages={"required": "Enter a year", "invalid": "Enter a year in figures"},
    )
    months = forms.IntegerField(
        label="How many months",
        min_value=1,
        max_value=24,
        initial=12,
        error_messages={"required": "Enter how many", "invalid": "Enter how many in figures"},
    )
    opens = forms.IntegerField(
        label="Opens on this day of the month",
        min_value=1,
        max_value=28,
        initial=20,
        error_messages={"required": "Enter a day", "invalid": "Enter a day in figures"},
    )
    due = forms.IntegerField(
        label="Due so many days after the month ends",
        min_value=0,
        max_value=28,
        initial=5,
        error_messages={"required": "Enter how many", "invalid": "Enter how many in figures"},
    )

    def periods(self):
        """The periods, not yet saved."""
        data = self.cleaned_data
        for number in range(data["months"]):
            months = data["year"] * 12 + int(data["month"]) - 1 + number
            starts_on = datetime.date(months // 12, months % 12 + 1, 1)
            ends_on = last_day(starts_on, DatePrecision.MONTH)
            yield ReportingPeriod(
                name=f"{MONTH_NAMES[starts_on.month - 1]} {starts_on.year}",
                slug=f"{starts_on:%Y-%m}",
                starts_on=starts_on,
                ends_on=ends_on,
                opens_on=starts_on.replace(day=data["opens"]),
                due_on=ends_on + datetime.timedelta(days=data["due"]),
            )


@require_http_methods(["GET", "HEAD", "POST"])
def period_list(request):
    require(request.user, "projects.view_reportingperiod")
    today = timezone.localdate()
    form = YearForm(request.POST or None, initial={"month": today.month, "year": today.year})
    if request.method == "POST":
        require(request.user, "projects.add_reportingperiod")
        if form.is_valid() and _make(request, form):
            return redirect("projects:period_list")
    page = Paginator(ReportingPeriod.objects.order_by("-starts_on"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "projects/period_list.html", {"form": form, "page_obj": page, "today": today})


def _make(request, form):
    """Make those of the periods that are not there yet; False with a fault on the form where one overlaps another."""
    have = set(ReportingPeriod.objects.values_list("slug", flat=True))
    made = [period for period in form.periods() if period.slug not in have]
    try:
        with transaction.atomic():
            for period in made:
                period.full_clean()
                period.save()
    except (IntegrityError, ValidationError):
        form.add_error(None, "One of these months overlaps a period that is there")
        return False
    messages.success(request, f"{len(made)} period{'' if len(made) == 1 else 's'} made")
    return True


@require_safe
def period_detail(request, slug):
    """Completeness: who has reported for the period, by organisation."""
    require(request.user, "projects.view_reportingperiod")
    period = get_object_or_404(ReportingPeriod, slug=slug)
    rows = completeness(period, Project.objects.visible_to(request.user))
    context = {
        "period": period,
        "rows": rows,
        "totals": totals(rows),
        "states": STATES,
        "is_open": period.is_open_on(timezone.localdate()),
        "days": (period.due_on - timezone.localdate()).days,
        "example_data": any(one.project.is_example for row in rows for one in row.answers),
    }
    return render(request, "projects/period_detail.html", context)


@require_POST
def period_close(request, slug):
    """Close the period, or open it again: `action` says which."""
    require(request.user, KEEP)
    period = get_object_or_404(ReportingPeriod, slug=slug)
    act = reporting.reopen_period if request.POST.get("action") == "reopen" else reporting.close_period
    try:
        act(period, request.user)
    except ValidationError as refusal:
        messages.warning(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"{period} is {'open again' if act is reporting.reopen_period else 'closed'}")
    return redirect(period)


@require_POST
def period_chase(request, slug):
    """Remind by email those who still owe a report: of one organisation, or of all."""
    require(request.user, KEEP)
    period = get_object_or_404(ReportingPeriod, slug=slug)
    if not period.is_open_on(timezone.localdate()):
        messages.warning(request, f"{period} is not open: nobody can report for it now")
        return redirect(period)
    sent = chase(period, request.POST.get("organisation", ""), by=request.user, today=timezone.localdate())
    if sent:
        messages.success(request, f"{sent} {'person was' if sent == 1 else 'people were'} reminded by email")
    else:
        words = "Nobody was reminded: no contributor of theirs has an account, or they were reminded today already"
        messages.warning(request, words)
    return redirect(period)
