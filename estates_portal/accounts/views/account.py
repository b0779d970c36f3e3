"""Signing in, and a person's own account."""

from allauth.account.views import LoginView
from allauth.socialaccount.adapter import get_adapter as single_sign_on
from allauth.socialaccount.providers.base import AuthProcess
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.shortcuts import redirect, render
from django.utils.http import urlencode

from .. import second_factor
from ..forms import ProfileForm
from ..models import Role, User

MAY = {
    Role.VIEWER: "may read what partners see",
    Role.CONTRIBUTOR: "may report on your organisation's projects",
    Role.PROGRAMME_OFFICE: "may keep all projects, review reports and invite people",
    Role.ADMINISTRATOR: "may do everything",
}


class SignIn(LoginView):
    """By email address and password, by passkey, or by single sign-on where there is one."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["sign_up_domains"] = settings.SIGN_UP_DOMAINS
        if settings.OIDC_SERVER_URL:
            context["single_sign_on"] = single_sign_on_offer(self.request)
        return context


def single_sign_on_offer(request):
    """Where the button of single sign-on posts to, and its words."""
    provider = single_sign_on().list_providers(request)[0]
    query = {"process": AuthProcess.LOGIN}
    wanted = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME)
    if wanted:
        query[REDIRECT_FIELD_NAME] = wanted
    return {"url": f"{provider.get_login_url(request)}?{urlencode(query)}", "words": f"Sign in with {provider.name}"}


def account(request):
    """Name, organisation, second step, sessions and what emails to get, of whoever is signed in."""
    person = User.objects.get(pk=request.user.pk)  # a copy: a faulty form must not show in the header
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your details were saved")
        return redirect("account")
    context = {
        "form": form,
        "may": MAY[request.user.role],
        "second_factor_set_up": second_factor.is_set_up(request.user),
        "second_factor_required": second_factor.is_required(request.user),
        "session_count": max(1, len(UserSession.objects.purge_and_list(request.user))),
    }
    return render(request, "accounts/account.html", context)
