import re

import pytest

from sites.map import WIDTH, picture
from sites.templatetags.sites_map import borough_map, site_map
from tests.factories import PlaceFactory, SiteFactory


def test_the_four_boroughs_are_drawn_and_light():
    boroughs = picture().boroughs
    assert {borough.gss_code for borough in boroughs} == {"E06000032", "E06000042", "E06000055", "E06000056"}
    assert sum(len(borough.path) for borough in boroughs) < 12_000
    for borough in boroughs:
        assert re.fullmatch(r"(M\d+ \d+l[-\d ]+z)+", borough.path)
        assert 0 <= borough.x <= WIDTH
        assert 0 <= borough.y <= picture().grid.height


def test_places_lie_as_in_the_country():
    """Hospitals at Luton, Bedford and Milton Keynes (ODS coordinates): Bedford north of Luton, Milton Keynes west."""
    point = picture().grid.point
    luton, bedford, milton_keynes = point(-0.474, 51.894), point(-0.471, 52.129), point(-0.736, 52.026)
    assert bedford[1] < milton_keynes[1] < luton[1]
    assert milton_keynes[0] < luton[0]
    assert abs(luton[0] - bedford[0]) < 10


@pytest.mark.django_db
def test_only_located_sites_are_dots_and_the_chosen_place_is_darker():
    place = PlaceFactory(gss_code="E06000032")
    sites = [SiteFactory(place=place, latitude="51.9", longitude="-0.45"), SiteFactory(place=place)]
    drawn = borough_map(sites, place)
    assert [name for _x, _y, name, _url in drawn["dots"]] == [sites[0].name]
    assert [borough.name for borough, chosen in drawn["boroughs"] if chosen] == ["Luton"]
    assert site_map(sites[1])["dots"] == []
