"""A developer's or newcomer's machine: what is deployed, over plain HTTP, with example accounts."""

from .base import *  # noqa: F403
from .base import env_bool

DEBUG = env_bool("DEBUG", False)
SECRET_KEY = SECRET_KEY or "only-for-a-machine-of-your-own-never-for-production-0000000000"  # noqa: F405
ALLOWED_HOSTS = ALLOWED_HOSTS or ["127.0.0.1", "localhost", "[::1]"]  # noqa: F405
EXAMPLE_ACCOUNTS_ALLOWED = True
if DEBUG:
    STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405

# Second factors are there to try, but the example accounts do without unless they are asked for.
SECOND_FACTOR_REQUIRED = env_bool("SECOND_FACTOR_REQUIRED", False)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
if not EMAIL_HOST:  # noqa: F405
    EMAIL_BACKEND = "estates_portal.mail.PrintedAndKept"
    EMAIL_FILE_PATH = BASE_DIR / "sent-mail"  # noqa: F405
