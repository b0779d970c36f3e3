"""Sign-in and the user's own account."""

from allauth.account.views import LoginView
from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from .. import attempts, browsers, second_factor
from ..forms import ProfileForm
from ..middleware import seen_at
from ..models import User
from ..rules import ROLE_DESCRIPTIONS
from ..single_sign_on import single_sign_on_offer


class SignIn(LoginView):
    """Sign-in by password, passkey or, if it is set up, single sign-on."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["sign_up_domains"] = settings.SIGN_UP_DOMAINS
        if settings.OIDC_SERVER_URL:
            context["single_sign_on"] = single_sign_on_offer(self.request)
        return context


@login_not_required
@never_cache
@require_safe
def sign_in_link(request, token):
    """Makes this browser a known one of the user who was sent the link, so that they can sign in on it."""
    response = redirect("account_login")
    person = attempts.user_of_link(token)
    if person is None:
        messages.warning(request, "This link has expired. Try to sign in, and we will email you a new one")
        return response
    messages.success(request, "Email address confirmed. Sign in with your password")
    return browsers.add(request, person, response)


@login_not_required
@require_safe
def here(request):
    """Tells scripts of private pages who is signed in: 204 with the `page_mark` of the user, or 401."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    return HttpResponse(status=204, headers={"Portal-User": request.user.page_mark})


def account(request):
    """The signed-in user's details, two-step verification, sessions and email choices."""
    person = User.objects.get(pk=request.user.pk)  # a copy: the header must not show unsaved values
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        if form.has_changed():
            form.save()
        messages.success(request, "Details saved")
        return redirect("account")
    context = {
        "form": form,
        "role_description": ROLE_DESCRIPTIONS[request.user.role],
        "second_factor_set_up": second_factor.is_set_up(request.user),
        "second_factor_required": second_factor.is_required(request.user),
        "session_count": max(1, len(UserSession.objects.purge_and_list(request.user))),
    }
    return render(request, "accounts/account.html", context)


class SessionList(ListUserSessionsView):
    """Where the user is signed in: this browser first, then the most recently used."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        stored = Session.objects.in_bulk([session.session_key for session in context["sessions"]])
        sessions = [session for session in context["sessions"] if session.session_key in stored]
        for session in sessions:
            session.seen_at = seen_at(stored[session.session_key].get_decoded())
        sessions.sort(key=lambda session: (session.is_current(), session.seen_at, session.created_at), reverse=True)
        return {**context, "sessions": sessions, "session_count": len(sessions)}


@require_POST
def session_end(request, pk):
    """Signs the user out of one other browser."""
    session = UserSession.objects.filter(pk=pk, user=request.user).first()
    if session is None or session.is_current():
        messages.info(request, "You are not signed in there any more")
    else:
        get_adapter().end_sessions([session])
        messages.success(request, f"Signed out of {browsers.browser_label(session.user_agent)}")
    return redirect("usersessions_list")
