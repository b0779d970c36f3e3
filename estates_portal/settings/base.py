"""Settings of every environment; local, test and production extend them."""

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from .environment import env_bool, env_choice, env_int, env_list, env_text

BASE_DIR = Path(__file__).resolve().parents[2]
NHSUK_FRONTEND = BASE_DIR / "node_modules" / "nhsuk-frontend" / "dist" / "nhsuk"

# The environment, read once -----------------------------------------------------------------------------------------
SECRET_KEY = env_text("SECRET_KEY")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
DATABASE_URL = env_text("DATABASE_URL")
LOG_LEVEL = env_choice("LOG_LEVEL", ["INFO", "DEBUG", "WARNING", "ERROR"])
TRUST_PROXY = env_bool("TRUST_PROXY", False)
CONN_MAX_AGE = env_int("CONN_MAX_AGE", 60)
RELEASE = env_text("RELEASE")
SIGN_UP_DOMAINS = [domain.lower() for domain in env_list("SIGN_UP_DOMAINS")]
SECOND_FACTOR_REQUIRED = env_bool("SECOND_FACTOR_REQUIRED", True)
SESSION_IDLE_MINUTES = env_int("SESSION_IDLE_MINUTES", 60)
SESSION_HOURS = env_int("SESSION_HOURS", 12)
INVITATION_DAYS = env_int("INVITATION_DAYS", 7)
SECURITY_CONTACT = env_text("SECURITY_CONTACT")
CONTACT_EMAIL = env_text("CONTACT_EMAIL")  # of the programme office, unless the record "system" has another
RETENTION_MONTHS = {  # how long `apply_retention` keeps personal data
    "messages": env_int("KEEP_MESSAGES_MONTHS", 12),  # after the answer
    "invitations": env_int("KEEP_INVITATIONS_MONTHS", 12),  # after they expire or are withdrawn
    "accounts": env_int("KEEP_ACCOUNTS_MONTHS", 24),  # after they are deactivated
    "notices": env_int("KEEP_NOTICES_MONTHS", 12),
    "audit": env_int("KEEP_AUDIT_MONTHS", 24),
    "deletions": env_int("KEEP_DELETIONS_MONTHS", 24),  # records can be restored for so long
}
OPEN_DATA_PUBLISHER = env_text("OPEN_DATA_PUBLISHER")  # by default the name of the service
OC4IDS_PREFIX = env_text("OC4IDS_PREFIX", "oc4ids-unregistered")
PORTAL_URL = env_text("PORTAL_URL").rstrip("/") or (f"https://{ALLOWED_HOSTS[0]}" if len(ALLOWED_HOSTS) == 1 else "")
EMAIL_HOST = env_text("EMAIL_HOST")
EMAIL_PORT = env_int("EMAIL_PORT", 587)
EMAIL_HOST_USER = env_text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env_text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 30  # seconds; less than the 15 minutes after which emails about events are tried again
DEFAULT_FROM_EMAIL = env_text("DEFAULT_FROM_EMAIL", "estates-portal@localhost")
OIDC_SERVER_URL = env_text("OIDC_SERVER_URL")
OIDC_CLIENT_ID = env_text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env_text("OIDC_CLIENT_SECRET")
OIDC_NAME = env_text("OIDC_NAME", "your organisation's account")
OIDC_VERIFIES_EMAIL = env_bool("OIDC_VERIFIES_EMAIL", False)
OIDC_IS_SECOND_FACTOR = env_bool("OIDC_IS_SECOND_FACTOR", False)
OIDC_FORM_ORIGINS = env_list("OIDC_FORM_ORIGINS")

DEBUG = False
EXAMPLE_ACCOUNTS_ALLOWED = False  # `make_example_accounts` gives known passwords: never in production

INSTALLED_APPS = [
    "sites",
    "projects",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "estates_portal.accounts",  # after allauth, whose admin pages it removes
    "estates_portal.contact",
    "estates_portal.deletion",
    "estates_portal.unsaved",
    "csp",
    "django_filters",
    "rules.apps.AutodiscoverRulesConfig",
    "simple_history",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "estates_portal.accounts.middleware.PrivateAnswersMiddleware",
    "estates_portal.unsaved.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "estates_portal.accounts.middleware.SessionLimitsMiddleware",
    "estates_portal.accounts.middleware.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "estates_portal.unsaved.middleware.UnsavedMiddleware",
    "estates_portal.addresses.FormerAddressMiddleware",
]

ROOT_URLCONF = "estates_portal.urls"
WSGI_APPLICATION = "estates_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.contrib.humanize.templatetags.humanize",
                "estates_portal.unsaved.templatetags.form_tokens",  # its csrf_token replaces Django's
            ],
            "libraries": {"nhsuk": "estates_portal.nhsuk.tags", "portal_admin": "estates_portal.admin_tags"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "estates_portal.identity.system",
                "projects.navigation.navigation",
            ],
        },
    }
]
FORM_RENDERER = "estates_portal.nhsuk.forms.NhsukRenderer"

# SQLite for a web application: reads during a write, writers that queue, and checked foreign keys.
SQLITE_OPTIONS = {
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
        "PRAGMA busy_timeout=10000; PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456;"
    ),
    "transaction_mode": "IMMEDIATE",
    "timeout": 10,
}

# By default PostgreSQL plans for hard disks and reads whole tables where an index is faster on SSDs.
POSTGRESQL_OPTIONS = {"options": "-c random_page_cost=1.1"}


