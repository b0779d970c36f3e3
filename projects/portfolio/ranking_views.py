"""The ranking "Cost for each pound of risk removed" of a filtered list of projects, as a page and as CSV."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.caching import cached_until_change, conditional_get
from estates_portal.csv_export import stream
from estates_portal.paging import page_of
from projects.browse.headings import sort_headings
from projects.costs import EXPECTED_HINT
from projects.estate_risk import RANKED_BY, ranked, risks_removed
from projects.facts import sources_of
from projects.labels import plural
from projects.project_list import ProjectList, invalid_filters

from .ranking import HEADINGS, csv_rows, ranking_of, row_of


@require_safe
@conditional_get
def risk_ranking(request):
    project_list = _list(request)
    column, descending = _order(request)
    page = page_of(request, _ids(request, project_list, column, descending))
    rows = cached_until_change(
        request,
        ("ranking rows", column, descending, *page.object_list),
        lambda: [row_of(*pair) for pair in ranking_of(page.object_list, request.user, column, descending)],
    )
    context = {
        "form": project_list.form,
        "chips": project_list.chips,
        "page_obj": page,
        "rows": rows,
        "headings": sort_headings(request, RANKED_BY, column, descending, numbers={"cir", "removed", "cost", "rate"}),
        "cost_hint": EXPECTED_HINT,
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "example_data": any(row.is_example for row in rows),
    }
    return render(request, "projects/portfolio/risk_ranking.html", context)


@require_GET
def risk_ranking_csv(request):
    project_list = _list(request)
    if project_list.has_errors:
        return invalid_filters(request, project_list)
    ids = _ids(request, project_list, *_order(request))
    filters = "; ".join(chip.label for chip in project_list.chips)
    detail = f"Risk removed as CSV: {plural(len(ids), 'project')}. {filters}"
    record(AuditKind.EXPORTED, request=request, person=request.user, detail=detail[:500])
    rows = csv_rows(ids, request.user, sources_of(request))
    return stream(HEADINGS, rows, f"risk-removed-{timezone.localdate()}.csv")


def _list(request):
    return ProjectList.from_request(request, without=("sort",))


def _order(request):
    """(column of RANKED_BY, whether descending) of the address; the lowest cost for each pound first without one."""
    sort = request.GET.get("sort", "")
    column = sort.removeprefix("-")
    return (column, sort.startswith("-")) if column in RANKED_BY else ("rate", False)


def _ids(request, project_list, column, descending):
    """The ids of the projects in this order."""
    return cached_until_change(
        request,
        ("ranking", *project_list.filterset.chosen, column, descending),
        lambda: [
            project.pk
            for project, _risk in ranked(risks_removed(project_list.projects, request.user), column, descending)
        ],
    )
