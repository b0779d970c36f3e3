import pytest

from sites.locating import kilometres_between, locate, postcode_in, read_postcode
from tests.factories import PlaceFactory, SiteFactory
from tests.gazetteer import load_sample


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("LU7 1BE", ("LU7", "1BE")),
        ("lu71be", ("LU7", "1BE")),
        ("  lu7   1be ", ("LU7", "1BE")),
        ("LU7-1BE", ("LU7", "1BE")),
        ("l u 7 1 b e", ("LU7", "1BE")),
        ("SW1A 2AA", ("SW1A", "2AA")),
        ("m1 1aa", ("M1", "1AA")),
        ("LU7", ("LU7", "")),
        ("mk40", ("MK40", "")),
        ("mk 40", ("MK40", "")),
        ("LU7 1", ("LU7", "")),
        ("LU7 1B", ("LU7", "")),
        ("Luton", None),
        ("ward 12", None),
        ("LAD-ASB", None),
        ("EX-000001", None),
        ("2027", None),
        ("LU7 centre", None),
        ("ＬＵ７ １ＢＥ", None),
        ("", None),
    ],
)
def test_what_looks_like_a_postcode(text, code):
    assert read_postcode(text) == code


def test_great_circle_distance():
    """From London to Paris: 343.6 km by the haversine formula with the mean radius."""
    assert kilometres_between(51.5074, -0.1278, 48.8566, 2.3522) == pytest.approx(343.556, abs=0.01)
    assert kilometres_between(52, -0.4, 52, -0.4) == 0


@pytest.fixture
def places(db):
    codes = {"Bedford Borough": "E06000055", "Central Bedfordshire": "E06000056", "Luton": "E06000032"}
    codes["Milton Keynes"] = "E06000042"
    made = {name: PlaceFactory(name=name, gss_code=code) for name, code in codes.items()}
    load_sample()
    return made


def names(location):
    return [place.name for place in location.places]


def test_held_postcode_is_located_exactly(places):
    location = locate("lu71be")
    assert (location.name, names(location)) == ("LU7 1BE", ["Central Bedfordshire"])
    assert (location.latitude, location.longitude) == (51.918601, -0.662283)
    assert not location.is_about
    assert not location.is_outside


def test_outward_code_is_located_about_its_middle(places):
    location = locate("mk17")
    assert location.name == "MK17"
    assert location.is_about
    assert names(location) == ["Central Bedfordshire", "Milton Keynes"]
    assert location.outward.is_partly_inside
    assert not locate("MK40").outward.is_partly_inside


@pytest.mark.parametrize("text", ["LU7 1HQ", "LU7 2EL", "lu72el"])
def test_postcode_that_is_not_held_gets_the_answer_for_its_outward_code(places, text):
    location = locate(text)
    assert location.name == "LU7"
    assert location.is_not_held
    assert location.postcode[:5] in {"LU7 1", "LU7 2"}
    assert names(location) == ["Central Bedfordshire"]


def test_postcode_held_in_part_is_said_to_be(places):
    location = locate("PE19 1AA")
    assert location.is_not_held
    assert location.outward.is_partly_inside
    assert location.outward.postcodes_inside == 24


@pytest.mark.parametrize("text", ["SW1A 2AA", "SW1A"])
def test_postcode_elsewhere_is_outside(places, text):
    assert locate(text).is_outside


def test_postcode_of_located_site_is_located_by_the_site(places):
    SiteFactory(postcode="ZZ1 1ZZ", latitude=52.1, longitude=-0.5, place=places["Luton"])
    location = locate("zz11zz")
    assert (location.latitude, names(location)) == (52.1, ["Luton"])


@pytest.mark.parametrize("text", ["Leighton Buzzard", "leighton  buzzard", "LEIGHTON-BUZZARD"])
def test_town_is_located_about_its_middle(places, text):
    location = locate(text)
    assert location.name == "Leighton Buzzard"
    assert location.is_about
    assert names(location) == ["Central Bedfordshire"]


@pytest.mark.parametrize("text", ["Atlantis", "a hub", "", "%", "-"])
def test_other_text_is_no_location(places, text):
    assert locate(text) is None


def test_search_boxes_lead_postcodes_and_held_outward_codes(places):
    assert postcode_in("lu71be") == "LU7 1BE"
    assert postcode_in("sw1a2aa") == "SW1A 2AA"
    assert postcode_in("mk40") == "MK40"
    assert postcode_in("M1") == ""
    assert postcode_in("Luton") == ""
