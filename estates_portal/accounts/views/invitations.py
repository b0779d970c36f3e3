"""Joining by the link in an invitation."""

from allauth.account.utils import perform_login
from allauth.core.ratelimit import consume, respond_429
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from .. import invitations, second_factor
from ..forms import JoinForm
from ..models import Invitation, User
from ..rules import ROLE_DESCRIPTIONS
from ..single_sign_on import single_sign_on_offer


@login_not_required
@never_cache
@sensitive_post_parameters()
def invitation_accept(request, token):
    """Creates the invited user's account and signs them in, or says why the link does not work.

    The address is secret: SECURE_REFERRER_POLICY keeps it from other sites. ("no-referrer" would also hide the origin
    of the form, which Django then refuses.)
    """
    if request.method == "POST" and not consume(request, action="invitation"):
        return respond_429(request)
    invitation = Invitation.objects.with_token(token).select_related("organisation", "invited_by").first()
    if invitation is None or not invitation.works(timezone.now()):
        return _refused(request, invitation)
    if request.user.is_authenticated:
        return render(request, "accounts/invitation_signed_in.html", {"invitation": invitation}, status=409)
    person = User(email=invitation.email, name=invitation.name)  # the password must not be like these
    form = JoinForm(request.POST or None, initial={"name": invitation.name}, user=person)
    if request.method == "POST" and form.is_valid():
        return _join(request, invitation, form.cleaned_data)
    context = {"form": form, "invitation": invitation, "role_description": ROLE_DESCRIPTIONS[invitation.role]}
    if settings.OIDC_SERVER_URL:
        context["single_sign_on"] = single_sign_on_offer(request)
    return render(request, "accounts/invitation_accept.html", context)


def _join(request, invitation, typed):
    try:
        person = invitations.accept(invitation, name=typed["name"], password=typed["password1"], request=request)
    except invitations.InvitationClosed:
        invitation.refresh_from_db()
        return _refused(request, invitation)
    messages.success(request, f"Welcome, {person}. Your account is ready")
    next_page = reverse("mfa_index" if second_factor.is_required(person) else settings.LOGIN_REDIRECT_URL)
    return perform_login(request, person, redirect_url=next_page)


def _refused(request, invitation):
    """The page for links that do not work. Unknown and withdrawn links look the same."""
    why = "unknown"
    if invitation is not None and invitation.accepted_at:
        why = "used"
    elif invitation is not None and invitation.has_expired(timezone.now()):
        why = "expired"
    return render(request, "accounts/invitation_refused.html", {"why": why, "invitation": invitation}, status=410)
