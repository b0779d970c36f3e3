"""The answer to a form with an old token."""

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from .middleware import store_and_sign_in
from .pages import with_unsaved
from .posted import is_autosave, is_by, person_of
from .stored import Unsaved

OPEN_TOO_LONG = "This page was open for too long. Save to keep the changes below"


def csrf_failure(request, reason=""):
    """What was typed, in a form with a new token, if this user opened the form; else nothing of it."""
    is_own = is_by(request.user, request.POST)
    if is_autosave(request):
        answer = ({"csrf": get_token(request)}, 403) if is_own else ({"signed_out": True}, 401)
        return JsonResponse(answer[0], status=answer[1])
    if not request.user.is_authenticated and person_of(request.POST) is not None:
        return store_and_sign_in(request, redirect_to_login(request.get_full_path()))
    if request.user.is_authenticated and request.path == resolve_url(settings.LOGIN_URL):
        return redirect(_next_page(request))
    if not is_own:
        return render(request, "403_csrf.html", status=403)
    response = with_unsaved(request, Unsaved.of(request), lambda: _page(request), OPEN_TOO_LONG)
    response.status_code = 403
    return response


def _page(request):
    match = request.resolver_match
    try:
        response = match.func(request, *match.args, **match.kwargs)
    except PermissionDenied:
        return HttpResponse(status=403)
    except Http404:
        return HttpResponse(status=404)
    return response.render() if hasattr(response, "render") else response


def _next_page(request):
    """Where the sign-in form leads, for a user who has signed in on another page."""
    page = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if is_ours else settings.LOGIN_REDIRECT_URL
