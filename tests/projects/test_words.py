"""The words that projects are found by are kept by the database, whatever changes them."""

import threading
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import OperationalError, connection, models, transaction

from projects.models import Project, ProjectWords, StatusUpdate
from projects.search import find
from projects.triggers import drop_triggers
from projects.words import PREFIX, RULES, install_words, write_all_words
from sites.models import Site
from tests.factories import (
    HubFactory,
    OrganisationFactory,
    OtherNameFactory,
    PlaceFactory,
    ProgrammeFactory,
    SiteFactory,
)


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
    assert find(Project.objects.all(), "tulip luton").count == 1
    assert find(Project.objects.all(), "tulipluton").count == 0


def test_all_words_are_written_anew_where_the_triggers_were_gone(made):
    rule = next(rule for rule in RULES if rule.table == "sites_site")
    with connection.cursor() as cursor:
        on = f" ON {rule.table}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER {rule.name}{on}")
    save(made.site, name="Fig Court")
    assert find(Project.objects.all(), "fig").count == 0
    install_words(apps.get_app_config("projects"))
    assert find(Project.objects.all(), "fig").count == 2
    save(made.site, name="Oak Court")
    assert find(Project.objects.all(), "fig").count == 0


def test_all_words_are_written_anew_where_some_are_missing(made):
    ProjectWords.objects.filter(pk=made.hub.pk).delete()
    assert find(Project.objects.all(), "tulip").count == 0
    install_words(apps.get_app_config("projects"))
    assert find(Project.objects.all(), "tulip").count == 1


def test_a_search_reads_one_row_of_words_for_each_project(made, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert find(Project.objects.all(), "tulip oak elm cedar").ids == [made.hub.pk]


def triggers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{PREFIX}%"])
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL looks at a trigger's tables when it fires")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [Project, Site, StatusUpdate])
def test_a_migration_can_make_a_table_anew_that_triggers_of_others_speak_of(model):
    def make_anew():
        with connection.schema_editor() as editor:
            editor.add_field(model, field)
            editor.remove_field(model, field)

    field = models.IntegerField(default=1)
    field.set_attributes_from_name("passing")
    field.model = model
    app = apps.get_app_config("projects")
    with pytest.raises(OperationalError, match="error in trigger"):
        make_anew()
    drop_triggers(app, plan=())
    assert triggers() == {rule.name for rule in RULES}
    drop_triggers(app, plan=[("a migration", False)])
    assert triggers() == set()
    try:
        make_anew()
    finally:
        models.signals.post_migrate.send(app, app_config=app, using="default")
    assert triggers() == {rule.name for rule in RULES}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_to_end", ["the project", "the new names"])
def test_a_project_added_at_sites_that_are_renamed_meanwhile_is_found_by_the_new_names(first_to_end):
    site, further = SiteFactory(name="Court", postcode="LU4 0DZ"), SiteFactory(name="House", address="Elm Lane")
    begun, may_end, errors = threading.Event(), threading.Event(), []

    def begin(change):
        try:
            with transaction.atomic():
                change()
                begun.set()
                assert may_end.wait(10)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    def add():
        HubFactory(title="Tulip", site=site).further_sites.add(further)

    def rename():
        save(site, postcode="SG19 1AA")
        save(further, address="Rose Lane")

    slow, quick = (rename, add) if first_to_end == "the project" else (add, rename)
    slower = threading.Thread(target=begin, args=[slow])
    slower.start()
    assert begun.wait(10)
    with transaction.atomic():
        quick()
    assert slower.is_alive()
    may_end.set()
    slower.join(10)
    assert errors == []
    assert find(Project.objects.all(), "sg19 rose tulip").count == 1
    assert find(Project.objects.all(), "lu4").count == find(Project.objects.all(), "elm").count == 0
