"""Migrations over a database with data: back to an earlier release, and forward again.

Test databases are copies of a database in which all migrations have run.
"""

import json

import pytest
from django.db import connection

from tests.database_rules import assert_all_refused
from tests.databases import manage, separate_database

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def run(function, tmp_path_factory, databases):
    """What a function of tests/round_trip.py prints, in another process on a new database."""
    with separate_database(tmp_path_factory.mktemp("trip"), databases) as url:
        printed = manage(url, "shell", "-v", "0", "-c", f"from tests import round_trip; round_trip.{function}()")
    return json.loads(printed.splitlines()[-1])


@pytest.fixture(scope="module")
def trip(tmp_path_factory, databases, module_database):
    """What changed on the way back to 0014 and forward."""
    return run("main", tmp_path_factory, databases)


def test_migrating_newest_back_and_forward_keeps_data_schema_and_rules(tmp_path_factory, databases):
    trip = run("recent", tmp_path_factory, databases)
    assert trip["earlier"] != trip["before"]["schema"]
    assert trip["after"] == trip["before"]
    assert_all_refused(trip["after"]["rules"][0])


def names(schema, kind):
    return {name for row_kind, table, name in schema if row_kind == kind}


@pytest.mark.nightly
def test_migrating_back_to_0014_and_forward_keeps_data_and_schema(trip):
    before, after = trip["before"], trip["after"]
    assert len(before["rows"]) > 1000
    assert "projects_statusupdate" in {table for kind, table, name in before["schema"] if kind == "trigger"}
    assert after["schema"] == before["schema"]
    assert after["rows"] == before["rows"]


@pytest.mark.nightly
def test_database_has_indexes_of_each_release(trip):
    now, earlier = names(trip["after"]["schema"], "index"), names(trip["earlier"], "index")
    assert "projects_project_title" in now
    assert ("projects_title_trgm" in now) == (connection.vendor == "postgresql")
    assert {"projects_by_title", "projects_counts"} < earlier
    assert "projects_title_trgm" not in earlier


@pytest.mark.nightly
def test_search_finds_same_projects_after_migrating(trip):
    assert trip["found"] == "Tulip"


@pytest.mark.nightly
def test_migration_deletes_unsent_notices_and_keeps_dates_of_sent_notices(trip):
    assert trip["notices"] == [["sent", True, True, True]]


@pytest.mark.nightly
def test_rules_of_database_work_before_and_after_migrating(trip):
    for refused, ours, earlier in (trip["before"]["rules"], trip["after"]["rules"]):
        assert ours and not earlier
        assert_all_refused(refused)
    assert trip["before"]["rules"] == trip["after"]["rules"]


@pytest.mark.nightly
def test_rules_of_earlier_release_work_after_migrating_back(trip):
    refused, ours, earlier = trip["earlier_rules"]
    assert ours == []
    assert "portal_audit" in earlier
    assert_all_refused(refused)
