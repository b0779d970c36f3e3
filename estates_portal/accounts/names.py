"""Names of people as others write them."""

import re

# NHSmail's directory: "JONES, Siân (MILLBROOK NHS FOUNDATION TRUST)"
NHSMAIL = re.compile(r"(?P<family>[^,()]+),\s*(?P<given>[^,()]+?)\s*(?:\([^()]*\)\s*)*")


def tidy_name(text):
    """The name in its usual order, if it was copied from NHSmail: "Siân Jones". Else the name, with single spaces."""
    name = " ".join(text.split())
    match = NHSMAIL.fullmatch(name)
    if match is None or match["family"] != match["family"].upper():
        return name
    return f"{match['given']} {_capitalised(match['family'])}"


def _capitalised(family):
    """A family name, given in capitals, as people write it: Jones-Evans, O'Neill, McArthur."""
    name = re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), family)
    return re.sub(r"\bMc([a-z])", lambda part: f"Mc{part[1].upper()}", name)
