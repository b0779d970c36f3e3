"""Completing or closing a project."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from estates_portal.accounts.rules import CLOSE_PROJECT, require
from estates_portal.unsaved.pages import rejected
from projects.access import visible_project
from projects.models.choices import OVER

from .closing import close_project
from .closing_forms import CloseForm


@require_http_methods(["GET", "HEAD", "POST"])
def project_close(request, slug):
    """Complete, cancel or merge a project."""
    project = visible_project(request, slug)
    require(request.user, CLOSE_PROJECT, project)
    if project.delivery_state in OVER:
        why = "This project is already complete or cancelled"
        if request.method == "POST":
            return rejected(request, why, link=("View project", project.get_absolute_url()))
        messages.warning(request, why)
        return redirect(project)
    form = CloseForm(request.POST or None, project=project, reader=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            closure = close_project(project, request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Project closed: {closure.get_outcome_display().lower()}")
            return redirect(project)
    context = {"project": project, "form": form, "example_data": project.is_example}
    return render(request, "projects/records/project_close.html", context)
