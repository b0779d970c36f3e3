import json
import re

import pytest

from projects.management.commands.load_blmk import DATA
from sites.map import WIDTH, BadBoundary, outlines, picture
from sites.models import System
from sites.templatetags.sites_map import map_context
from tests.factories import PlaceFactory, SiteFactory

BOUNDARY = (DATA / "boundary" / "places.geojson").read_text(encoding="utf-8")


def collection(*rings, **properties):
    """GeoJSON with a place for each ring."""
    properties = properties or {"LAD24CD": "E06000999", "LAD24NM": "Farside"}
    return json.dumps(
        {
            "features": [
                {"properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}} for ring in rings
            ]
        }
    )


SQUARE = [[0, 52], [1, 52], [1, 53], [0, 53], [0, 52]]


def test_map_of_release_is_small():
    places = picture(BOUNDARY).places
    assert {place.gss_code for place in places} == {"E06000032", "E06000042", "E06000055", "E06000056"}
    assert sum(len(place.path) for place in places) < 12_000
    for place in places:
        assert re.fullmatch(r"(M\d+ \d+l[-\d ]+z)+", place.path)
        assert 0 <= place.x <= WIDTH
        assert 0 <= place.y <= picture(BOUNDARY).grid.height


def test_places_on_map_have_correct_positions():
    """Hospitals at Luton, Bedford and Milton Keynes (ODS coordinates): Bedford north of Luton, Milton Keynes west."""
    point = picture(BOUNDARY).grid.point
    luton, bedford, milton_keynes = point(-0.474, 51.894), point(-0.471, 52.129), point(-0.736, 52.026)
    assert bedford[1] < milton_keynes[1] < luton[1]
    assert milton_keynes[0] < luton[0]
    assert abs(luton[0] - bedford[0]) < 10


@pytest.mark.django_db
def test_map_draws_located_sites_and_highlighted_place():
    place = PlaceFactory(gss_code="E06000032")
    sites = [SiteFactory(place=place, latitude="51.9", longitude="-0.45"), SiteFactory(place=place)]
    context = map_context(System(boundary=BOUNDARY), sites, place)
    assert [name for _x, _y, name, _url in context["dots"]] == [sites[0].name]
    assert [outline.name for outline, chosen in context["places"] if chosen] == ["Luton"]
    assert map_context(System(boundary=BOUNDARY), [sites[1]], None)["dots"] == []


@pytest.mark.django_db
def test_system_without_outlines_has_no_map(client):
    SiteFactory(latitude="51.9", longitude="-0.45")
    assert '<svg class="app-map"' not in client.get("/sites/").content.decode()


def test_place_has_name_and_code_of_outline_properties():
    place = picture(collection(SQUARE)).places[0]
    assert (place.gss_code, place.name, place.x) == ("E06000999", "Farside", WIDTH // 2)


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "[]",
        "{}",
        '{"features": []}',
        '{"features": [{"properties": null, "geometry": null}]}',
        collection(SQUARE, name="no code"),
        collection([]),
        collection([[0, 52], [0, 52], [0, 52], [0, 52]]),
        collection([[0, 52], [1, "NaN"], [1, 53], [0, 52]]),
        collection([[0, 52], [1000, 52], [1, 53], [0, 52]]),
        collection([[0], [1], [2], [3]]),
        '{"features": ' + "[" * 5000 + "]" * 5000 + "}",
    ],
)
def test_invalid_outlines_are_rejected(text):
    with pytest.raises(BadBoundary):
        outlines(text)
