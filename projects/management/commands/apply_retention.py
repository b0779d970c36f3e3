"""Delete personal data whose retention period has ended."""

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from estates_portal.accounts import retention
from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind, Invitation
from estates_portal.contact.models import Message
from estates_portal.deletion.models import Deletion
from estates_portal.unsaved.models import SentForm
from projects.models import EstateImport, Notice


class Command(BaseCommand):
    help = "Delete personal data whose retention period (KEEP_ settings) has ended. Safe to repeat; run it daily."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="count what would be deleted")

    @transaction.atomic
    def handle(self, *, dry_run, **options):
        invitations = retention.ended_invitations()
        former = list(retention.former_users())
        rows = {
            "messages": Message.objects.filter(answered_at__lt=retention.limit("messages")),
            "invitations": invitations,
            "emails about reports": Notice.objects.filter(created_at__lt=retention.limit("notices")),
            "audit events": retention.old_audit_events(),
            "ended sign-ins": retention.expired_sessions(),
            "deleted records": Deletion.objects.filter(at__lt=retention.limit("deletions")),
            "unfinished imports": EstateImport.objects.forgotten(timezone.now()),
            "sent forms": SentForm.objects.forgotten(timezone.now()),
        }
        counts = {name: queryset.count() for name, queryset in rows.items()} | {"former users": len(former)}
        summary = ", ".join(f"{count} {name}" for name, count in counts.items())
        if dry_run:
            self.stdout.write(f"Would delete: {summary}.")
            return
        invitation_ids = list(invitations.values_list("pk", flat=True))
        for queryset in rows.values():
            queryset.delete()
        Invitation.history.filter(id__in=invitation_ids).delete()
        for user in former:
            retention.forget(user)
        call_command("clearsessions", verbosity=0)
        if any(counts.values()):
            record(AuditKind.RETENTION_APPLIED, detail=summary)
        self.stdout.write(f"Deleted: {summary}.")
