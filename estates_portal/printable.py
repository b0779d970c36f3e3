"""Text for files of other formats."""

import re

# What XML 1.0 does not allow, and so neither Atom, Word nor Excel.
NOT_ALLOWED = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text):
    """The text without control characters and others that XML does not allow."""
    return NOT_ALLOWED.sub("", str(text).replace("\v", "\n"))  # Word pastes line breaks as vertical tabs
