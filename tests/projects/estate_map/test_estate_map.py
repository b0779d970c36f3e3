import datetime
import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from estates_portal.identity import forget_system
from projects.estate_map.layers import LAYERS
from sites.map import apart
from sites.models import ConditionSurvey, System
from tests.conftest import clean_caches, count_a_change, signed_in
from tests.factories import EstateReturnFactory, HubFactory, OrganisationFactory, PlaceFactory, SiteFactory
from tests.gazetteer import load_sample
from tests.release import load_release

MAP = reverse("projects:estate_map")


@pytest.fixture(scope="module")
def loaded(module_database):
    load_release()
    load_sample()


@pytest.fixture
def reader(loaded, db):
    return Client()


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("area", ["", "luton", "milton-keynes"])
def test_map_and_table_hold_the_same_rows_in_the_same_order(reader, layer, area):
    response = reader.get(MAP, {"layer": layer, "area": area})
    page = html.unescape(text_of(response))
    picture = page[page.index('<svg class="app-estate-map"') :].partition("</svg>")[0]
    on_map = re.findall(r"<title>(.*?)</title>", picture)
    assert on_map == [marker.label for marker in response.context["markers"]]
    in_table = re.findall(r'<td class="app-table__main">(?: <a href="[^"]*">)?(.*?)</', page)
    assert [name.strip() for name in in_table] == [marker.thing.name for marker in response.context["markers"]]


def test_projects_stand_at_their_located_sites(reader):
    response = reader.get(MAP)
    assert len(response.context["markers"]) == 26
    assert "26 projects by stage" in text_of(response)
    assert "30 of 56 projects have no published location" in text_of(response)
    assert {group.label for group, *_rest in response.context["counts"]} >= {"Open", "Under construction", "Planned"}


def test_sites_without_location_are_counted_and_named(reader):
    response = reader.get(MAP, {"layer": "sites"})
    page = text_of(response)
    assert "14 sites by type" in page
    assert "29 of 43 sites have no published location" in page
    assert "Kelvin Grove" in [thing.name for thing in response.context["drawing"].missing]


def test_three_diagnostic_centres_link_to_their_sites(reader):
    response = reader.get(MAP, {"layer": "centres"})
    things = {marker.thing.name: marker.thing for marker in response.context["markers"]}
    assert set(things) == {"Lloyds Court CDC", "North Bedfordshire CDC", "Whitehouse CDC"}
    assert things["Lloyds Court CDC"].url == "/sites/lloyds-court/"
    assert "Department of Health and Social Care, Open Government Licence" in text_of(response)


def test_practices_stand_at_their_postcodes(reader):
    response = reader.get(MAP, {"layer": "practices"})
    assert response.context["drawing"].total == 96
    assert [marker.thing.is_about for marker in response.context["markers"]] == [True] * len(
        response.context["markers"]
    )
    assert response.context["markers"], "the small gazetteer has the postcodes of some practices"


def test_key_shows_one_group_alone(reader):
    response = reader.get(MAP, {"only": "open"})
    assert {marker.group.key for marker in response.context["markers"]} == {"open"}
    assert "Show all" in text_of(response)
    assert len(reader.get(MAP, {"only": "wrong"}).context["markers"]) == 26


@pytest.mark.parametrize("query", [{"layer": "wrong"}, {"area": "atlantis"}, {"layer": "\0"}])
def test_invalid_choice_is_an_error_beside_its_field(reader, query):
    response = reader.get(MAP, query)
    assert response.status_code == 200
    assert "There is a problem" in text_of(response)


def test_title_and_outlines_come_from_the_system(reader):
    System.objects.update(name="Farshire", boundary="")
    forget_system()
    count_a_change()
    page = text_of(reader.get(MAP))
    assert "Map of Farshire" in page
    assert "app-map__place" not in page
    assert "26 projects by stage" in page


def test_reader_sees_only_visible_projects(client, viewer_client, office_client, loaded):
    site = SiteFactory(latitude="51.9", longitude="-0.45")
    HubFactory(title="Secret at the site", site=site, published=False, restricted=True)
    HubFactory(title="Secret elsewhere", published=False, restricted=True)
    count_a_change()
    for reader, is_shown in [(office_client, True), (viewer_client, False), (client, False), (office_client, True)]:
        page = text_of(reader.get(MAP))
        assert ("Secret at the site" in page) == is_shown
        assert ("Secret elsewhere" in page) == is_shown
        assert ("of 58 projects" in page) == is_shown


