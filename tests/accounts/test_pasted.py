"""People in pasted text."""

import pytest

from estates_portal.accounts.pasted import OrganisationNames, people_in
from sites.models import OrganisationScheme
from tests.clock import NOW
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db
BEA = ("Bea Brown", "bea@nhs.example", "", "")
SIAN = ("Siân Jones", "sian@nhs.example", "", "")
BOTH = [BEA, SIAN]
FULL = [("Bea Brown", "bea@nhs.example", "Luton Trust", "contributor")]


@pytest.fixture
def organisations(trust):
    trust.identifiers.create(scheme=OrganisationScheme.ODS, value="RC9")
    for name in ("Twin A", "Twin B"):
        OrganisationFactory(name=name, short_name="Twin")
    return OrganisationNames(NOW.date())


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("bea@nhs.example\r\n\r\n sian@nhs.example\nBEA@nhs.example", [("", *BEA[1:]), ("", *SIAN[1:])]),
        (
            "bea@nhs.example, sian@nhs.example; <cy@nhs.example>,",
            [("", *BEA[1:]), ("", *SIAN[1:]), ("", "cy@nhs.example", "", "")],
        ),
        ('"Bea Brown" <bea@nhs.example>; JONES, Siân (LUTON TRUST) <sian@nhs.example>;', BOTH),
        ("Bea Brown <bea@nhs.example>, Siân Jones <sian@nhs.example>", BOTH),
        ('"JONES; Siân" <sian@nhs.example>', [SIAN]),
        ("Bea Brown bea@nhs.example\nSiân Jones (sian@nhs.example)", BOTH),
        ("1. Bea Brown - bea@nhs.example\n2. Siân Jones, mailto:sian@nhs.example", BOTH),
        ("Bea Brown\tbea@nhs.example\tLuton Trust\tContributor", FULL),
        ("contributor;luton trust;bea@nhs.example;Bea Brown", [(*FULL[0][:2], "luton trust", "contributor")]),
        ("Bea,Brown,bea@nhs.example,RC9,contributor", [(*FULL[0][:2], "RC9", "contributor")]),
        ('bea@nhs.example,"Brown, Bea",Luton Trust', [("Brown, Bea", "bea@nhs.example", "Luton Trust", "")]),
        ("Bea Brown <bea@nhs.example>, Luton Trust, contributor", FULL),
        ("JONES, Siân (LUTON TRUST), sian@nhs.example", [SIAN]),
        ("First name,Surname,E-mail,Employer,Role\nBea,Brown,bea@nhs.example,Luton Trust,Contributor", FULL),
        (
            "Role\tEmail address\tName\nboss\tbea@nhs.example\tBea Brown\n\tnowhere",
            [(*BEA[:3], "boss"), ("", "nowhere", "", "")],
        ),
        ("Bea Brown, bea@nhs.example, The Moon Trust", [(*BEA[:2], "The Moon Trust", "")]),
        ("Bea Brown, bea@nhs.example, Twin", [(*BEA[:2], "Twin", "")]),
        ("nowhere\nBea Brown", [("", "nowhere", "", ""), ("Bea Brown", "", "", "")]),
        (" \n;,\n", []),
    ],
)
def test_formats(organisations, text, people):
    read = people_in(text, organisations)
    assert [(person.name, person.email, person.organisation, person.role) for person in read] == people


def test_organisations_are_found_by_names_that_only_one_has(organisations, trust):
    for text in ("Luton Trust", " LUTON  trust", "rc9", "Luton Trust (RC9)"):
        assert organisations.find(text) == trust
    assert organisations.find("Twin") is organisations.find("") is None


def test_long_lines_and_stray_brackets_are_read_at_once(organisations):
    assert people_in("x" * 20_000, organisations)[0].email == "x" * 20_000
    assert people_in(">" * 3000 + "<a@b.org>", organisations)[0].email == "a@b.org"
