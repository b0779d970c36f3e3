"""The migration to a search without a table of words, on a database of the release before."""

import pytest
from django.core.management import call_command
from django.db import connection

from projects.models import Project
from tests.factories import HubFactory, OtherNameFactory, SiteFactory

TRIGGER = "portal_words_projects_project_insert"
FUNCTION = f"CREATE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$"
OF_RELEASE_BEFORE = {
    "postgresql": [
        FUNCTION,
        f"CREATE CONSTRAINT TRIGGER {TRIGGER} AFTER INSERT ON projects_project DEFERRABLE INITIALLY DEFERRED "
        f"FOR EACH ROW EXECUTE FUNCTION {TRIGGER}()",
    ],
    "sqlite": [
        f"CREATE TRIGGER {TRIGGER} AFTER INSERT ON projects_project BEGIN SELECT RAISE(ABORT, 'no'); END",
        "CREATE VIRTUAL TABLE sites_site_index"
        " USING fts5(name, content='sites_site', content_rowid='id', tokenize='trigram')",
        "CREATE TRIGGER sites_site_index_update AFTER UPDATE ON sites_site BEGIN SELECT RAISE(ABORT, 'no'); END",
        "CREATE TRIGGER portal_accepted_milestone_INSERT BEFORE INSERT ON projects_updatemilestone"
        " WHEN EXISTS (SELECT 1 FROM projects_statusupdate) BEGIN SELECT RAISE(ABORT, 'no'); END",
    ],
}
LEFT = {
    "postgresql": "SELECT proname FROM pg_proc WHERE proname LIKE 'portal\\_words%' UNION"
    " SELECT tgname FROM pg_trigger WHERE tgname LIKE 'portal\\_words%'",
    "sqlite": "SELECT name FROM sqlite_master WHERE name LIKE 'portal\\_words%' ESCAPE '\\'"
    " OR name LIKE 'projects\\_projectwords\\_index%' ESCAPE '\\' OR name LIKE 'sites\\_site\\_index%' ESCAPE '\\'"
    " OR name LIKE 'portal\\_accepted\\_milestone%' ESCAPE '\\'",
}


def names(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {name for (name,) in cursor.fetchall()}


def indexes():
    with connection.cursor() as cursor:
        found = {}
        for table in ("projects_project", "projects_othername"):
            found |= connection.introspection.get_constraints(cursor, table)
        return {name for name in found if name.startswith(("projects_by_", "projects_counts", "projects_project_"))} | {
            name for name in found if name.endswith("_trgm")
        }


@pytest.mark.django_db(transaction=True)
def test_search_finds_the_same_after_migrating_back_and_forward():
    hub = HubFactory(title="Tulip", site=SiteFactory(name="Oak Court", postcode="LU4 0DZ"))
    OtherNameFactory(project=hub, name="Cedar Wing")
    now = indexes()
    assert "projects_project_title" in now
    assert ("projects_title_trgm" in now) == (connection.vendor == "postgresql")
    try:
        call_command("migrate", "projects", "0014", verbosity=0)
        assert {"projects_by_title", "projects_counts"} < indexes()
        assert "projects_title_trgm" not in indexes()
        with connection.cursor() as cursor:
            for statement in OF_RELEASE_BEFORE[connection.vendor]:
                cursor.execute(statement)
        assert names(LEFT[connection.vendor])
    finally:
        call_command("migrate", verbosity=0)
    assert names(LEFT[connection.vendor]) == set()
    assert indexes() == now
    HubFactory(title="Rose")
    hub.site.save()
    assert Project.objects.matching("tulip oak cedar lu40dz").get().pk == hub.pk
