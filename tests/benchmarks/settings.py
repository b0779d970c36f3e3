"""What `make run` serves, with the bare view beside it."""

from estates_portal.settings.local import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"
LOGGING["root"]["level"] = "ERROR"  # noqa: F405
