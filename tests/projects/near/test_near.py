import pytest
from django.test import Client
from django.urls import reverse

from projects.models import Project
from sites.models import Site
from tests.factories import SiteFactory
from tests.gazetteer import load_sample
from tests.release import load_release

NEAR, NEAR_CSV, SEARCH = reverse("projects:near"), reverse("projects:near_csv"), reverse("projects:search")
LISTS = [reverse(name) for name in ("projects:project_list", "sites:site_list", "sites:organisation_list")]
MKUH, LUTON, BEDFORD = (
    "Milton Keynes University Hospital",
    "Luton and Dunstable University Hospital",
    "Bedford Hospital South Wing",
)
GROVE, REDGRAVE, STEPPINGLEY = "Grove View Integrated Health and Care Hub", "Redgrave Gardens", "Steppingley Hospital"
RED_HOUSE, ENHANCED, GILBERT = "Red House Surgery", "Enhanced Services Centre, Bedford", "Gilbert Hitchcock House"
CHILD = "Centre for Child Development"

# postcode: its place, and the four nearest sites with miles and kilometres
NEAREST = {
    "MK6 5LD": (
        "Milton Keynes",
        [(MKUH, "0.0", "0.00"), ("Lloyds Court", "1.6", "2.61"), (RED_HOUSE, "2.1", "3.46")]
        + [("Brooklands Health Centre", "2.8", "4.57")],
    ),
    "LU4 0DZ": (
        "Luton",
        [(LUTON, "0.0", "0.00"), (REDGRAVE, "1.9", "3.11"), (GROVE, "2.1", "3.31"), (STEPPINGLEY, "8.3", "13.37")],
    ),
    "MK42 9DJ": (
        "Bedford Borough",
        [(BEDFORD, "0.1", "0.10"), (ENHANCED, "1.1", "1.73"), (GILBERT, "1.1", "1.74"), (CHILD, "2.1", "3.39")],
    ),
    "MK40 1DY": (
        "Bedford Borough",
        [(BEDFORD, "0.6", "1.01"), (ENHANCED, "0.9", "1.39"), (GILBERT, "0.9", "1.41"), (CHILD, "2.4", "3.79")],
    ),
    "LU5 4HG": (
        "Central Bedfordshire",
        [(GROVE, "0.2", "0.28"), (LUTON, "1.9", "3.09"), (REDGRAVE, "3.5", "5.60"), (STEPPINGLEY, "8.4", "13.52")],
    ),
    "LU7 1BE": (
        "Central Bedfordshire",
        [(RED_HOUSE, "6.0", "9.59"), (GROVE, "6.2", "10.05"), (MKUH, "8.1", "13.00"), (LUTON, "8.2", "13.19")],
    ),
}


@pytest.fixture(scope="module")
def loaded(module_database):
    """The data of the release with a small gazetteer."""
    load_release()
    load_sample()


@pytest.fixture
def reader(loaded, db):
    return Client()


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("postcode", NEAREST)
def test_postcode_shows_its_place_and_nearest_sites(reader, postcode):
    place, nearest = NEAREST[postcode]
    response = reader.get(NEAR, {"q": postcode})
    assert [place.name for place, *_counts in response.context["places"]] == [place]
    rows = response.context["sites"][:4]
    shown = [(row.site.name, f"{row.distance.miles:.1f}", f"{row.distance.kilometres:.2f}") for row in rows]
    assert shown == nearest
    assert len(response.context["sites"]) == 10
    text = text_of(response)
    assert f"{postcode} is in" in text
    assert text.index(f"{postcode} is in") < text.index("Nearest sites") < text.index("Nearest projects")
    assert "Straight-line distance" in text
    assert "Royal Mail copyright" in text


def test_download_has_kilometres(reader):
    lines = b"".join(reader.get(NEAR_CSV, {"q": "LU7 1BE"}).streaming_content).decode().splitlines()
    assert lines[1].startswith(f"{RED_HOUSE},Milton Keynes,Health centre,MK2 2EH,6.0,9.59,about,1,http")
    assert len(lines) == 1 + Site.objects.located().count()


