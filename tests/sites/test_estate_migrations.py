"""The migrations of the estate register, with data: back to the release before it, and forward again."""

import json
from importlib import import_module

import pytest
from django.apps import apps

from sites.models import Site
from tests.databases import manage, separate_database
from tests.factories import PlaceFactory, SiteFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(scope="module")
def trip(tmp_path_factory, databases, module_database):
    """The output of tests/estate_trip.py."""
    with separate_database(tmp_path_factory.mktemp("trip"), databases) as url:
        printed = manage(url, "shell", "-v", "0", "-c", "from tests import estate_trip; estate_trip.main()")
    return json.loads(printed.splitlines()[-1])


def test_migrating_back_is_refused_for_sites_that_the_earlier_release_cannot_have():
    refuse = import_module("sites.migrations.0014_move_codes_and_conditions").drop_what_earlier_release_refuses
    refuse(apps.get_model)
    SiteFactory(name="Oak Court")
    site = SiteFactory(name="Nowhere", place=None)
    with pytest.raises(ValueError, match="Give one to “Nowhere” first"):
        refuse(apps.get_model)
    Site.objects.filter(pk=site.pk).update(name="Oak Court", place=PlaceFactory())
    with pytest.raises(ValueError, match="Rename a “Oak Court” first"):
        refuse(apps.get_model)


def test_earlier_release_has_the_current_codes_and_conditions_and_one_return_a_year(trip):
    assert trip["earlier"] == {
        "organisations": [["Later trust", None], ["Trust", "RX1"]],
        "sites": [["Oak Court", "RX101", "D", "Mine"]],
        "returns": [["Oak Court", 2014, "5.00"], ["Oak Court", 2015, None]],
    }


def test_migrating_forward_tidies_codes_and_notes(trip):
    now = trip["now"]
    assert now["organisations"] == [
        ["Plain", "ods", "RX2"],
        ["Small", "ods", "RX3"],
        ["Spaced", "other", "RX2"],
        ["Trust", "ods", "RX1"],
    ]
    assert now["codes"] == [
        ["Bedford", "RC110", "ods_site", True, "In ERIC 2014-15"],
        ["Bedford", "RC979", "ods_site", False, ""],
        ["Luton", "RC971", "ods_site", False, ""],
        ["Oak Court", "RX101", "ods_site", False, ""],
        ["Surgery", "K82001", "ods_practice", False, ""],
        ["Twin", "RC971", "other", False, ""],
    ]
    # the note of one site was wrong; that of another is its own
    assert {name for name, note in now["notes"].items() if note} == {"Bedford", "Oak Court"}


def test_migrating_forward_keeps_conditions_and_returns_accepted(trip):
    now = trip["now"]
    conditions = [
        ("Aggregate", "C"),
        ("Bedford", "C"),
        ("Luton", "C"),
        ("Oak Court", "D"),
        ("Surgery", "C"),
        ("Twin", "C"),
    ]
    assert now["surveys"] == [[name, grade, True] for name, grade in conditions]
    assert now["returns"] == [["Luton", 2014, True], ["Oak Court", 2014, True], ["Oak Court", 2015, True]]
    words = "Only a running cost of £1,234.00 in all was given"
    assert ["Luton", {"hard_fm_pounds": words, "soft_fm_pounds": words}] in now["why_unknown"]
    assert now["accepted"] == 11  # all sites and organisations stay public
