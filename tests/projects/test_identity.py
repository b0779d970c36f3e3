"""The permanent identity of a project: its reference, its former titles, and identifiers in files."""

import datetime
import json
from importlib import import_module

import feedparser
import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from icalendar import Calendar
from pytest_django.asserts import assertContains

from projects.exports.calendars import make_link
from projects.models import OtherName, Project
from tests.admin_forms import filled_in
from tests.factories import (
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OtherNameFactory,
    ProgressNoteFactory,
)

NOW = datetime.datetime(2026, 11, 26, 9, tzinfo=datetime.UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def change_page(project):
    return reverse(f"admin:projects_{project._meta.model_name}_change", args=[project.pk])


def save(admin_client, project, **typed):
    url = change_page(project)
    return admin_client.post(url, filled_in(admin_client.get(url), **typed))


def names(project):
    return [name.label for name in OtherName.objects.filter(project=project)]


# Titles --------------------------------------------------------------------------------------------------------------


def test_former_title_becomes_another_name_that_search_finds(admin_client, client):
    hub = HubFactory(title="Linslade health hub")
    save(admin_client, hub, title="Leighton health centre")
    assert names(hub) == ["Linslade health hub (until 26 November 2026)"]
    for text in ("linslade health hub", "leighton health centre"):
        assert [project.pk for project in Project.objects.matching(text)] == [hub.pk]
    assertContains(client.get(hub.get_absolute_url()), "Linslade health hub (until 26 November 2026)")
    assert OtherName.history.get(name="Linslade health hub").history_user == admin_client.user


def test_undoing_a_new_title_leaves_one_name(admin_client):
    hub = HubFactory(title="Linslade health hub")
    save(admin_client, hub, title="Leighton health centre")
    save(admin_client, hub, title="Linslade health hub")
    assert names(hub) == ["Leighton health centre (until 26 November 2026)"]


def test_reverting_to_an_earlier_version_keeps_the_title_between(admin_client):
    hub = HubFactory(title="Linslade health hub")
    save(admin_client, hub, title="Leighton health centre")
    first = hub.history.order_by("history_id").first()
    url = reverse("admin:projects_hub_simple_history", args=[hub.pk, first.history_id])
    data = filled_in(admin_client.get(url), opened_version=Project.objects.get(pk=hub.pk).version)
    assert admin_client.post(url, data).status_code == 302
    assert names(hub) == ["Leighton health centre (until 26 November 2026)"]


def test_administrator_can_add_former_title_at_the_same_time(admin_client):
    hub = HubFactory(title="Linslade health hub")
    row = {"other_names-TOTAL_FORMS": 1, "other_names-0-name": "Linslade health hub", "other_names-0-project": hub.pk}
    assert save(admin_client, hub, title="Leighton health centre", **row).status_code == 302
    assert names(hub) == ["Linslade health hub (until 26 November 2026)"]


def test_everyday_name_has_no_date(admin_client):
    hub = HubFactory(title="Linslade health hub")
    OtherNameFactory(project=hub, name="The Hub")
    save(admin_client, hub, summary="Another summary")
    assert names(hub) == ["The Hub"]


# References ----------------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_database_refuses_reference_that_differs_in_case():
    HubFactory(reference="LAD-ASB")
    with pytest.raises(IntegrityError, match="reference_any_case"), transaction.atomic():
        HospitalSchemeFactory(reference="lad-asb")
    with pytest.raises(ValidationError, match="Another project has this one"):
        HospitalSchemeFactory.build(reference="lad-asb", place=None, lead_organisation=None).validate_constraints()


def test_administrator_gets_error_for_taken_reference(admin_client):
    HubFactory(reference="LAD-ASB")
    hub = HubFactory(reference="OTHER", published=False)
    page = save(admin_client, hub, reference="lad-asb")
    assertContains(page, "already exists")
    assert Project.objects.get(pk=hub.pk).reference == "OTHER"


def test_reference_of_unpublished_project_can_change(admin_client):
    hub = HubFactory(reference="OLD", published=False)
    assert save(admin_client, hub, reference="new").status_code == 302
    assert Project.objects.get(pk=hub.pk).reference == "NEW"


@pytest.mark.parametrize("make", [HubFactory, HospitalSchemeFactory])
def test_reference_is_permanent_once_published(admin_client, make):
    project = make(reference="LAD-ASB")
    Project.objects.filter(pk=project.pk).update(published=False)  # its history knows
    page = admin_client.get(change_page(project))
    assert "reference" not in page.context["adminform"].form.fields
    assert save(admin_client, project, reference="NEW").status_code == 302
    project = Project.objects.get(pk=project.pk)
    assert project.reference == "LAD-ASB"
    project.reference = "NEW"
    with pytest.raises(ValidationError, match="Change it back to LAD-ASB"):
        project.clean()


def test_reverting_to_a_version_with_another_reference_is_refused(admin_client):
    hub = HubFactory(reference="OLD", published=False)
    save(admin_client, hub, reference="NEW", published="on")
    first = hub.history.order_by("history_id").first()
    url = reverse("admin:projects_hub_simple_history", args=[hub.pk, first.history_id])
    data = filled_in(admin_client.get(url), opened_version=Project.objects.get(pk=hub.pk).version)
    assertContains(admin_client.post(url, data), "The reference of a published project is permanent")
    assert Project.objects.get(pk=hub.pk).reference == "NEW"


@pytest.mark.django_db(transaction=True)
def test_identifier_of_package_is_unchanged_after_new_title_and_slug(admin_client, client):
    hub = HubFactory(reference="LAD-ASB", title="Acute block", slug="lad-asb")
    url = reverse("projects:open_data_json")
    (before,) = client.get(url).json()["projects"]
    save(admin_client, hub, title="Ward block", slug="ward-block")
    (after,) = client.get(url).json()["projects"]
    assert (after["title"], after["id"]) == ("Ward block", before["id"])


@pytest.mark.both_databases
def test_migration_numbers_references_that_differ_in_case():
    migration = import_module("projects.migrations.0031_references_without_case")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX projects_project_reference_any_case")  # in the transaction of this test
    HubFactory(reference="lad-asb", published=False)
    HubFactory(reference="LAD-ASB", published=True)
    HubFactory(reference="LAD-ASB-2", published=True)
    HubFactory(reference="Lad-Asb", published=True)
    migration.number(apps, None)
    references = list(Project.objects.order_by("pk").values_list("reference", flat=True))
    assert references == ["lad-asb-4", "LAD-ASB", "LAD-ASB-2", "Lad-Asb-3"]


# Identifiers in files ------------------------------------------------------------------------------------------------


def under(client, host, url):
    response = client.get(url, headers={"host": host})
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


@pytest.mark.parametrize("name", ["progress_feed", "open_data_json", "open_data_csv"])
def test_files_are_equal_under_two_hosts(client, settings, name):
    settings.ALLOWED_HOSTS = ["*"]
    settings.PORTAL_URL = "https://estates.example.nhs.uk"
    note = ProgressNoteFactory(project=HubFactory(slug="riverside"))
    url = reverse(f"projects:{name}")
    first, second = (under(client, host, url) for host in ("a.host.test", "b.host.test"))
    assert first == second
    assert "https://estates.example.nhs.uk/projects/riverside/" in first
    assert "host.test" not in first
    if name == "progress_feed":
        (entry,) = feedparser.parse(first).entries
        assert entry.id == f"tag:estates.example.nhs.uk,2026:note-{note.pk}"
    if name == "open_data_json":
        assert json.loads(first)["uri"] == "https://estates.example.nhs.uk/open-data/projects.json"


def test_calendar_is_equal_under_two_hosts(office_client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.PORTAL_URL = "https://estates.example.nhs.uk"
    milestone = MilestoneFactory(forecast=datetime.date(2027, 1, 1))
    url = reverse("projects:calendar_feed", args=[make_link(office_client.user), "all"])
    first, second = (under(office_client, host, url) for host in ("a.host.test", "b.host.test"))
    assert first == second
    (event,) = Calendar.from_ical(first).walk("VEVENT")
    assert event["UID"] == f"milestone-{milestone.pk}@estates.example.nhs.uk"
