"""Decisions, benefits, documents and the backlog removed of a project."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from estates_portal.accounts.rules import REPORT_ON_PROJECT
from projects.access import editable_project, visible_project
from projects.versions import opened_version

from .services import REGISTERS, delete_row, save_row


@require_safe
def register(request, slug, key):
    project = visible_project(request, slug)
    kind = REGISTERS[key]
    context = {
        "project": project,
        "register": kind,
        "rows": kind.rows_of(project),
        "can_edit": request.user.has_perm(REPORT_ON_PROJECT, project),
        "example_data": project.is_example,
    }
    return render(request, "projects/registers/register.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def register_add(request, slug, key):
    project = editable_project(request, slug)
    return _edit(request, REGISTERS[key], REGISTERS[key].model(project=project))


@require_http_methods(["GET", "HEAD", "POST"])
def register_edit(request, slug, key, pk):
    project = editable_project(request, slug)
    return _edit(request, REGISTERS[key], get_object_or_404(REGISTERS[key].rows_of(project), pk=pk))


def _edit(request, kind, record):
    project = record.project
    is_new = record.pk is None
    title = "" if is_new else str(record)
    form = kind.form(request.POST or None, instance=record, reader=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_row(form, request.user, opened=_number(request.POST.get("opened_version")))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{saved} saved")
            for warning in kind.warnings(saved, request.user):
                messages.warning(request, warning)
            return redirect("projects:register", project.slug, kind.key)
    context = {
        "project": project,
        "register": kind,
        "record": None if is_new else record,
        "title": title,
        "form": form,
        "groups": kind.groups(form),
        "opened_version": request.POST.get("opened_version") or opened_version(record),
        "example_data": project.is_example,
    }
    return render(request, "projects/registers/register_edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def register_remove(request, slug, key, pk):
    """Confirm, then delete a row."""
    project = editable_project(request, slug)
    kind = REGISTERS[key]
    record = get_object_or_404(kind.rows_of(project), pk=pk)
    if request.method == "POST":
        delete_row(record, request.user)
        messages.success(request, f"{record} deleted. You can still see it in the history")
        return redirect("projects:register", project.slug, kind.key)
    context = {"project": project, "register": kind, "record": record, "example_data": project.is_example}
    return render(request, "projects/registers/register_remove.html", context)


def _number(text):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else -1
