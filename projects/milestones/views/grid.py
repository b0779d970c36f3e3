"""The date grid: milestone dates of many projects on one page."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from estates_portal.accounts.rules import EDIT_DATE_GRID, require
from estates_portal.merging import conflicts_of, merge_page
from estates_portal.paging import page_of
from estates_portal.unsaved.pages import rejected
from projects.labels import plural
from projects.milestones import services
from projects.milestones.grid import own_projects, rows_ahead, rows_posted, with_rows_ahead
from projects.milestones.services import last_date_save
from projects.project_list import ProjectList

EARLIER_RELEASE = "The portal has been upgraded since you opened this page"


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_grid(request):
    """Edit the dates of milestones not reached, for the projects of a filtered list that have any.

    Contributors edit those of their own projects, which come first, and read the others.
    """
    require(request.user, EDIT_DATE_GRID)
    project_list = ProjectList.from_request(request)
    today = timezone.localdate()
    own = own_projects(request.user, today)
    ids = list(with_rows_ahead(project_list.ids(today)))
    page = page_of(request, ids if own is None else sorted(ids, key=lambda pk: pk not in own))
    if request.method == "POST":
        return _save(request, project_list, page, own)
    if request.POST:  # answers of a user who was signed out when they posted them
        return _page(request, project_list, page, _open_rows(request, own))
    rows, part = rows_ahead(list(page.object_list), request.GET.get("from"), today, own)
    return _page(request, project_list, page, rows, part)


@transaction.atomic
def _open_rows(request, own):
    """The rows that were posted, except closed ones without dates."""
    return [form for form in rows_posted(request.user, request.POST, own) if not form.closed or form.dates_changed]


@transaction.atomic
def _save(request, project_list, page, own):
    rows = rows_posted(request.user, request.POST, own)
    if any(form.is_of_earlier_release for form in rows):
        answers = [answer for form in rows for answer in form.answers]
        return rejected(
            request, EARLIER_RELEASE, answers=answers, link=("Edit milestone dates", request.get_full_path())
        )
    changed = [form for form in rows if form.has_changed_dates]
    if conflicts := conflicts_of(changed):
        return _merge_page(request, changed, {conflict.bound.form.milestone for conflict in conflicts})
    if _all_saved(request, changed):
        message = f"{plural(len(changed), 'milestone')} saved"
        messages.success(request, message if changed else "No changes to save")
        return redirect(request.get_full_path())
    return _page(request, project_list, page, [form for form in rows if form in changed or not form.closed])


def _merge_page(request, forms, milestones):
    milestone, *others = milestones
    saved = last_date_save(milestone)
    if not others:
        return merge_page(request, forms, record=milestone, saved=saved)
    heading = f"{plural(len(milestones), 'milestone')} changed since you opened this page"
    return merge_page(request, forms, record=milestone, saved=(None, saved[1]), heading=heading)


def _page(request, project_list, page, rows, part=None):
    context = {
        "form": project_list.form,
        "chips": project_list.chips,
        "page_obj": page,
        "rows": rows,
        "part": part,
        "can_edit": any(form.is_bound or not form.closed for form in rows),
        "has_passed": any(form.has_passed for form in rows),
        "example_data": any(form.milestone.project.is_example for form in rows),
    }
    return render(request, "projects/milestones/milestone_grid.html", context)


def _all_saved(request, forms):
    """Save every row, or none. Returns whether they were saved; adds errors to the rows."""
    are_valid = not [form for form in forms if not form.is_valid()]  # a list: every form is validated
    for form in forms:
        if form.closed:
            form.add_error("forecast" if "forecast" in form.dates_changed else "actual", form.closed)
            are_valid = False
    if not are_valid:
        return False
    with transaction.atomic():
        for form in forms:
            try:
                with transaction.atomic():
                    services.record_dates(form.milestone, request.user, **form.new_dates())
            except ValidationError as error:
                form.add_errors(error)
                are_valid = False
        if not are_valid:
            transaction.set_rollback(True)
    return are_valid
