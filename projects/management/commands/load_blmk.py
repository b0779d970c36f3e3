"""Load the data of a system: by default those that ship with the portal."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from projects.importing import ImportErrors, load_system
from projects.labels import plural

DATA = Path(__file__).resolve().parents[2] / "data" / "blmk"


class Command(BaseCommand):
    help = "Load the data of the system. Safe to repeat: what is already there is left as it is."

    def add_arguments(self, parser):
        parser.add_argument(
            "--data", type=Path, default=DATA, metavar="DIR", help="another folder of the same form (see docs/data.md)"
        )
        parser.add_argument("--dry-run", action="store_true", help="check the files and say what would be added")

    def handle(self, *, data, dry_run, **options):
        try:
            counts = load_system(data, dry_run=dry_run)
        except ImportErrors as broken:
            found = plural(len(broken.faults), "fault")
            raise CommandError(f"Nothing was loaded: {found}.\n{broken}") from broken
        self.stdout.write(f"{'Would load' if dry_run else 'Loaded'}: {counts}.")
