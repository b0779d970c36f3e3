"""Two-step verification: who needs it, and whether they have set it up."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
SESSION_KEY = "second_factor"


def is_required(user):
    """Whether this user must have a second factor: the programme office and administrators."""
    return settings.SECOND_FACTOR_REQUIRED and user.is_staff


def is_set_up(user):
    """Whether the user has an authenticator app or a passkey. One query."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def is_satisfied(request):
    """Whether this session has the second factor it needs. A yes is kept in the session, without further queries."""
    if not is_required(request.user) or request.session.get(SESSION_KEY):
        return True
    if is_set_up(request.user) or _used_single_sign_on(request):
        request.session[SESSION_KEY] = True
        return True
    return False


def _used_single_sign_on(request):
    """Whether the user signed in by a provider that checks a second factor itself (OIDC_IS_SECOND_FACTOR)."""
    if not settings.OIDC_IS_SECOND_FACTOR:
        return False
    return any(record["method"] == "socialaccount" for record in get_authentication_records(request, request.user))
