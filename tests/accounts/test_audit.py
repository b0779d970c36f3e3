"""Account events are recorded with user, time and address, and cannot be changed."""

import csv
import datetime
import io

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertRedirects

from estates_portal.accounts.audit import AccountState, record, record_changes
from estates_portal.accounts.models import AuditEvent, AuditKind, Role, User
from estates_portal.csv_export import safe
from tests.conftest import signed_in
from tests.factories import PASSWORD, AuditEventFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
SIGN_IN = reverse("account_login")
LIST = reverse("admin:accounts_auditevent_changelist")
EXPORT = reverse("admin:accounts_auditevent_export")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signs_in(email, password=PASSWORD, client=None):
    client = client or Client(headers={"User-Agent": FIREFOX}, REMOTE_ADDR="192.0.2.7")
    client.post(SIGN_IN, {"login": email, "password": password})
    return client


def newest():
    return AuditEvent.objects.first()


def kinds():
    return list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_sign_in_records_user_time_method_and_address():
    person = UserFactory()
    signs_in(person.email)
    event = newest()
    assert (event.kind, event.person, event.actor, event.email) == ("signed_in", person, person, person.email)
    assert (event.address, event.user_agent, event.detail) == ("192.0.2.7", FIREFOX, "Password")
    assert timezone.now() - event.at < datetime.timedelta(minutes=1)


def test_failed_sign_in_records_email_but_not_password():
    person = UserFactory()
    signs_in(person.email, "guess-of-a-secret")
    signs_in("nobody@example.org", "guess-of-a-secret")
    known, unknown = AuditEvent.objects.order_by("pk")
    assert (known.kind, known.person, known.actor) == ("sign_in_failed", person, None)
    assert (unknown.kind, unknown.person, unknown.email) == ("sign_in_failed", None, "nobody@example.org")
    assert "guess-of-a-secret" not in str(list(AuditEvent.objects.values()))


def test_deactivated_user_is_recorded_and_sees_wrong_password_error():
    gone = UserFactory(is_active=False)
    right = Client().post(SIGN_IN, {"login": gone.email, "password": PASSWORD})
    assert (newest().kind, newest().detail) == ("sign_in_failed", "Deactivated")
    wrong = Client().post(SIGN_IN, {"login": gone.email, "password": "something else"})
    assert right.context["form"].errors == wrong.context["form"].errors


def test_lock_out_is_recorded(settings):
    person = UserFactory()
    for number in range(6):
        signs_in(person.email, f"guess {number}")
    assert kinds() == ["sign_in_failed"] * 5 + ["locked_out"]
    assert newest().email == person.email


def test_null_byte_and_very_long_email_are_recorded():
    for email in ("a\0b@example.org", "a" * 400 + "@example.org"):
        page = Client().post(SIGN_IN, {"login": email, "password": "x"})
        assertContains(page, "There is a problem")


def test_sign_out_and_password_changes_are_recorded(settings):
    client = signed_in()
    new = "willow anchor teapot"
    typed = {"oldpassword": PASSWORD, "password1": new}
    assert client.post(reverse("account_change_password"), typed).status_code == 302
    client.post(reverse("account_logout"))
    assert [kind for kind in kinds() if kind != "signed_in"] == ["password_changed", "signed_out"]
    assert set(AuditEvent.objects.values_list("actor", flat=True)) == {client.user.pk}


def test_reset_request_is_recorded_for_known_and_unknown_email():
    person = UserFactory()
    for email in (person.email, "nobody@example.org"):
        Client().post(reverse("account_reset_password"), {"email": email})
    assert kinds() == ["password_reset_asked"] * 2
    assert [event.person for event in AuditEvent.objects.order_by("pk")] == [person, None]


