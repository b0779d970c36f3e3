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
from tests.forms import fields_of, invites

pytestmark = pytest.mark.django_db
INVITE = reverse("people:invite")
BEA = "Bea Brown <Bea@Example.org>"
LIST = reverse("people:invitation_list")
NEW_PASSWORD = "willow anchor teapot"


def link_of(message):
    return re.search(r"http://testserver(\S+)", message.body)[1]


def joins(link, client=None, **typed):
    client = client or Client()
    given = {"name": "Bea Brown", "password1": NEW_PASSWORD}
    return client.post(link, {**given, **typed})


def kinds():
    return list(AuditEvent.objects.exclude(kind="signed_in").order_by("pk").values_list("kind", flat=True))


class TestInviting:
    def test_link_in_email_creates_account_with_role(self, office_client, trust):
        assert invites(office_client, BEA, trust).status_code == 302
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
        invites(office_client, BEA, trust)
        token = link_of(mail.outbox[0]).split("/")[-2]
        rows = [*Invitation.objects.values(), *Invitation.history.values(), *AuditEvent.objects.values()]
        assert len(token) >= 43
        assert token not in str(rows)

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ({"people": ""}, "Enter the email address of each person"),
            ({"people": "\0 ;"}, "Enter the email address of each person"),
            ({"people": "\n".join(f"p{number}@nhs.example" for number in range(51))}, "Enter 50 people or fewer"),
            ({"role": "queen"}, "Select a role from the list"),
            ({"organisation": "9" * 30}, "Select an organisation from the list"),
            ({"organisation": "abc"}, "Select an organisation from the list"),
        ],
    )
    def test_error_in_list_is_shown_with_its_field(self, office_client, typed, error):
        page = office_client.post(INVITE, {"people": BEA, **typed})
        assert error in str(page.context["form"].errors)
        assert page.context["form"].errors.keys() == typed.keys()
        assertContains(page, "There is a problem")

    @pytest.mark.parametrize(
        ("typed", "field", "error"),
        [
            ({"email": "nowhere"}, "email", "Enter an email address"),
            ({"email": f"{'a' * 250}@nhs.example"}, "email", "Enter an email address"),
            ({"email": ""}, "email", "Enter an email address"),
            ({"name": "B" * 151}, "name", "Full name must be 150 characters or less"),
            ({"role": "queen"}, "role", "Select a role from the list"),
            ({"role": ""}, "role", "Select a role"),
            ({"organisation": ""}, "organisation", "Enter the organisation they work for"),
            ({"organisation": "Atlantis"}, "organisation", "No organisation has this name"),
            ({"organisation": "X" * 221}, "organisation", "Organisation must be 220 characters or less"),
        ],
    )
    def test_error_in_row_is_shown_with_its_field_and_nothing_is_sent(self, office_client, trust, typed, field, error):
        page = invites(office_client, BEA, trust, **{f"form-0-{name}": text for name, text in typed.items()})
        (row,) = page.context["shown"]
        assert list(row.errors) == [field]
        assertContains(page, f"Row 1: {error}")
        assertContains(page, "Bea")
        assert not Invitation.objects.exists() and not mail.outbox

    def test_office_member_needs_no_organisation(self, office_client):
        invites(office_client, "bea@example.org", role=Role.PROGRAMME_OFFICE)
        invitation = Invitation.objects.get()
        assert (invitation.role, invitation.organisation) == (Role.PROGRAMME_OFFICE, None)

    def test_existing_user_and_open_invitation_cannot_be_invited(self, office_client, trust):
        person, _invitation = UserFactory(email="bea@example.org"), InvitationFactory(email="cyd@example.org")
        page = invites(office_client, "BEA@example.org\ncyd@example.org", trust)
        assert [row.errors["email"] for row in page.context["shown"]] == [
            ["Already has an account"],
            ["Already has an open invitation. To change it, withdraw it first"],
        ]
        assertContains(page, reverse("people:person_detail", args=[person.pk]))
        assert not mail.outbox

    def test_bad_row_among_twelve_stays_and_eleven_are_sent(self, office_client, trust):
        people = [f"p{number}@nhs.example" for number in range(12)]
        people[4] = "Bea Brown"
        page = invites(office_client, "\n".join(people), trust)
        assertContains(page, "11 invitations sent")
        assertContains(page, "Row 5: Enter an email address")
        assert len(mail.outbox) == 11 and [row.number for row in page.context["shown"]] == [5]

        typed = {**fields_of(page), "form-4-email": "bea@nhs.example"}
        page = office_client.post(INVITE, typed, follow=True)
        assertContains(page, "Invitation sent to bea@nhs.example")
        assert Invitation.objects.get(email="bea@nhs.example").name == "Bea Brown"

    def test_cleared_and_repeated_rows(self, office_client, trust):
        page = invites(office_client, "a@nhs.example\nb@nhs.example", trust, **{"form-1-email": ""})
        assert page.status_code == 302
        assert [message.to for message in mail.outbox] == [["a@nhs.example"]]
        page = invites(office_client, "c@nhs.example\nd@nhs.example", trust, **{"form-1-email": "C@nhs.example"})
        assert [row.errors for row in page.context["shown"]] == [{"email": ["This address is in another row"]}]

    @pytest.mark.parametrize("sent", [{"form-TOTAL_FORMS": "x"}, {"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"}])
    def test_rows_that_cannot_be_read_lead_to_the_list(self, office_client, sent):
        assert office_client.post(INVITE, sent)["Location"] == INVITE

    def test_other_organisations_are_those_of_all(self, office_client, trust, other_trust):
        invites(office_client, "Bea B <b@nhs.example>; a@nhs.example", trust, [other_trust])
        made = list(Invitation.objects.order_by("pk"))
        assert {invitation.organisation_names for invitation in made} == {"Luton Trust and Other Trust"}
        assert [invitation.name for invitation in made] == ["Bea B", ""]
        assert kinds() == ["invited"] * 2
        joining = Client().get(link_of(mail.outbox[1]))
        assert joining.context["form"]["name"].value() == ""

    def test_invitations_over_the_limit_stay_on_the_page(self, office_client, trust):
        for numbers in (range(30), range(30, 58)):
            invites(office_client, "\n".join(f"person{number}@nhs.example" for number in numbers), trust)
        page = invites(office_client, "a@nhs.example\nb@nhs.example\nc@nhs.example", trust)
        assertContains(page, "2 invitations sent")
        assertContains(page, "Row 3: Not sent. You have reached the limit for invitations. Try again in 1 hour")
        assert Invitation.objects.count() == 60
        assert invites(signed_in(role=Role.PROGRAMME_OFFICE), "other@nhs.example", trust).status_code == 302

    @pytest.mark.parametrize(
        ("email", "guess"),
        [
            ("a@luton-trust.nhs.example", "Luton Trust"),  # as the other users at this domain
            ("a@riverside.nhs.uk", "Riverside Hospitals NHS Trust"),  # by its name
            ("a@rhx.nhs.uk", "Riverside Hospitals NHS Trust"),  # by its initials
            ("a@notluton-trust.nhs.example", ""),
            ("a@both.example", ""),
            ("a@nhs.net", ""),
            ("a@riverside.example", ""),
            ("nowhere", ""),
        ],
    )
    def test_organisation_is_guessed_from_domain(self, office_client, trust, other_trust, email, guess):
        OrganisationFactory(name="Riverside Hospitals NHS Trust", short_name="RHX", kind="nhs_trust")
        UserFactory(email="old@luton-trust.nhs.example", organisation=trust)
        InvitationFactory(email="new@luton-trust.nhs.example", organisation=trust)
        for number, organisation in enumerate((trust, other_trust)):
            UserFactory(email=f"{number}@both.example", organisation=organisation)
        UserFactory(email="old@nhs.net", organisation=trust)
        (row,) = office_client.post(INVITE, {"people": email, "role": Role.VIEWER}).context["shown"]
        assert (row["organisation"].value(), row.is_guessed) == (guess, bool(guess))
        (row,) = office_client.post(INVITE, {"people": email, "organisation": other_trust.pk}).context["shown"]
        assert (row["organisation"].value(), row.is_guessed) == ("Other Trust", False)

    def test_invisible_character_in_address_is_removed(self, office_client, trust):
        invites(office_client, "\u200bbea@\u202aexample.org\ufeff", trust)
        client = Client()
        joins(link_of(mail.outbox[0]), client)
        assert User.objects.get(email="bea@example.org").invitation
        client.logout()
        client.post(reverse("account_login"), {"login": "bea@\u200bexample.org", "password": NEW_PASSWORD})
        assert client.get(reverse("account")).status_code == 200

    def test_number_of_queries_does_not_grow(self, office_client, trust, django_assert_num_queries):
        office_client.post(INVITE, {"people": "a@nhs.example"})
        for count in (1, 20):
            people = "\n".join(f"p{number}@nhs.example" for number in range(count))
            with django_assert_num_queries(11):
                office_client.post(INVITE, {"people": people, "role": Role.VIEWER})

    def test_ended_organisation_is_not_offered(self, office_client):
        ended = OrganisationFactory(valid_to=datetime.date(2020, 1, 1))
        assert list(invites(office_client, BEA, ended).context["form"].errors) == ["organisation"]
        (row,) = invites(office_client, f"bea@example.org, {ended.name}").context["shown"]
        assert list(row.errors) == ["organisation"]

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR])
    def test_viewer_and_contributor_cannot_invite(self, role, trust):
        client = signed_in(role=role, organisation=trust)
        assert client.get(INVITE).status_code == 403
        assert invites(client, BEA, trust).status_code == 403
        assert not Invitation.objects.exists()

    def test_office_cannot_invite_administrator(self, office_client, admin_client, trust):
        page = invites(office_client, BEA, trust, role=Role.ADMINISTRATOR)
        assert list(page.context["form"].errors) == ["role"]
        (row,) = invites(office_client, "bea@example.org, administrator", trust).context["shown"]
        assert list(row.errors) == ["role"]
        assert "Administrator" not in str(office_client.get(INVITE).context["form"]["role"])
        assert invites(admin_client, BEA, trust, role=Role.ADMINISTRATOR).status_code == 302

    def test_service_refuses_role_above_own(self, rf, trust):
        from django.core.exceptions import PermissionDenied

        request = rf.post("/")
        request.user = UserFactory(role=Role.PROGRAMME_OFFICE)
        for role in (Role.ADMINISTRATOR, "queen"):
            person = {"name": "X", "email": "x@example.org", "organisation": trust, "role": role}
            with pytest.raises(PermissionDenied):
                invitations.invite([person], other_organisations=[], request=request)

    def test_failed_email_shows_warning_and_keeps_invitation(self, office_client, trust, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        page = invites(office_client, BEA, trust)
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
        invites(office_client, "a@nhs.example\nb@nhs.example\nc@nhs.example", trust)
        assert calls == ["open", "send", "close", "send", "send", "close"]
        assert [message.to for message in mail.outbox] == [["b@nhs.example"], ["c@nhs.example"]]
        assert Invitation.objects.filter(sent_at=None).get().email == "a@nhs.example"

    def test_line_breaks_in_name_cannot_add_headers(self, rf, trust, office_client):
        office_client.user.name = "Olive\nBcc: all@example.org"
        office_client.user.save()
        invites(office_client, BEA, trust)
        assert "\n" not in mail.outbox[0].subject


class TestJoining:
    def page(self, invitation):
        return reverse("account_invitation", args=[invitation.token])

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"name": ""}, "name"),
            ({"password1": "short"}, "password1"),
            ({"password1": "password1234"}, "password1"),
            ({"password1": "bea.brown@example.org"}, "password1"),
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
        invites(office_client, BEA, trust)
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