def test_distance_to_centre_of_postcode_is_about(reader):
    rows = {row.site.name: str(row.distance) for row in reader.get(NEAR, {"q": "LU7 1BE"}).context["sites"]}
    assert rows[RED_HOUSE] == "about 6.0 miles"  # a site known by its postcode
    assert rows[MKUH] == "8.1 miles"
    assert all(str(row.distance).startswith("about ") for row in reader.get(NEAR, {"q": "LU7"}).context["sites"])


def test_projects_whose_site_has_no_location_are_listed_by_place(reader):
    response = reader.get(NEAR, {"q": "LU7 1BE"})
    text = text_of(response)
    assert "8 more projects in Central Bedfordshire whose site has no published location" in text
    titles = [project.title for project in response.context["rest"]]
    assert "Leighton Buzzard Health Centre extra clinical rooms" in titles
    assert f"{GROVE}, Dunstable" not in titles
    assert Project.objects.filter(place__name="Central Bedfordshire").count() == 9


def test_nearest_projects_are_those_at_the_nearest_sites(reader):
    rows = reader.get(NEAR, {"q": "LU5 4HG"}).context["projects"]
    assert rows[0][0].project.title == f"{GROVE}, Dunstable"
    miles = [near.distance.kilometres for near, _row in rows]
    assert miles == sorted(miles)
    assert len(rows) == 10


@pytest.mark.parametrize("text", ["LU7 1HQ", "lu72el"])
def test_postcode_that_is_not_held(reader, text):
    page = text_of(reader.get(NEAR, {"q": text}))
    assert "is not among the postcodes that we hold, which are of 2025" in page
    assert "LU7 is partly in <a" in page
    assert "8 more projects in Central Bedfordshire" in page


def test_postcode_held_only_in_part(reader):
    page = text_of(reader.get(NEAR, {"q": "PE19 1AA"}))
    assert "PE19 1AA is not among the postcodes that we hold" in page
    assert "Only a part of PE19 is in the area that this portal covers: 24 of its 1,273 postcodes." in page


@pytest.mark.parametrize("text", ["SW1A 2AA", "sw1a"])
def test_postcode_elsewhere_is_answered_in_one_sentence(reader, text):
    page = text_of(reader.get(NEAR, {"q": text}))
    assert "is outside the area that this portal covers: Bedfordshire, Luton and Milton Keynes." in page
    assert "Nearest sites" not in page


def test_site_with_the_postcode_comes_first(reader):
    SiteFactory(name="A lamp post", latitude="51.894284", longitude="-0.474178")
    assert reader.get(NEAR, {"q": "LU4 0DZ"}).context["sites"][0].site.name == LUTON
    assert "At LU4 0DZ" in text_of(reader.get(NEAR, {"q": "LU4 0DZ"}))


def test_town_shows_what_is_near_its_middle(reader):
    response = reader.get(NEAR, {"q": "leighton buzzard"})
    assert "Near Leighton Buzzard" in text_of(response)
    assert "about" in str(response.context["sites"][0].distance)
    assert "geonames.org" in text_of(response)


def test_place_name_leads_to_the_place(reader):
    assert reader.get(NEAR, {"q": "central bedfordshire"}).url == "/places/central-bedfordshire/"


@pytest.mark.parametrize("text", ["LU7 1BE", "lu71be", "LU7", " mk6  5ld "])
def test_search_leads_postcodes_to_near_page(reader, text):
    response = reader.get(SEARCH, {"q": text})
    assert response.status_code == 302
    assert response.url.startswith(f"{NEAR}?q=")


@pytest.mark.parametrize("text", ["M1", "Luton", "hub LU7", "ASB"])
def test_search_keeps_other_texts(reader, text):
    assert reader.get(SEARCH, {"q": text}).status_code == 200


def test_search_for_town_links_to_near_page(reader):
    assert f'href="{NEAR}?q=Leighton%20Buzzard"' in text_of(reader.get(SEARCH, {"q": "leighton buzzard"}))


@pytest.mark.parametrize("url", LISTS)
def test_filter_with_a_postcode_links_to_near_page(reader, url):
    assert f'href="{NEAR}?q=LU7%201BE"' in text_of(reader.get(url, {"q": "lu71be"}))
    assert f'href="{NEAR}?q=' not in text_of(reader.get(url, {"q": "luton"}))
    assert f'href="{NEAR}?q=' not in text_of(reader.get(url))
