"""Make one example person for each role, to try the portal with."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from estates_portal.accounts.models import Role, User
from sites.models import Organisation

PASSWORD = "quiet-harbour-lamp-42"  # noqa: S105 - printed for whoever tries the portal; refused in production

# email address, name, role, slug of the organisation
PEOPLE = [
    ("admin@example.org", "Ada Administrator", Role.ADMINISTRATOR, ""),
    ("office@example.org", "Omar Office", Role.PROGRAMME_OFFICE, ""),
    (
        "contributor@example.org",
        "Carys Contributor",
        Role.CONTRIBUTOR,
        "bedfordshire-hospitals-nhs-foundation-trust",
    ),
    (
        "viewer@example.org",
        "Vikram Viewer",
        Role.VIEWER,
        "milton-keynes-university-hospital-nhs-foundation-trust",
    ),
]


@transaction.atomic
def make_example_accounts():
    """Create the example people who are not there yet; return all of them with whether each is new.

    One that is there is left as it is, password, role and organisation too. Raises Organisation.DoesNotExist before
    the BLMK data are loaded.
    """
    people = []
    for email, name, role, slug in PEOPLE:
        person = User.objects.filter(email=email).first()
        is_new = person is None
        if is_new:
            organisation = Organisation.objects.get(slug=slug) if slug else None
            person = User.objects.create_user(
                email, PASSWORD, name=name, role=role, organisation=organisation, is_example=True
            )
        people.append((person, is_new))
    return people


def password_words(person):
    """What to type to sign in as this person, as far as it is known."""
    if not person.is_active:
        return "(may not sign in)"
    return PASSWORD if person.check_password(PASSWORD) else "(changed since)"


class Command(BaseCommand):
    help = "Make an example person for each role and print how to sign in. Safe to repeat: passwords are never reset."

    def add_arguments(self, parser):
        parser.add_argument(
            "--force", action="store_true", help="also where the settings do not allow accounts with a known password"
        )

    def handle(self, *, force, **options):
        if not (settings.EXAMPLE_ACCOUNTS_ALLOWED or force):
            raise CommandError(
                "Example accounts have a password that everybody knows, and these settings do not allow them. "
                "Use createsuperuser, or --force if this is not a real portal."
            )
        try:
            people = make_example_accounts()
        except Organisation.DoesNotExist as missing:
            raise CommandError("The organisations are not there yet: run load_blmk first.") from missing
        rows = [(person.email, password_words(person), person.get_role_display()) for person, _ in people]
        rows.insert(0, ("email address", "password", "role"))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        made = sum(is_new for _, is_new in people)
        self.stdout.write(f"Example accounts: {made} new, {len(people) - made} already there.")
