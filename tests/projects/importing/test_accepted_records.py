"""What an import adds is not public before the office accepts a return of it: sites, organisations and codes."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.urls import NoReverseMatch, reverse

from sites.models import EstateReturn, OrganisationKind
from tests.admin_forms import filled_in
from tests.conftest import clean_caches, count_a_change
from tests.factories import EstateReturnFactory, HubFactory, OrganisationFactory, PlaceFactory, SiteFactory
from tests.gazetteer import load_sample
from tests.permission_table import ALL, TABLE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HIDDEN = "zebedee"  # in every name and code that is not accepted
QUERIES = [
    "/sites/?area=all",
    "/sites/?area=all&q=elm",
    "/sites/?sort=-cir",
    "/organisations/?q=elm",
    "/organisations/?kind=gp_practice",
    "/search/?q=elm",
    "/near/?q=LU7+1BE",
    "/near/sites.csv?q=LU7+1BE",
    *(f"/map/?layer={layer}" for layer in ("sites", "backlog", "condition", "practices", "centres")),
]


@pytest.fixture
def hidden():
    """A site and organisations that are not accepted, with a return of them, and a public site with a hidden code."""
    load_sample()
    place, trust = PlaceFactory(name="Luton", slug="luton"), OrganisationFactory(name="Public Trust", slug="public")
    names = {"accepted": False, "place": place, "postcode": "LU7 1BE"}
    body = OrganisationFactory(name="Elm Zebedee Trust", slug="zebedee-trust", successor=trust, **names)
    OrganisationFactory(name="Elm Zebedee Surgery", kind=OrganisationKind.GP_PRACTICE, network=trust, **names)
    site = SiteFactory(
        name="Elm Zebedee House",
        slug="zebedee-house",
        address="Elm Road, Zebedee",
        owner=trust,
        latitude=Decimal("51.9"),
        longitude=Decimal("-0.5"),
        **names,
    )
    site.identifiers.create(value="ZEBEDEE1", accepted=False)
    body.identifiers.create(value="ZEBEDEE4", accepted=False)
    other = SiteFactory(name="Public Court", slug="public-court", place=place)
    other.identifiers.create(value="ZEBEDEE2", accepted=False, superseded=True)
    return EstateReturnFactory(site=site, reported_by=body, accepted=False)


def public_addresses():
    """Every address that everyone can open, of those without arguments, with filters, and of public records."""
    addresses = ["/sites/public-court/", "/organisations/public/", "/places/luton/", *QUERIES]
    for name in (name for name, answers in TABLE.items() if answers == ALL):
        try:
            addresses.append(reverse(name))
        except NoReverseMatch:
            continue
    return [*addresses, *(reverse(f"projects:export_{name}") for name in ("sites_csv", "returns_csv"))]


def text_of(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    return response.getvalue().decode(errors="replace").lower()  # workbooks: see `cells_of_workbook`


def cells_of_workbook(client):
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("projects:export_sites_xlsx")).getvalue()))
    return str([list(sheet.values) for sheet in book]).lower()


def test_public_sees_nothing_of_it_at_any_address(hidden, client, checked):
    addresses = public_addresses()
    assert [address for address in addresses if HIDDEN in text_of(client, address)] == []
    assert HIDDEN not in cells_of_workbook(client)
    for record in (hidden.site, hidden.reported_by):
        assert client.get(record.get_absolute_url()).status_code == 404
    for code in ("ZEBEDEE1", "ZEBEDEE2"):
        assert not client.get(f"/sites/?q={code}").context["rows"]
        assert not client.get(f"/search/?q={code}").context["others"]
    assert client.get("/search/?q=zebedey").context["spelling"] == ""
    assert client.get("/places/luton/").context["sites"][0].name == "Public Court"
    checked("public addresses", len(addresses), at_least=45)


def test_signed_in_reader_sees_that_it_is_not_accepted(hidden, viewer_client):
    records = ("/sites/zebedee-house/", "/organisations/zebedee-trust/")
    for address in ("/sites/", "/organisations/", "/search/?q=elm", "/search/?q=zebedee", *records):
        text = text_of(viewer_client, address)
        assert HIDDEN in text and "not accepted yet" in text, address
    assert "zebedee1" not in text_of(viewer_client, "/sites/zebedee-house/")  # a code shows once it is accepted


def test_public_sees_all_of_it_once_a_return_is_accepted(hidden, client, office_client):
    assert client.get("/sites/zebedee-house/").status_code == 404
    office_client.post(reverse("projects:estate_return_list"), {"return": hidden.pk})
    count_a_change()
    assert "zebedee1" in text_of(client, "/sites/zebedee-house/")
    assert "public trust" in text_of(client, "/organisations/zebedee-trust/")
    assert "elm zebedee trust" in text_of(client, "/organisations/public/")
    assert "zebedee2" not in text_of(client, "/sites/public-court/")  # no return of it is accepted


def test_return_accepted_in_the_admin_is_shown_with_its_site_and_reporter(hidden, office_client, client):
    url = reverse("admin:sites_site_change", args=[hidden.site.pk])
    page = office_client.get(url)
    saved = office_client.post(url, filled_in(page, **{"estate_returns-0-accepted": "on"}))
    assert saved.status_code == 302, saved.context["errors"]
    clean_caches()
    for record in (hidden.site, hidden.reported_by):
        assert client.get(record.get_absolute_url()).status_code == 200
    data = filled_in(office_client.get(url), accepted=None, **{"identifiers-0-accepted": None})
    assert office_client.post(url, data).status_code == 302
    hidden.site.refresh_from_db()
    assert hidden.site.accepted and hidden.site.identifiers.get().accepted  # what is public stays public


@pytest.mark.parametrize("way", ["page", "form", "form with another change"])
def test_every_way_of_accepting_does_the_same_with_one_row_of_history(hidden, office_client, way):
    EstateReturn.objects.update(site_type_as_published="CLINIC", site_code_as_published="ZEBEDEE1")
    site, body = hidden.site, hidden.reported_by
    other, of_body = site.identifiers.create(value="ZEBEDEE3", accepted=False), body.identifiers.get()
    records = [hidden, site, site.identifiers.first(), body, of_body]
    before = [record.history.count() for record in records]
    if way == "page":
        office_client.post(reverse("projects:estate_return_list"), {"return": hidden.pk})
    else:
        url = reverse("admin:sites_site_change", args=[site.pk])
        typed = {"estate_returns-0-accepted": "on"} | ({} if way == "form" else {"note": "Checked"})
        assert office_client.post(url, filled_in(office_client.get(url), **typed)).status_code == 302
    for record in (*records, other):
        record.refresh_from_db()
    assert [record.accepted for record in (*records, other)] == [True] * 5 + [False]
    assert (site.type_as_published, site.reported_by) == ("CLINIC", body)
    assert [record.history.count() - number for record, number in zip(records, before, strict=True)] == [1] * 5


def test_ticking_a_site_or_an_organisation_accepts_its_codes(hidden, office_client):
    for record in (hidden.site, hidden.reported_by):
        url = reverse(f"admin:sites_{record._meta.model_name}_change", args=[record.pk])
        assert office_client.post(url, filled_in(office_client.get(url), accepted="on")).status_code == 302
        record.refresh_from_db()
        assert record.accepted and record.identifiers.get().accepted


def test_return_is_not_accepted_in_any_way_if_another_organisation_has_the_code(hidden, office_client):
    OrganisationFactory(name="Another Trust", ods_code="ZEBEDEE4")
    sentence = "Another Trust has the code ZEBEDEE4 in this period. Enter when it ended"
    page = office_client.post(reverse("projects:estate_return_list"), {"return": hidden.pk}, follow=True)
    assert sentence in page.content.decode()
    url = reverse("admin:sites_site_change", args=[hidden.site.pk])
    page = office_client.post(url, filled_in(office_client.get(url), **{"estate_returns-0-accepted": "on"}))
    form = page.context["inline_admin_formsets"][2].formset.forms[0]
    assert form.errors == {"accepted": [sentence]} and form["accepted"].value()
    hidden.refresh_from_db()
    assert not hidden.accepted


def test_correcting_an_accepted_return_accepts_nothing_else(hidden, office_client):
    site, trust = SiteFactory(), OrganisationFactory()
    code = site.identifiers.create(value="ZEBEDEE5", accepted=False)
    accepted = EstateReturnFactory(site=site, reported_by=trust, year=2022)
    url = reverse("admin:sites_site_change", args=[site.pk])
    data = filled_in(office_client.get(url), reported_by="", **{"estate_returns-0-hard_fm_pounds": "12"})
    assert office_client.post(url, data).status_code == 302
    for record in (site, code, accepted):
        record.refresh_from_db()
    assert accepted.hard_fm_pounds == 12
    assert not code.accepted and site.reported_by is None


def test_accepted_return_cannot_move_to_a_reporter_that_waits(hidden, office_client):
    site, waiting = SiteFactory(), OrganisationFactory(name="Elm Trust", accepted=False)
    row = EstateReturnFactory(site=site, reported_by=OrganisationFactory(), year=2022)
    url = reverse("admin:sites_site_change", args=[site.pk])
    data = filled_in(office_client.get(url), **{"estate_returns-0-reported_by": waiting.pk})
    assert "Accept Elm Trust first" in office_client.post(url, data).content.decode()
    row.refresh_from_db()
    assert row.reported_by != waiting


def test_organisation_is_not_accepted_if_another_has_a_code_of_its_successor(hidden, office_client):
    body = hidden.reported_by
    body.successor.identifiers.create(value="ZEBEDEE6", accepted=False)
    OrganisationFactory(name="Another Trust", ods_code="ZEBEDEE6")
    url = reverse("admin:sites_organisation_change", args=[body.pk])
    page = office_client.post(url, filled_in(office_client.get(url), accepted="on"))
    form = page.context["adminform"].form
    assert form.errors == {"accepted": ["Another Trust has the code ZEBEDEE6 in this period. Enter when it ended"]}
    body.refresh_from_db()
    assert form["accepted"].value() and not body.accepted


def test_office_adds_an_organisation_with_an_accepted_aggregate(office_client):
    url = reverse("admin:sites_organisation_add")
    names = {"name": "Elm Trust", "slug": "elm-trust", "kind": OrganisationKind.NHS_TRUST}
    row = {"TOTAL_FORMS": 1, "0-year": 2024, "0-basis": "stated", "0-accepted": "on"}
    rows = {f"aggregate_returns-{name}": value for name, value in row.items()}
    assert office_client.post(url, filled_in(office_client.get(url), **names, **rows)).status_code == 302
    assert EstateReturn.objects.get(aggregate_of__name="Elm Trust", aggregate_of__accepted=True).accepted


def test_earlier_version_of_a_public_site_stays_public(hidden, office_client):
    site = hidden.site
    office_client.post(reverse("projects:estate_return_list"), {"return": hidden.pk})
    url = reverse("admin:sites_site_simple_history", args=[site.pk, site.history.earliest().pk])
    office_client.post(url, filled_in(office_client.get(url)))
    site.refresh_from_db()
    assert site.accepted


@pytest.mark.parametrize("field", ["site", "lead_organisation"])
def test_project_cannot_be_of_what_is_not_accepted(hidden, field):
    project = HubFactory(**{field: {"site": hidden.site, "lead_organisation": hidden.reported_by}[field]})
    with pytest.raises(ValidationError) as refused:
        project.full_clean()
    assert list(refused.value.message_dict) == [field]
