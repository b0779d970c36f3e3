"""How long a session lasts, that it is a new one after signing in, and that a second factor is had where required."""

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


def test_a_session_ends_when_it_is_not_used():
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in()
        assert is_signed_in(client)
        clock.move_to(minutes(61))
        assert not is_signed_in(client)


def test_a_session_that_is_used_goes_on():
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in()
        for minute in range(0, 200, 50):
            clock.move_to(minutes(minute))
            assert is_signed_in(client)


def test_a_session_ends_after_a_working_day_however_much_it_is_used():
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in()
        for minute in range(0, 12 * 60, 30):
            clock.move_to(minutes(minute))
            assert is_signed_in(client)
        clock.move_to(minutes(12 * 60 + 1))
        assert not is_signed_in(client)


def test_use_is_noted_every_few_minutes_and_not_at_every_request(django_assert_num_queries):
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in()
        client.get("/glossary/")
        with django_assert_num_queries(3):  # session, person, revision
            client.get("/glossary/")
        clock.move_to(minutes(6))
        with django_assert_num_queries(3 + 3):  # and the session is saved, in a transaction
            client.get("/glossary/")


def test_signing_in_makes_a_new_session():
    person = UserFactory()
    client = Client()
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD}).status_code == 302
    assert client.session.session_key != session.session_key
    assert is_signed_in(client)


def test_a_session_ends_with_the_browser():
    person = UserFactory()
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert not cookie["max-age"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_session_stored_before_the_upgrade_still_signs_in():
    """A session names, by their spelling at that time, the class that reads its person and the portal's own keys."""
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
    def test_who_needs_one_is_led_to_set_it_up(self, role, path):
        client = signed_in(role=role)
        response = client.get(path)
        assert response.status_code == 302
        assert response["Location"] == reverse("mfa_index")

    def test_nothing_can_be_posted_without_it(self):
        client = signed_in(role=Role.ADMINISTRATOR)
        assert client.post("/admin/sites/place/add/", {"name": "Dunstable"})["Location"] == reverse("mfa_index")

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR])
    def test_others_do_without(self, role):
        assertContains(signed_in(role=role).get("/projects/"), "Projects")

    def test_with_one_the_portal_is_open_and_does_not_ask_again(self, django_assert_num_queries):
        client = signed_in(role=Role.ADMINISTRATOR)
        Authenticator.objects.create(user=client.user, type=Authenticator.Type.TOTP, data={})
        assertContains(client.get("/glossary/"), "Glossary")
        with django_assert_num_queries(3):  # session, person, revision
            assertContains(client.get("/glossary/"), "Glossary")

    def test_recovery_codes_alone_are_not_a_second_factor(self):
        client = signed_in(role=Role.ADMINISTRATOR)
        Authenticator.objects.create(user=client.user, type=Authenticator.Type.RECOVERY_CODES, data={})
        assertRedirects(client.get("/projects/"), reverse("mfa_index"), fetch_redirect_response=False)

    def test_who_is_given_a_higher_role_needs_one_from_then_on(self):
        client = signed_in(role=Role.VIEWER)
        assertContains(client.get("/projects/"), "Projects")
        client.user.role = Role.PROGRAMME_OFFICE
        client.user.save()
        assertRedirects(client.get("/projects/"), reverse("mfa_index"))

    @pytest.mark.parametrize("counts", [True, False])
    def test_single_sign_on_counts_where_the_settings_say_that_it_asks_for_one(self, settings, counts):
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
