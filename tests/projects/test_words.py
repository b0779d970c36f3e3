"""The words that projects are found by are kept by the database, whatever changes them."""

import threading
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import NotSupportedError, OperationalError, connection, models, transaction
from django.db.migrations import Migration
from django.test.utils import CaptureQueriesContext

from estates_portal.caching import current_revision
from projects.models import Programme, Project, ProjectWords
from projects.models.search import find
from projects.triggers import drop_triggers
from projects.words import PREFIX, RULES, install_words, write_all_words
from sites.models import Revision, Site
from tests.conftest import write_words_at_once
from tests.factories import (
    HubFactory,
    OrganisationFactory,
    OtherNameFactory,
    PlaceFactory,
    ProgrammeFactory,
    SiteFactory,
)

PROJECTS = apps.get_app_config("projects")


def kept():
    """{id of a project: its lines, sorted}. In what order several sites stand does not matter."""
    rows = ProjectWords.objects.values_list("pk", "names", "postcodes")
    return {pk: (sorted(names.split("\n")), sorted(postcodes.split("\n"))) for pk, names, postcodes in rows}


@pytest.fixture
def made(db):
    """A project with every kind of name, and another that shares some."""
    place, programme = PlaceFactory(name="Luton"), ProgrammeFactory(name="Site plan")
    site = SiteFactory(name="Oak Court", address="Lewsey Road", postcode="LU4 0DZ")
    lead = OrganisationFactory(name="Ash Trust")
    hub, other = (
        HubFactory(title=title, place=place, programme=programme, site=site, lead_organisation=lead)
        for title in ("Tulip", "Rose")
    )
    further = SiteFactory(name="Elm House", address="Mill Lane", postcode="MK6 5LD")
    hub.further_sites.add(further, SiteFactory(name="Yew House"))
    return SimpleNamespace(
        hub=hub,
        other=other,
        place=place,
        programme=programme,
        site=site,
        lead=lead,
        further=further,
        name=OtherNameFactory(project=hub, name="Cedar Wing"),
    )


def save(thing, **fields):
    type(thing).objects.filter(pk=thing.pk).update(**fields)


CHANGES = {
    "title": (lambda made: save(made.hub, title="MARIGOLD"), "marigold", 1),
    "reference": (lambda made: save(made.hub, reference="REF-9"), "ref-9", 1),
    "place": (lambda made: save(made.hub, place=PlaceFactory(name="Bedford")), "bedford", 1),
    "no place": (lambda made: save(made.hub, place=None), "luton", 1),
    "programme": (lambda made: save(made.hub, programme=ProgrammeFactory(name="Iris plan")), "iris", 1),
    "lead": (lambda made: save(made.hub, lead_organisation=OrganisationFactory(name="Yarrow")), "yarrow", 1),
    "site": (lambda made: save(made.hub, site=SiteFactory(name="Fig Court")), "fig", 1),
    "name of the place": (lambda made: save(made.place, name="Bedford"), "bedford", 2),
    "name of the programme": (lambda made: save(made.programme, name="Iris plan"), "iris", 2),
    "name of the lead": (lambda made: save(made.lead, name="Yarrow"), "yarrow", 2),
    "name of the site": (lambda made: save(made.site, name="Fig Court"), "fig", 2),
    "address of the site": (lambda made: save(made.site, address="Vine Street"), "vine", 2),
    "postcode of the site": (lambda made: save(made.site, postcode="SG19 1AA"), "sg19", 2),
    "name of a further site": (lambda made: save(made.further, name="Fig House"), "fig", 1),
    "postcode of a further site": (lambda made: save(made.further, postcode="SG19 1AA"), "sg19", 1),
    "one further site more": (lambda made: made.other.further_sites.add(made.further), "elm", 2),
    "one further site less": (lambda made: made.hub.further_sites.remove(made.further), "elm", 0),
    "another further site": (
        lambda made: Project.further_sites.through.objects.filter(site=made.further).update(
            site=SiteFactory(name="Fig House")
        ),
        "fig",
        1,
    ),
    "one other name more": (lambda made: OtherNameFactory(project=made.other, name="ASB"), "asb", 1),
    "another other name": (lambda made: save(made.name, name="ASB"), "asb", 1),
    "the other name is another's": (lambda made: save(made.name, project=made.other), "cedar", 1),
    "one other name less": (lambda made: made.name.delete(), "cedar", 0),
    "a project more": (lambda made: HubFactory(title="Marigold"), "marigold", 1),
    "a project less": (lambda made: made.hub.delete(), "tulip", 0),
}


