"""Load the data of a system, by default the data that ships with the portal."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from projects.importing import ImportErrors, load_system
from projects.labels import plural

DATA = Path(__file__).resolve().parents[2] / "data" / "blmk"


class Command(BaseCommand):
    help = "Load the data of the system. Safe to repeat: existing records are not changed."

    def add_arguments(self, parser):
        parser.add_argument(
            "--data", type=Path, default=DATA, metavar="DIR", help="another folder in this format (see docs/data.md)"
        )
        parser.add_argument("--dry-run", action="store_true", help="check the files and count what would be added")

    def handle(self, *, data, dry_run, **options):
        try:
            counts = load_system(data, dry_run=dry_run)
        except ImportErrors as failure:
            count = plural(len(failure.errors), "error")
            raise CommandError(f"Nothing was loaded: {count}.\n{failure}") from failure
        self.stdout.write(f"{'Would load' if dry_run else 'Loaded'}: {counts}.")
