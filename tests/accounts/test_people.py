"""Pages about users, for the programme office and administrators."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from estates_portal.accounts.models import AuditEvent, Role, User
from tests.conftest import signed_in
from tests.factories import PASSWORD, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
PEOPLE = reverse("people:person_list")
ACTIONS = ["deactivate", "reactivate", "remove-second-step", "send-reset"]


def page_of(person):
    return reverse("people:person_detail", args=[person.pk])


def act(client, person, action):
    return client.post(reverse("people:person_action", args=[person.pk, action]))


def change(client, person, role, organisation=None):
    typed = {"role": role, "organisation": organisation.pk if organisation else ""}
    return client.post(reverse("people:person_change", args=[person.pk]), typed)


def newest():
    return AuditEvent.objects.first()


class TestUserList:
    def names(self, client, query=""):
        return [person.name for person in client.get(PEOPLE + query).context["page_obj"].object_list]

    @pytest.fixture
    def users(self, trust, office_client):
        UserFactory(name="Ann", email="ann@nhs.example", organisation=trust, role=Role.CONTRIBUTOR)
        gone = UserFactory(name="Bob", is_active=False)
        Authenticator.objects.create(user=gone, type=Authenticator.Type.TOTP, data={})
        User.objects.filter(pk=office_client.user.pk).update(name="Olive")

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", ["Ann", "Bob", "Olive"]),
            ("?q=nhs.example", ["Ann"]),
            ("?q=an+nh", ["Ann"]),
            ("?role=contributor", ["Ann"]),
            ("?organisation=luton-trust", ["Ann"]),
            ("?state=deactivated", ["Bob"]),
            ("?state=active", ["Ann", "Olive"]),
            ("?state=never", ["Ann", "Bob"]),
            ("?state=one-step", ["Ann", "Olive"]),
            ("?q=nobody", []),
            ("?role=king&state=x&organisation=y&page=999", []),
            ("?q=%00", ["Ann", "Bob", "Olive"]),
        ],
    )
    def test_user_list_filters(self, office_client, users, query, names):
        assert self.names(office_client, query) == names

    def test_user_list_query_count_is_constant(self, office_client, django_assert_num_queries):
        UserFactory(organisation=OrganisationFactory())
        office_client.get(PEOPLE)
        with django_assert_num_queries(8):
            office_client.get(PEOPLE)
        for _ in range(40):
            UserFactory(organisation=OrganisationFactory())
        office_client.get(PEOPLE)
        with django_assert_num_queries(8):
            assert len(self.names(office_client)) == 25

    def test_header_links_to_users_for_office_only(self, office_client, contributor_client):
        assert f'href="{PEOPLE}"' in office_client.get("/glossary/").content.decode()
        assert f'href="{PEOPLE}"' not in contributor_client.get("/glossary/").content.decode()


class TestDeactivation:
    def test_deactivating_user_ends_sessions_and_keeps_history(self, office_client):
        person = UserFactory(name="Bea")
        client = Client()
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        client.get(reverse("account"))
        assert UserSession.objects.filter(user=person).exists()

        assert act(office_client, person, "deactivate").status_code == 302

        assert client.get(reverse("account")).status_code == 302
        assert not UserSession.objects.filter(user=person).exists()
        again = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        assert again.status_code == 200 and again.context["form"].errors
        assert (newest().kind, AuditEvent.objects.filter(kind="deactivated").get().actor) == (
            "sign_in_failed",
            office_client.user,
        )
        assert person.history.first().is_active is False

    def test_office_reactivates_user(self, office_client):
        person = UserFactory(is_active=False)
        act(office_client, person, "reactivate")
        client = Client()
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        assertContains(client.get(reverse("account")), person.name)

    def test_office_cannot_deactivate_administrator(self, office_client):
        boss = UserFactory(role=Role.ADMINISTRATOR)
        for action in ACTIONS:
            assert act(office_client, boss, action).status_code == 403
        assert User.objects.get(pk=boss.pk).is_active
        assert "Only administrators" in office_client.get(page_of(boss)).content.decode()

    @pytest.mark.parametrize("role", [Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR])
    def test_user_cannot_deactivate_self(self, role):
        client = signed_in(role=role)
        for action in ACTIONS:
            assertContains(act(client, client.user, action), "You can view this, but not change it", status_code=403)
        assert User.objects.get(pk=client.user.pk).is_active

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR])
    def test_viewer_and_contributor_cannot_reach_users(self, role):
        client, person = signed_in(role=role), UserFactory()
        answers = [client.get(PEOPLE), client.get(page_of(person))]
        answers += [act(client, person, action) for action in ACTIONS]
        answers += [change(client, client.user, Role.ADMINISTRATOR)]
        for answer in answers:
            assertContains(answer, "You cannot", status_code=403)
        assert User.objects.get(pk=person.pk).is_active
        assert User.objects.get(pk=client.user.pk).role == role


class TestRoles:
    def test_administrator_changes_role_and_organisation(self, admin_client, trust):
        person = UserFactory()
        assert change(admin_client, person, Role.CONTRIBUTOR, trust).status_code == 302
        person.refresh_from_db()
        assert (person.role, person.organisation) == (Role.CONTRIBUTOR, trust)
        details = AuditEvent.objects.filter(person=person).values_list("kind", "detail", "actor")
        assert set(details) == {
            ("role_changed", "Viewer → Contributor", admin_client.user.pk),
            ("organisation_changed", "none → Luton Trust", admin_client.user.pk),
        }

    @pytest.mark.parametrize(("role", "with_trust"), [("queen", True), ("", True), (Role.VIEWER, False)])
    def test_invalid_role_changes_nothing(self, admin_client, trust, role, with_trust):
        person = UserFactory(role=Role.CONTRIBUTOR)
        response = change(admin_client, person, role, trust if with_trust else None)
        assert response.status_code == 200 and response.context["form"].errors
        assert User.objects.get(pk=person.pk).role == Role.CONTRIBUTOR

    def test_office_cannot_change_role(self, office_client, trust):
        person = UserFactory()
        for someone, role in ((person, Role.PROGRAMME_OFFICE), (office_client.user, Role.ADMINISTRATOR)):
            answer = change(office_client, someone, role, trust)
            assertContains(answer, "You can view this, but not change it", status_code=403)
        assert User.objects.get(pk=person.pk).role == Role.VIEWER
        assert User.objects.get(pk=office_client.user.pk).role == Role.PROGRAMME_OFFICE

    def test_administrator_cannot_change_own_role(self, admin_client):
        answer = change(admin_client, admin_client.user, Role.VIEWER)
        assertContains(answer, "You can view this, but not change it", status_code=403)
        assert User.objects.get(pk=admin_client.user.pk).role == Role.ADMINISTRATOR


class TestSecondFactor:
    def test_administrator_removes_second_factor_and_user_is_signed_out(self, admin_client):
        person = UserFactory()
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
        Authenticator.objects.create(user=person, type=Authenticator.Type.RECOVERY_CODES, data={})
        act(admin_client, person, "remove-second-step")
        assert not Authenticator.objects.filter(user=person).exists()
        assert (newest().kind, newest().person, newest().actor) == ("second_step_removed", person, admin_client.user)

    def test_office_cannot_remove_second_factor(self, office_client):
        person = UserFactory()
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
        assert act(office_client, person, "remove-second-step").status_code == 403
        assert Authenticator.objects.filter(user=person).exists()


def test_office_sends_password_reset(office_client):
    person = UserFactory()
    act(office_client, person, "send-reset")
    (message,) = mail.outbox
    assert message.to == [person.email]
    assert "/account/password/reset/" in message.body
    event = AuditEvent.objects.get(kind="password_reset_asked")
    assert (event.person, event.actor) == (person, office_client.user)


@pytest.mark.parametrize("action", ["delete", "promote"])
def test_unknown_action_is_404(admin_client, action):
    person = UserFactory()
    url = reverse("people:person_action", args=[person.pk, action])
    for answer in (admin_client.get(url), admin_client.post(url)):
        assertContains(answer, "Page not found", status_code=404)
    assert User.objects.get(pk=person.pk).role == Role.VIEWER


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
def test_unknown_user_is_404(office_client, number):
    assertContains(office_client.get(f"/people/{number}/"), "Page not found", status_code=404)