def database(url):
    """The DATABASES entry for a PostgreSQL or SQLite URL. Open connections are checked before they are used again.

    Raises ImproperlyConfigured for other URLs.
    """
    try:
        settings = dj_database_url.parse(url, conn_max_age=CONN_MAX_AGE, conn_health_checks=True)
    except (ValueError, dj_database_url.ParseError) as error:
        raise ImproperlyConfigured("DATABASE_URL is not an address like postgres://user:password@host/name") from error
    if settings["ENGINE"] == "django.db.backends.sqlite3":
        settings["OPTIONS"] = SQLITE_OPTIONS
    elif settings["ENGINE"] == "django.db.backends.postgresql":
        settings["OPTIONS"] = POSTGRESQL_OPTIONS | settings.get("OPTIONS", {})
    else:
        raise ImproperlyConfigured("DATABASE_URL must be of PostgreSQL or SQLite")
    return settings


DATABASES = {"default": database(DATABASE_URL or f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}

# "default" is shared by all processes, for rate limits; "memory" belongs to one process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 5000}},
}

# Users and sign-in --------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["estates_portal.accounts.backends.Backend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "projects:start"
LOGOUT_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]  # NCSC: length and a list of common passwords, no forced symbols, no expiry

ACCOUNT_ADAPTER = "estates_portal.accounts.adapters.PortalAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # when sign-in details change
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False  # computers on wards are shared: a session ends with the browser
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Per IP address ("ip"), user, or account ("key"). A trust can have one address: a course of 40 must be able to join.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "5/15m/key",  # of an account from one address or on known browsers (accounts.attempts); of a code
    "login_failed_account": "20/d/key",  # then a link by email
    "login_failed_network": "300/15m/ip",  # then slower
    "login_failed_slowed": "20/m/ip",
    "sign_in_link": "3/h/key",
    "signup": "100/h/ip",
    "reset_password": "100/h/ip,5/h/key",
    "reset_password_from_key": "200/h/ip",
    "change_password": "5/15m/user",
    "manage_email": "10/h/user",
    "confirm_email": "1/3m/key",
    "reauthenticate": "10/15m/user",
    "invite": "60/h/user,5/h/key",
    "invitation": "200/10m/ip",
    "contact": "5/15m/ip",
}
ACCOUNT_FORMS = {
    "login": "estates_portal.accounts.forms.SignInForm",
    "signup": "estates_portal.accounts.forms.SignUpForm",
    "add_email": "estates_portal.accounts.forms.NewEmailForm",
    "change_password": "estates_portal.accounts.forms.PasswordChangeForm",
    "set_password": "estates_portal.accounts.forms.FirstPasswordForm",
    "reset_password": "estates_portal.accounts.forms.ResetRequestForm",
    "reset_password_from_key": "estates_portal.accounts.forms.NewPasswordForm",
    "reauthenticate": "estates_portal.accounts.forms.ReauthenticateForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if TRUST_PROXY else 0

USERSESSIONS_ADAPTER = "estates_portal.accounts.adapters.PortalSessionsAdapter"

MFA_ADAPTER = "estates_portal.accounts.adapters.PortalMFAAdapter"
MFA_FORMS = {
    "authenticate": "estates_portal.accounts.forms.SecondFactorForm",
    "reauthenticate": "estates_portal.accounts.forms.MFAReauthenticateForm",
    "activate_totp": "estates_portal.accounts.forms.ActivateTOTPForm",
    "add_webauthn": "estates_portal.accounts.forms.PasskeyForm",
    "edit_webauthn": "estates_portal.accounts.forms.PasskeyNameForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey alone signs in, so it must ask for a PIN or biometrics
MFA_TOTP_TOLERANCE = 1  # accepts the code of the previous 30 seconds
MFA_RECOVERY_CODES_SHOW_ONCE = True

SOCIALACCOUNT_ADAPTER = "estates_portal.accounts.adapters.PortalSocialAccountAdapter"
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_SERVER_URL, "verified_email": OIDC_VERIFIES_EMAIL},
            }
        ]
        if OIDC_SERVER_URL
        else [],
    }
}

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "estates_portal.formats"
TIME_ZONE = "Europe/London"
USE_TZ = True

# Icons resolve at /assets/images/, where the built CSS of NHS.UK frontend looks for them.
STATIC_URL = "/assets/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static", *([NHSUK_FRONTEND / "assets"] if NHSUK_FRONTEND.exists() else [])]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "estates_portal.finders.NhsukFrontendFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "estates_portal.storage.HashedStaticFilesStorage"},
}


def oidc_origins():
    """Origins that the forms of single sign-on and signing out can lead to: the provider's and OIDC_FORM_ORIGINS."""
    address = urlsplit(OIDC_SERVER_URL)
    return [f"{address.scheme}://{address.netloc}", *OIDC_FORM_ORIGINS] if OIDC_SERVER_URL else []


OIDC_ORIGINS = oidc_origins()


# Security ------------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "https://assets.nhs.uk"],  # NHS.UK frontend loads its font from there
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # Browsers also check redirects of a form: those of single sign-on and signing out redirect to the provider
        "form-action": [SELF, *OIDC_ORIGINS],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
PERMISSIONS_POLICY = {  # an empty list allows no one
    "accelerometer": [],
    "autoplay": [],
    "camera": [],
    "display-capture": [],
    "geolocation": [],
    "gyroscope": [],
    "magnetometer": [],
    "microphone": [],
    "midi": [],
    "payment": [],
    "usb": [],
    "publickey-credentials-create": "self",
    "publickey-credentials-get": "self",
}
SESSION_COOKIE_AGE = SESSION_IDLE_MINUTES * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_AGE = SESSION_HOURS * 3600  # as long as a session; each page with a form renews it
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "estates_portal.unsaved.views.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # a project with hundreds of milestones in the admin

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"secrets": {"()": "estates_portal.logs.MaskSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "loggers": {
        "django.request": {"filters": ["secrets"]},  # for handlers that an operator adds
        "django.server": {"handlers": ["console"], "propagate": False},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
