"""Settings of `make run`, with an empty view, also for PostgreSQL."""

from estates_portal.settings.base import *  # noqa: F403

SECRET_KEY = "only-for-benchmarks-00000000000000000000000000000000000000000"
ALLOWED_HOSTS = ["127.0.0.1"]
SECOND_FACTOR_REQUIRED = False
ROOT_URLCONF = "tests.benchmarks.urls"
LOGGING["root"]["level"] = "ERROR"  # noqa: F405
