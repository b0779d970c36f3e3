"""Sites that share a name are told apart wherever they are listed."""

import csv
import io

import pytest
from django.urls import reverse

from sites.models import Site
from tests.factories import EstateReturnFactory, HubFactory, OrganisationFactory, PlaceFactory, SiteFactory
from tests.gazetteer import load_sample
from tests.release import load_release

NAMES = {"Elm House (Oldtown, Ash)", "Elm House (Oldtown, Oak)"}
SITES_CSV, RETURNS_CSV = reverse("projects:export_sites_csv"), reverse("projects:export_returns_csv")


@pytest.fixture(scope="module")
def loaded(module_database):
    load_release()
    load_sample()


@pytest.fixture
def place(loaded, db):
    """A place with two sites called Elm House, each reported by another trust."""
    place = PlaceFactory(name="Oldtown")
    for short_name in ("Ash", "Oak"):
        trust = OrganisationFactory(short_name=short_name)
        site = SiteFactory(name="Elm House", place=place, reported_by=trust, latitude=52.03, longitude="-0.77")
        EstateReturnFactory(site=site, reported_by=trust)
    return place


@pytest.mark.parametrize("page", ["sites:site_list", "map", "near", "place"])
def test_pages_tell_them_apart(client, place, page):
    url = {
        "map": f"{reverse('projects:estate_map')}?layer=sites",
        "near": f"{reverse('projects:near')}?q=MK6 5LD",
        "place": place.get_absolute_url(),
    }.get(page) or f"{reverse(page)}?q=elm"
    text = client.get(url).content.decode()
    assert all(f">{name}<" in text for name in NAMES)


def test_site_is_told_apart_from_one_on_another_page_of_the_list(client, place):
    Site.objects.filter(reported_by__short_name="Ash").update(kind="hub")
    text = client.get(reverse("sites:site_list"), {"kind": "hub", "q": "elm"}).content.decode()
    assert "Elm House (Oldtown, Ash)" in text


@pytest.mark.parametrize("url", [SITES_CSV, RETURNS_CSV])
def test_files_tell_them_apart(client, place, url):
    assert elm_houses(client, url) == NAMES
    Site.objects.filter(reported_by__short_name="Ash").update(kind="hub")
    assert elm_houses(client, f"{url}?kind=hub") == {"Elm House (Oldtown, Ash)"}  # as on the list


def elm_houses(client, url):
    """The names of the sites called Elm House in a file."""
    rows = csv.DictReader(io.StringIO(b"".join(client.get(url).streaming_content).decode("utf-8-sig")))
    return {row["Site"] for row in rows if row["Site"].startswith("Elm House")}


def test_form_of_backlog_tells_them_apart(office_client, place):
    first, second = Site.objects.filter(name="Elm House")
    hub = HubFactory(site=first)
    hub.further_sites.add(second)
    page = office_client.get(reverse("projects:register_add", args=[hub.slug, "backlog"]))
    assert {label for _value, label in page.context["form"].fields["site"].choices} >= NAMES


def test_autocomplete_of_the_admin_tells_them_apart(admin_client, place):
    query = {"term": "elm house", "app_label": "projects", "model_name": "hub", "field_name": "site"}
    results = admin_client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert {result["text"] for result in results} == NAMES
