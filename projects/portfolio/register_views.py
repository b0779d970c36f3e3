"""The registers of all projects that the user can see, each as a page and as CSV."""

from dataclasses import dataclass

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.csv_export import stream
from estates_portal.paging import page_of
from projects.browse.headings import sort_headings
from projects.columns import csv_rows
from projects.labels import plural
from projects.models import Project
from projects.project_list import chips, invalid_filters
from projects.registers.filters import TableFilter
from projects.registers.tables import TABLES, State
from sites.successions import successions_of


@dataclass
class TableRow:
    """A row of a register on a page. `cells` are (column, value)."""

    url: str
    name: str
    detail: str
    project: Project
    cells: list
    state: State | None


@dataclass
class StateCount:
    """The number of rows in a status, with the address of their list."""

    label: str
    number: int
    url: str
    is_current: bool


@require_safe
def registers(request):
    """Redirect to the first register."""
    return redirect("projects:register_table", next(iter(TABLES)))


@require_safe
def register_table(request, key):
    table = TABLES[key]
    every_row, filterset = _filtered(request, table)
    page = page_of(request, filterset.found)
    rows = [_row(table, row) for row in page.object_list]
    context = {
        "table": table,
        "tabs": _tabs(key),
        "form": filterset.form,
        "chips": chips(filterset, request),
        "page_obj": page,
        "rows": rows,
        "has_any": bool(rows) or every_row.exists(),
        "counts": _counts(request, filterset),
        "headings": _headings(request, table, *filterset.order),
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "example_data": any(row.project.is_example for row in rows),
    }
    return render(request, "projects/portfolio/register_table.html", context)


@require_GET
def register_table_csv(request, key):
    table = TABLES[key]
    _every_row, filterset = _filtered(request, table)
    if filterset.has_errors:
        return invalid_filters(request, filterset)
    rows = list(filterset.found)
    filters = "; ".join(chip.label for chip in chips(filterset, request))
    detail = f"{table.title} as CSV: {plural(len(rows), table.noun)}. {filters}"
    record(AuditKind.EXPORTED, request=request, person=request.user, detail=detail[:500])
    headings = [column.label for column in table.columns]
    return stream(headings, csv_rows(table, table.cells(rows)), f"{table.key}-{timezone.localdate()}.csv")


def _filtered(request, table):
    """(the rows that the user can see, their `TableFilter`)."""
    today = timezone.localdate()
    rows = table.visible_to(request.user, today)
    filterset = TableFilter(table, request.GET, rows, today, successions_of(request))
    filterset.form.is_valid()  # chips need the cleaned values
    return rows, filterset


def _tabs(key):
    """(label, address, whether it is the page) of the registers. Change requests have their own page."""
    tabs = [(table.title, reverse("projects:register_table", args=[table.key])) for table in TABLES.values()]
    tabs.append(("Change requests", reverse("projects:change_request_list")))
    return [(label, url, label == TABLES[key].title) for label, url in tabs]


def _row(table, row):
    name, *others = table.own_columns
    values = [(column, column.of(row)) for column in others if column.on_page]
    cells = [(column, column.write(value) if column.write else value) for column, value in values]
    state = table.states.get(row.state)
    return TableRow(table.url(row), name.of(row), table.detail(row), row.project, cells, state)


def _counts(request, filterset):
    """[`StateCount`] of each status among the rows that match the other filters."""
    selected = filterset.valid.get("state", "")
    counts = filterset.table.counts(filterset.without_state)
    links = []
    for key, number in counts.items():
        query = request.GET.copy()
        query.pop("page", None)
        query["state"] = key
        label = filterset.table.states[key].label
        links.append(StateCount(label, number, f"?{query.urlencode()}", key == selected))
    return links


def _headings(request, table, current, descending):
    """[(column, its `SortHeading` or None)] of the columns of the page: the second is the project."""
    name, *others = [column for column in table.own_columns if column.on_page]
    columns = [name, table.sorts["project"], *others]
    labels = {key: column.label for key, column in table.sorts.items()}
    headings = sort_headings(request, labels, current, descending)
    by_column = {table.sorts[key]: heading for key, heading in headings.items()}
    return [(column, by_column.get(column)) for column in columns]
