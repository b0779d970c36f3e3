"""Two versions of a text as one, with the changes marked."""

import difflib
import re

from django.utils.html import format_html, format_html_join


def diff_html(older, newer):
    """The newer text as HTML with added and removed words marked; "" if both are empty."""
    if not older and not newer:
        return ""
    old, new = _tokens(older), _tokens(newer)
    parts = []
    for kind, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        removed, added = "".join(old[start:end]), "".join(new[new_start:new_end])
        if kind == "equal":
            parts.append(format_html("{}", added))
            continue
        if removed.strip():
            parts.append(format_html('<del><span class="nhsuk-u-visually-hidden">removed: </span>{}</del> ', removed))
        if added.strip():
            parts.append(format_html('<ins><span class="nhsuk-u-visually-hidden">added: </span>{}</ins>', added))
    return format_html_join("", "{}", ((part,) for part in parts))


def _tokens(text):
    return re.findall(r"\S+\s*", text or "")
