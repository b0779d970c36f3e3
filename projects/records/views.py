"""Adding a project, on two pages, and changing its facts. Nothing is saved before the second page.

The answers of the first page are hidden fields of the second. The session has them too, for a reader who goes back.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.text import get_text_list
from django.views.decorators.http import require_http_methods

from estates_portal.accounts.rules import ADD_PROJECT, CLOSE_PROJECT, require
from estates_portal.merging import merge_page, saved_message
from projects.access import visible_project
from projects.models.choices import OVER
from projects.versions import last_save, locked

from . import proposals
from .facts import GROUPS
from .forms import ReasonForm, StartForm, details_form
from .services import add_project, is_saved, save_facts

DRAFT = "project_to_add"  # of the session: {name: texts}
MAX_DRAFT = 20_000  # characters: more than the fields of both pages can have
LISTS = {"partner_organisations"}
NOT_IN_DRAFT = {"csrfmiddlewaretoken", "form_key", "writer", "action"}


@require_http_methods(["GET", "HEAD", "POST"])
def project_add(request):
    require(request.user, ADD_PROJECT)
    if request.method == "POST" and "clear" in request.POST:
        request.session.pop(DRAFT, None)
        return redirect("projects:project_add")
    form = StartForm(request.POST or None, reader=request.user, initial=_initial(request))
    if request.method == "POST":
        _remember(request)
        if form.is_valid():
            return redirect("projects:project_add_details")
    return _first_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def project_add_details(request):
    require(request.user, ADD_PROJECT)
    is_back = request.POST.get("action") == "back"
    if request.method == "POST":
        is_remembered = _remember(request, {name: request.POST.getlist(name) for name in LISTS})
        if is_back and is_remembered:
            return redirect("projects:project_add")
    start = StartForm(request.POST or _draft(request), reader=request.user)
    if not start.is_valid():
        return _first_page(request, start) if "title" in request.POST else redirect("projects:project_add")
    form = details_form(request.POST or None, instance=start.instance, initial=_initial(request))
    if not is_back and form.is_valid() and is_saved(form, lambda: add_project(form, request.user)):
        project = form.instance
        request.session.pop(DRAFT, None)
        messages.success(request, f"{project} added. The public cannot see it until you publish it")
        return (
            redirect("projects:gates_add", project.slug) if request.POST.get("action") == "gates" else redirect(project)
        )
    return render(request, "projects/records/project_add_details.html", {"form": form, "start": start})


def _first_page(request, form):
    context = {"form": form, "has_draft": not form.is_bound and DRAFT in request.session}
    return render(request, "projects/records/project_add.html", context)


def _remember(request, lists=None):
    """Save what was typed on both pages until the project is added. Returns whether it is short enough.

    `lists` are the {name: texts} of boxes, which a browser sends only if they are ticked.
    """
    draft = request.session.get(DRAFT, {}) | {
        name: texts for name, texts in request.POST.lists() if name not in NOT_IN_DRAFT
    }
    draft |= lists or {}
    is_short = sum(len(text) for texts in draft.values() for text in texts) <= MAX_DRAFT
    if is_short:
        request.session[DRAFT] = draft
    return is_short


def _draft(request):
    return MultiValueDict(request.session.get(DRAFT, {}))


def _initial(request):
    """The draft as initial values of forms."""
    draft = _draft(request)
    return {name: draft.getlist(name) if name in LISTS else draft[name] for name in draft}


@require_http_methods(["GET", "HEAD", "POST"])
def project_facts(request, slug, key="people"):
    """One group of the facts of a project, to save or to propose to the programme office."""
    project = visible_project(request, slug)
    group = GROUPS.get(key)
    if group is None:
        raise Http404
    is_proposal = group.is_proposed_by(request.user, project)
    if not is_proposal:
        require(request.user, group.permission, project)
    if request.method == "POST":
        return _send_facts(request, group, project) if is_proposal else _save_facts(request, group, project)
    form = group.form(request.POST or None, project.as_its_kind(), request.user)
    return _facts_page(request, group, project, form, ReasonForm(request.POST or None) if is_proposal else None)


@transaction.atomic
def _save_facts(request, group, project):
    record = locked(project).as_its_kind()
    title, before = str(record), last_save(record)
    form = group.form(request.POST, record, request.user)
    if form.is_valid() and is_saved(form, lambda: save_facts(form, request.user, group.permission)):
        messages.success(request, saved_message(record, form, saved=before))
        return redirect(record)
    if form.conflicts:
        return merge_page(request, form, record=record, saved=before)
    record.title = title  # the form can have changed it
    return _facts_page(request, group, project, form)


@transaction.atomic
def _send_facts(request, group, project):
    """Propose the changed facts to the programme office."""
    record = locked(project).as_its_kind()
    before = last_save(record)
    form, reason = group.form(request.POST, record, request.user), ReasonForm(request.POST)
    form.show_waiting(proposals.waiting_in(group, project), is_proposal=True)
    if form.is_valid() and reason.is_valid():
        try:
            sent = proposals.propose(form, request.user, reason.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            names = get_text_list([proposal.label.lower() for proposal in sent], "and")
            messages.success(request, f"Sent to the programme office: {names}")
            return redirect(project)
    if form.conflicts:
        return merge_page(request, form, record=record, saved=before)
    return _facts_page(request, group, project, form, reason)


def _facts_page(request, group, project, form, reason=None):
    """The page of the form; with the form of the reason, one that proposes changes."""
    waiting = proposals.waiting_in(group, project) if group.is_open else []
    if waiting and not form.is_bound:
        form.show_waiting(waiting, is_proposal=reason is not None)
    tabs = [
        (each.title, reverse("projects:project_facts", args=[project.slug, each.key]), each == group, 0)
        for each in GROUPS.values()
        if each.is_saved_by(request.user, project) or each.is_proposed_by(request.user, project)
    ]
    context = {
        "project": project,
        "group": group,
        "form": form,
        "reason": reason,
        "own_proposals": [proposal for proposal in waiting if proposal.proposed_by_id == request.user.pk],
        "tabs": tabs,
        "example_data": project.is_example,
    }
    if group.key == "stage" and project.delivery_state not in OVER and request.user.has_perm(CLOSE_PROJECT, project):
        context["close_url"] = reverse("projects:project_close", args=[project.slug])
    return render(request, "projects/records/project_facts.html", context)
