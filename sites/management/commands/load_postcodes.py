"""Load the gazetteer, by default the files that ship with the portal."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from sites.gazetteer import DATA, BadGazetteer, load_gazetteer


class Command(BaseCommand):
    help = "Load postcodes, towns and diagnostic centres. Does nothing if they have not changed. Load the system first."

    def add_arguments(self, parser):
        parser.add_argument(
            "--data",
            type=Path,
            default=DATA,
            metavar="DIR",
            help="another folder in this format (see docs/data.md)",
        )

    def handle(self, *, data, **options):
        try:
            counts = load_gazetteer(data)
        except BadGazetteer as failure:
            raise CommandError(f"Nothing was loaded. {failure}") from failure
        loaded = ", ".join(f"{number:,} {kind}" for kind, number in counts.items())
        self.stdout.write(f"Loaded: {loaded}." if counts else "Unchanged.")
