"""Answers to a form with an old token, to one that is too long, and to one that came while the database is away."""

import sys

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import defaults

from .middleware import store_and_sign_in
from .pages import with_unsaved
from .posted import answers_of, hidden_inputs, is_autosave, is_by, person_of, typed
from .stored import Unsaved

RETRY_SECONDS = 30
OPEN_TOO_LONG = "This page was open for too long. Your changes below are not saved yet"


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


def bad_request(request, exception):
    """413 for a form that is too long to read, else 400."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return HttpResponse(render_to_string("413.html"), status=413)
    return defaults.bad_request(request, exception)


def server_error(request):
    """503 while the database is away or cannot be written, with what was typed; else 500. Uses no database."""
    error = sys.exc_info()[1]
    is_away = isinstance(error, OperationalError | InterfaceError)
    is_read_only = isinstance(error, InternalError) and "read-only" in str(error)
    if not is_away and not is_read_only:
        return defaults.server_error(request)
    if request.method == "POST" and is_autosave(request):
        response = JsonResponse({"unavailable": True}, status=503)
    else:
        context = _typed_without_database(request) | {"is_read_only": is_read_only}
        response = HttpResponse(render_to_string("503.html", context), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "private, no-store"
    return response


def _typed_without_database(request):
    """What was typed, and the inputs that send it again; {} if it may be from another site."""
    if request.method != "POST" or person_of(request.POST) is None:
        return {}
    try:
        refusal = CsrfViewMiddleware(lambda request: None).process_view(request, server_error, (), {})
    except DatabaseError:  # the page of a refusal asks for the user
        return {}
    if refusal is not None:
        return {}
    data = answers_of(request.POST)
    return {
        "answers": typed(data),
        "fields": hidden_inputs(request, data),
        "address": request.get_full_path(),
        "is_typed": True,
    }
