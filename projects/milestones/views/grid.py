"""The dates of many projects in one grid."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from estates_portal.accounts.rules import EDIT_DATE_GRID, require
from projects.milestones import services
from projects.milestones.forms import DATE_CHANGED, GridRow, reason_choices, seen_of
from projects.models import Milestone, MilestoneStatement
from projects.project_list import ProjectList

MOST_ROWS = 150  # of the grid, whatever the number of projects on the page


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_grid(request):
    """The dates of the milestones still ahead of a filtered list of projects, to be changed in place."""
    require(request.user, EDIT_DATE_GRID)
    found = ProjectList.from_request(request)
    page = found.page(timezone.localdate())
    rows = _grid_rows(list(page.object_list), request.POST or None)
    if request.method == "POST":
        changed = [form for form in rows if form.changes_something]
        if _all_saved(request, changed):
            many = f"{len(changed)} milestone{'' if len(changed) == 1 else 's'} saved"
            messages.success(request, many if changed else "Nothing was changed")
            return redirect(request.get_full_path())
    context = {
        "form": found.form,
        "chips": found.chips,
        "page_obj": page,
        "rows": rows,
        "example_data": any(form.milestone.project.is_example for form in rows),
    }
    return render(request, "projects/milestones/milestone_grid.html", context)


def _grid_rows(project_ids, data):
    statements = Prefetch("statements", MilestoneStatement.objects.order_by("pk"))
    ahead = Milestone.objects.filter(project__in=project_ids, reached=False).select_related("project")
    milestones = list(ahead.prefetch_related(statements).order_by("current_on", "pk"))
    place = {pk: number for number, pk in enumerate(project_ids)}
    milestones = sorted(milestones, key=lambda one: place[one.project_id])[:MOST_ROWS]
    seen, reasons = seen_of([one.pk for one in milestones]), reason_choices()
    if data is not None:
        milestones = [one for one in milestones if f"m{one.pk}-seen" in data]
    return [GridRow(data, milestone=one, seen=seen[one.pk], reasons=reasons) for one in milestones]


def _all_saved(request, forms):
    """Save every row that was changed, or none; whether they were saved."""
    good = not [form for form in forms if not form.is_valid()]  # asks every one of them
    for form in forms:
        if form.is_valid() and form.was_overtaken:
            form.see_anew()
            form.add_error("forecast", DATE_CHANGED)
            good = False
    if not good:
        return False
    with transaction.atomic():
        for form in forms:
            try:
                with transaction.atomic():
                    services.record_dates(form.milestone, request.user, **form.moves())
            except ValidationError as refusal:
                form.point_out(refusal)
                good = False
        if not good:
            transaction.set_rollback(True)
    return good
