"""Middleware: what is typed is shown again after signing in, and a form that is sent twice is used once."""

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse

from . import sent
from .pages import DELETED, NO_PERMISSION, rejected, send_again, with_unsaved
from .posted import is_autosave, is_by, person_of, typed
from .stored import Unsaved, forget, store, take_up

SIGNED_OUT = "You were signed out. Your changes below are not saved yet"
TOO_LONG = "You were signed out, and your changes are too long to save until you sign in again"
STILL_RUNNING = "The portal is still saving your changes. Wait a moment, then send them again."


class SignInMiddleware(LoginRequiredMiddleware):
    """Signed-out users sign in first. What they post is stored until they have."""

    def handle_no_permission(self, request, view_func):
        sign_in = super().handle_no_permission(request, view_func)
        return store_and_sign_in(request, sign_in) if request.method == "POST" else sign_in


def store_and_sign_in(request, sign_in):
    """Store what a signed-out user posted, and return `sign_in`. Autosave gets JSON instead, and stores nothing."""
    if is_autosave(request):
        return JsonResponse({"signed_out": True}, status=401)
    if person_of(request.POST) is None:
        return sign_in
    if not store(request):
        return rejected(request, TOO_LONG, status=413, link=("Sign in", sign_in["Location"]))
    messages.info(request, "Sign in to save your changes")
    return sign_in


class UnsavedMiddleware:
    """Shows what was stored by SignInMiddleware, what could not be saved, and the answer to a form sent before."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        unsaved = take_up(request) if request.user.is_authenticated else None
        if unsaved and request.method == "GET":
            return with_unsaved(request, unsaved, lambda: self.get_response(request), SIGNED_OUT)
        person_id = request.user.pk
        response = self.get_response(request)
        if hasattr(request, "sent_form"):
            sent.finish(request, response, person_id)
        return response

    def process_view(self, request, view_func, view_args, view_kwargs):
        if request.method != "POST":
            return None
        if request.user.is_authenticated:
            forget(request)
        try:
            return sent.start(request)
        except sent.StillRunning:
            return send_again(request, Unsaved.of(request), why=STILL_RUNNING, status=409)

    def process_exception(self, request, exception):
        """What was typed, where the user has lost the right to save it or the record is gone."""
        if request.method != "POST" or not is_by(request.user, request.POST) or not typed(request.POST):
            return None
        if isinstance(exception, PermissionDenied):
            return rejected(request, NO_PERMISSION, status=403)
        if isinstance(exception, Http404):
            return rejected(request, DELETED, status=404)
        return None
