"""Who must prove twice who they are, and whether they have."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
SESSION_KEY = "second_factor"


def is_required(user):
    """Whether this person may work in the portal only with a second factor: those who see and change everything."""
    return settings.SECOND_FACTOR_REQUIRED and user.is_staff


def is_set_up(user):
    """Whether the person has an authenticator app or a passkey. One query."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def is_satisfied(request):
    """Whether nothing is missing in this session; remembered in it, so later requests ask nothing of the database."""
    if not is_required(request.user) or request.session.get(SESSION_KEY):
        return True
    if is_set_up(request.user) or _came_by_single_sign_on(request):
        request.session[SESSION_KEY] = True
        return True
    return False


def _came_by_single_sign_on(request):
    """Whether the person signed in by a provider that itself asks for a second factor (OIDC_IS_SECOND_FACTOR)."""
    if not settings.OIDC_IS_SECOND_FACTOR:
        return False
    return any(record["method"] == "socialaccount" for record in get_authentication_records(request, request.user))
