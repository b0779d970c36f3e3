import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection

from projects.models import Project
from projects.models.search import find
from projects.name_index import install_name_indexes, tidy
from tests.factories import HubFactory, OtherNameFactory

pytestmark = pytest.mark.django_db


def found(words):
    return [project.title for project in find(Project.objects.all(), words).projects.order_by("title")]


def test_a_name_is_found_by_its_new_words_and_no_longer_by_its_old_ones():
    hub = HubFactory(title="Marigold hub", reference="MG-1")
    Project.objects.filter(pk=hub.pk).update(title="Tulip hub", reference="TL-1")
    assert found("marigold") == found("MG-1") == []
    assert found("tulip") == found("TL-1") == ["Tulip hub"]


def test_a_deleted_other_name_is_not_found():
    name = OtherNameFactory(project=HubFactory(title="Tulip hub"), name="The Marigold")
    assert found("marigold") == ["Tulip hub"]
    name.delete()
    assert found("marigold") == []


@pytest.mark.parametrize("words", ["ma", "m", "MARI", "rigol", 'mari"gold', "marigold*", "NOT marigold", "mari OR x"])
def test_short_words_parts_of_words_and_marks_of_the_query_language(words):
    HubFactory(title="Marigold hub")
    assert found(words) == (["Marigold hub"] if words.lower() in "marigold hub" else [])


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its indexes itself")
def test_an_index_whose_triggers_a_migration_dropped_is_filled_anew():
    hub = HubFactory(title="Marigold hub")
    with connection.cursor() as cursor:
        for event in ("insert", "update", "delete"):
            cursor.execute(f"DROP TRIGGER projects_projectwords_index_{event}")
    Project.objects.filter(pk=hub.pk).update(title="Tulip hub")
    assert found("tulip") == []
    install_name_indexes(apps.get_app_config("projects"))
    assert found("tulip") == ["Tulip hub"]
    Project.objects.filter(pk=hub.pk).update(title="Marigold hub")
    assert found("marigold") == ["Marigold hub"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its indexes itself")
def test_tidying_is_left_for_another_time_while_the_database_is_busy(monkeypatch, caplog):
    def busy(cursor):
        raise OperationalError("database is locked")

    monkeypatch.setattr("projects.name_index._existing", busy)
    with caplog.at_level("WARNING"):
        call_command("load_blmk")
    assert "The indexes were not tidied: database is locked" in caplog.text
    assert Project.objects.exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its indexes itself")
def test_tidying_puts_the_parts_of_an_index_together_and_finds_the_same():
    def parts():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT segid) FROM projects_projectwords_index_idx")
            return cursor.fetchone()[0]

    for number in range(3):
        HubFactory(title=f"Marigold {number}", place=None, lead_organisation=None)
        found("marigold")  # reading writes what is still in memory
    assert parts() > 1
    tidy()
    assert parts() == 1
    assert found("marigold") == ["Marigold 0", "Marigold 1", "Marigold 2"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'projects_project'")
        assert cursor.fetchone()[0]
