"""The page that shows what a user typed, where it could not be saved."""

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.text import capfirst

from .posted import hidden_inputs, is_autosave, shows, typed
from .stored import Unsaved

COPY = "Copy anything you need."
SEND_AGAIN = "Check your changes, then send them again."
NO_PERMISSION = "You no longer have permission to change this"
DELETED = "This page has been deleted or moved"
NOT_SHOWN_BECAUSE = {403: NO_PERMISSION, 404: DELETED}


def rejected(request, why, *, answers=None, status=409, link=None):
    """The answers of a POST that can no longer be saved, to copy: `answers` or all that was typed, as (label, text).

    `why` is a sentence without its full stop, and `link` a (text, address) below the answers. JSON for autosave.
    """
    if is_autosave(request):
        return JsonResponse({"conflict": why}, status=status)
    unsaved = Unsaved.of(request)
    context = {"why": f"{why}. {COPY}", "answers": typed(unsaved.data) if answers is None else answers}
    context |= {"link": link or ("Go back", unsaved.back), "messages": ()}
    response = render(request, "unsaved/unsaved.html", context, status=status)
    patch_cache_control(response, private=True, no_store=True)  # also where the user is signed out
    response.shows_unsaved = True
    return response


def send_again(request, unsaved, *, why=SEND_AGAIN, status=200):
    """All that was typed, with a button that sends it again to this address."""
    action = unsaved.data.get("action")
    context = {
        "why": why,
        "answers": typed(unsaved.data) or ([("Action", capfirst(action))] if action else []),
        "fields": hidden_inputs(request, unsaved.data),
        "address": request.get_full_path(),
        "files": unsaved.files,
        "link": ("Cancel", unsaved.back),
    }
    return render(request, "unsaved/unsaved.html", context, status=status)


def with_unsaved(request, unsaved, get_page, message):
    """The page of this address with what was typed in its form, under a message.

    Views build their forms from `request.POST or None`. Where the page does not show everything that was typed, as
    pages of the admin and addresses that only take POST, it is a page with a button that sends it again.
    """
    request.method, request.POST = "GET", unsaved.data
    files = f". Select the file again: {', '.join(unsaved.files)}" if unsaved.files else ""
    messages.info(request, f"{message}{files}")
    response = get_page()
    if shows(response, unsaved.data):
        return response
    if response.status_code in NOT_SHOWN_BECAUSE:
        list(messages.get_messages(request))  # they do not apply
        return rejected(request, NOT_SHOWN_BECAUSE[response.status_code], status=response.status_code)
    return send_again(request, unsaved)
