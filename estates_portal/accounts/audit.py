"""Writes audit records of accounts."""

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied

from .models import AuditEvent, AuditKind, User


def record(kind, *, request=None, person=None, actor=None, email="", detail=""):
    """Create and return an audit record.

    `person` is the account, `actor` the user who acted (by default the signed-in user), `email` the typed address if
    the account is unknown. IP address and browser come from the request. Never pass a secret.
    """
    if actor is None and request is not None:
        user = getattr(request, "user", None)
        actor = user if user is not None and user.is_authenticated else None
    return AuditEvent.objects.create(
        kind=kind,
        person=person,
        actor=actor,
        email=_text(email or getattr(person, "email", ""), 254),
        address=_address(request),
        user_agent=_text(request.headers.get("User-Agent", ""), 300) if request is not None else "",
        detail=_text(detail, 500),
    )


@dataclass(frozen=True)
class AccountState:
    """What the audit record compares of a user: role, organisations and whether they are active."""

    role: str
    organisations: str
    is_active: bool

    @classmethod
    def of(cls, person):
        """The state of the user in the database."""
        saved = User.objects.get(pk=person.pk)
        return cls(saved.get_role_display(), saved.organisation_names or "none", saved.is_active)


def record_changes(before, person, *, request=None):
    """Record what has changed of the user since they had the `AccountState`."""
    after = AccountState.of(person)
    if before.role != after.role:
        record(AuditKind.ROLE_CHANGED, request=request, person=person, detail=f"{before.role} → {after.role}")
    if before.organisations != after.organisations:
        detail = f"{before.organisations} → {after.organisations}"
        record(AuditKind.ORGANISATION_CHANGED, request=request, person=person, detail=detail)
    if before.is_active != after.is_active:
        kind = AuditKind.REACTIVATED if after.is_active else AuditKind.DEACTIVATED
        record(kind, request=request, person=person)


def _text(value, longest):
    """The value cut to the column, without null bytes, which PostgreSQL refuses."""
    return str(value).replace("\0", "")[:longest]


def _address(request):
    """The IP address of the request, or "" if there is none that can be trusted."""
    if request is None or "REMOTE_ADDR" not in request.META:
        return ""
    try:
        return get_adapter().get_client_ip(request)[:45]
    except PermissionDenied:
        return request.META["REMOTE_ADDR"][:45]
