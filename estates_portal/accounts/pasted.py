"""People in pasted text: from email programs, spreadsheets and lists."""

import csv
import re
from dataclasses import dataclass

from django.db.models import Q

from sites.models import ACCEPTED, Organisation, OrganisationIdentifier, OrganisationKind, OrganisationScheme

from .models import Invitation, Role, User
from .names import tidy_name
from .rules import ROLE_NOUNS

ADDRESSED = re.compile(r"(?P<name>[^<>]{0,300})<(?P<email>[^<>]{0,320})>")  # without limits a long line takes minutes
QUOTED = re.compile(r'"[^"]*"')
BULLET = re.compile(r"^\s*(?:[-*•–·]|\d{1,3}[.)])\s+")
AROUND_ADDRESS = "\"'()[]<>,;: "
# Headings of columns that people use, without spaces and hyphens
HEADINGS = {
    "first": {"firstname", "forename", "givenname"},
    "last": {"lastname", "surname", "familyname"},
    "name": {"name", "fullname", "displayname", "person", "user"},
    "email": {"email", "emailaddress", "address", "mail", "workemail"},
    "organisation": {"organisation", "organization", "company", "employer", "trust", "body", "odscode", "ods"},
    "role": {"role", "portalrole", "access"},
}
ROLE_NAMES = {str(label).lower(): role for role, label in Role.choices}
ROLE_NAMES |= {noun.partition(" ")[2].lower(): role.value for role, noun in ROLE_NOUNS.items()}
ROLE_NAMES |= {"office": Role.PROGRAMME_OFFICE.value, "admin": Role.ADMINISTRATOR.value}
# Domains at which people of many organisations have addresses
SHARED_DOMAINS = {"nhs.net", "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "live.co.uk"}
SHARED_DOMAINS |= {"icloud.com", "yahoo.com", "yahoo.co.uk", "btinternet.com"}
KINDS_OF_DOMAINS = {  # the last part of a domain, and who can have it
    ".gov.uk": [OrganisationKind.COUNCIL],
    ".nhs.uk": [OrganisationKind.NHS_TRUST, OrganisationKind.ICB],
}


@dataclass
class PastedPerson:
    """What was read about one person, as text. `role` is a value of Role if the text names one."""

    name: str = ""
    email: str = ""
    organisation: str = ""
    role: str = ""


class OrganisationNames:
    """The organisations that exist on the day `on`, found by name, short name or ODS code. Two queries."""

    def __init__(self, on):
        self.listed = list(Organisation.objects.existing(on).filter(**ACCEPTED).trusts_first())
        codes = OrganisationIdentifier.objects.filter(
            scheme=OrganisationScheme.ODS,
            organisation__in=[organisation.pk for organisation in self.listed],
            **ACCEPTED,
        )
        by_id = {organisation.pk: organisation for organisation in self.listed}
        self._by_name = {}
        for organisation in self.listed:
            for name in filter(None, (organisation.name, organisation.short_name)):
                self._add(name, organisation)
        for identifier in codes:
            organisation = by_id[identifier.organisation_id]
            self._add(identifier.value, organisation)
            self._add(f"{organisation.name} ({identifier.value})", organisation)

    def find(self, text):
        """The organisation with this name, or None if there is none or several."""
        found = self._by_name.get(_plain(text), set())
        return next(iter(found)) if len(found) == 1 else None

    def _add(self, name, organisation):
        self._by_name.setdefault(_plain(name), set()).add(organisation)

    def guess(self, emails):
        """{email address: the organisation that its domain suggests}, without those that it does not. Two queries.

        The organisation is that of all other users with the domain, or the only one with its name or initials in it.
        """
        domains = {email.rpartition("@")[2].lower() for email in emails} - SHARED_DOMAINS - {""}
        known = self._of_users(domains)
        guesses = {domain: known[domain] if domain in known else self._named_in(domain) for domain in domains}
        guessed = {email: guesses.get(email.rpartition("@")[2].lower()) for email in emails}
        return {email: organisation for email, organisation in guessed.items() if organisation}

    def _of_users(self, domains):
        """{domain: the one organisation of all users with it, or None if they have several}."""
        if not domains:
            return {}
        has_domain = Q()
        for domain in domains:
            has_domain |= Q(email__endswith=f"@{domain}")
        listed = {organisation.pk: organisation for organisation in self.listed}
        ids = {}
        for people in (User.objects.filter(is_active=True), Invitation.objects.open()):
            rows = people.filter(has_domain, organisation__in=listed).order_by().values_list("email", "organisation")
            for email, organisation_id in rows:
                ids.setdefault(email.rpartition("@")[2], set()).add(organisation_id)
        return {domain: listed[min(found)] if len(found) == 1 else None for domain, found in ids.items()}

    def _named_in(self, domain):
        for ending, kinds in KINDS_OF_DOMAINS.items():
            if domain.endswith(ending):
                label = domain.removesuffix(ending).rpartition(".")[2].replace("-", "")
                named = [each for each in self.listed if each.kind in kinds and _is_named(each, label)]
                return named[0] if len(named) == 1 else None
        return None


def _is_named(organisation, label):
    """Whether the name of the organisation starts with this part of a domain, or its initials are this part."""
    name, short_name = (re.sub(r"[^a-z0-9]", "", text.lower()) for text in (organisation.name, organisation.short_name))
    return label == short_name or (len(label) >= 5 and name.startswith(label))


def people_in(text, organisations):
    """[`PastedPerson`] of pasted text, without people whose address came before. Nothing checks what was read.

    Takes one person on each line, or several with semicolons or commas between them. Each is an address alone, a name
    with an address ("Bea Brown <bea@example.org>"), or columns with tabs, commas or semicolons between them, in any
    order: name, address, organisation, role. `organisations` is an `OrganisationNames`.
    """
    people, columns = {}, None
    lines = [BULLET.sub("", line).strip(" ") for line in text.splitlines() if line.strip()]
    for line in lines:
        if columns is None and (headings := _headings(line)):
            columns = headings
            continue
        for person in _people_of_line(line, columns, organisations):
            if person.email or person.name:
                people.setdefault(person.email.lower() or (person.name, len(people)), person)
        columns = columns or ()
    return list(people.values())


def _headings(line):
    """[field or None of each column], if the line has the headings of columns; else None."""
    cells = [re.sub(r"[\W_]", "", cell).lower() for cell in _cells(line)]
    fields = [next((field for field, names in HEADINGS.items() if cell in names), None) for cell in cells]
    return fields if "email" in fields and "@" not in line else None


def _people_of_line(line, columns, organisations):
    addresses = line.count("@")
    if addresses > 1 or (ADDRESSED.search(line) and not _cells_after_address(line)):
        return _addressees(line)
    cells = _cells(line)
    if columns:
        return [_by_heading(cells, columns)]
    if not addresses and len(cells) > 1 and "\t" not in line and ";" in line:
        return [_person([cell], organisations) for cell in cells]
    return [_person(cells, organisations)]


def _cells_after_address(line):
    """Whether columns follow an address in angle brackets."""
    return line[line.rindex(">") + 1 :].strip(" ,;\t") if ">" in line else ""


def _addressees(line):
    """[`PastedPerson`] of addresses, with or without names, as email programs write several."""
    people = []
    line = QUOTED.sub(lambda quoted: quoted[0].replace(";", ","), line)
    for part in re.split(r"[;\t]+", line):
        end = 0
        for match in ADDRESSED.finditer(part):  # a comma is part of names, but for the one before a name
            name = tidy_name(match["name"].strip("\"', "))
            people.append(PastedPerson(name=name, email=_address(match["email"])))
            end = match.end()
        for rest in part[end:].split(","):
            name, email = _name_and_address(rest)
            if name or email:
                people.append(PastedPerson(name=name, email=email))
    return people


def _cells(line):
    """The cells of a row: split at tabs, else at semicolons, else at commas outside quotes."""
    separator = next((mark for mark in "\t;" if mark in line), ",")
    addressed = ADDRESSED.search(line)
    if separator == "," and addressed:  # a comma before the address is part of a name
        end = addressed.end()
        return [line[:end], *filter(None, _cells(line[end:].lstrip(" ,")))]
    row = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    return [cell.strip(" ,") for cell in row]


def _by_heading(cells, columns):
    read = {field: cell for field, cell in zip(columns, cells, strict=False) if field}
    name = read.get("name") or " ".join(filter(None, [read.get("first"), read.get("last")]))
    return PastedPerson(
        name=tidy_name(name),
        email=_name_and_address(read["email"])[1] if "@" in read.get("email", "") else read.get("email", ""),
        organisation=read.get("organisation", ""),
        role=_role(read.get("role", "")),
    )


def _person(cells, organisations):
    """The person of cells without headings: each is recognised by what it contains."""
    person, rest = PastedPerson(), []
    for cell in filter(None, cells):
        if "@" in cell and not person.email:
            name, person.email = _name_and_address(cell)
            rest += [name] if name else []
        elif not person.role and cell.lower() in ROLE_NAMES:
            person.role = _role(cell)
        elif not person.organisation and organisations.find(cell):
            person.organisation = cell
        else:
            rest.append(cell)
    if not person.email and len(rest) == 1 and " " not in rest[0]:
        return PastedPerson(email=rest[0], organisation=person.organisation, role=person.role)
    if len(rest) == 2 and rest[0] == rest[0].upper() and rest[1] != rest[1].upper():  # "JONES, Siân (MILLBROOK)"
        rest = [f"{rest[0]}, {rest[1]}"]
    elif (len(rest) >= 2 and person.organisation) or all(" " not in cell for cell in rest):
        rest = [" ".join(rest)]
    person.name = tidy_name(rest[0]) if rest else ""
    person.organisation = person.organisation or (rest[1] if len(rest) > 1 else "")
    return person


def _name_and_address(text):
    """(name or "", email address) of "Bea Brown bea@example.org", with or without brackets around the address."""
    match = ADDRESSED.search(text)
    if match:
        return tidy_name(match["name"].strip("\"', ")), _address(match["email"])
    words = text.split()
    address = next((word for word in words if "@" in word), words[0] if len(words) == 1 else "")
    name = " ".join(word for word in words if word != address)
    return tidy_name(name.strip("\"', -–")), _address(address)


def _address(text):
    return text.strip(AROUND_ADDRESS).removeprefix("mailto:")


def _role(text):
    return ROLE_NAMES.get(text.strip().lower(), text.strip())


def _plain(text):
    return " ".join(text.lower().replace("’", "'").split())
