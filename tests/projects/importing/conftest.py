"""Today's organisations and sites, for imports of estate returns."""

import datetime

import pytest

from sites.models import OrganisationIdentifier, SiteIdentifier
from tests.factories import OrganisationFactory, SiteFactory

TAKEN_OVER = datetime.date(2020, 4, 1)


def organisation(name, code, valid_from=None, valid_to=None, successor=None):
    record = OrganisationFactory(name=name, valid_from=valid_from, valid_to=valid_to, successor=successor)
    OrganisationIdentifier.objects.create(organisation=record, value=code, valid_from=valid_from, valid_to=valid_to)
    return record


def site(name, code, owner=None):
    record = SiteFactory(name=name, owner=owner)
    if code:
        SiteIdentifier.objects.create(site=record, value=code)
    return record


def todays_records():
    """{name: record} of the organisations and sites as they are recorded today."""
    hospitals = organisation("Bedfordshire Hospitals NHS Foundation Trust", "RC9", valid_from=TAKEN_OVER)
    ended = {"valid_to": TAKEN_OVER, "successor": hospitals}
    records = {
        "hospitals": hospitals,
        "luton trust": organisation("Luton and Dunstable University Hospital NHS Foundation Trust", "RC9", **ended),
        "bedford trust": organisation("Bedford Hospital NHS Trust", "RC1", **ended),
        "keynes trust": organisation("Milton Keynes University Hospital NHS Foundation Trust", "RD8"),
        "east london": organisation("East London NHS Foundation Trust", "RWK"),
        "north west": organisation("Central and North West London NHS Foundation Trust", "RV3"),
        "cambridge": organisation("Cambridgeshire Community Services NHS Trust", "RYV"),
    }
    records["luton"] = site("Luton and Dunstable University Hospital", "RC971", owner=hospitals)
    records["bedford"] = site("Bedford Hospital South Wing", "RC979", owner=hospitals)
    records["keynes"] = site("Milton Keynes University Hospital", "RD816", owner=records["keynes trust"])
    records["gilbert"] = site("Gilbert Hitchcock House", None)
    site("Grove View Integrated Health and Care Hub", None)
    return records


@pytest.fixture
def today(db):
    return todays_records()
