"""Inviting people: who may be invited as what, and the invitation's way from sent to accepted."""

from allauth.core.ratelimit import consume
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from estates_portal import mail

from .audit import record
from .models import AuditKind, Invitation, Role, User
from .rules import require

# From the least to the most; nobody gives a role above their own.
RANKS = [Role.VIEWER, Role.CONTRIBUTOR, Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR]


class InvitationLimitReached(Exception):
    """More invitations within the hour than one person sends."""


class InvitationClosed(Exception):
    """The invitation was accepted or withdrawn, or its link has expired."""


class EmailInUse(Exception):
    """Somebody has that address already, or an open invitation."""


def assignable_roles(person):
    """The roles that this person may give others: their own and those below."""
    return RANKS[: RANKS.index(person.role) + 1] if person.has_perm("accounts.invite") else []


def invite(*, email, name, organisation, role, request):
    """Make and send an invitation, and return it; `sent_at` stays empty where the mail server failed.

    Raises PermissionDenied for who may not invite, or not to that role; EmailInUse; InvitationLimitReached.
    """
    require(request.user, "accounts.give_role", role)
    email = User.objects.normalize_email(email)
    _count(request, email)
    invitation = Invitation(email=email, name=name, organisation=organisation, role=role, invited_by=request.user)
    token = invitation.renew()
    try:
        with transaction.atomic():
            if User.objects.filter(email=email).exists():
                raise EmailInUse
            invitation.save()
            record(AuditKind.INVITED, request=request, email=email, detail=_summary(invitation))
    except IntegrityError as fault:
        raise EmailInUse from fault
    _send(invitation, token, request)
    return invitation


def resend(invitation, *, request):
    """Send it once more, with a new link and a new end, and return it; the old link is dead.

    Raises InvitationClosed, PermissionDenied, InvitationLimitReached.
    """
    require(request.user, "accounts.give_role", invitation.role)
    _count(request, invitation.email)
    with transaction.atomic():
        invitation = _locked(invitation)
        token = invitation.renew()
        invitation.save()
        record(AuditKind.INVITATION_RESENT, request=request, email=invitation.email, detail=_summary(invitation))
    _send(invitation, token, request)
    return invitation


@transaction.atomic
def withdraw(invitation, *, request):
    """Make its link dead. Raises InvitationClosed, PermissionDenied."""
    require(request.user, "accounts.give_role", invitation.role)
    invitation = _locked(invitation)
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    record(AuditKind.INVITATION_WITHDRAWN, request=request, email=invitation.email, detail=_summary(invitation))


@transaction.atomic
def accept(invitation, *, name, password, request):
    """Make and return the person; `password` is None for who comes by single sign-on. Raises InvitationClosed."""
    invitation = _locked(invitation)
    if invitation.has_expired(timezone.now()) or User.objects.filter(email=invitation.email).exists():
        raise InvitationClosed
    person = User.objects.create_user(
        invitation.email, password, name=name, organisation=invitation.organisation, role=invitation.role
    )
    invitation.person, invitation.accepted_at = person, timezone.now()
    invitation.save(update_fields=["person", "accepted_at"])
    record(AuditKind.INVITATION_ACCEPTED, request=request, person=person, actor=person, detail=_summary(invitation))
    return person


def accept_by_single_sign_on(email, *, request):
    """The new person of an invitation to this address, which the provider has verified; None without one that works."""
    invitation = Invitation.objects.open().filter(email=User.objects.normalize_email(email)).first()
    if invitation is None:
        return None
    try:
        return accept(invitation, name=invitation.name, password=None, request=request)
    except InvitationClosed:
        return None


def _locked(invitation):
    """The row as it is now, held until the transaction ends. Raises InvitationClosed."""
    found = Invitation.objects.select_for_update().open().filter(pk=invitation.pk).first()
    if found is None:
        raise InvitationClosed
    return found


def _count(request, email):
    """Raise InvitationLimitReached when this person, or for this address, has sent as many as the settings allow."""
    if not consume(request, action="invite", key=email, user=request.user):
        raise InvitationLimitReached


def _summary(invitation):
    return f"{invitation.name}, {invitation.get_role_display()}, {invitation.organisation or 'no organisation'}"


def _send(invitation, token, request):
    link = request.build_absolute_uri(reverse("account_invitation", args=[token]))
    if mail.send("accounts/email/invitation", invitation.email, {"invitation": invitation, "link": link}):
        invitation.sent_at = timezone.now()
        Invitation.objects.filter(pk=invitation.pk).update(sent_at=invitation.sent_at)
