import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from estates_portal.caching import current_revision, install_triggers, watched_tables
from projects.models import Hub, Project
from sites.models import Place
from tests.deletions import delete_whole
from tests.factories import HubFactory, PlaceFactory, PriorityFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def moved(change):
    before = current_revision()
    change()
    return current_revision() > before


def test_every_write_changes_revision():
    hub = HubFactory()
    priority = PriorityFactory()

    def by_hand():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE projects_project SET title = 'By hand'")

    assert moved(PlaceFactory)
    assert moved(hub.save)
    assert moved(lambda: Project.objects.update(title="In bulk"))
    assert moved(lambda: Place.objects.bulk_create([Place(name="A", slug="a"), Place(name="B", slug="b")]))
    assert moved(by_hand)
    assert moved(lambda: hub.priorities.add(priority))
    assert moved(lambda: hub.priorities.clear())
    assert moved(lambda: delete_whole(Hub.objects.get()))


def test_reading_and_signing_in_do_not_change_revision():
    HubFactory()
    user = UserFactory()
    assert not moved(lambda: list(Project.objects.all()))
    assert not moved(user.save)
    assert not moved(lambda: install_triggers(apps.get_app_config("projects")))
    assert not moved(lambda: call_command("migrate", verbosity=0))


def test_change_rolled_back_does_not_move_the_counter():
    from django.db import transaction

    def taken_back():
        with transaction.atomic():
            PlaceFactory()
            transaction.set_rollback(True)

    PlaceFactory()
    assert not moved(taken_back)


def test_every_table_of_watched_apps_has_triggers():
    tables = watched_tables()
    assert {"projects_project_priorities", "projects_milestonestatement", "sites_site"} <= set(tables)
    assert not [table for table in tables if "historical" in table or table == "sites_revision"]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'portal_revision' AND NOT tgisinternal"
            )
            assert {name.replace('"', "") for (name,) in cursor.fetchall()} == set(tables)
        else:
            cursor.execute(
                "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'portal_revision_%'"
            )
            assert sorted(name for (name,) in cursor.fetchall()) == sorted(tables * 3)


def test_restored_database_never_repeats_revision():
    PlaceFactory()
    first = current_revision()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sites_revision")
    PlaceFactory()
    assert current_revision() >= first
    assert first > 1_700_000_000_000  # milliseconds of the clock
