"""Deployment checks: the contacts that a public service must have."""

from django.conf import settings
from django.core.checks import Tags, Warning, register

from estates_portal.identity import current_system


@register(deploy=True)
def check_contacts(app_configs, **kwargs):
    """Warn about contacts that the environment does not give."""
    warnings = []
    if not settings.CONTACT_EMAIL:
        warnings.append(
            Warning(
                "CONTACT_EMAIL is empty: readers cannot contact the service.",
                hint="Set it to the email address of the programme office.",
                id="contact.W001",
            )
        )
    if not settings.SECURITY_CONTACT:
        warnings.append(
            Warning(
                "SECURITY_CONTACT is empty: /.well-known/security.txt does not say where to report a vulnerability.",
                hint="Set it to a mailto: or https: address.",
                id="contact.W002",
            )
        )
    return warnings


@register(Tags.database, deploy=True)
def check_contact_details(app_configs, databases, **kwargs):
    """Warn about contact details that are missing in the admin. Runs with `check --deploy --database default`."""
    system = current_system() if databases else None
    if system is None or not system.missing_contact_details:
        return []
    return [
        Warning(
            f"Contact details are missing: {', '.join(system.missing_contact_details)}.",
            hint="Fill them in under System in the admin.",
            id="contact.W003",
        )
    ]