@pytest.mark.parametrize("change", CHANGES)
def test_words_are_kept_whatever_changes(made, change):
    make, word, projects = CHANGES[change]
    make(made)
    found = kept()
    assert sum(any(word in line for lines in both for line in lines) for both in found.values()) == projects
    assert find(Project.objects.all(), word).count == projects
    write_all_words()
    assert kept() == found


def test_a_rename_without_effect_and_other_changes_write_no_words(made):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_projectwords SET names = 'untouched'")
    save(made.hub, title="Tulip", summary="Other words")
    save(made.site, name="Oak Court", postcode="LU4 0DZ")
    assert set(ProjectWords.objects.values_list("names", flat=True)) == {"untouched"}


def test_no_word_is_found_across_two_names(made):
    OtherNameFactory(project=made.hub, name="Beech Block")
    lines = ProjectWords.objects.get(pk=made.hub.pk)
    names, postcodes = lines.names.split("\n"), lines.postcodes.split("\n")
    assert {"tulip", "cedar wing", "beech block", "elm house", "mill lane", "yew house"} < set(names)
    assert {"lu4 0dz", "mk6 5ld"} <= set(postcodes)
    across = [f"{one.split()[-1]}{other.split()[0]}" for one, other in pairwise(filter(None, names))]
    assert len(across) == 11
    for word in [*across, "0dzmk6"]:
        assert find(Project.objects.all(), word).count == 0


def test_all_words_are_written_anew_where_the_triggers_were_gone(made):
    rule = next(rule for rule in RULES if rule.table == "sites_site")
    with connection.cursor() as cursor:
        on = f" ON {rule.table}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER {rule.name}{on}")
    save(made.site, name="Fig Court")
    assert find(Project.objects.all(), "fig").count == 0
    Revision.objects.get_or_create(pk=1, defaults={"number": 1})  # PostgreSQL counts when a transaction ends
    revision = current_revision()
    install_words(PROJECTS)
    assert current_revision() > revision
    assert find(Project.objects.all(), "fig").count == 2
    write_words_at_once()
    save(made.site, name="Oak Court")
    assert find(Project.objects.all(), "fig").count == 0


def test_where_nothing_is_missing_nothing_is_dropped_locked_or_written(made):
    with CaptureQueriesContext(connection) as queries:
        install_words(PROJECTS)
    done = [query["sql"].split()[0] for query in queries]
    assert set(done) <= {"SELECT", "CREATE", "SAVEPOINT", "RELEASE"}, done
    assert not any("TRIGGER portal" in query["sql"] for query in queries)


def test_all_words_are_written_anew_where_some_are_missing(made):
    ProjectWords.objects.filter(pk=made.hub.pk).delete()
    assert find(Project.objects.all(), "tulip").count == 0
    install_words(PROJECTS)
    assert find(Project.objects.all(), "tulip").count == 1


