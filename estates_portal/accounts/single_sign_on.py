"""The single sign-on button of the sign-in pages."""

from allauth.socialaccount.adapter import get_adapter as single_sign_on
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.utils.http import urlencode


def single_sign_on_offer(request):
    """{"url", "label"} of the single sign-on button."""
    provider = single_sign_on().list_providers(request)[0]
    query = {"process": AuthProcess.LOGIN}
    next_page = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME)
    if next_page:
        query[REDIRECT_FIELD_NAME] = next_page
    return {"url": f"{provider.get_login_url(request)}?{urlencode(query)}", "label": f"Sign in with {provider.name}"}
