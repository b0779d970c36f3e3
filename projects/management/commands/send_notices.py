"""Emails users about events. Run it from cron; safe to repeat at any interval."""

from django.core.management.base import BaseCommand

from projects.digest.services import send_notices
from projects.labels import plural


class Command(BaseCommand):
    help = "Email each user one digest of new events. Each item is sent once."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="Count the items, without sending")

    def handle(self, *args, dry_run, **options):
        result = send_notices(dry_run=dry_run)
        digests, items = plural(result.digests, "email"), plural(result.items, "item")
        if dry_run:
            self.stdout.write(f"Would send {digests} with {items}.")
        else:
            self.stdout.write(f"Sent {digests} with {items}; {result.waiting} waiting.")
