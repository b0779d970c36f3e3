"""Session limits, new sessions after sign-in, and required second factors."""

import datetime
import re
from urllib.parse import unquote

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from estates_portal.accounts.models import AuditEvent, Role
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


class TestSessionList:
    PAGE = reverse("usersessions_list")

    @pytest.fixture
    def browsers(self):
        """A user's browsers by name; they signed in in this order, and used the first one last."""
        person = UserFactory()
        browsers = {}
        with time_machine.travel(START, tick=False) as clock:
            for minute, name in enumerate(("Firefox", "Edge", "Opera", "Chrome")):
                clock.move_to(minutes(minute))
                mark = {"Edge": "Edg", "Opera": "OPR/"}.get(name, name)
                browsers[name] = client = Client(headers={"User-Agent": mark})
                client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
                client.session_id = UserSession.objects.latest("pk").pk
            clock.move_to(minutes(20))
            browsers["Firefox"].get("/glossary/")
            yield browsers

    def end(self, client, pk):
        return client.post(reverse("account_session_end", args=[pk]), follow=True)

    def test_this_session_is_first_then_last_used(self, browsers):
        page = browsers["Edge"].get(self.PAGE)
        names = re.findall(r'app-table__main">\s*(\w+)', page.content.decode())
        assert names == ["Edge", "Firefox", "Chrome", "Opera"]
        assertContains(page, "This device", 1)
        times = re.findall(r'"Last used">\s*(.+)', page.content.decode())
        assert times == ["Now", "2 Nov 2026, 09:20", "2 Nov 2026, 09:03", "2 Nov 2026, 09:02"]

    def test_user_ends_one_session(self, browsers):
        page = self.end(browsers["Edge"], browsers["Opera"].session_id)
        assertContains(page, "Signed out of Opera")
        assert [name for name, client in browsers.items() if not is_signed_in(client)] == ["Opera"]
        event = AuditEvent.objects.get(kind="sessions_ended")
        assert (event.person, event.actor, event.detail) == (page.context["user"], page.context["user"], "1 ended")

    def test_session_that_has_ended_and_this_one_are_not_ended(self, browsers):
        edge = browsers["Edge"]
        self.end(edge, browsers["Opera"].session_id)
        for session_id in (browsers["Opera"].session_id, edge.session_id):
            assertContains(self.end(edge, session_id), "You are not signed in there any more")
        assert AuditEvent.objects.filter(kind="sessions_ended").count() == 1

    def test_user_cannot_end_session_of_another(self, browsers):
        self.end(signed_in(), browsers["Opera"].session_id)
        assert is_signed_in(browsers["Opera"])
        assert not AuditEvent.objects.filter(kind="sessions_ended").exists()


class TestRecoveryCodes:
    PAGE = reverse("mfa_view_recovery_codes")

    @pytest.mark.both_databases
    def test_codes_are_shown_once_with_a_file_of_the_same(self):
        client = signed_in()
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        Authenticator.objects.create(user=client.user, type=Authenticator.Type.TOTP, data={})

        page = client.post(reverse("mfa_generate_recovery_codes"), follow=True)
        assert not list(page.context["messages"])
        html = page.content.decode()
        codes = re.findall(r"<code>(\d{8})</code>", html)
        assert len(codes) == 10
        file = unquote(re.search(r'href="data:text/plain;charset=utf-8,([^"]+)"', html)[1])
        assert file.splitlines()[1:] == codes

        page = client.get(self.PAGE)
        assertContains(page, "10 of 10 recovery codes left")
        assert not [code for code in codes if code in page.content.decode()]
        assert client.get(reverse("mfa_download_recovery_codes")).status_code == 403


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
        with django_assert_num_queries(3):  # session, user, revision
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
