"""Decisions, benefits and documents of a project."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from estates_portal.accounts.rules import require
from projects.models import Project

from .services import EDIT, REGISTERS, save_row, seen_of, take_away


def _project(request, slug):
    return get_object_or_404(Project.objects.visible_to(request.user), slug=slug)


def _editable(request, slug):
    project = _project(request, slug)
    require(request.user, EDIT, project)
    return project


@require_safe
def register(request, slug, key):
    project = _project(request, slug)
    kind = REGISTERS[key]
    context = {
        "project": project,
        "register": kind,
        "rows": kind.rows_of(project),
        "may_edit": request.user.has_perm(EDIT, project),
        "example_data": project.is_example,
    }
    return render(request, "projects/registers/register.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def register_add(request, slug, key):
    project = _editable(request, slug)
    return _edit(request, REGISTERS[key], REGISTERS[key].model(project=project))


@require_http_methods(["GET", "HEAD", "POST"])
def register_edit(request, slug, key, pk):
    project = _editable(request, slug)
    return _edit(request, REGISTERS[key], get_object_or_404(REGISTERS[key].rows_of(project), pk=pk))


def _edit(request, kind, record):
    project = record.project
    is_new, title = record.pk is None, str(record)
    form = kind.form(request.POST or None, instance=record)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_row(form, request.user, seen=_number(request.POST.get("seen")))
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"{saved} was saved")
            return redirect("projects:register", project.slug, kind.key)
    context = {
        "project": project,
        "register": kind,
        "record": None if is_new else record,
        "title": title,
        "form": form,
        "groups": kind.groups(form),
        "seen": request.POST.get("seen") or seen_of(record),
        "example_data": project.is_example,
    }
    return render(request, "projects/registers/register_edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def register_remove(request, slug, key, pk):
    """Asks, then takes a row away."""
    project = _editable(request, slug)
    kind = REGISTERS[key]
    record = get_object_or_404(kind.rows_of(project), pk=pk)
    if request.method == "POST":
        take_away(record, request.user)
        messages.success(request, f"{record} was taken away. The project’s history keeps it")
        return redirect("projects:register", project.slug, kind.key)
    context = {"project": project, "register": kind, "record": record, "example_data": project.is_example}
    return render(request, "projects/registers/register_remove.html", context)


def _number(text):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else -1
