"""The nonce of single sign-on, and signing out of the provider."""

import time
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from estates_portal.accounts.single_sign_on import OpenIDConnectAdapter
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PROVIDER = "https://id.example.nhs.uk"
END = f"{PROVIDER}/end?tenant=1"
LOGIN = reverse("openid_connect_login", args=["sso"])
CALLBACK = reverse("openid_connect_callback", args=["sso"])
STILL_SIGNED_IN = "You are still signed in to Example ID. Sign out there too"


@pytest.fixture
def provider(settings, monkeypatch):
    """What the provider says of itself and answers; a test can change both."""
    settings.OIDC_NAME, settings.OIDC_CLIENT_ID, settings.OIDC_ORIGINS = "Example ID", "portal", [PROVIDER]
    app = {"provider_id": "sso", "name": "Example ID", "client_id": "portal", "secret": "s"}
    app["settings"] = {"server_url": PROVIDER}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    says = {
        "issuer": PROVIDER,
        "token_endpoint": f"{PROVIDER}/token",
        "authorization_endpoint": f"{PROVIDER}/authorize",
    }
    says |= {"jwks_uri": f"{PROVIDER}/keys", "end_session_endpoint": END}
    answer = {"access_token": "a"}
    monkeypatch.setattr(OpenIDConnectAdapter, "openid_config", says)
    monkeypatch.setattr(OpenIDConnectAdapter, "get_access_token_data", token_from(answer))
    claims = {"sub": "ann", "email": "ann@example.org", "email_verified": True}
    monkeypatch.setattr(OpenIDConnectAdapter, "_fetch_user_info", lambda adapter, token: claims)
    says["answer"] = answer
    return says


def token_from(answer):
    def get_access_token_data(adapter, *args, **kwargs):
        adapter.did_fetch_access_token = True
        return answer

    return get_access_token_data


def starts(client, next_page=""):
    """The query of the provider's page, after pressing the button."""
    sent = client.post(f"{LOGIN}?{urlencode({'process': 'login', 'next': next_page})}")
    return {name: value for name, (value,) in parse_qs(urlsplit(sent["Location"]).query).items()}


def id_token(nonce):
    claims = {"sub": "ann", "iss": PROVIDER, "aud": "portal", "exp": time.time() + 60, "nonce": nonce}
    return jwt.encode({name: value for name, value in claims.items() if value}, "k" * 32)


def returns(client, provider, nonce=None, next_page=""):
    """The response to coming back from the provider, by default with the nonce that the portal sent."""
    sent = starts(client, next_page)
    provider["answer"]["id_token"] = id_token(sent["nonce"] if nonce is None else nonce)
    return client.get(CALLBACK, {"code": "c", "state": sent["state"]})


@pytest.fixture
def ann():
    person = UserFactory(email="ann@example.org")
    assert EmailAddress.objects.filter(user=person, verified=True).exists()
    return person


def test_each_sign_in_sends_its_nonce(client, provider):
    nonces = {starts(client)["nonce"] for _ in range(2)}
    assert len(nonces) == 2
    assert all(len(nonce) == 64 for nonce in nonces)


def test_user_signs_in_with_the_nonce_that_was_sent(client, provider, ann):
    assert returns(client, provider).status_code == 302
    assertContains(client.get(reverse("account")), ann.name)


@pytest.mark.parametrize("nonce", ["", "of another sign-in"])
def test_wrong_nonce_is_refused(client, provider, ann, nonce):
    assert returns(client, provider, nonce).status_code == 401
    assert "_auth_user_id" not in client.session


def test_answer_without_id_token_is_refused(client, provider, ann):
    state = starts(client)["state"]
    assert client.get(CALLBACK, {"code": "c", "state": state}).status_code == 401
    assert "_auth_user_id" not in client.session


def test_signing_out_leads_to_the_provider(client, provider, ann):
    returns(client, provider)
    left = client.post(reverse("account_logout"))
    address = urlsplit(left["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{PROVIDER}/end"
    assert parse_qs(address.query) == {
        "tenant": ["1"],
        "client_id": ["portal"],
        "post_logout_redirect_uri": ["http://testserver/"],
    }
    assertNotContains(client.get("/"), STILL_SIGNED_IN)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("end", [None, "https://elsewhere.example/end"])
def test_user_learns_that_they_are_still_signed_in_at_the_provider(client, provider, ann, end):
    provider["end_session_endpoint"] = end or ""
    returns(client, provider)
    assertContains(client.post(reverse("account_logout"), follow=True), STILL_SIGNED_IN)


def test_signing_out_after_a_password_stays_here(client, provider, ann):
    client.force_login(ann)
    left = client.post(reverse("account_logout"))
    assertRedirects(left, "/", fetch_redirect_response=False)
    assertNotContains(client.get("/"), STILL_SIGNED_IN)
