"""Invitations: who can invite whom, and how an invitation is sent, withdrawn and accepted."""

from allauth.core.ratelimit import consume
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from estates_portal import mail

from .audit import record
from .models import AuditKind, Invitation, Role, User
from .rules import ROLE_NOUNS, require

# From least to most powerful. Users cannot give a role above their own.
RANKS = [Role.VIEWER, Role.CONTRIBUTOR, Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR]


class InvitationLimitReached(Exception):
    """Too many invitations in one hour, from this user or to this address."""


class InvitationClosed(Exception):
    """The invitation has been accepted or withdrawn, or has expired."""


class EmailInUse(Exception):
    """The address already has an account or an open invitation."""


def assignable_roles(person):
    """The roles that this user can give to others: their own and those below."""
    return RANKS[: RANKS.index(person.role) + 1] if person.has_perm("accounts.invite") else []


def invite(people, *, other_organisations, request):
    """Invite each of `people`: {name, email, organisation, role}. Return (invitations, {address: why not}).

    Each is an invitation of its own: one that cannot be made stops no other. The reasons are EmailInUse and
    InvitationLimitReached. `sent_at` is None where the mail server failed. Raises PermissionDenied, before anything is
    made, if the user cannot invite or cannot give one of the roles.
    """
    for person in people:
        require(request.user, "accounts.give_role", person["role"])
    made, refused = [], {}
    taken = taken_addresses([person["email"] for person in people])
    for person in people:
        try:
            made.append(_invite(person, other_organisations, taken, request))
        except (EmailInUse, InvitationLimitReached) as reason:
            refused[person["email"]] = reason
    with mail.one_connection() as connection:
        for invitation, token in made:
            _send(invitation, token, request, connection)
    return [invitation for invitation, _token in made], refused


def _invite(person, other_organisations, taken, request):
    """(invitation, its token) of one person. The email is not sent yet."""
    if person["email"] in taken:
        raise EmailInUse
    _count_invitation(request, person["email"])
    invitation = Invitation(**person, invited_by=request.user)
    token = invitation.renew()
    try:
        with transaction.atomic():
            invitation.save()
            invitation.other_organisations.set(
                [organisation for organisation in other_organisations if organisation != invitation.organisation]
            )
            record(AuditKind.INVITED, request=request, email=invitation.email, detail=_summary(invitation))
    except IntegrityError as error:
        if invitation.email not in taken_addresses([invitation.email]):
            raise
        raise EmailInUse from error
    return invitation, token


def taken_addresses(emails):
    """{address: its user, or None if it has an open invitation} of those that cannot be invited. Two queries."""
    users = {person.email: person for person in User.objects.filter(email__in=emails)}
    invited = set(Invitation.objects.open().filter(email__in=emails).values_list("email", flat=True))
    return {email: users.get(email) for email in emails if email in users or email in invited}


def resend(invitation, *, request):
    """Send the invitation again with a new link and expiry, and return it. The old link stops working.

    Raises InvitationClosed, PermissionDenied, InvitationLimitReached.
    """
    require(request.user, "accounts.give_role", invitation.role)
    _count_invitation(request, invitation.email)
    with transaction.atomic():
        invitation = _locked(invitation)
        token = invitation.renew()
        invitation.save()
        record(AuditKind.INVITATION_RESENT, request=request, email=invitation.email, detail=_summary(invitation))
    _send(invitation, token, request)
    return invitation


@transaction.atomic
def withdraw(invitation, *, request):
    """Withdraw the invitation, so that its link stops working. Raises InvitationClosed, PermissionDenied."""
    require(request.user, "accounts.give_role", invitation.role)
    invitation = _locked(invitation)
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    record(AuditKind.INVITATION_WITHDRAWN, request=request, email=invitation.email, detail=_summary(invitation))


@transaction.atomic
def accept(invitation, *, name, password, request):
    """Create and return the user. `password` is None for single sign-on. Raises InvitationClosed."""
    invitation = _locked(invitation)
    if invitation.has_expired(timezone.now()) or User.objects.filter(email=invitation.email).exists():
        raise InvitationClosed
    person = User.objects.create_user(
        invitation.email, password, name=name, organisation=invitation.organisation, role=invitation.role
    )
    person.other_organisations.set(invitation.other_organisations.all())
    invitation.person, invitation.accepted_at = person, timezone.now()
    invitation.save(update_fields=["person", "accepted_at"])
    record(AuditKind.INVITATION_ACCEPTED, request=request, person=person, actor=person, detail=_summary(invitation))
    return person


def accept_by_single_sign_on(email, name, *, request):
    """Create and return the user invited at this verified address; None if there is no working invitation.

    `name` is that of the provider, for a user who was invited without one.
    """
    invitation = Invitation.objects.open().filter(email=User.objects.normalize_email(email)).first()
    if invitation is None:
        return None
    try:
        return accept(invitation, name=invitation.name or name or email, password=None, request=request)
    except InvitationClosed:
        return None


def _locked(invitation):
    """The invitation, locked until the transaction ends. Raises InvitationClosed."""
    locked = Invitation.objects.select_for_update().open().filter(pk=invitation.pk).first()
    if locked is None:
        raise InvitationClosed
    return locked


def _count_invitation(request, email):
    """Count an invitation towards the rate limits. Raises InvitationLimitReached."""
    if not consume(request, action="invite", key=email, user=request.user):
        raise InvitationLimitReached


def _summary(invitation):
    organisations = invitation.organisation_names or "no organisation"
    return f"{invitation.label}, {invitation.get_role_display()}, {organisations}"


def _send(invitation, token, request, connection=None):
    link = request.build_absolute_uri(reverse("account_invitation", args=[token]))
    context = {"invitation": invitation, "link": link, "role": ROLE_NOUNS[invitation.role]}
    if mail.send("accounts/email/invitation", invitation.email, context, connection=connection):
        invitation.sent_at = timezone.now()
        Invitation.objects.filter(pk=invitation.pk).update(sent_at=invitation.sent_at)
