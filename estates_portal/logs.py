"""Keeps the secrets in addresses out of the log."""

import logging
import re

# Calendars, invitations, password resets, confirmations of email addresses, links to sign in
SECRET = re.compile(r"(/(?:calendar|account/(?:invitation|password/reset|email/confirm|sign-in/link))/)[^/\s\"']+")


class MaskSecrets(logging.Filter):
    """Replaces the part of an address that is a secret, in any message or traceback.

    It does not matter whether a page has the address.
    """

    def filter(self, record):
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            return True  # the handler reports the wrong message
        if record.exc_info and not record.exc_text:
            record.exc_text = SECRET.sub(r"\1***", logging.Formatter().formatException(record.exc_info))
        masked = SECRET.sub(r"\1***", message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True
