"""Downloads of the lists of organisations, programmes, priorities, reporting periods and users, as CSV or Excel.

Everyone gets the rows of the page with its filters. Those of signed-in users are recorded in the audit.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.accounts.audit import record
from estates_portal.accounts.filters import person_filter
from estates_portal.accounts.models import AuditKind
from estates_portal.accounts.rules import require
from estates_portal.csv_export import stream
from estates_portal.dates import date_label
from estates_portal.identity import current_system
from projects.browse.organisation_list import organisation_filter
from projects.columns import csv_rows
from projects.labels import plural
from projects.models import Priority, Programme, ReportingPeriod

from . import list_sheets
from .open_data import LICENCE
from .workbook import EXCEL, workbook


@login_not_required
@require_safe
def export_organisations(request, file):
    filterset = organisation_filter(request, timezone.localdate())
    if filterset.has_errors:
        return _list(request, "sites:organisation_list")
    rows = list_sheets.organisation_rows(request, filterset.found)
    return _download(request, file, list_sheets.ORGANISATIONS, rows, _labels(filterset))


@login_not_required
@require_safe
def export_programmes(request, file):
    rows = list_sheets.programme_rows(request, Programme.objects.visible_to(request.user))
    return _download(request, file, list_sheets.PROGRAMMES, rows)


@login_not_required
@require_safe
def export_priorities(request, file):
    rows = list_sheets.priority_rows(request, Priority.objects.all())
    return _download(request, file, list_sheets.PRIORITIES, rows)


@require_safe
def export_periods(request, file):
    require(request.user, "projects.view_reportingperiod")
    rows = list_sheets.period_rows(request, ReportingPeriod.objects.order_by("-starts_on"))
    return _download(request, file, list_sheets.PERIODS, rows)


@require_safe
def export_users(request, file):
    require(request.user, "accounts.view_user")
    filterset = person_filter(request)
    if filterset.has_errors:
        return _list(request, "people:person_list")
    rows = list_sheets.user_rows(request, filterset.found)
    return _download(request, file, list_sheets.USERS, rows, _labels(filterset))


def _list(request, name):
    """The list with the errors of its filters: a download would contain more than was asked for."""
    return redirect(f"{reverse(name)}?{request.GET.urlencode()}")


def _labels(filterset):
    """["Type: NHS trust"] of the filters in use."""
    fields = filterset.form.fields
    return [
        f"{fields[name].label}: {dict(getattr(fields[name], 'choices', ())).get(value, value)}"
        for name, value in filterset.valid.items()
    ]


def _download(request, file, sheet, rows, filters=()):
    rows, today = [list(row) for row in rows], timezone.localdate()
    filename, chosen = f"{sheet.key}-{today}.{file}", "; ".join(filters)
    if request.user.is_authenticated:
        kind = "CSV" if file == "csv" else "Excel"
        detail = f"{sheet.title} as {kind}: {plural(len(rows), 'row')}. {chosen}"[:500]
        record(AuditKind.EXPORTED, request=request, person=request.user, detail=detail)
    if file == "csv":
        return stream([column.label for column in sheet.columns], csv_rows(sheet, rows), filename)
    about = [
        ("Created", date_label(today)),
        ("Rows", str(len(rows))),
        ("Filters", chosen or "None"),
        ("Example data", "Rows marked Example data are made up."),
    ]
    if sheet != list_sheets.USERS:
        about += [("Licence of public facts", LICENCE), ("Attribution", current_system().attribution)]
    book = workbook(sheet.title, [(sheet, rows)], about)
    return FileResponse(book, as_attachment=True, filename=filename, content_type=EXCEL)
