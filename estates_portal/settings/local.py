"""Settings for your own computer: plain HTTP and example accounts. They refuse to load on a server."""

from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403
from .base import ALLOWED_HOSTS, BASE_DIR, DATABASES, EMAIL_HOST, SECRET_KEY, STORAGES, env_bool, env_int, env_text

THIS_COMPUTER = ["127.0.0.1", "localhost", "[::1]"]


def refuse_server(variable, problem):
    """Raise ImproperlyConfigured: the environment is a server's, and these settings are not safe there."""
    raise ImproperlyConfigured(
        f"{variable} {problem}, but these settings are only for your own computer. On a server, set "
        "DJANGO_SETTINGS_MODULE=estates_portal.settings.production. On your own computer, unset "
        f"{variable}."
    )


# Without DJANGO_SETTINGS_MODULE, commands load this module. On a server they must not run with a known secret key,
# without second factors and with example accounts.
if DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
    refuse_server("DATABASE_URL", "is not a SQLite database")
if any(host not in THIS_COMPUTER for host in ALLOWED_HOSTS):
    refuse_server("ALLOWED_HOSTS", "names other computers")
if EMAIL_HOST and EMAIL_HOST not in THIS_COMPUTER:
    refuse_server("EMAIL_HOST", "is a mail server")

DEBUG = env_bool("DEBUG", False)
SECRET_KEY = SECRET_KEY or "only-for-a-machine-of-your-own-never-for-production-0000000000"
ALLOWED_HOSTS = ALLOWED_HOSTS or THIS_COMPUTER
PORT = env_int("PORT", 8000)
PORTAL_URL = env_text("PORTAL_URL").rstrip("/") or f"http://127.0.0.1:{PORT}"
EXAMPLE_ACCOUNTS_ALLOWED = True
if DEBUG:
    STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

# You can try two-step verification, but the example accounts do not need it.
SECOND_FACTOR_REQUIRED = env_bool("SECOND_FACTOR_REQUIRED", False)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
if not EMAIL_HOST:
    EMAIL_BACKEND = "estates_portal.mail.ConsoleAndFileBackend"
    EMAIL_FILE_PATH = BASE_DIR / "sent-mail"
