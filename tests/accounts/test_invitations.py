"""Invitations: invite, join, resend and withdraw."""

import datetime
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains

from estates_portal.accounts import invitations
from estates_portal.accounts.models import AuditEvent, Invitation, Role, User
from tests.conftest import signed_in
from tests.factories import InvitationFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
INVITE = reverse("people:invite")
LIST = reverse("people:invitation_list")
NEW_PASSWORD = "willow anchor teapot"


def invites(client, trust, **typed):
    given = {"name": "Bea Brown", "email": "Bea@Example.org", "organisation": trust.pk, "role": Role.CONTRIBUTOR}
    return client.post(INVITE, {**given, **typed})


def link_of(message):
    return re.search(r"http://testserver(\S+)", message.body)[1]


def joins(link, client=None, **typed):
    client = client or Client()
    given = {"name": "Bea Brown", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    return client.post(link, {**given, **typed})


def kinds():
    return list(AuditEvent.objects.exclude(kind="signed_in").order_by("pk").values_list("kind", flat=True))


class TestInviting:
    def test_link_in_email_creates_account_with_role(self, office_client, trust):
        assert invites(office_client, trust).status_code == 302
        (message,) = mail.outbox
        assert message.to == ["bea@example.org"]
        assert "Luton Trust" in message.body and "contributor" in message.body
        assert link_of(message) in message.alternatives[0][0]

        client = Client()
        response = joins(link_of(message), client)

        assert response["Location"] == reverse("projects:start")
        person = User.objects.get(email="bea@example.org")
        assert (person.name, person.role, person.organisation) == ("Bea Brown", Role.CONTRIBUTOR, trust)
        assert client.get(reverse("account")).status_code == 200
        assert EmailAddress.objects.get(user=person).verified
        assert person.check_password(NEW_PASSWORD)
        assert kinds() == ["invited", "invitation_accepted"]
        invited = AuditEvent.objects.get(kind="invited")
        assert (invited.actor, invited.email) == (office_client.user, "bea@example.org")

    def test_organisations_with_most_users_are_first(self, office_client, trust):
        for kind, name in (
            ("gp_practice", "Abbey Practice"),
            ("council", "Zealand Council"),
            ("other", "A university"),
        ):
            OrganisationFactory(kind=kind, name=name)
        choices = office_client.get(INVITE).context["form"].fields["organisation"].queryset
        assert [choice.name for choice in choices] == [
            "Luton Trust",
            "Zealand Council",
            "A university",
            "Abbey Practice",
        ]

    def test_token_is_not_stored(self, office_client, trust):
        invites(office_client, trust)
        token = link_of(mail.outbox[0]).split("/")[-2]
        rows = [*Invitation.objects.values(), *Invitation.history.values(), *AuditEvent.objects.values()]
        assert len(token) >= 43
        assert token not in str(rows)

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "\0"}, "name"),
            ({"email": "nowhere"}, "email"),
            ({"email": ""}, "email"),
            ({"role": "queen"}, "role"),
            ({"role": ""}, "role"),
            ({"organisation": ""}, "organisation"),
            ({"organisation": "9" * 30}, "organisation"),
            ({"organisation": "abc"}, "organisation"),
        ],
    )
    def test_error_is_shown_with_its_field_and_nothing_is_sent(self, office_client, trust, typed, field):
        page = invites(office_client, trust, **typed)
        assert page.status_code == 200
        assert list(page.context["form"].errors) == [field]
        assert "Bea" in page.content.decode()
        assert not Invitation.objects.exists()
        assert not mail.outbox

    def test_office_member_needs_no_organisation(self, office_client, trust):
        invites(office_client, trust, organisation="", role=Role.PROGRAMME_OFFICE)
        invitation = Invitation.objects.get()
        assert (invitation.role, invitation.organisation) == (Role.PROGRAMME_OFFICE, None)

    def test_existing_user_and_open_invitation_cannot_be_invited(self, office_client, trust):
        UserFactory(email="bea@example.org")
        InvitationFactory(email="cyd@example.org")
        for email in ("BEA@example.org", "cyd@example.org"):
            page = invites(office_client, trust, email=email)
            assert list(page.context["form"].errors) == ["email"]
        assert not mail.outbox

    @pytest.mark.parametrize(
        "pasted",
        [
            "a@nhs.example\r\nb@nhs.example\r\n\r\nc@nhs.example\nD@nhs.example\n a@nhs.example ",
            "a@nhs.example, b@nhs.example; c@nhs.example; d@nhs.example",
            'JONES, Siân (LUTON TRUST) <a@nhs.example>; "Bea B" <b@nhs.example>;\nc@nhs.example\n<d@nhs.example>,',
            "Siân Jones <a@nhs.example>, Bea B <b@nhs.example>, <c@nhs.example>, d@nhs.example",
        ],
    )
    def test_several_addresses_make_several_invitations(self, office_client, trust, other_trust, pasted):
        page = invites(office_client, trust, name="", email=pasted, other_organisations=[other_trust.pk])
        assertContains(office_client.get(page["Location"]), "4 invitations sent. Their links work until")
        assert [message.to for message in mail.outbox] == [[f"{name}@nhs.example"] for name in "abcd"]
        made = list(Invitation.objects.order_by("pk"))
        assert {invitation.organisation_names for invitation in made} == {"Luton Trust and Other Trust"}
        names = ["Siân Jones", "Bea B"] if "Bea" in pasted else ["", ""]
        assert [invitation.name for invitation in made] == [*names, "", ""]
        assert kinds() == ["invited"] * 4
        joining = Client().get(link_of(mail.outbox[3]))
        assert joining.context["form"]["name"].value() == ""

    def test_one_wrong_address_sends_nothing_and_is_named(self, office_client, trust):
        person, open_one = UserFactory(email="bea@nhs.example"), InvitationFactory(email="cyd@nhs.example")
        pasted = "a@nhs.example\nnowhere\nb@nhs@example"
        page = invites(office_client, trust, name="", email=pasted)
        assert page.context["form"].errors == {
            "email": ["“nowhere” is not an email address", "“b@nhs@example” is not an email address"]
        }
        assertContains(page, pasted)

        page = invites(office_client, trust, name="", email="a@nhs.example\nBEA@nhs.example\ncyd@nhs.example")
        assert page.context["form"].errors == {
            "email": [
                "bea@nhs.example already has an account",
                "cyd@nhs.example already has an open invitation. To change it, withdraw it first",
            ]
        }
        assertContains(page, reverse("people:person_detail", args=[person.pk]))
        assert list(Invitation.objects.all()) == [open_one] and not mail.outbox

    @pytest.mark.parametrize(
        ("typed", "errors"),
        [
            ({"name": "Bea", "email": "a@nhs.example\nb@nhs.example"}, {"name": ["Leave blank for several email"]}),
            ({"name": "", "email": ""}, {"email": ["Enter their email address"], "name": ["Enter their name"]}),
            ({"name": "", "email": "a@nhs.example"}, {"name": ["Enter their name"]}),
            ({"name": "", "email": "nowhere"}, {"email": ["Enter an email address, for example name@nhs.net"]}),
            ({"email": f"{'a' * 250}@nhs.example"}, {"email": ["Enter an email address, for example name@nhs.net"]}),
            (
                {"name": "", "email": f"{'B' * 151} <b@nhs.example>"},
                {"email": ["The name of b@nhs.example must be 150"]},
            ),
            (
                {"name": "", "email": "\n".join(f"p{number}@nhs.example" for number in range(21))},
                {"email": ["Enter 20 email addresses or fewer"]},
            ),
        ],
    )
    def test_errors_of_names_and_addresses(self, office_client, trust, typed, errors):
        found = invites(office_client, trust, **typed).context["form"].errors
        assert set(found) == set(errors)
        assert [str(found[field][0]).startswith(errors[field][0]) for field in errors] == [True] * len(errors)
        assert not Invitation.objects.exists()

    def test_limit_within_several_addresses_sends_nothing(self, office_client, trust):
        for numbers in (range(20), range(20, 40), range(40, 59)):
            invites(office_client, trust, name="", email="\n".join(f"person{number}@nhs.example" for number in numbers))
        mail.outbox.clear()
        page = invites(office_client, trust, name="", email="a@nhs.example\nb@nhs.example")
        assertContains(page, "limit for invitations")
        assert Invitation.objects.count() == 59 and not mail.outbox

    def test_ended_organisation_is_not_offered(self, office_client):
        ended = OrganisationFactory(valid_to=datetime.date(2020, 1, 1))
        assert list(invites(office_client, ended).context["form"].errors) == ["organisation"]

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR])
    def test_viewer_and_contributor_cannot_invite(self, role, trust):
        client = signed_in(role=role, organisation=trust)
        assert client.get(INVITE).status_code == 403
        assert invites(client, trust).status_code == 403
        assert not Invitation.objects.exists()

    def test_office_cannot_invite_administrator(self, office_client, admin_client, trust):
        page = invites(office_client, trust, role=Role.ADMINISTRATOR)
        assert list(page.context["form"].errors) == ["role"]
        assert "Administrator" not in str(office_client.get(INVITE).context["form"]["role"])
        assert invites(admin_client, trust, role=Role.ADMINISTRATOR).status_code == 302

    def test_service_refuses_role_above_own(self, rf, trust):
        from django.core.exceptions import PermissionDenied

        request = rf.post("/")
        request.user = UserFactory(role=Role.PROGRAMME_OFFICE)
        about = {
            "people": [("X", "x@example.org")],
            "organisation": trust,
            "other_organisations": [],
            "request": request,
        }
        with pytest.raises(PermissionDenied):
            invitations.invite(role=Role.ADMINISTRATOR, **about)
        with pytest.raises(PermissionDenied):
            invitations.invite(role="queen", **about)

    def test_invitations_are_limited_per_hour(self, office_client, trust):
        for start in (0, 20, 40):
            emails = [f"person{number}@nhs.example" for number in range(start, start + 20)]
            invites(office_client, trust, name="", email="\n".join(emails))
        page = invites(office_client, trust, email="one.more@nhs.example")
        assert "limit for invitations" in page.content.decode()
        assert Invitation.objects.count() == 60
        assert invites(signed_in(role=Role.PROGRAMME_OFFICE), trust, email="other@nhs.example").status_code == 302

    def test_failed_email_shows_warning_and_keeps_invitation(self, office_client, trust, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        page = invites(office_client, trust)
        page = office_client.get(page["Location"])
        assert "Invitation not sent" in page.content.decode()
        assert "email not sent" in page.content.decode()
        assert Invitation.objects.get().sent_at is None

    def test_several_emails_use_one_connection_and_one_failure_stops_no_other(self, office_client, trust, monkeypatch):
        send, calls = EmailBackend.send_messages, []

        def fail_once(backend, messages):
            calls.append("send")
            if calls.count("send") == 1:
                raise ConnectionResetError
            return send(backend, messages)

        monkeypatch.setattr(EmailBackend, "open", lambda backend: calls.append("open"))
        monkeypatch.setattr(EmailBackend, "close", lambda backend: calls.append("close"))
        monkeypatch.setattr(EmailBackend, "send_messages", fail_once)
        invites(office_client, trust, name="", email="a@nhs.example\nb@nhs.example\nc@nhs.example")
        assert calls == ["open", "send", "close", "send", "send", "close"]
        assert [message.to for message in mail.outbox] == [["b@nhs.example"], ["c@nhs.example"]]
        assert Invitation.objects.filter(sent_at=None).get().email == "a@nhs.example"

    def test_line_breaks_in_name_cannot_add_headers(self, rf, trust, office_client):
        office_client.user.name = "Olive\nBcc: all@example.org"
        office_client.user.save()
        invites(office_client, trust)
        assert "\n" not in mail.outbox[0].subject


class TestJoining:
    def page(self, invitation):
        return reverse("account_invitation", args=[invitation.token])

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"name": ""}, "name"),
            ({"password1": "short", "password2": "short"}, "password1"),
            ({"password1": "password1234", "password2": "password1234"}, "password1"),
            ({"password2": "willow anchor kettle"}, "password2"),
            ({"password1": "bea.brown@example.org", "password2": "bea.brown@example.org"}, "password1"),
        ],
    )
    def test_error_is_shown_with_its_field(self, typed, field):
        invitation = InvitationFactory(email="bea.brown@example.org")
        page = joins(self.page(invitation), **typed)
        assert list(page.context["form"].errors) == [field]
        assert not User.objects.filter(email=invitation.email).exists()

    def test_link_works_once(self):
        link = self.page(InvitationFactory())
        assert joins(link).status_code == 302
        again = joins(link)
        assert again.status_code == 410
        assert "already been used" in again.content.decode()

    def test_link_expires(self):
        invitation = InvitationFactory()
        with time_machine.travel(timezone.now() + datetime.timedelta(days=7, minutes=1), tick=False):
            response = joins(self.page(invitation))
        assert response.status_code == 410
        assert "has expired" in response.content.decode()
        assert not User.objects.filter(email=invitation.email).exists()

    def test_withdrawn_and_unknown_links_show_same_page(self, office_client):
        invitation = InvitationFactory()
        office_client.post(reverse("people:invitation_withdraw", args=[invitation.pk]))
        withdrawn = Client().get(self.page(invitation))
        unknown = Client().get(reverse("account_invitation", args=["x" * 43]))
        assert (withdrawn.status_code, unknown.status_code) == (410, 410)
        assert withdrawn.content == unknown.content
        assert joins(self.page(invitation)).status_code == 410

    @pytest.mark.parametrize("token", ["\0", "x" * 5000, "é", "a b"])
    def test_invalid_token_is_410(self, token):
        page = Client().get(reverse("account_invitation", args=[token]))
        assertContains(page, "This link does not work", status_code=410)

    def test_invitation_page_is_not_cached_and_hides_its_address(self):
        response = Client().get(self.page(InvitationFactory()))
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "same-origin"

    def test_posted_role_and_email_are_ignored(self):
        invitation = InvitationFactory(role=Role.VIEWER)
        joins(self.page(invitation), role=Role.ADMINISTRATOR, email="other@example.org", is_active="on")
        person = User.objects.get(email=invitation.email)
        assert person.role == Role.VIEWER

    def test_new_office_member_is_redirected_to_second_factor(self, settings):
        settings.SECOND_FACTOR_REQUIRED = True
        response = joins(self.page(InvitationFactory(role=Role.PROGRAMME_OFFICE)))
        assert response["Location"] == reverse("mfa_index")

    def test_joining_creates_new_session(self):
        client = Client()
        session = client.session
        session["planted"] = "by an attacker"
        session.save()
        client.cookies["sessionid"] = session.session_key
        joins(self.page(InvitationFactory()), client)
        assert client.session.session_key != session.session_key

    def test_link_used_twice_at_once_creates_one_account(self, rf):
        invitation = InvitationFactory()
        request = rf.post("/")
        typed = {"name": "Bea", "password": NEW_PASSWORD, "request": request}
        stale = Invitation.objects.get(pk=invitation.pk)
        invitations.accept(invitation, **typed)
        with pytest.raises(invitations.InvitationClosed):
            invitations.accept(stale, **typed)
        assert User.objects.filter(email=invitation.email).count() == 1

    def test_attempts_are_limited_per_address(self, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "invitation": "3/10m/ip"}
        link = reverse("account_invitation", args=["guess"])
        assert [joins(link).status_code for _ in range(3)] == [410] * 3
        assertContains(joins(link), "Too many attempts", status_code=429)