def test_second_factor_changes_are_recorded():
    client = signed_in()
    signs_in(client.user.email, client=client)
    Authenticator.objects.create(user=client.user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    from allauth.mfa import signals

    app = Authenticator.objects.get()
    codes = Authenticator(user=client.user, type=Authenticator.Type.RECOVERY_CODES, data={})
    about = {"request": None, "user": client.user}
    signals.authenticator_added.send(sender=Authenticator, authenticator=app, **about)
    signals.authenticator_reset.send(sender=Authenticator, authenticator=codes, **about)
    signals.authenticator_used.send(sender=Authenticator, authenticator=codes, **about)
    signals.authentication_failed.send(sender=Authenticator, authenticator=app, **about)
    signals.authenticator_removed.send(sender=Authenticator, authenticator=codes, **about)
    signals.authenticator_removed.send(sender=Authenticator, authenticator=app, **about)
    events = [(event.kind, event.detail) for event in AuditEvent.objects.order_by("pk")][-5:]
    assert events == [
        ("second_step_added", "Authenticator app"),
        ("recovery_codes_made", ""),
        ("recovery_code_used", ""),
        ("sign_in_failed", "Wrong code in two-step verification"),
        ("second_step_removed", "Authenticator app"),
    ]


def test_email_change_records_old_and_new_address():
    client = signed_in()
    old = client.user.email
    address = EmailAddress.objects.create(user=client.user, email="new@example.org", verified=False)
    from allauth.account.models import EmailConfirmationHMAC

    client.post(reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key]))
    assert (newest().kind, newest().detail) == ("email_changed", f"{old} → new@example.org")
    assert User.objects.get(pk=client.user.pk).email == "new@example.org"


def test_role_and_organisation_changes_are_recorded_as_labels(rf, trust):
    office = UserFactory(role=Role.ADMINISTRATOR)
    request = rf.get("/")
    request.user = office
    person = UserFactory(organisation=trust)
    before = AccountState.of(person)
    person.role, person.organisation, person.is_active = Role.CONTRIBUTOR, None, False
    person.save()
    record_changes(before, person, request=request)
    assert [(event.kind, event.detail, event.actor) for event in AuditEvent.objects.order_by("pk")] == [
        ("role_changed", "Viewer → Contributor", office),
        ("organisation_changed", "Luton Trust → none", office),
        ("deactivated", "", office),
    ]


def test_role_change_in_admin_is_recorded(admin_client):
    from tests.admin_forms import filled_in

    person = UserFactory()
    url = reverse("admin:accounts_user_change", args=[person.pk])
    admin_client.post(url, filled_in(admin_client.get(url), role=Role.PROGRAMME_OFFICE))
    assert (newest().kind, newest().detail) == ("role_changed", "Viewer → Programme office")
    assert (newest().person, newest().actor) == (person, admin_client.user)