def test_a_search_reads_one_row_of_words_for_each_project(made, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert find(Project.objects.all(), "tulip oak elm cedar").ids == [made.hub.pk]


def triggers():
    sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        sql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {name for (name,) in cursor.fetchall() if name.startswith(PREFIX)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("model", "column"), [(Project, "title"), (Site, "name"), (Programme, "name")])
def test_a_migration_can_change_what_triggers_name(model, column):
    old = model._meta.get_field(column)
    new = old.clone()
    new.max_length += 1
    new.set_attributes_from_name(column)
    new.model = model

    def change():
        with connection.schema_editor() as editor:
            editor.alter_field(model, old, new)
            editor.alter_field(model, new, old)

    with pytest.raises((OperationalError, NotSupportedError), match="trigger"):
        change()
    drop_triggers(PROJECTS, plan=[])
    drop_triggers(PROJECTS, plan=[(Migration("0001", "sessions"), False)])
    assert triggers() == {rule.name for rule in RULES}
    drop_triggers(PROJECTS, plan=[(Migration("0099", "projects"), False)])
    assert triggers() == set()
    try:
        change()
    finally:
        models.signals.post_migrate.send(PROJECTS, app_config=PROJECTS, using="default")
    assert triggers() == {rule.name for rule in RULES}


@pytest.mark.django_db(transaction=True)
def test_the_migration_can_be_undone_and_done_again():
    hub = HubFactory(title="Tulip", site=SiteFactory(name="Oak Court"))
    try:
        call_command("migrate", "projects", "0013", verbosity=0)
        save(hub.site, name="Fig Court")
        save(hub, title="Rose")
    finally:
        call_command("migrate", verbosity=0)
    assert find(Project.objects.all(), "fig rose").ids == [hub.pk]
    assert find(Project.objects.all(), "tulip").count == find(Project.objects.all(), "oak").count == 0


@pytest.fixture
def beside():
    """Begins a change in a transaction of another thread: beside(change) returns what ends it."""
    threads, errors = [], []

    def begin(change):
        begun, may_end = threading.Event(), threading.Event()

        def run():
            try:
                with transaction.atomic():
                    change()
                    begun.set()
                    assert may_end.wait(10)
            except Exception as error:
                errors.append(error)
            finally:
                begun.set()
                connection.close()

        def end():
            may_end.set()
            thread.join(10)
            assert not thread.is_alive()
            assert errors == []

        thread = threading.Thread(target=run)
        threads.append((thread, may_end))
        thread.start()
        assert begun.wait(10)
        return end

    yield begin
    for thread, may_end in threads:
        may_end.set()
        thread.join(10)


several_writers = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")


@several_writers
@pytest.mark.django_db(transaction=True)
def test_a_project_added_while_all_it_belongs_to_is_renamed_is_found_by_the_new_names(beside):
    things = {
        "site": SiteFactory(name="Oak Court"),
        "place": PlaceFactory(name="Luton"),
        "programme": ProgrammeFactory(name="Site plan"),
        "lead_organisation": OrganisationFactory(name="Ash Trust"),
    }
    further = SiteFactory(name="Elm House")
    end = beside(lambda: HubFactory(title="Tulip", **things).further_sites.add(further))
    for number, thing in enumerate([*things.values(), further]):
        save(thing, name=f"Renamed{number}")
    end()
    assert find(Project.objects.all(), "renamed0 renamed1 renamed2 renamed3 renamed4").count == 1
    for word in ("oak", "luton", "plan", "ash", "elm"):
        assert find(Project.objects.all(), word).count == 0


@several_writers
@pytest.mark.django_db(transaction=True)
def test_a_project_added_before_the_renaming_of_its_sites_ends_is_found_by_the_new_names(beside):
    site, further = SiteFactory(name="Court", postcode="LU4 0DZ"), SiteFactory(name="House", address="Elm Lane")

    def rename():
        save(site, postcode="SG19 1AA")
        save(further, address="Rose Lane")

    end = beside(rename)
    HubFactory(title="Tulip", site=site).further_sites.add(further)
    end()
    assert find(Project.objects.all(), "sg19 rose tulip").count == 1
    assert find(Project.objects.all(), "lu4").count == find(Project.objects.all(), "elm").count == 0


@several_writers
@pytest.mark.django_db(transaction=True)
def test_who_names_a_site_waits_for_nobody_who_names_its_projects(beside):
    site = SiteFactory(name="Oak Court")
    first, second = HubFactory(title="Tulip", site=site), HubFactory(title="Rose", site=site)
    with transaction.atomic():
        save(second, title="Iris")
        end = beside(lambda: save(site, name="Fig Court"))
        end()
        save(first, title="Marigold")
    for words in ("marigold fig", "iris fig"):
        assert find(Project.objects.all(), words).count == 1
