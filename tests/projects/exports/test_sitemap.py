"""What search engines read: robots.txt, the sitemap, canonical addresses and the icon."""

import datetime
import re
from xml.etree import ElementTree

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.urls import NoReverseMatch, reverse
from pytest_django.asserts import assertContains

from projects.exports.sitemap import PAGES
from tests.factories import (
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    PlaceFactory,
    PriorityFactory,
    ProgrammeFactory,
    SiteFactory,
)
from tests.permission_table import ALL, TABLE, names

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ROOT = "https://estates.example.nhs.uk"
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(autouse=True)
def portal_url(settings):
    settings.PORTAL_URL = ROOT


def sitemap(client):
    """{path: day of the last change or None} of the sitemap."""
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314 -- a file of ours
    assert tree.tag == f"{NAMESPACE}urlset"
    return {
        page.findtext(f"{NAMESPACE}loc").removeprefix(ROOT): (page.findtext(f"{NAMESPACE}lastmod") or "")[:10] or None
        for page in tree
    }


def test_sitemap_lists_exactly_the_published_pages(client, office_client):
    place, trust = PlaceFactory(slug="luton"), OrganisationFactory(slug="trust")
    site, priority = SiteFactory(slug="oak-court", place=place, owner=None), PriorityFactory(slug="hubs")
    about = {"place": place, "site": site, "lead_organisation": trust}
    HubFactory(slug="public", programme=ProgrammeFactory(slug="plan", lead_organisation=None), **about)
    HubFactory(
        slug="hidden", programme=ProgrammeFactory(slug="secret", lead_organisation=None), **about, published=False
    )
    HubFactory(slug="invented", is_example=True, **about)
    SiteFactory(slug="invented-site", place=place, owner=None, is_example=True)
    OrganisationFactory(slug="invented-trust", is_example=True)
    records = ["projects/public", "programmes/plan", "places/luton", "sites/oak-court", "organisations/trust"]
    expected = {reverse(name) for name in PAGES} | {f"/{name}/" for name in [*records, f"priorities/{priority.slug}"]}
    for reader in (client, office_client):
        pages = sitemap(reader)
        assert set(pages) == expected
    for page in pages:
        assert client.get(page).status_code == 200, page
    assert {pages[f"/{name}/"] for name in records} == {"2026-11-23"}


def test_sitemap_has_every_public_page_without_arguments(client):
    """All that `PAGES` leaves out are the account pages, the search page, the page after a message, and files."""
    found = set()
    for name in (name for name, answers in TABLE.items() if answers == ALL and name in set(names())):
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        if client.get(url)["Content-Type"].startswith("text/html") and not url.startswith("/account/"):
            found.add(name)
    assert found - {"projects:search", "contact_sent"} == set(PAGES)


@pytest.mark.django_db(transaction=True)
def test_last_change_of_project_is_that_of_its_newest_fact(client, clock):
    milestone = MilestoneFactory(project__slug="riverside")
    assert sitemap(client)["/projects/riverside/"] == "2026-11-23"
    clock.move_to(datetime.datetime(2026, 11, 25, 9, tzinfo=datetime.UTC))
    milestone.record_date("forecast", datetime.date(2027, 4, 1), stated_on=datetime.date(2026, 11, 25))
    assert sitemap(client)["/projects/riverside/"] == "2026-11-25"


@pytest.mark.parametrize("rows", [2, 20])
def test_sitemap_query_count_is_constant(client, rows, django_assert_max_num_queries):
    for _ in range(rows):
        MilestoneFactory(project=HubFactory(site=SiteFactory(), programme=ProgrammeFactory()))
    with django_assert_max_num_queries(22):
        client.get("/sitemap.xml")


def test_robots_txt_leaves_out_filtered_addresses(client):
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert "Disallow: /*?" in lines and "Disallow: /admin/" in lines
    assert f"Sitemap: {ROOT}/sitemap.xml" in lines
    blocked = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    HubFactory()
    for page in sitemap(client):
        assert not any(page.startswith(start) for start in blocked if "*" not in start), page


@pytest.mark.parametrize("address", ["/projects/", "/projects/?place=luton&sort=-cost&page=2", "/projects/?q=%3C"])
def test_canonical_address_of_filtered_list_is_the_bare_list(client, address):
    html = client.get(address).content.decode()
    assert re.findall(r'<link rel="canonical" href="([^"]*)">', html) == [f"{ROOT}/projects/"]


def test_canonical_address_is_of_the_portal_whatever_the_host(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    hub = HubFactory(slug="riverside")
    page = client.get(hub.get_absolute_url(), headers={"host": "other.example.org"})
    assertContains(page, f'<link rel="canonical" href="{ROOT}/projects/riverside/">')


def test_favicon_leads_to_the_icon(client):
    response = client.get("/favicon.ico")
    assert response.status_code == 302 and response["Location"] == "/assets/images/favicon.ico"
    if django_settings.NHSUK_FRONTEND.exists():  # after `npm ci`
        assert finders.find("images/favicon.ico")
