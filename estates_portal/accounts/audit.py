"""Writes audit records of accounts."""

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied

from .models import AuditEvent, AuditKind

CHANGES = [("role", AuditKind.ROLE_CHANGED), ("organisation", AuditKind.ORGANISATION_CHANGED)]


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


def record_changes(before, after, *, request=None):
    """Record changes of a user's role, organisation and status."""
    for field, kind in CHANGES:
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            detail = f"{_field_label(before, field)} → {_field_label(after, field)}"
            record(kind, request=request, person=after, detail=detail)
    if before.is_active != after.is_active:
        kind = AuditKind.REACTIVATED if after.is_active else AuditKind.DEACTIVATED
        record(kind, request=request, person=after)


def _field_label(person, field):
    display = getattr(person, f"get_{field}_display", None)
    return display() if display else str(getattr(person, field) or "none")


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
