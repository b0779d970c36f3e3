"""Settings for tests: no built assets, quick password hashing."""

from .base import *  # noqa: F403

SECRET_KEY = "only-for-tests-0000000000000000000000000000000000000000000000"  # noqa: S105
PORTAL_URL = "http://testserver"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
EXAMPLE_ACCOUNTS_ALLOWED = True
SECOND_FACTOR_REQUIRED = False
CACHES = {**CACHES, "default": CACHES["memory"]}  # noqa: F405 -- each test process has its own
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
LOG_LEVEL = "ERROR"
LOGGING["root"]["level"] = LOG_LEVEL  # noqa: F405
WHITENOISE_AUTOREFRESH = True  # do not read collected files at start
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405 -- the server of browser tests must close its connections
