"""Downloads of the list of sites and of their estate returns. Everyone gets what they can see on the pages."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.csv_export import stream
from estates_portal.dates import date_label
from estates_portal.identity import current_system
from projects.browse.site_list import site_filter
from projects.columns import csv_rows
from projects.labels import plural

from .open_data import LICENCE
from .site_sheets import RETURNS, SITES, return_rows, site_rows
from .workbook import EXCEL, workbook

NO_FILTERS = {"area", "sort"}  # an order, and sites outside the area too


class Selection:
    """The sites of the address and the filters as text."""

    def __init__(self, request):
        self.request, self.filterset = request, site_filter(request)
        self.sites = self.filterset.found

    @property
    def is_filtered(self):
        return bool(set(self.filterset.valid) - NO_FILTERS)

    @property
    def filters(self):
        """["Type: Hub"] of the filters in use."""
        chosen = []
        for name, value in self.filterset.valid.items():
            field = self.filterset.form.fields[name]
            if name != "sort":
                chosen.append(f"{field.label}: {dict(getattr(field, 'choices', ())).get(value, value)}")
        return chosen

    def returns(self):
        ids = list(self.sites.values_list("pk", flat=True))
        return return_rows(ids, self.request.user, with_aggregates=not self.is_filtered)

    def audit(self, download):
        if self.request.user.is_authenticated:
            detail = f"{download}: {plural(self.sites.count(), 'site')}. {'; '.join(self.filters)}"[:500]
            record(AuditKind.EXPORTED, request=self.request, person=self.request.user, detail=detail)


def _list(request):
    """The list with the errors of its filters: a download would contain more than was asked for."""
    return redirect(f"{reverse('sites:site_list')}?{request.GET.urlencode()}")


@login_not_required
@require_safe
def export_sites_csv(request):
    selection = Selection(request)
    if selection.filterset.has_errors:
        return _list(request)
    selection.audit("Sites as CSV")
    return _csv(SITES, site_rows(selection.sites, request.user))


@login_not_required
@require_safe
def export_returns_csv(request):
    selection = Selection(request)
    if selection.filterset.has_errors:
        return _list(request)
    selection.audit("Estate returns as CSV")
    return _csv(RETURNS, selection.returns())


def _csv(sheet, rows):
    headings = [column.label for column in sheet.columns]
    return stream(headings, csv_rows(sheet, rows), f"{sheet.key}-{timezone.localdate()}.csv")


@login_not_required
@require_safe
def export_sites_xlsx(request):
    selection = Selection(request)
    if selection.filterset.has_errors:
        return _list(request)
    selection.audit("Workbook of sites")
    today = timezone.localdate()
    about = [
        ("Created", date_label(today)),
        ("Sites", str(selection.sites.count())),
        ("Filters", "; ".join(selection.filters) or "None (all sites inside the area)"),
        ("Figures", "In the prices of each year. An empty cell is a figure that is not known, 0 is none."),
        (
            "Totals",
            "Critical infrastructure risk is the high and significant risk backlog. It and the total are not known if "
            "one of their parts is not. Risk-adjusted backlog is another published figure.",
        ),
        ("Aggregates", "Small sites that a trust reports together are listed only without filters."),
        ("Example data", "Rows marked Example data are made up. They are not real sites."),
        ("Licence of public facts", LICENCE),
        ("Attribution", current_system().attribution),
    ]
    sheets = [(SITES, site_rows(selection.sites, request.user)), (RETURNS, selection.returns())]
    file = workbook("Sites", sheets, about)
    return FileResponse(file, as_attachment=True, filename=f"sites-{today}.xlsx", content_type=EXCEL)
