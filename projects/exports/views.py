"""Downloads of a filtered list: one sheet as CSV, or a workbook of all sheets."""

from django.http import FileResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.csv_export import stream
from estates_portal.dates import date_label
from estates_portal.identity import current_system
from projects.columns import csv_rows
from projects.labels import plural
from projects.project_list import ProjectList, invalid_filters

from .open_data import LICENCE
from .sheets import SHEETS
from .workbook import EXCEL, workbook


@require_GET
def export_csv(request, sheet):
    project_list = ProjectList.from_request(request)
    if project_list.has_errors:
        return invalid_filters(request, project_list)
    ids, filters = _selection(project_list)
    kind = SHEETS[sheet]
    _audit(request, f"{kind.title} as CSV", ids, filters)
    headings = [column.label for column in kind.columns]
    return stream(
        headings, csv_rows(kind, kind.rows(ids, timezone.localdate())), f"{kind.key}-{timezone.localdate()}.csv"
    )


@require_GET
def export_workbook(request):
    project_list = ProjectList.from_request(request)
    if project_list.has_errors:
        return invalid_filters(request, project_list)
    ids, filters = _selection(project_list)
    _audit(request, "Workbook", ids, filters)
    today = timezone.localdate()
    cover_lines = [
        ("Created", f"{date_label(today)} by {request.user}"),
        ("Projects", str(len(ids))),
        ("Filters", "; ".join(filters) or "None (all projects you can see)"),
        (
            "Dates",
            "Dates known only to the month, quarter or year show its first day. The next column has the precision.",
        ),
        (
            "Baselines",
            "Baseline is the approved date of a milestone. First planned is its earliest known date if no baseline is "
            "approved. Slippage is measured on the day of this file. Without a baseline it says how much later than "
            "first planned.",
        ),
        ("Finance", "Capital only, in pounds."),
        (
            "Backlog removed",
            "In the prices of each statement; the CIR of a site in those of its newest return. CIR is critical "
            "infrastructure risk: high and significant risk backlog. An empty cell is not known, 0 is none.",
        ),
        (
            "Sources",
            "Facts stated by or worked out from published sources may be out of date. They are not official status. "
            "Stages, holds and cancellations, openings, cost estimates and funding have their date, basis and source "
            "beside them. On the sheet Milestones these are of the newest date of each milestone.",
        ),
        ("Example data", "Rows marked Example data are made up. They are not real projects."),
        ("Licence of public facts", LICENCE),
        ("Attribution", current_system().attribution),
    ]
    name = f"estates-portfolio-{today}.xlsx"
    sheets = [(sheet, sheet.rows(ids, today)) for sheet in SHEETS.values()]
    file = workbook("Estates portfolio", sheets, cover_lines)
    return FileResponse(file, as_attachment=True, filename=name, content_type=EXCEL)


def _selection(project_list):
    """(ids of the projects in the order of the list, labels of the filters)."""
    return list(project_list.ids(timezone.localdate())), [chip.label for chip in project_list.chips]


def _audit(request, download, ids, filters):
    detail = f"{download}: {plural(len(ids), 'project')}. {'; '.join(filters)}"[:500]
    record(AuditKind.EXPORTED, request=request, person=request.user, detail=detail)
