"""Writing the audit record of accounts."""

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied

from .models import AuditEvent, AuditKind

CHANGES = [("role", AuditKind.ROLE_CHANGED), ("organisation", AuditKind.ORGANISATION_CHANGED)]


def record(kind, *, request=None, person=None, actor=None, email="", detail=""):
    """Write and return the AuditEvent of what happened.

    `person` is whose account it concerns, `actor` who did it (whoever is signed in, where not given), `email` what was
    typed where the person is unknown. Address and browser come from the request. Never hand over anything secret.
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
    """Record what differs between a person as they were and as they are: role, organisation, being active."""
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
    """What fits the column; PostgreSQL keeps no null bytes."""
    return str(value).replace("\0", "")[:longest]


def _address(request):
    """The address that the request came from, or "" where it says none that can be trusted."""
    if request is None or "REMOTE_ADDR" not in request.META:
        return ""
    try:
        return get_adapter().get_client_ip(request)[:45]
    except PermissionDenied:
        return request.META["REMOTE_ADDR"][:45]
