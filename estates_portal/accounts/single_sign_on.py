"""Single sign-on as the sign-in pages offer it."""

from allauth.socialaccount.adapter import get_adapter as single_sign_on
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.utils.http import urlencode


def single_sign_on_offer(request):
    """Where the button of single sign-on posts to, and its label."""
    provider = single_sign_on().list_providers(request)[0]
    query = {"process": AuthProcess.LOGIN}
    wanted = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME)
    if wanted:
        query[REDIRECT_FIELD_NAME] = wanted
    return {"url": f"{provider.get_login_url(request)}?{urlencode(query)}", "label": f"Sign in with {provider.name}"}
