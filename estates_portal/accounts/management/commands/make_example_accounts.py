"""Create one example user for each role."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from estates_portal.accounts.models import Role, User
from estates_portal.sorting import SortKey
from sites.models import Organisation, OrganisationKind

PASSWORD = "quiet-harbour-lamp-42"  # noqa: S105 - printed for whoever tries the portal; refused in production

# email address, name, role
PEOPLE = [
    ("admin@example.org", "Ada Administrator", Role.ADMINISTRATOR),
    ("office@example.org", "Omar Office", Role.PROGRAMME_OFFICE),
    ("contributor@example.org", "Carys Contributor", Role.CONTRIBUTOR),
    ("viewer@example.org", "Vikram Viewer", Role.VIEWER),
]


def organisations_by_role():
    """A trust for the contributor and one for the viewer: those that own most sites. Raises Organisation.DoesNotExist.

    The same one for both where there is only one.
    """
    trusts = Organisation.objects.existing(timezone.localdate()).filter(kind=OrganisationKind.NHS_TRUST)
    sites_owned = trusts.filter(is_example=False).annotate(sites_owned=Count("owned_sites"))
    most = list(sites_owned.order_by("-sites_owned", SortKey("name"))[:2])
    if not most:
        raise Organisation.DoesNotExist
    return {Role.CONTRIBUTOR: most[0], Role.VIEWER: most[-1]}


@transaction.atomic
def make_example_accounts():
    """Create the missing example users; return (user, is new) for all of them.

    Existing users do not change. Raises Organisation.DoesNotExist if the system is not loaded.
    """
    people = []
    for email, name, role in PEOPLE:
        person = User.objects.filter(email=email).first()
        is_new = person is None
        if is_new:
            organisation = organisations_by_role().get(role)
            person = User.objects.create_user(
                email, PASSWORD, name=name, role=role, organisation=organisation, is_example=True
            )
        people.append((person, is_new))
    return people


def password_label(person):
    """The password to show for this user."""
    if not person.is_active:
        return "(deactivated)"
    return PASSWORD if person.check_password(PASSWORD) else "(changed)"


def check_accounts_allowed(force):
    """Raise CommandError if this could be a real portal and `force` is not the name of its database."""
    database = str(connection.settings_dict["NAME"])
    if force is None and not (settings.EXAMPLE_ACCOUNTS_ALLOWED and connection.vendor == "sqlite"):
        raise CommandError(
            "Example accounts have a password that everyone knows, so they are only for SQLite with local settings. "
            "Use createsuperuser. If this is not a real portal, use --force with the name of its database."
        )
    if force not in (None, database):
        raise CommandError(f"No accounts created: --force names {force}, but the database is {database}.")


class Command(BaseCommand):
    help = "Create an example user for each role and print how to sign in. Safe to repeat: passwords are not reset."

    def add_arguments(self, parser):
        parser.add_argument(
            "--force",
            metavar="DATABASE",
            help="name of the database: create the accounts even if the settings do not allow it or it is not SQLite",
        )

    def handle(self, *, force, **options):
        check_accounts_allowed(force)
        try:
            people = make_example_accounts()
        except Organisation.DoesNotExist as missing:
            raise CommandError("There are no organisations yet: run load_blmk first.") from missing
        rows = [
            (person.email, PASSWORD if is_new else password_label(person), person.get_role_display())
            for person, is_new in people
        ]
        rows.insert(0, ("email address", "password", "role"))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        created = sum(is_new for _, is_new in people)
        self.stdout.write(f"Example accounts: {created} new, {len(people) - created} already there.")