class TestSingleSignOn:
    def test_single_sign_on_accepts_open_invitation(self, rf):
        invitation = InvitationFactory(email="bea@example.org", role=Role.CONTRIBUTOR)
        person = invitations.accept_by_single_sign_on("BEA@example.org", "", request=rf.get("/"))
        assert (person.email, person.role) == ("bea@example.org", Role.CONTRIBUTOR)
        assert not person.has_usable_password()
        invitation.refresh_from_db()
        assert invitation.state == "Accepted"

    @pytest.mark.parametrize(
        ("invited_as", "name", "called"),
        [("Bea Brown", "B. Brown", "Bea Brown"), ("", "B. Brown", "B. Brown"), ("", "", "bea@example.org")],
    )
    def test_name_of_the_provider_is_used_if_the_invitation_has_none(self, rf, invited_as, name, called):
        InvitationFactory(email="bea@example.org", name=invited_as)
        assert invitations.accept_by_single_sign_on("bea@example.org", name, request=rf.get("/")).name == called

    def test_single_sign_on_ignores_closed_invitations(self, rf):
        InvitationFactory(email="old@example.org", expires_at=timezone.now() - datetime.timedelta(days=1))
        InvitationFactory(email="gone@example.org", withdrawn_at=timezone.now())
        for email in ("old@example.org", "gone@example.org", "nobody@example.org"):
            assert invitations.accept_by_single_sign_on(email, "Sam", request=rf.get("/")) is None
        assert not User.objects.filter(email__in=["old@example.org", "gone@example.org"]).exists()


