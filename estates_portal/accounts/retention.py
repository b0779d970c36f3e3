"""Deletes personal data of accounts after its retention period. `apply_retention` runs it."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from .models import AuditEvent, Invitation, User

FORMER = "former.invalid"  # the domain of addresses of former users; no real address ends so (RFC 2606)
MONTH = timedelta(days=30.5)


def limit(name, now=None):
    """The time before which data of this name in RETENTION_MONTHS is deleted."""
    return (now or timezone.now()) - settings.RETENTION_MONTHS[name] * MONTH


def ended_invitations():
    """Invitations that expired or were withdrawn before the limit."""
    before = limit("invitations")
    return Invitation.objects.open().filter(expires_at__lt=before) | Invitation.objects.filter(withdrawn_at__lt=before)


def old_audit_events():
    return AuditEvent.objects.filter(at__lt=limit("audit"))


def expired_sessions():
    """Sign-ins that no session has any more."""
    live = Session.objects.filter(expire_date__gte=timezone.now()).values("session_key")
    return UserSession.objects.exclude(session_key__in=live)


def former_users():
    """Users who were deactivated at the limit and ever since, and who still have an email address."""
    before = limit("accounts")
    states = User.history.filter(id=OuterRef("pk"), history_date__lt=before).order_by("-history_date", "-history_id")
    reactivated = User.history.filter(is_active=True, history_date__gte=before).values("id")
    users = User.objects.annotate(was_active=Subquery(states.values("is_active")[:1]))
    users = users.filter(is_active=False, was_active=False)
    return users.exclude(Q(email__endswith=FORMER) | Q(pk__in=reactivated))


def forget(user):
    """Delete how the user signs in and their email address. Their name stays on the reports that they wrote."""
    for model in (EmailAddress, Authenticator, SocialAccount, UserSession):
        model.objects.filter(user=user).delete()
    user.email = f"user-{user.pk}@{FORMER}"
    user.set_unusable_password()
    user._change_reason = "Retention period ended"
    user.save(update_fields=["email", "password"])
    User.history.filter(id=user.pk).update(email=user.email)
    Invitation.objects.filter(person=user).update(email=user.email)
    Invitation.history.filter(person=user).update(email=user.email)
