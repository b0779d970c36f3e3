"""Settings for production. They refuse to load with unsafe values."""

from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403
from .base import (
    ALLOWED_HOSTS,
    CONTACT_EMAIL,
    DATABASE_URL,
    EMAIL_HOST,
    OIDC_CLIENT_ID,
    OIDC_SERVER_URL,
    PORTAL_URL,
    RETENTION_MONTHS,
    SECRET_KEY,
    TRUST_PROXY,
    env_bool,
    env_int,
)

if env_bool("DEBUG", False):
    raise ImproperlyConfigured("DEBUG is on: it shows secrets to anyone. Remove DEBUG from the environment.")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith(("only-for", "django-insecure")):
    raise ImproperlyConfigured(
        "SECRET_KEY must be set to 50 random characters or more. Make one with: "
        'python -c "import secrets; print(secrets.token_urlsafe(50))"'
    )
if not ALLOWED_HOSTS or any("*" in host for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the portal's host names, such as estates.example.nhs.uk")
if not PORTAL_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured(
        "PORTAL_URL must be the address of the portal, such as https://estates.example.nhs.uk: links in emails start "
        "with it. It can be left out if ALLOWED_HOSTS has one name"
    )
if not DATABASE_URL:
    raise ImproperlyConfigured("DATABASE_URL must be set, such as postgres://user:password@host/name")
if not EMAIL_HOST:
    raise ImproperlyConfigured("EMAIL_HOST must name the mail server: invitations and password resets go by email")
if "@" not in CONTACT_EMAIL:
    raise ImproperlyConfigured("CONTACT_EMAIL must be the email address of the programme office, shown on public pages")
if RETENTION_MONTHS["audit"] < 12:
    raise ImproperlyConfigured("KEEP_AUDIT_MONTHS must be 12 or more: the database keeps the audit record for a year")
if OIDC_SERVER_URL and not (OIDC_SERVER_URL.startswith("https://") and OIDC_CLIENT_ID):
    raise ImproperlyConfigured("Single sign-on needs OIDC_SERVER_URL with https:// and OIDC_CLIENT_ID")

SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = env_int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
