"""Writes audit records from the signals of Django and django-allauth.

The only receivers in the portal: the libraries have no other hook for all of these events.
"""

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as single_sign_on
from django.contrib.auth import signals as auth
from django.dispatch import receiver

from .audit import record
from .middleware import start_session
from .models import AuditKind, User

METHOD_LABELS = {"password": "password", "socialaccount": "single sign-on"}
FACTOR_LABELS = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery code",
}


@receiver(auth.user_logged_in)
def signed_in(sender, request, user, **kwargs):
    labels = []
    start_session(request.session)
    for step in get_authentication_records(request, user):
        label = METHOD_LABELS.get(step["method"]) or FACTOR_LABELS.get(step.get("type"), step["method"])
        if label not in labels:
            labels.append(label)
    record(AuditKind.SIGNED_IN, request=request, person=user, actor=user, detail=" and ".join(labels).capitalize())


@receiver(auth.user_login_failed)
def sign_in_failed(sender, credentials, request=None, **kwargs):
    email = credentials.get("email") or credentials.get("username") or ""
    person = _person_of(email)
    record(AuditKind.SIGN_IN_FAILED, request=request, person=person, email=email, detail="Wrong password or address")


@receiver(mfa.authentication_failed)
def second_factor_failed(sender, request, user, **kwargs):
    record(AuditKind.SIGN_IN_FAILED, request=request, person=user, detail="Wrong code in two-step verification")


@receiver(auth.user_logged_out)
def signed_out(sender, request, user, **kwargs):
    if user is not None:
        record(AuditKind.SIGNED_OUT, request=request, person=user, actor=user)


@receiver(account.user_signed_up)
def signed_up(sender, request, user, **kwargs):
    record(AuditKind.SIGNED_UP, request=request, person=user, actor=user)


@receiver(account.password_set)
@receiver(account.password_changed)
def password_changed(sender, request, user, **kwargs):
    record(AuditKind.PASSWORD_CHANGED, request=request, person=user)


@receiver(account.password_reset)
def password_reset(sender, request, user, **kwargs):
    record(AuditKind.PASSWORD_RESET, request=request, person=user, actor=user)


@receiver(account.email_changed)
def email_changed(sender, request, user, from_email_address, to_email_address, **kwargs):
    old = from_email_address.email if from_email_address else "none"
    detail = f"{old} → {to_email_address.email}"
    record(AuditKind.EMAIL_CHANGED, request=request, person=user, detail=detail)


@receiver(mfa.authenticator_added)
@receiver(mfa.authenticator_reset)
def second_factor_added(sender, request, user, authenticator, **kwargs):
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record(AuditKind.RECOVERY_CODES_MADE, request=request, person=user)
    else:
        detail = FACTOR_LABELS[authenticator.type].capitalize()
        record(AuditKind.SECOND_STEP_ADDED, request=request, person=user, detail=detail)


@receiver(mfa.authenticator_removed)
def second_factor_removed(sender, request, user, authenticator, **kwargs):
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:  # deleted with the last of the others
        detail = FACTOR_LABELS[authenticator.type].capitalize()
        record(AuditKind.SECOND_STEP_REMOVED, request=request, person=user, detail=detail)


@receiver(mfa.authenticator_used)
def recovery_code_used(sender, request, user, authenticator, **kwargs):
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record(AuditKind.RECOVERY_CODE_USED, request=request, person=user, actor=user)


@receiver(single_sign_on.social_account_added)
def single_sign_on_connected(sender, request, sociallogin, **kwargs):
    record(AuditKind.SINGLE_SIGN_ON_CONNECTED, request=request, person=sociallogin.user, actor=sociallogin.user)


@receiver(single_sign_on.social_account_removed)
def single_sign_on_removed(sender, request, socialaccount, **kwargs):
    record(AuditKind.SINGLE_SIGN_ON_REMOVED, request=request, person=socialaccount.user)


def _person_of(email):
    return User.objects.filter(email=User.objects.normalize_email(email)).first() if "\0" not in str(email) else None
