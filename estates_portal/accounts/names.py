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


ADDRESSED = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>]*)>")
QUOTED = re.compile(r'"[^"]*"')


def addresses_in(text):
    """[(name or "", email address)] of pasted text: one on each line, or as email programs write several.

    "Bea Brown <bea@example.org>; JONES, Siân (MILLBROOK) <sian@example.org>" has two. Nothing checks the addresses.
    """
    people = []
    text = QUOTED.sub(lambda quoted: quoted[0].replace(";", ","), text)
    for line in re.split(r"[\r\n;]+", text):
        end = 0
        for match in ADDRESSED.finditer(line):  # a comma is part of names, but for the one before a name
            people.append((tidy_name(match["name"].strip("\"', ")), match["email"].strip()))
            end = match.end()
        people += [("", part.strip()) for part in line[end:].split(",") if part.strip()]
    return people


def _capitalised(family):
    """A family name, given in capitals, as people write it: Jones-Evans, O'Neill, McArthur."""
    name = re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), family)
    return re.sub(r"\bMc([a-z])", lambda part: f"Mc{part[1].upper()}", name)
