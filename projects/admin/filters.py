"""Filters of the lists of projects: what is missing, and what is out of date."""

import datetime

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone

from ..models import Milestone, ReportingPeriod, StatusReport
from ..models.choices import OVER
from ..models.reporting import expected_to_report

YEAR = datetime.timedelta(days=365)
PERIODS_WITHOUT_REPORT = 3


def _has_no_owner(_today):
    return Q(senior_responsible_owner="") | Q(project_manager="")


def _has_no_opening_date(_today):
    dated = Milestone.objects.main_openings().filter(current_on__isnull=False)
    return ~Q(pk__in=dated.order_by().values("project"))


def _has_old_stage(today):
    """The condition of a stage from more than a year ago, or without a date. Projects that are over are not meant."""
    is_old = Q(stage_as_of__lt=today - YEAR) | Q(stage_as_of=None)
    return is_old & ~Q(stage="") & ~Q(delivery_state__in=OVER)


def _has_no_recent_report(today):
    """The condition of no report for the last periods that are over. One query, for these periods."""
    past = ReportingPeriod.objects.filter(due_on__lt=today).order_by("-starts_on")
    periods = list(past[:PERIODS_WITHOUT_REPORT])
    if len(periods) < PERIODS_WITHOUT_REPORT:
        return Q(pk__in=[])
    expected = Q(pk__in=[])
    for period in periods:
        expected |= expected_to_report(period)
    reported = StatusReport.objects.filter(period__in=periods).reported().order_by()
    return expected & ~Q(pk__in=reported.values("project"))


GAPS = {
    "owner": ("No SRO or no project manager", _has_no_owner),
    "date": ("No opening date", _has_no_opening_date),
    "stage": ("Stage over a year old or undated", _has_old_stage),
    "report": (f"No report for {PERIODS_WITHOUT_REPORT} periods", _has_no_recent_report),
}


class GapFilter(admin.SimpleListFilter):
    """Filters projects by what is missing or out of date."""

    title = "what is missing or old"
    parameter_name = "gap"

    def lookups(self, request, model_admin):
        return [(key, label) for key, (label, _condition) in GAPS.items()]

    def queryset(self, request, queryset):
        if self.value() not in GAPS:
            return queryset
        _label, condition = GAPS[self.value()]
        return queryset.filter(condition(timezone.localdate()))
