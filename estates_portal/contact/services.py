"""Receiving and answering messages."""

from django.db import transaction
from django.utils import timezone

from estates_portal import mail
from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.addresses import absolute
from estates_portal.identity import current_system

from .models import Message


class AlreadyAnswered(Exception):
    """Another user has answered the message."""


def receive(message, *, about, request):
    """Save the message about a record (or None), and email it to the programme office."""
    if about is not None:
        message.page, message.page_title = about.get_absolute_url(), str(about)[:300]
    with transaction.atomic():
        message.save()
        record(AuditKind.MESSAGE_RECEIVED, request=request, email=message.email, detail=str(message))
    office = current_system().contact_email
    if office:
        reply_to = [message.email] if message.email else None
        mail.send("contact/email/message", office, _context(message), reply_to=reply_to)


def answer(message, *, answer, note, request):
    """Mark the message as answered, and email the answer if there is one. Returns whether no email failed.

    Raises AlreadyAnswered.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message.pk)
        if message.answered_at is not None:
            raise AlreadyAnswered
        message.answer, message.note = answer, note
        message.answered_at, message.answered_by = timezone.now(), request.user
        message.save(update_fields=["answer", "note", "answered_at", "answered_by"])
        record(AuditKind.MESSAGE_ANSWERED, request=request, email=message.email, detail=str(message))
    if not answer:
        return True
    return mail.send("contact/email/answer", message.email, _context(message))


def _context(message):
    return {
        "message": message,
        "page_url": absolute(message.page),
        "message_url": absolute(message.get_absolute_url()),
    }
