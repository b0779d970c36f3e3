"""What readers see near a postcode, and how many queries it takes, without the data of the release."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.conftest import clean_caches, signed_in
from tests.factories import HubFactory, OrganisationFactory, PlaceFactory, SiteFactory
from tests.gazetteer import load_sample

NEAR, NEAR_CSV = reverse("projects:near"), reverse("projects:near_csv")


def text_of(response):
    return " ".join(response.content.decode().split())


def test_sites_and_practices_with_the_postcode_show_without_a_location(client, db):
    SiteFactory(name="Oak Court", postcode="ZZ7 1AR")
    OrganisationFactory(name="Oak Practice", postcode="ZZ7 1AR")
    page = text_of(client.get(NEAR, {"q": "zz71ar"}))
    assert "Oak Court" in page
    assert "Oak Practice" in page


def test_reader_sees_only_visible_projects(client, viewer_client, office_client):
    place = PlaceFactory(name="Central Bedfordshire", gss_code="E06000056")
    site = SiteFactory(place=place, latitude=51.9, longitude=-0.65)
    HubFactory(title="Secret at the site", site=site, place=place, published=False, restricted=True)
    HubFactory(title="Secret in the place", place=place, published=False, restricted=True)
    load_sample()
    for reader, is_shown in [(office_client, True), (viewer_client, False), (client, False), (office_client, True)]:
        response = reader.get(NEAR, {"q": "LU7 1BE"})
        assert ("Secret at the site" in text_of(response)) == is_shown
        assert ("Secret in the place" in text_of(response)) == is_shown
        assert response.context["places"][0][1] == (2 if is_shown else 0)
        csv_text = b"".join(reader.get(NEAR_CSV, {"q": "LU7 1BE"}).streaming_content).decode()
        assert f",{int(is_shown)},http" in csv_text


def test_project_at_further_site_is_near(client, db):
    site = SiteFactory(name="Far end", latitude=51.9, longitude=-0.65)
    hub = HubFactory(title="Two ends", site=SiteFactory())
    hub.further_sites.add(site)
    load_sample()
    assert [row.project.title for row, _row in client.get(NEAR, {"q": "LU7 1BE"}).context["projects"]] == ["Two ends"]


@pytest.mark.parametrize("role", ["public", "office"])
def test_query_count_is_constant(db, role):
    place = PlaceFactory(gss_code="E06000056")
    load_sample()
    client = Client() if role == "public" else signed_in(role="programme_office")
    taken = []
    for number in (3, 30):
        for _ in range(number):
            site = SiteFactory(place=place, latitude=51.9, longitude=-0.65)
            HubFactory.create_batch(2, site=site, place=place)
            HubFactory(place=place)
        clean_caches()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(NEAR, {"q": "LU7 1BE"}).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert taken[0] <= 25


def test_page_without_text_asks_for_a_postcode(client, db):
    page = text_of(client.get(NEAR))
    assert "Postcode or town" in page
    assert "There is a problem" not in page


@pytest.mark.parametrize("text", ["Atlantis", "x" * 101, "%", "12", "LU7 1BE LU7 1BE"])
def test_other_text_shows_error_and_is_kept(client, db, text):
    response = client.get(NEAR, {"q": text})
    assert response.status_code == 200
    assert response.context["form"].errors["q"]
    assert client.get(NEAR_CSV, {"q": text}).status_code == 302
