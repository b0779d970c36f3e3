"""The portal's adapters for django-allauth: sign-up, emails, two-step verification, single sign-on, sessions."""

import base64
import functools
import hashlib
import logging

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import render

from estates_portal.identity import current_system
from estates_portal.mail import prepare

from . import attempts, browsers, second_factor, single_sign_on
from .audit import record
from .invitations import accept_by_single_sign_on
from .models import AuditKind, User
from .names import tidy_name

logger = logging.getLogger(__name__)
REFUSAL_DETAILS = {
    "unverified": "The provider has not confirmed the address",
    "unknown": "No account with this address",
    "inactive": "Deactivated",
    "other": "Signed in as another user",
}


class PortalAccountAdapter(DefaultAccountAdapter):
    """Users are invited. Only the email domains in SIGN_UP_DOMAINS can sign up, as viewers."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": "Too many failed attempts. Wait 15 minutes, then try again",
        "rate_limited": "Too many attempts. Wait a few minutes, then try again",
    }

    def pre_authenticate(self, request, **credentials):
        """Count the attempt until it succeeds. Raises ValidationError if there were too many."""
        email = credentials.get("email", "")
        self._login_failed_rl_usage = attempts.Attempt(request, email)  # allauth rolls it back after a success
        try:
            self._login_failed_rl_usage.count()
        except attempts.TooManyAttempts as refusal:
            record(AuditKind.LOCKED_OUT, request=request, email=email, detail=refusal.reason)
            raise ValidationError(str(refusal), code="too_many_login_attempts") from refusal

    def _delete_login_attempts_cached_email(self, request, **credentials):
        """Forget the failures of an account with a new password. allauth calls this, and knows no other limits."""
        attempts.Attempt(request, credentials["email"]).clear()

    def get_client_ip(self, request):
        if "X-Forwarded-For" in request.headers and not settings.TRUST_PROXY:
            _warn_about_proxy()
        return super().get_client_ip(request)

    def authenticate(self, request, **credentials):
        """The user, or None. Also None for a deactivated user, so that no one learns who has an account."""
        person = super().authenticate(request, **credentials)
        if person is None or person.is_active:
            return person
        record(AuditKind.SIGN_IN_FAILED, request=request, person=person, detail="Deactivated")
        return None

    def send_mail(self, template_prefix, email, context):
        """Send the email. If the mail server fails, log it and show a warning."""
        try:
            super().send_mail(template_prefix, email, {"system": current_system(), **context})
        except OSError:  # smtplib raises only this
            logger.exception("Could not send %s", template_prefix)
            messages.warning(self.request, "Email not sent. Try again later")

    def render_mail(self, template_prefix, email, context, headers=None):
        """The email, marked and answered as the portal's own."""
        return prepare(super().render_mail(template_prefix, email, context, headers))

    def post_login(self, request, user, **kwargs):
        return browsers.remember(request, user, super().post_login(request, user, **kwargs))

    def get_logout_redirect_url(self, request):
        """The provider's address for signing out, if the user signed in there and it has one; else the home page."""
        return single_sign_on.end_session_url(request) or super().get_logout_redirect_url(request)

    def logout(self, request):
        stays = single_sign_on.signed_in_at_provider(request) and not single_sign_on.end_session_url(request)
        super().logout(request)
        if stays:
            messages.warning(request, f"You are still signed in to {settings.OIDC_NAME}. Sign out there too")

    def is_open_for_signup(self, request):
        return bool(settings.SIGN_UP_DOMAINS)

    def save_user(self, request, user, form, commit=True):
        user.name = form.cleaned_data["name"]
        user.email = User.objects.normalize_email(form.cleaned_data["email"])
        self.set_password(user, form.cleaned_data["password1"])
        return user

    def clean_email(self, email):
        return User.objects.normalize_email(super().clean_email(email))

    def confirm_email(self, request, email_address):
        confirmed = super().confirm_email(request, email_address)
        if confirmed and email_address.primary:
            User.objects.filter(pk=email_address.user_id).update(email=email_address.email)
        return confirmed


class PortalMFAAdapter(DefaultMFAAdapter):
    """Encrypts the secrets of authenticator apps. A required second factor cannot be removed if it is the last."""

    def encrypt(self, text):
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self):
        """The name of the portal in authenticator apps."""
        return current_system().service_name

    def can_delete_authenticator(self, authenticator):
        if authenticator.type not in second_factor.FACTORS or not second_factor.is_required(authenticator.user):
            return True
        factors = type(authenticator).objects.filter(user=authenticator.user, type__in=second_factor.FACTORS)
        return factors.exclude(pk=authenticator.pk).exists()


def _cipher():
    """Encrypts with SECRET_KEY; decrypts with SECRET_KEY or one of SECRET_KEY_FALLBACKS."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])


class PortalSocialAccountAdapter(DefaultSocialAccountAdapter):
    """Single sign-on: matches the user by an email address that the provider has verified."""

    def get_provider(self, request, provider, client_id=None):
        found = super().get_provider(request, provider, client_id)
        found.oauth2_adapter_class = single_sign_on.OpenIDConnectAdapter
        return found

    def pre_social_login(self, request, sociallogin):
        if sociallogin.is_existing:
            return
        addresses = [address.email for address in sociallogin.email_addresses if _is_verified(address)]
        if not addresses:
            raise ImmediateHttpResponse(self._refused(request, "unverified"))
        email = User.objects.normalize_email(addresses[0])
        name = tidy_name((sociallogin.account.get_provider_account().get_user_data() or {}).get("name") or "")[:150]
        person = User.objects.filter(email=email).first() or accept_by_single_sign_on(email, name, request=request)
        if person is None:
            raise ImmediateHttpResponse(self._refused(request, "unknown", email))
        if not person.is_active:
            raise ImmediateHttpResponse(self._refused(request, "inactive", email))
        if sociallogin.state.get("process") != AuthProcess.CONNECT:
            sociallogin.connect(request, person)
        elif person != request.user:
            raise ImmediateHttpResponse(self._refused(request, "other", email))

    def is_open_for_signup(self, request, sociallogin):
        return False

    @staticmethod
    def _refused(request, why, email=""):
        record(AuditKind.SINGLE_SIGN_ON_REFUSED, request=request, email=email, detail=REFUSAL_DETAILS[why])
        context = {"why": why, "email": email, "provider": settings.OIDC_NAME}
        return render(request, "socialaccount/refused.html", context, status=403)


class PortalSessionsAdapter(DefaultUserSessionsAdapter):
    """Writes an audit record when a user ends their other sessions."""

    def end_sessions(self, sessions):
        super().end_sessions(sessions)
        person = context.request.user
        record(AuditKind.SESSIONS_ENDED, request=context.request, person=person, detail=f"{len(sessions)} ended")


@functools.cache
def _warn_about_proxy():
    """Log, once in each process, that all visitors may count as one."""
    logger.warning("X-Forwarded-For arrives but TRUST_PROXY is off: all visitors behind the proxy share rate limits")


def _is_verified(address):
    """Whether the provider has verified the address. Some send the claim as a string: "false" is true in Python."""
    return str(address.verified).lower() == "true"
