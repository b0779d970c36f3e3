"""A project's milestones: list, add, edit, and add standard gates."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from estates_portal.accounts.rules import DECIDE_CHANGE_REQUEST, REPORT_ON_PROJECT, REVIEW_REPORTS
from estates_portal.merging import conflicts_of, merge_page, saved_message
from projects.access import editable_project, visible_project
from projects.labels import plural
from projects.milestones import services
from projects.milestones.forms import DatesForm, GatesForm, MilestoneDetailsForm, reason_choices
from projects.milestones.schedule import milestone_schedule
from projects.models import Milestone, MilestoneDependency, Project
from projects.versions import bump_version, locked


@require_safe
def milestone_list(request, slug):
    """A project's milestones with their slippage, dependencies and change requests."""
    project = visible_project(request, slug)
    context = {
        "project": project,
        "lines": milestone_schedule(project, request.user),
        "changes": project.change_requests.of_baselines().select_related("requested_by", "decided_by"),
        "can_edit": request.user.has_perm(REPORT_ON_PROJECT, project),
        "can_decide": request.user.has_perm(DECIDE_CHANGE_REQUEST, project),
        "gates_left": bool(services.gates_offered(project)),
        "example_data": project.is_example,
    }
    return render(request, "projects/milestones/milestone_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_add(request, slug):
    project = editable_project(request, slug)
    return _edit(request, project, Milestone(project=project))


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_edit(request, slug, pk):
    project = editable_project(request, slug)
    milestones = project.milestones.select_related("project").prefetch_related("statements")
    return _edit(request, project, get_object_or_404(milestones, pk=pk))


def _edit(request, project, milestone):
    if request.method == "POST":
        return _save(request, project, milestone)
    return _page(request, project, *_forms(request, milestone, request.POST or None))  # posted while signed out


def _forms(request, milestone, data):
    form = MilestoneDetailsForm(data, instance=milestone, reader=request.user)
    return form, DatesForm(data, milestone=milestone, reasons=reason_choices(), prefix="dates")


@transaction.atomic
def _save(request, project, milestone):
    if milestone.pk is not None:
        milestone = locked(milestone)
        milestone.project = project
    saved = services.last_date_save(milestone) if milestone.pk else None
    form, dates = _forms(request, milestone, request.POST)
    if form.is_valid() & dates.is_valid() and _saved(request, form, dates):
        messages.success(request, saved_message(milestone.title, form, dates, saved=saved))
        return redirect("projects:milestone_list", project.slug)
    if conflicts_of(form, dates):
        return merge_page(request, form, dates, record=milestone, saved=saved)
    return _page(request, project, form, dates)


def _page(request, project, form, dates):
    context = {
        "project": project,
        "milestone": form.instance if form.instance.pk else None,
        "form": form,
        "dates": dates,
        "example_data": project.is_example,
    }
    return render(request, "projects/milestones/milestone_edit.html", context)


def _saved(request, form, dates):
    """Save both forms, or neither. Returns whether they were saved; adds errors to the forms."""
    is_new = form.instance.pk is None
    try:
        with transaction.atomic():
            milestone = form.save() if is_new or form.has_changed() else form.instance
            if "depends_on" in form.fields:
                for other in Milestone.objects.filter(pk__in=form.selected_dependencies() - form.existing):
                    MilestoneDependency(milestone=milestone, depends_on=other).check_circle()
                form.save_dependencies()
            if dates.has_changed_dates:
                fresh = Milestone.objects.select_related("project").get(pk=milestone.pk)
                services.record_dates(fresh, request.user, **dates.new_dates())
            bump_version(Project, milestone.project_id)
    except IntegrityError:
        form.add_error("gate", "Someone has already added this gate")
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            dates.add_errors(error)
        else:
            form.add_error("depends_on", error)
    else:
        return True
    if is_new:
        form.instance.pk = None
    return False


@require_http_methods(["GET", "HEAD", "POST"])
def gates_add(request, slug):
    project = editable_project(request, slug)
    can_approve = request.user.has_perm(REVIEW_REPORTS, project)
    form = GatesForm(request.POST or None, project=project, can_approve=can_approve)
    if request.method == "POST" and form.is_valid():
        try:
            milestones = services.add_gates(project, request.user, form.selected_gates())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{plural(len(milestones), 'gate')} added")
            return redirect("projects:milestone_list", project.slug)
    context = {
        "project": project,
        "form": form,
        "can_approve": can_approve,
        "example_data": project.is_example,
    }
    return render(request, "projects/milestones/gates_add.html", context)
