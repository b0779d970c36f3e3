"""The clean-up of all text that comes in: typed, pasted or loaded (docs/adr/0034-clean-text.md)."""

import re
import unicodedata

# Patterns that read each character once, as anyone can send millions: "++" gives nothing back to try again
LINE_ENDS = re.compile(r"(?<!\r)\r*+\n|[\r\v\f\u2028\u2029]")  # Word pastes line breaks as vertical tabs
SPACES = str.maketrans(dict.fromkeys("\xa0\u2007\u202f", " "))
# Control characters, marks that cannot be seen, and what XML does not allow
REMOVED = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
    # Joiners, except between two characters beyond ASCII: some scripts and emoji need them
    r"|(?<![^\x00-\x7f])[\u200c\u200d]+|(?<![\u200c\u200d])[\u200c\u200d]++(?![^\x00-\x7f])"
)
APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))


def clean_text(text):
    """The text with plain line ends and spaces, without control characters and invisible marks, composed (NFC)."""
    if text.isascii() and text.isprintable():
        return text
    text = LINE_ENDS.sub("\n", text).translate(SPACES)
    return unicodedata.normalize("NFC", REMOVED.sub("", text))


def clean_line(text):
    """The clean text on one line."""
    return re.sub(r"\s++", lambda space: " " if "\n" in space[0] else space[0], clean_text(text))


def spellings(word):
    """The word with straight and with curly apostrophes, to search for both: phones type curly ones."""
    straight = word.translate(APOSTROPHES)
    return sorted({straight, straight.replace("'", "’")})