class TestProtection:
    def test_database_refuses_change_to_audit_record(self):
        event = AuditEventFactory()
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            AuditEvent.objects.filter(pk=event.pk).update(detail="nothing happened")
        with pytest.raises(IntegrityError), transaction.atomic():
            event.save()

    @pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite's tables are emptied by DELETE between tests")
    def test_postgresql_refuses_to_delete_audit_record(self):
        event = AuditEventFactory()
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            event.delete()

    def test_admin_cannot_change_audit_record(self, admin_client):
        event = AuditEventFactory(detail="as it was")
        url = reverse("admin:accounts_auditevent_change", args=[event.pk])
        assert admin_client.post(url, {"detail": "changed"}).status_code == 403
        admin_client.post(LIST, {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"})
        assert AuditEvent.objects.get(pk=event.pk).detail == "as it was"


class TestAuditList:
    def test_administrator_filters_audit_record(self, admin_client):
        office = UserFactory(role=Role.PROGRAMME_OFFICE, name="Olive Office")
        AuditEventFactory(kind=AuditKind.EXPORTED, person=office, detail="Audit record")
        AuditEventFactory(kind=AuditKind.ROLE_CHANGED)

        def shown(query):
            return [event.kind for event in admin_client.get(f"{LIST}?{query}").context["cl"].result_list]

        assert shown("kind__exact=role_changed") == ["role_changed"]
        assert shown("role=programme_office") == ["exported"]
        assert shown("q=Olive") == ["exported"]

    @pytest.mark.parametrize("query", ["q=%00", "kind__exact=%00"])
    def test_audit_list_with_invalid_input_is_400(self, admin_client, query):
        for answer in (admin_client.get(f"{LIST}?{query}"), admin_client.post(f"{EXPORT}?{query}")):
            assertContains(answer, "We could not understand the request", status_code=400)

    def test_invalid_filter_is_ignored_by_list_and_rejected_by_export(self, admin_client):
        assertRedirects(admin_client.get(f"{LIST}?at__year=abc"), f"{LIST}?e=1")
        answer = admin_client.post(f"{EXPORT}?at__year=abc")
        assertContains(answer, "We could not understand the request", status_code=400)

    def test_audit_record_query_count_is_constant(
        self, admin_client, django_assert_num_queries, django_assert_max_num_queries
    ):
        AuditEventFactory(actor=UserFactory(organisation=OrganisationFactory()))
        admin_client.get(LIST)
        with django_assert_max_num_queries(12) as few:
            admin_client.get(LIST)
        for _ in range(40):
            AuditEventFactory(actor=UserFactory(organisation=OrganisationFactory()))
        with django_assert_num_queries(len(few)):
            admin_client.get(LIST)


class TestExport:
    def rows(self, response):
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    def test_export_contains_filtered_rows_and_is_recorded(self, office_client):
        event = AuditEventFactory(kind=AuditKind.ROLE_CHANGED, detail="Viewer → Contributor")
        AuditEventFactory()
        (row,) = self.rows(office_client.post(f"{EXPORT}?kind__exact=role_changed"))
        assert (row["Event"], row["Detail"], row["Account"]) == (
            "Role changed",
            "Viewer → Contributor",
            event.person.name,
        )
        assert (newest().kind, newest().detail, newest().actor) == (
            "exported",
            "Audit record, 1 rows",
            office_client.user,
        )

    def test_audit_export_escapes_formulas(self, office_client):
        record(AuditKind.SIGN_IN_FAILED, email='=HYPERLINK("http://evil.example")')
        (row,) = self.rows(office_client.post(f"{EXPORT}?kind__exact=sign_in_failed"))
        assert row["Email address"].startswith("'=")

    def test_viewer_and_contributor_cannot_export_audit_record(self, viewer_client, contributor_client):
        assert viewer_client.post(EXPORT).status_code == 302
        assert contributor_client.post(EXPORT).status_code == 302
        assert AuditKind.EXPORTED not in kinds()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"),
        ("+44 1582", "+44 1582"),
        ("+A1", "'+A1"),
        ("-5.2", "-5.2"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        (None, ""),
        (7, "7"),
    ],
)
def test_safe_escapes_formulas(value, text):
    assert safe(value) == text


class TestNewBrowser:
    def test_first_sign_in_sends_no_email(self):
        signs_in(UserFactory().email)
        assert mail.outbox == []

    def test_sign_in_on_a_new_browser_sends_an_email_once(self):
        person = UserFactory()
        first = signs_in(person.email)
        first.post(reverse("account_logout"))
        signs_in(person.email, client=first)
        assert mail.outbox == []
        signs_in(person.email)
        (message,) = mail.outbox
        assert message.to == [person.email]
        assert "Firefox on Linux" in message.body
        assert "192.0.2.7" in message.body

    def test_user_who_turned_it_off_gets_no_email(self):
        person = UserFactory(notify_new_sign_ins=False)
        signs_in(person.email)
        signs_in(person.email)
        assert mail.outbox == []

    def test_forged_cookie_sends_email(self):
        person = UserFactory()
        signs_in(person.email)
        other = Client()
        other.cookies["known_browser"] = f"{person.pk}:forged"
        signs_in(person.email, client=other)
        assert len(mail.outbox) == 1

    def test_user_signs_in_while_mail_server_fails(self, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        person = UserFactory()
        signs_in(person.email)
        assertContains(signs_in(person.email).get(reverse("account")), person.name)
