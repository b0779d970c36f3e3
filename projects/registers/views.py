"""Decisions, benefits, documents and the backlog removed of a project."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from estates_portal.accounts.rules import REPORT_ON_PROJECT
from estates_portal.merging import merge_page, saved_message
from projects.access import editable_project, visible_project
from projects.versions import last_save, locked

from .services import REGISTERS, delete_row, save_row
from .tables import TABLES


@require_safe
def register(request, slug, key):
    project = visible_project(request, slug)
    kind = REGISTERS[key]
    context = {
        "project": project,
        "register": kind,
        "rows": kind.rows_of(project),
        "has_table": key in TABLES,  # the register of all projects
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
    if request.method == "POST":
        return _save(request, kind, record)
    title, unsaved = _title(record), request.POST or None  # what the user posted while signed out
    return _page(request, kind, record, kind.form(unsaved, instance=record, reader=request.user), title)


def _title(record):
    return str(record) if record.pk else ""


@transaction.atomic
def _save(request, kind, record):
    if record.pk is not None:
        record = locked(record)
    title, before = _title(record), last_save(record)
    form = kind.form(request.POST, instance=record, reader=request.user)
    if form.is_valid():
        saved = save_row(form, request.user)
        messages.success(request, saved_message(saved, form, saved=before))
        for warning in kind.warnings(saved, request.user):
            messages.warning(request, warning)
        return redirect("projects:register", record.project.slug, kind.key)
    if form.conflicts:
        return merge_page(request, form, record=record, saved=before)
    return _page(request, kind, record, form, title)


def _page(request, kind, record, form, title):
    """The page of the form. `title` is the saved title of the record: the form can have changed the record."""
    context = {
        "project": record.project,
        "register": kind,
        "record": record if record.pk else None,
        "title": title,
        "form": form,
        "groups": kind.groups(form),
        "example_data": record.project.is_example,
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
