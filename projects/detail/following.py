"""Following a project."""

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from projects.access import visible_project
from projects.models import Following


@require_POST
def follow(request, slug):
    """Follow the project, or follow it no longer: `action` says which."""
    project = visible_project(request, slug)
    if request.POST.get("action") == "unfollow":
        Following.objects.filter(person=request.user, project=project).delete()
        messages.success(request, "You follow this project no longer")
    else:
        Following.objects.get_or_create(person=request.user, project=project)
        messages.success(request, "You follow this project: new reports come to you by email and under My work")
    return redirect(project)
