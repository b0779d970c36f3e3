"""A deployment check of the proxy."""

from django.conf import settings
from django.core.checks import Warning, register


@register(deploy=True)
def check_proxy(app_configs, **kwargs):
    """Warn if visitors behind a proxy would all have its IP address, and so one rate limit."""
    if settings.TRUST_PROXY:
        return []
    return [
        Warning(
            "TRUST_PROXY is off: behind a proxy, all visitors share its IP address and its limit of failed sign-ins.",
            hint="Set it to 1 if a proxy sets X-Forwarded-For and X-Forwarded-Proto.",
            id="accounts.W001",
        )
    ]
