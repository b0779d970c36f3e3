"""Session limits, new sessions after sign-in, and required second factors."""

import datetime

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from estates_portal.accounts.models import Role
from tests.conftest import signed_in
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
START = datetime.datetime(2026, 11, 2, 9, 0, tzinfo=datetime.UTC)
ACCOUNT = reverse("account")


def minutes(number):
    return START + datetime.timedelta(minutes=number)


def is_signed_in(client):
    return client.get(ACCOUNT).status_code == 200


def test_unused_session_ends():
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in()
        assert is_signed_in(client)
        clock.move_to(minutes(61))
        assert not is_signed_in(client)


def test_used_session_continues():
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in()
        for minute in range(0, 200, 50):
            clock.move_to(minutes(minute))
            assert is_signed_in(client)


def test_used_session_ends_after_session_hours():
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in()
        for minute in range(0, 12 * 60, 30):
            clock.move_to(minutes(minute))
            assert is_signed_in(client)
        clock.move_to(minutes(12 * 60 + 1))
        assert not is_signed_in(client)


def test_session_is_saved_every_few_minutes(django_assert_num_queries):
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in()
        client.get("/glossary/")
        with django_assert_num_queries(2):  # session, user
            client.get("/glossary/")
        clock.move_to(minutes(6))
        with django_assert_num_queries(2 + 3):  # and the session is saved, in a transaction
            client.get("/glossary/")


def test_sign_in_creates_new_session():
    person = UserFactory()
    client = Client()
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD}).status_code == 302
    assert client.session.session_key != session.session_key
    assert is_signed_in(client)


def test_session_ends_with_browser():
    person = UserFactory()
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert not cookie["max-age"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_session_from_earlier_release_works():
    """The session contains names of an earlier release: the backend's class and the portal's keys."""
    with time_machine.travel(START, tick=False):
        person = UserFactory()
        stored = SessionStore(session_key="s" * 32)
        stored.update(
            {
                "_auth_user_id": str(person.pk),
                "_auth_user_backend": "estates_portal.accounts.backends.Backend",
                "_auth_user_hash": person.get_session_auth_hash(),
                "signed_in_at": int(minutes(-30).timestamp()),
                "seen_at": int(minutes(-10).timestamp()),
            }
        )
        stored.save(must_create=True)
        client = Client()
        client.cookies["sessionid"] = stored.session_key
        assert is_signed_in(client)
        assert person.name in client.get(ACCOUNT).content.decode()


class TestSecondFactor:
    @pytest.fixture(autouse=True)
    def _required(self, settings):
        settings.SECOND_FACTOR_REQUIRED = True

    @pytest.mark.parametrize("role", [Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR])
    @pytest.mark.parametrize("path", ["/", "/projects/", "/admin/"])
    def test_user_who_needs_second_factor_is_redirected_to_set_it_up(self, role, path):
        client = signed_in(role=role)
        response = client.get(path)
        assert response.status_code == 302
        assert response["Location"] == reverse("mfa_index")

    def test_user_without_required_second_factor_cannot_post(self):
        client = signed_in(role=Role.ADMINISTRATOR)
        assert client.post("/admin/sites/place/add/", {"name": "Dunstable"})["Location"] == reverse("mfa_index")

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR])
    def test_viewer_and_contributor_need_no_second_factor(self, role):
        assertContains(signed_in(role=role).get("/projects/"), "Projects")

    def test_user_with_second_factor_is_checked_once(self, django_assert_num_queries):
        client = signed_in(role=Role.ADMINISTRATOR)
        Authenticator.objects.create(user=client.user, type=Authenticator.Type.TOTP, data={})
        assertContains(client.get("/glossary/"), "Glossary")
        with django_assert_num_queries(2):  # session, user
            assertContains(client.get("/glossary/"), "Glossary")

    def test_recovery_codes_alone_are_not_a_second_factor(self):
        client = signed_in(role=Role.ADMINISTRATOR)
        Authenticator.objects.create(user=client.user, type=Authenticator.Type.RECOVERY_CODES, data={})
        assertRedirects(client.get("/projects/"), reverse("mfa_index"), fetch_redirect_response=False)

    def test_user_with_new_higher_role_needs_second_factor(self):
        client = signed_in(role=Role.VIEWER)
        assertContains(client.get("/projects/"), "Projects")
        client.user.role = Role.PROGRAMME_OFFICE
        client.user.save()
        assertRedirects(client.get("/projects/"), reverse("mfa_index"))

    @pytest.mark.parametrize("counts", [True, False])
    def test_single_sign_on_counts_as_second_factor_if_setting_says_so(self, settings, counts):
        settings.OIDC_IS_SECOND_FACTOR = counts
        client = signed_in(role=Role.PROGRAMME_OFFICE)
        session = client.session
        session["account_authentication_methods"] = [{"method": "socialaccount", "at": 1.0}]
        session["account_authentication_methods_user"] = str(client.user.pk)
        session.save()
        page = client.get("/projects/")
        if counts:
            assertContains(page, "Projects")
        else:
            assertRedirects(page, reverse("mfa_index"))
