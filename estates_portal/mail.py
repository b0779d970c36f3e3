"""Mail on a machine that has no mail server: printed, and kept to be read."""

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.console import EmailBackend as Printed
from django.core.mail.backends.filebased import EmailBackend as Kept


class PrintedAndKept(BaseEmailBackend):
    """Prints each message to the console and keeps it as a file in EMAIL_FILE_PATH."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.backends = [Printed(**kwargs), Kept(**kwargs)]

    def send_messages(self, email_messages):
        return min(backend.send_messages(email_messages) or 0 for backend in self.backends)
