"""The migrations of the estate register, with data: back to the release before it, and forward again."""

import datetime
import json
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from estates_portal.operations import STOPPED, refuse_to_go_back
from sites.models import Site
from tests.databases import manage, separate_database
from tests.factories import EstateReturnFactory, HubFactory, OrganisationFactory, PlaceFactory, SiteFactory

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
    with pytest.raises(ValueError, match="Give one to: Nowhere"):
        refuse(apps.get_model)
    Site.objects.filter(pk=site.pk).update(name="Oak Court", place=PlaceFactory())
    with pytest.raises(ValueError, match="Rename one of: Oak Court"):
        refuse(apps.get_model)


def refusal(app, migration, function, *arguments):
    """The message with which a function of a migration refuses to go back; "" if it does not."""
    try:
        getattr(import_module(f"{app}.migrations.{migration}"), function)(*arguments)
    except ValueError as error:
        return str(error)
    return ""


def test_migrating_back_is_refused_for_codes_that_would_be_lost():
    arguments = ("sites", "0014_move_codes_and_conditions", "codes_to_keep", apps.get_model)
    site, trust = SiteFactory(name="Bedford", ods_code="RC979"), OrganisationFactory(name="Trust", ods_code="RX1")
    site.identifiers.create(value="RC110", superseded=True)  # going forward adds it again
    assert refusal(*arguments) == ""
    site.identifiers.create(value="THIRD", superseded=True)
    trust.identifiers.create(value="RX9", superseded=True)
    SiteFactory(name="Oak").identifiers.create(value="LONGER-THAN-10")
    assert refusal(*arguments) == (
        f"{STOPPED} The earlier release has one code for each record. Delete the others first: "
        "LONGER-THAN-10 of Oak; RX9 of Trust; THIRD of Bedford"
    )


def test_migrating_back_is_refused_for_what_waits_for_acceptance():
    returns = ("sites", "0014_move_codes_and_conditions", "refuse_to_show", apps.get_model)
    records = ("sites", "0017_accepted_records", "refuse_to_show", apps, None)
    site = EstateReturnFactory(site__name="Oak", year=2014).site
    assert refusal(*returns) == refusal(*records) == ""
    site.estate_returns.update(accepted=False)
    site.identifiers.create(value="RX101", accepted=False)
    OrganisationFactory(name="Trust", accepted=False)
    assert refusal(*returns).endswith("Accept or delete these first: Oak, 2014")
    assert refusal(*records).endswith("Accept or delete these first: RX101; Trust")


def test_migrating_back_is_refused_for_costs_below_zero():
    arguments = ("projects", "0062_credits", "refuse_credits", apps, None)
    project = HubFactory(title="Oak hub")
    project.annual_costs.create(year=2025, budget=1, forecast=0)
    assert refusal(*arguments) == ""
    project.annual_costs.create(year=2026, actual=-1)
    assert refusal(*arguments).endswith(
        "The earlier release has no costs below zero. Change these first: Oak hub, 2026"
    )


def test_message_names_twenty_rows_at_most():
    with pytest.raises(ValueError, match=r"Delete: row 0; .*row 4; 5 more$"):
        refuse_to_go_back("Delete", [f"row {number}" for number in range(25)])


def test_migrating_back_lets_codes_make_way_for_those_that_wait():
    arguments = ("sites", "0018_codes_of_returns", "make_way", apps, connection.schema_editor())
    ended = datetime.date(2018, 1, 1)
    later, earlier = OrganisationFactory(ods_code="RD8", name="Later"), OrganisationFactory(name="Earlier")
    code = earlier.identifiers.create(value="RD8", valid_to=ended, accepted=False)
    assert refusal(*arguments) == ""
    assert later.identifiers.get().valid_from == ended
    code.valid_to = None
    code.save()
    assert refusal(*arguments).endswith("Enter when these ended: RD8 of Earlier and Later")


@pytest.mark.nightly
def test_migrating_back_stops_at_the_migration_that_refuses(trip):
    assert trip["refused"] == [
        f"{STOPPED} The earlier release shows all returns to everyone. Accept or delete these first: Oak Court, 2016",
        "0014_move_codes_and_conditions",  # later ones are undone
        4,  # its returns
    ]


@pytest.mark.nightly
def test_earlier_release_has_the_current_codes_and_conditions_and_one_return_a_year(trip):
    assert trip["earlier"] == {
        "organisations": [["Later trust", None], ["Trust", "RX1"]],
        "sites": [["Oak Court", "RX101", "D", "Mine"]],
        "returns": [["Oak Court", 2014, "5.00"], ["Oak Court", 2015, None]],
    }


@pytest.mark.nightly
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


@pytest.mark.nightly
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
