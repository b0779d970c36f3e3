"""Users and invitations, for the programme office and administrators."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from estates_portal.paging import page_of

from .. import invitations, people, second_factor
from ..filters import person_filter
from ..forms import ALREADY_INVITED, InvitedFormSet, InviteForm, RoleForm
from ..models import Invitation, User
from ..rules import ROLE_DESCRIPTIONS, ROLE_NOUNS, require

LIMIT_REACHED = "You have reached the limit for invitations. Try again in 1 hour"


@require_safe
def person_list(request):
    require(request.user, "accounts.view_user")
    filterset = person_filter(request)
    context = {
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "form": filterset.form,
        "page_obj": page_of(request, filterset.found),
        "open_invitations": Invitation.objects.open().count(),
    }
    return render(request, "accounts/person_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request):
    """Reads a pasted list of people, shows what was understood row by row, and sends the rows without errors."""
    require(request.user, "accounts.invite")
    if "form-TOTAL_FORMS" in request.POST:
        return _send_invitations(request)
    form = InviteForm(request.POST or None, by=request.user, initial={"organisation": request.GET.get("organisation")})
    if request.method == "POST" and form.is_valid():
        others = form.cleaned_data["other_organisations"]
        return _check(request, InvitedFormSet.of(form.rows(), by=request.user, others=others))
    roles = [(role.label, ROLE_DESCRIPTIONS[role]) for role in invitations.assignable_roles(request.user)]
    return render(request, "accounts/invite.html", {"form": form, "roles": roles})


def _send_invitations(request):
    """Send the rows without errors. The others stay on the page."""
    others = InviteForm({"other_organisations": request.POST.getlist("other_organisations")}, by=request.user)
    others.is_valid()
    others = list(others.cleaned_data.get("other_organisations", ()))
    rows = InvitedFormSet(request.POST, by=request.user, others=others)
    rows.is_valid()
    people = [
        {name: form.cleaned_data[name] for name in ("name", "email", "organisation", "role")} for form in rows.ready
    ]
    sent, refused = invitations.invite(people, other_organisations=others, request=request)
    _add_sent_messages(request, sent)
    for form in rows.ready:
        reason = refused.get(form.cleaned_data["email"])
        if isinstance(reason, invitations.InvitationLimitReached):
            form.add_error("email", f"Not sent. {LIMIT_REACHED}")
        elif reason:
            form.add_error("email", ALREADY_INVITED)
    if not rows.faulty:
        return redirect("people:invitation_list" if sent else "people:invite")
    return _check(request, rows, rows.faulty if sent else None)


def _check(request, rows, shown=None):
    """The page that checks a list, with all its rows or those in `shown`."""
    rows.is_valid()
    context = {
        "rows": rows,
        "shown": shown or [form for form in rows if form.has_changed()],
        "send_label": _send_label(rows),
        "existing": [(person, request.user.has_perm("accounts.change_role", person)) for person in rows.existing],
    }
    return render(request, "accounts/invite_check.html", context)


def _send_label(rows):
    """The button of the page that checks a list. With errors, correcting them changes the number."""
    count = len(rows.ready)
    if rows.faulty:
        return "Send invitations"
    return f"Send {count} invitation{'' if count == 1 else 's'}"


@require_safe
def invitation_list(request):
    require(request.user, "accounts.invite")
    sent = Invitation.objects.select_related("organisation", "invited_by", "person")
    sent = sent.prefetch_related("other_organisations")
    page = page_of(request, sent)
    given = invitations.assignable_roles(request.user)
    rows = [(invitation, invitation.is_open and invitation.role in given) for invitation in page.object_list]
    return render(request, "accounts/invitation_list.html", {"page_obj": page, "rows": rows})


@require_POST
def invitation_resend(request, pk):
    invitation = _invitation(request, pk)
    try:
        _add_sent_messages(request, [invitations.resend(invitation, request=request)])
    except invitations.InvitationClosed:
        messages.warning(request, f"The invitation to {invitation.label} is no longer open")
    except invitations.InvitationLimitReached:
        messages.warning(request, LIMIT_REACHED)
    return redirect("people:invitation_list")


@require_POST
def invitation_withdraw(request, pk):
    invitation = _invitation(request, pk)
    try:
        invitations.withdraw(invitation, request=request)
    except invitations.InvitationClosed:
        messages.warning(request, f"The invitation to {invitation.label} is no longer open")
    else:
        messages.success(request, f"Invitation to {invitation.label} withdrawn. Its link no longer works")
    return redirect("people:invitation_list")


def _invitation(request, pk):
    require(request.user, "accounts.invite")
    return get_object_or_404(Invitation, pk=pk)


def _add_sent_messages(request, made):
    sent = [invitation for invitation in made if invitation.sent_at]
    if sent:
        until = timezone.localtime(sent[0].expires_at)
        what = f"Invitation sent to {sent[0].email}. Its link works"
        if len(sent) > 1:
            what = f"{len(sent)} invitations sent. Their links work"
        messages.success(request, f"{what} until {until:%-d %B, %H:%M}")
    if failed := [invitation.email for invitation in made if not invitation.sent_at]:
        them = "it" if len(failed) == 1 else "them"
        text = f"Invitation not sent to {', '.join(failed)}: the email failed. Send {them} again later"
        messages.warning(request, text)


@require_safe
def person_detail(request, pk):
    person = _person(request, pk)
    context = {
        "person": person,
        "role_description": ROLE_DESCRIPTIONS[person.role],
        "invitation": Invitation.objects.filter(person=person).select_related("invited_by").first(),
        "has_second_factor": second_factor.is_set_up(person),
        "can_deactivate": request.user.has_perm("accounts.deactivate_user", person),
        "can_change": request.user.has_perm("accounts.change_role", person),
        "can_remove_second_factor": request.user.has_perm("accounts.remove_second_factor", person),
        "can_read_audit": request.user.has_perm("accounts.view_auditevent"),
    }
    return render(request, "accounts/person_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person_change(request, pk):
    """Changes a user's role and organisations."""
    person = _person(request, pk)
    require(request.user, "accounts.change_role", person)
    others = [organisation.pk for organisation in person.organisations if organisation.pk != person.organisation_id]
    initial = {"role": person.role, "organisation": person.organisation_id, "other_organisations": others}
    form = RoleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        people.change_role(person, **form.cleaned_data, request=request)
        messages.success(request, f"Role and organisations saved for {person}")
        return redirect("people:person_detail", person.pk)
    return render(request, "accounts/person_change.html", {"form": form, "person": person})


# address: (permission, function, message)
ACTIONS = {
    "deactivate": ("accounts.deactivate_user", people.deactivate, "{} deactivated"),
    "reactivate": ("accounts.deactivate_user", people.reactivate, "{} reactivated"),
    "remove-second-step": (
        "accounts.remove_second_factor",
        people.remove_second_factor,
        "Two-step verification removed for {}",
    ),
    "send-reset": ("accounts.deactivate_user", people.send_reset, "Email sent to {} to set a new password"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def person_action(request, pk, action):
    """Asks for confirmation, then applies one of ACTIONS to a user."""
    if action not in ACTIONS:
        raise Http404(action)
    permission, change, message = ACTIONS[action]
    person = _person(request, pk)
    require(request.user, permission, person)
    if request.method == "POST":
        change(person, request=request)
        messages.success(request, message.format(person))
        return redirect("people:person_detail", person.pk)
    return render(
        request, "accounts/person_action.html", {"person": person, "action": action, "role": ROLE_NOUNS[person.role]}
    )


def _person(request, pk):
    require(request.user, "accounts.view_user")
    return get_object_or_404(User, pk=pk)
