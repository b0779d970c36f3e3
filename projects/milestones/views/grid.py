"""The dates of many projects in one grid."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from estates_portal.accounts.rules import EDIT_DATE_GRID, require
from projects.labels import plural
from projects.milestones import services
from projects.milestones.forms import DATE_CHANGED
from projects.milestones.grid import rows_ahead, rows_posted
from projects.project_list import ProjectList


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_grid(request):
    """The dates of the milestones still ahead of a filtered list of projects, to be changed in place."""
    require(request.user, EDIT_DATE_GRID)
    found = ProjectList.from_request(request)
    page = found.page(timezone.localdate())
    part = None
    if request.method == "POST":
        rows = rows_posted(request.user, request.POST)
        changed = [form for form in rows if form.changes_something]
        if _all_saved(request, changed):
            many = f"{plural(len(changed), 'milestone')} saved"
            messages.success(request, many if changed else "No changes to save")
            return redirect(request.get_full_path())
        rows = [form for form in rows if form in changed or not form.closed]
    else:
        rows, part = rows_ahead(list(page.object_list), request.GET.get("from"))
    context = {
        "form": found.form,
        "chips": found.chips,
        "page_obj": page,
        "rows": rows,
        "part": part,
        "example_data": any(form.milestone.project.is_example for form in rows),
    }
    return render(request, "projects/milestones/milestone_grid.html", context)


def _all_saved(request, forms):
    """Save every row that was changed, or none; whether they were saved."""
    good = not [form for form in forms if not form.is_valid()]  # asks every one of them
    for form in forms:
        if form.closed:
            form.add_error("forecast" if "forecast" in form.dates_changed else "actual", form.closed)
            good = False
        elif form.is_valid() and form.is_stale:
            form.refresh_version()
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
                form.add_errors(refusal)
                good = False
        if not good:
            transaction.set_rollback(True)
    return good
