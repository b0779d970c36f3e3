"""Personal data is deleted when its retention period has ended."""

import datetime
import io

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from estates_portal.accounts.models import AuditEvent, AuditKind, Invitation, User
from estates_portal.contact.models import Message
from projects.models import Notice
from tests.factories import AuditEventFactory, InvitationFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
MONTHS = {"messages": 12, "invitations": 12, "accounts": 24, "notices": 12, "audit": 24, "deletions": 24}


@pytest.fixture(autouse=True)
def periods(settings):
    settings.RETENTION_MONTHS = MONTHS


def ago(months):
    return timezone.now() - datetime.timedelta(days=31 * months)


def apply(**options):
    out = io.StringIO()
    call_command("apply_retention", stdout=out, **options)
    return out.getvalue()


def test_old_data_is_deleted_and_recent_data_kept():
    office = UserFactory()
    for months in (1, 13):
        Message.objects.create(text=f"{months}", answered_at=ago(months), answered_by=office)
        InvitationFactory(name=f"{months}", withdrawn_at=ago(months))
        Notice.objects.create(
            person=office, kind="opened", dedupe_key=f"{months}", text=f"{months}", url="/", created_at=ago(months)
        )
    Message.objects.create(text="unanswered", sent_at=ago(30))
    InvitationFactory(name="accepted", accepted_at=ago(30), person=office, expires_at=ago(29))
    for months in (20, 25):
        AuditEventFactory(at=ago(months), detail=f"{months}")
    UserSession.objects.create(user=office, ip="127.0.0.1", user_agent="x", session_key="gone")
    summary = apply(dry_run=True)
    assert (
        "Would delete: 1 messages, 1 invitations, 1 emails about reports, 1 audit events, 1 ended sign-ins" in summary
    )
    assert Message.objects.count() == 3
    assert "Deleted: 1 messages" in apply()
    assert set(Message.objects.values_list("text", flat=True)) == {"1", "unanswered"}
    assert set(Invitation.objects.values_list("name", flat=True)) == {"1", "accepted"}
    assert set(Invitation.history.values_list("name", flat=True)) == {"1", "accepted"}
    assert set(Notice.objects.values_list("text", flat=True)) == {"1"}
    assert not UserSession.objects.exists()
    kept = AuditEvent.objects.exclude(kind=AuditKind.RETENTION_APPLIED).values_list("detail", flat=True)
    assert set(kept) == {"20"}
    assert AuditEvent.objects.get(kind=AuditKind.RETENTION_APPLIED).detail.startswith("1 messages")
    assert "0 messages" in apply()
    assert AuditEvent.objects.filter(kind=AuditKind.RETENTION_APPLIED).count() == 1


def deactivated(months, **fields):
    """A user who was deactivated so many months ago."""
    user = UserFactory(**fields)
    user.is_active = False
    user.save()
    created, changed = user.history.order_by("history_id")
    User.history.filter(pk=created.pk).update(history_date=ago(60))
    User.history.filter(pk=changed.pk).update(history_date=ago(months))
    return user


def test_former_user_keeps_name_and_loses_address_and_sign_in():
    user = deactivated(25, name="Ann Author", email="ann@example.org")
    recent = deactivated(1, email="recent@example.org")
    Authenticator.objects.create(user=user, type="totp", data={})
    assert "1 former users" in apply()
    user.refresh_from_db()
    assert (user.name, user.email) == ("Ann Author", f"user-{user.pk}@former.invalid")
    assert not user.has_usable_password()
    assert not Authenticator.objects.filter(user=user).exists()
    assert not User.history.filter(email="ann@example.org").exists()
    recent.refresh_from_db()
    assert recent.email == "recent@example.org"
    assert "0 former users" in apply()


def test_user_who_was_active_at_the_limit_is_kept():
    user = deactivated(25)
    user.is_active = True
    user.save()
    user.is_active = False
    user.save()
    assert "0 former users" in apply()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets Django delete audit events")
def test_database_refuses_to_delete_audit_event_of_last_year():
    event = AuditEventFactory(at=ago(11))
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        event.delete()