class TestChanges:
    def test_resending_creates_new_link_and_ends_old_one(self, office_client, trust):
        invites(office_client, trust)
        invitation = Invitation.objects.get()
        Invitation.objects.update(expires_at=timezone.now() - datetime.timedelta(days=1))
        office_client.post(reverse("people:invitation_resend", args=[invitation.pk]))
        first, second = (link_of(message) for message in mail.outbox)
        assert Client().get(first).status_code == 410
        assert Client().get(second).status_code == 200
        assert kinds() == ["invited", "invitation_resent"]

    def test_closed_invitation_cannot_be_resent_or_withdrawn(self, office_client):
        invitation = InvitationFactory(withdrawn_at=timezone.now())
        for name in ("invitation_resend", "invitation_withdraw"):
            page = office_client.post(reverse(f"people:{name}", args=[invitation.pk]), follow=True)
            assert "no longer open" in page.content.decode()
        assert not mail.outbox

    def test_office_cannot_change_invitation_of_administrator(self, office_client):
        invitation = InvitationFactory(role=Role.ADMINISTRATOR)
        for name in ("invitation_resend", "invitation_withdraw"):
            assert office_client.post(reverse(f"people:{name}", args=[invitation.pk])).status_code == 403
        invitation.refresh_from_db()
        assert invitation.is_open
        assert "Send again" not in office_client.get(LIST).content.decode()

    def test_viewer_and_contributor_cannot_change_invitations(self, viewer_client, contributor_client):
        invitation = InvitationFactory()
        for client in (viewer_client, contributor_client):
            for name in ("invitation_resend", "invitation_withdraw"):
                answer = client.post(reverse(f"people:{name}", args=[invitation.pk]))
                assertContains(answer, "You cannot make this change", status_code=403)
        invitation.refresh_from_db()
        assert invitation.is_open
        assert not mail.outbox

    def test_invitation_list_shows_states_and_query_count_is_constant(self, office_client, django_assert_num_queries):
        now = timezone.now()
        InvitationFactory()
        InvitationFactory(expires_at=now - datetime.timedelta(days=1))
        InvitationFactory(withdrawn_at=now)
        InvitationFactory(accepted_at=now, person=UserFactory())
        page = office_client.get(LIST).content.decode()
        assert all(f">{state}<" in page for state in ("Open", "Expired", "Withdrawn", "Accepted"))
        with django_assert_num_queries(6):
            office_client.get(LIST)
        for _ in range(20):
            InvitationFactory(invited_by=UserFactory(organisation=OrganisationFactory()))
        office_client.get(LIST)
        with django_assert_num_queries(6):
            office_client.get(LIST)

    def test_empty_invitation_list_explains_invitations(self, office_client):
        assert "No invitations yet" in office_client.get(LIST).content.decode()


class TestDatabase:
    def refuses(self, **fields):
        with pytest.raises(IntegrityError), transaction.atomic():
            InvitationFactory(**fields)

    def test_database_refuses_second_open_invitation(self):
        InvitationFactory(email="bea@example.org", withdrawn_at=timezone.now())
        InvitationFactory(email="bea@example.org")
        self.refuses(email="bea@example.org")

    def test_database_refuses_invalid_invitation(self):
        now, person = timezone.now(), UserFactory()
        self.refuses(role="queen")
        self.refuses(accepted_at=now)
        self.refuses(person=person)
        self.refuses(accepted_at=now, person=person, withdrawn_at=now)
