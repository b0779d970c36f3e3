"""Milestones in the portal: of a project, the standard gates, changes of what was approved, and the grid of many."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from estates_portal.accounts.rules import require

from .. import changes
from ..editing import count_save
from ..filters import Choices, ProjectFilter, chips
from ..milestone_forms import ChangeForm, DatesForm, DecideForm, GatesForm, MilestoneForm, reason_choices, seen_of
from ..milestones import lines_of
from ..models import ChangeRequest, ChangeState, Milestone, MilestoneStatement, Project
from ..paging import PER_PAGE, IdPaginator

CHANGED_MEANWHILE = "Somebody stated another date after you opened this page. Save again to put yours over it"
MOST_ROWS = 150  # of the grid, whatever the number of projects on the page


def _project(request, slug):
    return get_object_or_404(Project.objects.visible_to(request.user), slug=slug)


def _editable(request, slug):
    project = _project(request, slug)
    require(request.user, changes.EDIT, project)
    return project


@require_safe
def project_milestones(request, slug):
    """Every milestone of a project against what was approved, with what is amiss, and the changes asked for."""
    project = _project(request, slug)
    context = {
        "project": project,
        "lines": lines_of(project, request.user),
        "changes": ChangeRequest.objects.filter(project=project).select_related("asked_by", "decided_by"),
        "may_edit": request.user.has_perm(changes.EDIT, project),
        "may_decide": request.user.has_perm(changes.DECIDE, project),
        "gates_left": bool(changes.gates_offered(project)),
        "example_data": project.is_example,
    }
    return render(request, "projects/milestone_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_add(request, slug):
    project = _editable(request, slug)
    return _edit(request, project, Milestone(project=project))


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_edit(request, slug, pk):
    project = _editable(request, slug)
    found = project.milestones.select_related("project").prefetch_related("statements")
    return _edit(request, project, get_object_or_404(found, pk=pk))


def _edit(request, project, milestone):
    is_new = milestone.pk is None
    seen = 0 if is_new else seen_of([milestone.pk])[milestone.pk]
    posted = request.POST or None
    form = MilestoneForm(posted, instance=milestone, reader=request.user)
    dates = _dates(posted, milestone, seen)
    if request.method == "POST" and form.is_valid() & dates.is_valid() and _saved(request, form, dates):
        messages.success(request, f"{milestone.title} was saved")
        return redirect("projects:project_milestones", project.slug)
    context = {
        "project": project,
        "milestone": None if is_new else milestone,
        "form": form,
        "dates": dates,
        "example_data": project.is_example,
    }
    return render(request, "projects/milestone_edit.html", context)


def _dates(data, milestone, seen):
    return DatesForm(data, milestone=milestone, seen=seen, reasons=reason_choices(), prefix="dates")


def _saved(request, form, dates):
    """Save both forms, or neither; whether they were saved."""
    is_new = form.instance.pk is None
    if dates.was_overtaken and not is_new:
        dates.see_anew()
        dates.add_error("forecast", CHANGED_MEANWHILE)
        return False
    try:
        with transaction.atomic():
            milestone = form.save()
            if "needs" in form.fields:
                for other in Milestone.objects.filter(pk__in=form.chosen() - form.held):
                    changes.check_dependency(milestone, other)
                form.save_needs()
            if dates.changes_something:
                fresh = Milestone.objects.select_related("project").get(pk=milestone.pk)
                changes.move_dates(fresh, request.user, **dates.moves())
            count_save(milestone.project_id)
    except IntegrityError:
        form.add_error("gate", "Somebody added this gate meanwhile")
    except ValidationError as refusal:
        if hasattr(refusal, "error_dict"):
            dates.point_out(refusal)
        else:
            form.add_error("needs", refusal)
    else:
        return True
    if is_new:
        form.instance.pk = None
    return False


@require_http_methods(["GET", "HEAD", "POST"])
def gates_add(request, slug):
    project = _editable(request, slug)
    form = GatesForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        try:
            made = changes.add_gates(project, request.user, form.wanted())
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"{len(made)} gate{'' if len(made) == 1 else 's'} added")
            return redirect("projects:project_milestones", project.slug)
    context = {"project": project, "form": form, "example_data": project.is_example}
    return render(request, "projects/gates_add.html", context)


# Changes of what was approved --------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def change_ask(request, slug, pk):
    project = _editable(request, slug)
    milestone = get_object_or_404(project.milestones.prefetch_related("statements"), pk=pk)
    milestone.project = project
    form = ChangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        on, precision = form.cleaned_data["on"]
        try:
            changes.ask_for_change(milestone, request.user, on=on, precision=precision, why=form.cleaned_data["why"])
        except ValidationError as refusal:
            form.add_error("on", refusal)
        else:
            messages.success(request, "The change was asked for. The programme office records the decision")
            return redirect("projects:project_milestones", project.slug)
    context = {
        "project": project,
        "milestone": milestone,
        "held": changes.held_date(milestone, "baseline"),
        "form": form,
        "example_data": project.is_example,
    }
    return render(request, "projects/change_ask.html", context)


@require_safe
def change_list(request):
    """Change requests of every project that the reader may see: those waiting, or those decided."""
    asked = request.GET.get("state") if request.GET.get("state") in ChangeState.values else ChangeState.PROPOSED
    visible = Project.objects.visible_to(request.user).values("pk")
    found = ChangeRequest.objects.filter(project__in=visible, state=asked)
    found = found.select_related("project", "asked_by", "decided_by")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "states": ChangeState.choices,
        "asked": asked,
        "may_decide": request.user.has_perm(changes.DECIDE),
        "example_data": any(one.project.is_example for one in page.object_list),
    }
    return render(request, "projects/change_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change_decide(request, pk):
    visible = Project.objects.visible_to(request.user).values("pk")
    change = get_object_or_404(ChangeRequest.objects.filter(project__in=visible).select_related("project"), pk=pk)
    require(request.user, changes.DECIDE, change.project)
    form = DecideForm(request.POST or None, initial={"decided_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            changes.decide_change(
                change,
                request.user,
                approve=data["decision"] == "approve",
                approver=data["approver"],
                decided_on=data["decided_on"],
                words=data["words"],
            )
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, f"The decision on {change.title} was recorded")
            return redirect("projects:project_milestones", change.project.slug)
    context = {"change": change, "project": change.project, "form": form, "example_data": change.project.is_example}
    return render(request, "projects/change_decide.html", context)


# The grid ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_grid(request):
    """The dates of the milestones still ahead of a filtered list of projects, to be changed in place."""
    require(request.user, "projects.edit_in_bulk")
    projects = Project.objects.visible_to(request.user)
    filterset = ProjectFilter(request.GET, projects, Choices.among(projects))
    column, descending = filterset.order
    found = filterset.qs
    ordered = found.sorted_by(column, timezone.localdate(), descending)
    page = IdPaginator(ordered, count=found.count(), per_page=PER_PAGE).get_page(request.GET.get("page"))
    rows = _grid_rows(list(page.object_list), request.POST or None)
    if request.method == "POST":
        changed = [form for form in rows if form.changes_something]
        if _all_saved(request, changed):
            many = f"{len(changed)} milestone{'' if len(changed) == 1 else 's'} saved"
            messages.success(request, many if changed else "Nothing was changed")
            return redirect(request.get_full_path())
    context = {
        "form": filterset.form,
        "chips": chips(filterset, request),
        "page_obj": page,
        "rows": rows,
        "wrong": [form for form in rows if form.errors],
        "example_data": any(form.milestone.project.is_example for form in rows),
    }
    return render(request, "projects/milestone_grid.html", context)


def _grid_rows(project_ids, data):
    statements = Prefetch("statements", MilestoneStatement.objects.order_by("pk"))
    ahead = Milestone.objects.filter(project__in=project_ids, reached=False).select_related("project")
    milestones = list(ahead.prefetch_related(statements).order_by("current_on", "pk"))
    place = {pk: number for number, pk in enumerate(project_ids)}
    milestones = sorted(milestones, key=lambda one: place[one.project_id])[:MOST_ROWS]
    seen, reasons = seen_of([one.pk for one in milestones]), reason_choices()
    if data is not None:
        milestones = [one for one in milestones if f"m{one.pk}-seen" in data]
    return [DatesForm(data, milestone=one, seen=seen[one.pk], reasons=reasons) for one in milestones]


def _all_saved(request, forms):
    """Save every row that was changed, or none; whether they were saved."""
    good = not [form for form in forms if not form.is_valid()]  # asks every one of them
    for form in forms:
        if form.is_valid() and form.was_overtaken:
            form.see_anew()
            form.add_error("forecast", CHANGED_MEANWHILE)
            good = False
    if not good:
        return False
    with transaction.atomic():
        for form in forms:
            try:
                with transaction.atomic():
                    changes.move_dates(form.milestone, request.user, **form.moves())
            except ValidationError as refusal:
                form.point_out(refusal)
                good = False
        if not good:
            transaction.set_rollback(True)
    return good
