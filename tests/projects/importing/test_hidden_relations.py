"""What is not accepted is not public through what refers to it either: each relation to a site or an organisation."""

import datetime
import io
import re
from decimal import Decimal

import openpyxl
import pytest
from django.urls import NoReverseMatch, reverse

from projects.exports.sitemap import PAGES
from sites.models import Organisation, Site
from tests.admin_forms import filled_in
from tests.factories import (
    BacklogRemovedFactory,
    EstateReturnFactory,
    FundingLineFactory,
    HubFactory,
    OrganisationFactory,
    PlaceFactory,
    ProgrammeFactory,
    SiteFactory,
)
from tests.gazetteer import load_sample
from tests.permission_table import ALL, TABLE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NAMED = re.compile(r"Zebedee [A-Za-z.]+|zebedee-[0-9]+")
ENDED = {"valid_to": datetime.date(2020, 4, 1)}
PRIVATE = {"HandOver", "User", "Invitation"}  # their relations are on no public page
MAP = {"latitude": Decimal("51.9"), "longitude": Decimal("-0.5")}


def public_record(model, field):
    """A public record of the model to give this relation to, with its own public relations."""
    trust = Organisation.objects.get(name="Public Trust")
    court, place = Site.objects.get(name="Public Court"), trust.place
    name = f"Public {model} {field}"
    address = f"public-{model}-{field}".lower().replace("_", "-")
    return {
        "Place": lambda: PlaceFactory(name=name, slug=address),
        "Organisation": lambda: OrganisationFactory(name=name, slug=address, **ENDED),
        "OrganisationIdentifier": lambda: trust.identifiers.create(value=address.upper()[:40]),
        "Site": lambda: SiteFactory(name=name, slug=address, place=place, postcode="LU7 1BE", **MAP),
        "SiteIdentifier": lambda: court.identifiers.create(value=address.upper()[:40]),
        "ConditionSurvey": lambda: court.surveys.create(grade="C", accepted=True),
        "EstateReturn": lambda: EstateReturnFactory(
            year=2000 + len(field), **{"aggregate_of": trust} if field == "aggregate_of" else {"site": court}
        ),
        "Programme": lambda: HubFactory(programme=ProgrammeFactory(name=name, slug=address)).programme,
        "Project": lambda: HubFactory(title=name, slug=address, place=place, lead_organisation=trust),
        "Hub": lambda: HubFactory(title=name, slug=address, place=place, lead_organisation=trust),
        "FundingLine": lambda: FundingLineFactory(project__title=name, project__slug=address, amount_pounds=5),
        "BacklogRemoved": lambda: BacklogRemovedFactory(project__title=name, project__slug=address),
    }[model]()


@pytest.fixture
def related():
    """[(relation, public record)] of every relation: each record refers to what is not accepted."""
    load_sample()
    place = PlaceFactory(name="Luton", slug="luton")
    OrganisationFactory(name="Public Trust", slug="public", place=place)
    SiteFactory(name="Public Court", slug="public-court", place=place, **MAP)
    rows = []
    for model, factory in ((Organisation, OrganisationFactory), (Site, SiteFactory)):
        for relation in model._meta.related_objects:
            name, field = relation.related_model.__name__, relation.field.name
            if name in PRIVATE:
                continue
            public = public_record(name, field)
            where = {"place": place} if model is Organisation else {"place": place, **MAP}
            hidden = factory(
                name=f"Zebedee {name}.{field}", slug=f"zebedee-{len(rows)}", postcode="LU7 1BE", accepted=False, **where
            )
            if relation.many_to_many:
                getattr(public, field).add(hidden)
            else:
                type(public)._base_manager.filter(pk=public.pk).update(**{field: hidden})
            rows.append((f"{name}.{field}", public))
    return rows


def addresses(records):
    """Every public address: without arguments, in the sitemap, with filters, and of the records."""
    names = {*PAGES, *(name for name, answers in TABLE.items() if answers == ALL)}
    for name in sorted(names):
        try:
            yield reverse(name)
        except NoReverseMatch:
            continue
    for query in ("?q=public", "?area=all", "?kind=gp_practice", "?sort=-cir", "?view=table"):
        yield from (f"{path}{query}" for path in ("/sites/", "/organisations/", "/projects/", "/search/"))
    yield from ("/near/?q=LU7+1BE", "/near/sites.csv?q=LU7+1BE", "/places/luton/")
    yield from (f"/map/?layer={layer}" for layer in ("sites", "backlog", "condition", "practices", "centres"))
    for record in records:
        record = getattr(record, "project", record)
        if hasattr(record, "get_absolute_url"):
            yield record.get_absolute_url()
            if record._meta.model_name == "hub":
                yield f"{record.get_absolute_url()}timeline/"


def text_of(client, address):
    response = client.get(address, follow=True)
    assert response.status_code in (200, 404), address
    content = response.getvalue()
    if content[:2] == b"PK":
        return str([list(sheet.values) for sheet in openpyxl.load_workbook(io.BytesIO(content))])
    return content.decode(errors="replace")


def test_no_public_page_or_file_names_what_is_not_accepted(related, client, checked):
    visited = list(addresses([public for _relation, public in related]))
    leaks = {address: NAMED.findall(text_of(client, address)) for address in visited}
    assert {address: names for address, names in leaks.items() if names} == {}
    checked("relations to what is not accepted", len(related), at_least=20)
    checked("public addresses", len(visited), at_least=84)


@pytest.mark.parametrize(
    ("model", "field"),
    [("place", "council"), ("organisation", "network"), ("organisation", "successor"), ("site", "owner")],
)
def test_admin_refuses_relation_of_a_public_record_to_what_is_not_accepted(office_client, model, field):
    hidden = OrganisationFactory(name="Zebedee", kind="primary_care_network", accepted=False)
    record = {"place": PlaceFactory, "organisation": OrganisationFactory, "site": SiteFactory}[model]()
    url = reverse(f"admin:sites_{model}_change", args=[record.pk])
    page = office_client.post(url, filled_in(office_client.get(url), **{field: hidden.pk}))
    assert list(page.context["adminform"].form.errors) == [field]


def test_admin_names_the_successor_to_accept_first(office_client):
    later = OrganisationFactory(name="Later Trust", accepted=False)
    earlier = OrganisationFactory(accepted=False, successor=later, **ENDED)
    url = reverse("admin:sites_organisation_change", args=[earlier.pk])
    page = office_client.post(url, filled_in(office_client.get(url), accepted="on"))
    sentence = "Accept Later Trust first. The public sees the successor of this organisation"
    form = page.context["adminform"].form
    assert form.errors == {"successor": [sentence]} and form["accepted"].value()
    assert not form.fields["accepted"].disabled
