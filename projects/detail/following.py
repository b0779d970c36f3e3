"""Follow and unfollow a project."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from projects.access import visible_project
from projects.models import Following


@require_POST
def follow(request, slug):
    """Follow or unfollow the project, as `action` says, and return to the page of the button."""
    project = visible_project(request, slug)
    if request.POST.get("action") == "unfollow":
        Following.objects.filter(person=request.user, project=project).delete()
        messages.success(request, "You have unfollowed this project")
    else:
        Following.objects.get_or_create(person=request.user, project=project)
        messages.success(request, "You are following this project. You will get an email when a report is submitted")
    page = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(page) if is_ours and page.startswith("/") else redirect(project)
