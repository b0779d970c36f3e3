"""Following a project."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from projects.models import Following, Project


@require_POST
def follow(request, slug):
    """Follow the project, or follow it no longer: `action` says which."""
    project = get_object_or_404(Project.objects.visible_to(request.user), slug=slug)
    if request.POST.get("action") == "unfollow":
        Following.objects.filter(person=request.user, project=project).delete()
        messages.success(request, "You follow this project no longer")
    else:
        Following.objects.get_or_create(person=request.user, project=project)
        messages.success(request, "You follow this project: new reports come to you by email and under My work")
    return redirect(project)
