"""Prepares, writes and sends emails, and prints and saves them where there is no mail server."""

import logging
from contextlib import contextmanager, suppress

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.console import EmailBackend as ConsoleBackend
from django.core.mail.backends.filebased import EmailBackend as FileBackend
from django.template.loader import render_to_string

from .identity import current_system

READ_THE_REST = " … Read the rest"
logger = logging.getLogger(__name__)


def reply_to_office():
    """The address that answers to emails go to: a list for EmailMessage, empty if the service has none."""
    return [email] if (email := current_system().contact_email) else []


# No automatic reply should answer the portal: a standard (RFC 3834), and the header that Outlook and Exchange follow.
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def prepare(message, reply_to=None):
    """Mark the email as sent by a program, and direct answers to `reply_to`, by default the programme office.

    Every email of the portal comes through here, also those of django-allauth. Returns the message.
    """
    message.extra_headers = {**AUTOMATIC, **message.extra_headers}
    message.reply_to = reply_to if reply_to is not None else reply_to_office()
    return message


def shortened(text, longest=300):
    """The text, cut between words if it is too long. The line of an email that shows it links to the rest."""
    if len(text) <= longest:
        return text
    words = text[: longest - len(READ_THE_REST) + 1].split(" ")
    return " ".join(words[:-1] or [words[0][:-1]]) + READ_THE_REST


@contextmanager
def one_connection():
    """An open connection to the mail server, for several calls of `send`. They report it if it cannot be opened."""
    connection = get_connection()
    with suppress(OSError):
        connection.open()
    try:
        yield connection
    finally:
        with suppress(OSError):
            connection.close()


def send(template, to, context, reply_to=None, headers=None, connection=None):
    """Send `templates/<template>_subject.txt`, `.txt` and `.html` to one address. Returns whether it was sent.

    Answers go to `reply_to`, by default the programme office. Without a `connection` it opens one.
    """
    context = {"system": current_system(), **context}
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    text = render_to_string(f"{template}.txt", context)
    message = EmailMultiAlternatives(subject, text, None, [to], headers=headers, connection=connection)
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    try:
        return prepare(message, reply_to).send() == 1
    except (OSError, ValueError):  # smtplib raises OSError; an address that no mail server can take, UnicodeError
        logger.exception("Could not send %s", template)
        if connection:
            with suppress(OSError):
                connection.close()  # the next email opens it again
        return False


class ConsoleAndFileBackend(BaseEmailBackend):
    """Prints each message to the console and saves it as a file in EMAIL_FILE_PATH."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.backends = [ConsoleBackend(**kwargs), FileBackend(**kwargs)]

    def send_messages(self, email_messages):
        return min(backend.send_messages(email_messages) or 0 for backend in self.backends)
