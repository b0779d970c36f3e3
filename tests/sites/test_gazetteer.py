import shutil
from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from estates_portal.caching import watched_tables
from sites.gazetteer import BadGazetteer, load_gazetteer
from sites.models import DiagnosticCentre, GazetteerSource, OutwardCode, Place, Postcode, Town
from tests.factories import PlaceFactory
from tests.gazetteer import SAMPLE, load_sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    """A copy of the small gazetteer that a test can change."""
    shutil.copytree(SAMPLE, tmp_path, dirs_exist_ok=True)
    return tmp_path


def edit(path, old, new):
    path.write_text(path.read_text().replace(old, new))


def test_all_postcodes_of_release_are_loaded_with_their_places():
    for name, code in [("Bedford Borough", "55"), ("Central Bedfordshire", "56"), ("Luton", "32"), ("Milton", "42")]:
        PlaceFactory(name=name, gss_code=f"E060000{code}")
    counts = load_gazetteer()
    assert counts == {
        "postcodes": 22_555,
        "outward codes": 50,
        "towns": 128,
        "diagnostic centres": 3,
        "gazetteer sources": 3,
    }
    assert Counter(Postcode.objects.values_list("place__name", flat=True)) == {
        "Milton": 7_758,
        "Central Bedfordshire": 6_797,
        "Bedford Borough": 4_765,
        "Luton": 3_235,
    }
    assert Town.objects.filter(place=None).count() == 0
    assert set(DiagnosticCentre.objects.values_list("name", flat=True)) == {
        "Lloyds Court CDC",
        "North Bedfordshire CDC",
        "Whitehouse CDC",
    }
    held = Postcode.objects.get(pk="MK6 5LD")
    assert (held.latitude, held.longitude, held.place.name) == (52.026374, -0.735781, "Milton")
    assert load_gazetteer() == {}


def test_only_sources_move_the_change_counter():
    assert "sites_gazetteersource" in watched_tables()
    assert not {"sites_postcode", "sites_outwardcode", "sites_town", "sites_diagnosticcentre"} & set(watched_tables())


def test_second_load_reads_no_postcodes(django_assert_num_queries):
    load_sample()
    with django_assert_num_queries(3):  # places, fingerprints, whether there are postcodes
        load_sample()


def test_changed_file_replaces_the_gazetteer(folder):
    load_gazetteer(folder)
    edit(folder / "postcodes.csv", "LU7 1BE", "LU7 1BD")
    assert load_gazetteer(folder)["postcodes"] == 22
    assert not Postcode.objects.filter(pk="LU7 1BE").exists()
    assert Postcode.objects.filter(pk="LU7 1BD").exists()


def test_new_place_is_set_by_next_load(folder):
    load_gazetteer(folder)
    assert Postcode.objects.get(pk="LU7 1BE").place is None
    place = PlaceFactory(gss_code="E06000056")
    load_gazetteer(folder)
    assert Postcode.objects.get(pk="LU7 1BE").place == place
    place.delete()
    assert Postcode.objects.get(pk="LU7 1BE").place is None


def test_sources_have_edition_and_attribution():
    load_sample()
    postcodes = GazetteerSource.objects.get(pk="postcodes")
    assert postcodes.edition == "2025"
    assert "Royal Mail" in postcodes.attribution


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("postcodes.csv", "LU7 1BE", "LU7", "postcodes.csv, line 9: "),
        ("postcodes.csv", "51.918601", "far north", "postcodes.csv, line 9: could not convert"),
        ("postcodes.csv", "51.918601", "151.9", "is not a latitude and longitude"),
        ("postcodes.csv", "lad_code", "lad", "postcodes.csv has no column lad_code"),
        ("outcodes.csv", "1273", "many", "outcodes.csv, line 13"),
        ("diagnostic-centres.geojson", "features", "places", "diagnostic-centres.geojson is not GeoJSON"),
        ("diagnostic-centres.geojson", "isOpen12_7", "open", "diagnostic-centres.geojson is not GeoJSON"),
    ],
)
def test_invalid_file_is_named_and_nothing_is_loaded(folder, name, old, new, message):
    edit(folder / name, old, new)
    with pytest.raises(BadGazetteer, match=message):
        load_gazetteer(folder)
    assert not Postcode.objects.exists()
    assert not OutwardCode.objects.exists()


def test_command_says_what_was_loaded(capsys, tmp_path):
    call_command("load_postcodes", data=SAMPLE)
    call_command("load_postcodes", data=SAMPLE)
    output = capsys.readouterr().out
    assert "Loaded: 22 postcodes, 12 outward codes, 8 towns, 3 diagnostic centres" in output
    assert output.endswith("Unchanged.\n")
    with pytest.raises(CommandError, match=r"Cannot read sources\.csv"):
        call_command("load_postcodes", data=tmp_path)


def test_place_is_deleted_with_postcodes_in_it():
    place = PlaceFactory(gss_code="E06000032")
    load_sample()
    place.delete()
    assert not Place.objects.exists()
    assert Postcode.objects.count() == 22
