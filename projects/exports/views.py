"""Downloads of a filtered list: CSV of one kind of row, or a workbook of all."""

from django.http import FileResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.csv_export import stream
from projects.project_list import ProjectList

from .workbook import SHEETS, csv_rows, workbook

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def export_csv(request, sheet):
    ids, chosen = _chosen(request)
    kind = SHEETS[sheet]
    _audit(request, f"{kind.title} as CSV", ids, chosen)
    headings = [column.words for column in kind.columns]
    return stream(headings, csv_rows(kind, ids, timezone.localdate()), f"{kind.key}-{timezone.localdate()}.csv")


@require_GET
def export_workbook(request):
    ids, chosen = _chosen(request)
    _audit(request, "Workbook", ids, chosen)
    today = timezone.localdate()
    about = [
        ("Made on", f"{today.day} {today:%B %Y} by {request.user}"),
        ("Projects", str(len(ids))),
        ("Filters", "; ".join(chosen) or "None: every project that this person may see"),
        (
            "Dates",
            "A date known to the month, quarter or year is its first day, with how exactly it is known beside it.",
        ),
        ("Money", "Capital only, in pounds."),
        ("Example data", "Rows marked so are invented for trying the portal."),
    ]
    name = f"estates-portfolio-{today}.xlsx"
    return FileResponse(workbook(ids, today, about), as_attachment=True, filename=name, content_type=EXCEL)


def _chosen(request):
    """(ids of the projects that the filters choose, in the list's order; the filters in words)."""
    found = ProjectList.from_request(request)
    return list(found.ids(timezone.localdate())), [chip.words for chip in found.chips]


def _audit(request, what, ids, chosen):
    many = f"{len(ids)} project{'' if len(ids) == 1 else 's'}"
    record(
        AuditKind.EXPORTED, request=request, person=request.user, detail=f"{what}: {many}. {'; '.join(chosen)}"[:500]
    )
