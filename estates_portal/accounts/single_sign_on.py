"""Single sign-on: the button of the sign-in pages, the nonce of each sign-in, and signing out of the provider.

django-allauth sends a state but no nonce, and does not sign out of the provider. The views replace its own.
"""

from urllib.parse import urlsplit

from allauth.socialaccount.adapter import get_adapter as single_sign_on
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode

END = "single_sign_on_end"  # in the session of a user who signed in at the provider: its address for signing out, or ""


def single_sign_on_offer(request):
    """{"url", "label"} of the single sign-on button."""
    provider = single_sign_on().list_providers(request)[0]
    query = {"process": AuthProcess.LOGIN}
    next_page = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME)
    if next_page:
        query[REDIRECT_FIELD_NAME] = next_page
    return {"url": f"{provider.get_login_url(request)}?{urlencode(query)}", "label": f"Sign in with {provider.name}"}


def nonce_of(state):
    """The nonce that belongs to the random `state` of a sign-in, which allauth keeps in the session."""
    return salted_hmac("estates_portal.accounts.nonce", state, algorithm="sha256").hexdigest()


class ClientWithNonce(OAuth2Client):
    def get_redirect_url(self, authorization_url, scope, extra_params):
        return super().get_redirect_url(authorization_url, scope, {**extra_params, "nonce": nonce_of(self.state)})


class OpenIDConnectAdapter(OpenIDConnectOAuth2Adapter):
    """Sends a nonce, and accepts only a sign-in whose signed ID token repeats it."""

    client_class = ClientWithNonce

    def complete_login(self, request, app, token, **kwargs):
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("The provider sent no ID token")
        login = super().complete_login(request, app, token, **kwargs)
        request.session[END] = self.openid_config.get("end_session_endpoint", "")
        return login

    def _decode_id_token(self, app, id_token):
        claims = super()._decode_id_token(app, id_token)
        if not constant_time_compare(str(claims.get("nonce", "")), nonce_of(self.request.GET.get("state", ""))):
            raise OAuth2Error("The nonce of the ID token is not that of this sign-in")
        return claims


def _view(view_class):
    @login_not_required
    def view(request, provider_id):
        try:
            return view_class.adapter_view(OpenIDConnectAdapter(request, provider_id))(request)
        except SocialApp.DoesNotExist as error:
            raise Http404("No such provider") from error

    return view


login, callback = _view(OAuth2LoginView), _view(OAuth2CallbackView)


def signed_in_at_provider(request):
    """Whether the user of this session signed in at the provider, where they stay signed in."""
    return END in request.session


def end_session_url(request):
    """The address that signs the user out of the provider and leads back to the home page; None if there is none.

    The provider must be one that CONTENT_SECURITY_POLICY lets the sign-out form lead to.
    """
    address = urlsplit(request.session.get(END, ""))
    if f"{address.scheme}://{address.netloc}" not in settings.OIDC_ORIGINS:
        return None
    query = {
        "client_id": settings.OIDC_CLIENT_ID,
        "post_logout_redirect_uri": request.build_absolute_uri(reverse(settings.LOGOUT_REDIRECT_URL)),
    }
    return f"{address.geturl()}{'&' if address.query else '?'}{urlencode(query)}"
