"""Changes to other users' accounts. Each checks permission and writes an audit record."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from .audit import AccountState, record, record_changes
from .forms import ResetRequestForm
from .models import AuditKind, User
from .rules import require


@transaction.atomic
def deactivate(person, *, request):
    """Deactivate the account and end its sessions. Raises PermissionDenied."""
    require(request.user, "accounts.deactivate_user", person)
    _change(person, request, is_active=False)
    end_sessions(person)


@transaction.atomic
def reactivate(person, *, request):
    """Reactivate the account. Raises PermissionDenied."""
    require(request.user, "accounts.deactivate_user", person)
    _change(person, request, is_active=True)


@transaction.atomic
def change_role(person, *, role, organisation, other_organisations, request):
    """Change the user's role and organisations. Raises PermissionDenied, also for the user's own account."""
    require(request.user, "accounts.change_role", person)
    _change(person, request, role=role, organisation=organisation, other_organisations=other_organisations)


@transaction.atomic
def move_to_organisation(person, *, request, reason, **organisations):
    """Set the user's `organisation` or `other_organisations`, as a hand-over or merger does.

    The caller checks the permission.
    """
    person._change_reason = reason
    _change(person, request, **organisations)


@transaction.atomic
def remove_second_factor(person, *, request):
    """Delete the user's authenticator app, passkeys and recovery codes, and end their sessions.

    Raises PermissionDenied.
    """
    require(request.user, "accounts.remove_second_factor", person)
    Authenticator.objects.filter(user=person).delete()
    end_sessions(person)
    record(AuditKind.SECOND_STEP_REMOVED, request=request, person=person, detail="All, by an administrator")


def send_reset(person, *, request):
    """Email the user a link to set a new password. Raises PermissionDenied."""
    require(request.user, "accounts.deactivate_user", person)
    form = ResetRequestForm({"email": person.email})
    if form.is_valid():
        form.save(request)


def _change(person, request, *, other_organisations=None, **fields):
    User.objects.select_for_update().get(pk=person.pk)
    before = AccountState.of(person)
    if other_organisations is not None:
        person.other_organisations.set(other_organisations)
    for name, value in fields.items():
        setattr(person, name, value)
    person.full_clean(exclude=["password"])
    person.save(update_fields=list(fields))
    record_changes(before, person, request=request)


def end_sessions(person):
    """Sign the user out everywhere."""
    for session in UserSession.objects.filter(user=person):
        session.end()
