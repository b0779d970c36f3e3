"""Downloads of a filtered list: CSV of one kind of row, or a workbook of all."""

from django.http import FileResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.csv_export import stream
from projects.dates import date_label
from projects.labels import plural
from projects.project_list import ProjectList

from .workbook import SHEETS, csv_rows, workbook

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def export_csv(request, sheet):
    ids, chosen = _chosen(request)
    kind = SHEETS[sheet]
    _audit(request, f"{kind.title} as CSV", ids, chosen)
    headings = [column.label for column in kind.columns]
    return stream(headings, csv_rows(kind, ids, timezone.localdate()), f"{kind.key}-{timezone.localdate()}.csv")


@require_GET
def export_workbook(request):
    ids, chosen = _chosen(request)
    _audit(request, "Workbook", ids, chosen)
    today = timezone.localdate()
    about = [
        ("Created", f"{date_label(today)} by {request.user}"),
        ("Projects", str(len(ids))),
        ("Filters", "; ".join(chosen) or "None (all projects you can see)"),
        (
            "Dates",
            "Dates known only to the month, quarter or year show its first day. The next column has the precision.",
        ),
        ("Finance", "Capital only, in pounds."),
        ("Example data", "Rows marked Example data are made up. They are not real projects."),
    ]
    name = f"estates-portfolio-{today}.xlsx"
    return FileResponse(workbook(ids, today, about), as_attachment=True, filename=name, content_type=EXCEL)


def _chosen(request):
    """(ids of the projects that match the filters, in order of the list; labels of the filters)."""
    found = ProjectList.from_request(request)
    return list(found.ids(timezone.localdate())), [chip.label for chip in found.chips]


def _audit(request, what, ids, chosen):
    detail = f"{what}: {plural(len(ids), 'project')}. {'; '.join(chosen)}"[:500]
    record(AuditKind.EXPORTED, request=request, person=request.user, detail=detail)