@pytest.mark.parametrize("layer", LAYERS)
def test_query_count_is_constant(loaded, db, layer):
    client, taken = signed_in(role="programme_office"), []
    place = PlaceFactory()
    for number in (2, 20):
        for _ in range(number):
            site = SiteFactory(place=place, latitude=51.9, longitude=-0.45)
            HubFactory(place=place, site=site).further_sites.add(site)
            OrganisationFactory(kind="gp_practice", place=place, postcode="LU7 1BE")
        clean_caches()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(MAP, {"layer": layer}).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert taken[0] <= 15


def test_markers_are_moved_apart():
    points = [(100, 100)] * 12 + [(300, 300), (310, 300)]
    moved = apart(points, 26)
    assert moved[0] == (100, 100)
    assert moved[12] == (300, 300)
    distances = [((x - a) ** 2 + (y - b) ** 2) ** 0.5 for n, (x, y) in enumerate(moved) for a, b in moved[n + 1 :]]
    assert min(distances) >= 26
    assert max(abs(x - 100) for x, _y in moved[:12]) < 80


def test_example_sites_are_not_on_the_map(client, db):
    System.objects.all()
    HubFactory(title="Made up", is_example=True, site=SiteFactory(latitude=52, longitude=-0.4, is_example=True))
    page = client.get(MAP).content.decode()
    assert "Made up" not in page


def estate(reader_of, layer):
    """{name of a site: (group, cells)} of a layer as a reader sees it."""
    response = reader_of.get(MAP, {"layer": layer})
    return {marker.thing.name: (marker.group.label, marker.thing.cells) for marker in response.context["markers"]}


def test_backlog_is_of_returns_that_the_reader_can_see(client, viewer_client, db):
    for name, number, high in [("Oak", 0, 0), ("Elm", 1, 2_000_000), ("Ash", 2, None), ("Fig", 3, 9_000_000)]:
        site = SiteFactory(name=name, latitude=52, longitude=f"-0.{4 + number}")
        risks = {"backlog_high_pounds": high, "backlog_significant_pounds": 0, "backlog_moderate_pounds": 100}
        EstateReturnFactory(site=site, year=2014, accepted=name != "Fig", backlog_low_pounds=0, **risks)
    SiteFactory(name="Bay", latitude=52, longitude="-0.9")
    hidden = ("Not known", ("Not known", "Not known", "No return"))
    known = {
        "Oak": ("None", ("£0", "£100", "2014/15")),
        "Elm": ("£1m to £5m", ("£2m", "£2m", "2014/15")),
        "Ash": ("Not known", ("Not known", "Not known", "2014/15")),
        "Bay": hidden,
    }
    seen = {name: value for name, value in estate(client, "backlog").items() if name in {*known, "Fig"}}
    assert seen == {**known, "Fig": hidden}
    assert estate(viewer_client, "backlog")["Fig"] == ("Over £5m", ("£9m", "£9m", "2014/15, not accepted yet"))
    markers = viewer_client.get(MAP, {"layer": "backlog"}).context["markers"]
    assert [marker.label.partition(". ")[2] for marker in markers if marker.thing.name == "Fig"] == [
        "Fig, Over £5m, not accepted yet"
    ]


def test_condition_is_of_surveys_that_the_reader_can_see(client, viewer_client, db):
    old, new = (
        SiteFactory(name="Old", latitude=52, longitude="-0.4"),
        SiteFactory(name="New", latitude=52, longitude="-0.6"),
    )
    ConditionSurvey.objects.create(site=old, grade="C", accepted=True)
    ConditionSurvey.objects.create(site=new, grade="DX", surveyed_on=datetime.date(2024, 5, 1))
    count_a_change()
    assert estate(client, "condition")["Old"] == (
        "C: major repair needed soon",
        ("C: major repair needed soon", "Date not known"),
    )
    assert estate(client, "condition")["New"][0] == "No survey"
    assert estate(viewer_client, "condition")["New"][1][1] == "1 May 2024, not accepted yet"


def test_key_says_what_a_letter_means_if_all_markers_have_it(client, db):
    SiteFactory(latitude=52, longitude="-0.4")
    assert "No survey <strong>" in text_of(client.get(MAP, {"layer": "condition"}))


def test_site_that_is_not_accepted_is_marked(viewer_client, db):
    SiteFactory(name="Oak", accepted=False)
    SiteFactory(name="Elm", accepted=False, latitude=52, longitude="-0.4")
    response = viewer_client.get(MAP, {"layer": "sites"})
    (marker,) = [marker for marker in response.context["markers"] if marker.thing.name == "Elm"]
    assert marker.label.endswith("Elm, Health centre, not accepted yet")
    assert text_of(response).count("Not accepted yet") == 2
