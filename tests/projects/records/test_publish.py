"""Publishing and unpublishing projects of a filtered list."""

import datetime

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from projects.models import Hub, Project
from tests.conftest import count_a_change
from tests.factories import HospitalSchemeFactory, HubFactory, PlaceFactory

pytestmark = pytest.mark.django_db
PUBLISH = reverse("projects:publish")
COMPLETE = {"stage": "obc", "stage_as_of": datetime.date(2026, 1, 1), "stage_source_url": "https://www.nhs.uk/news"}


@pytest.fixture
def hubs(trust):
    """{title: project}: one that can be published, one of another kind, one without facts, one that is public."""
    about = {"place": PlaceFactory(name="Luton", slug="luton"), "lead_organisation": trust, **COMPLETE}
    return {
        "Ready": HubFactory(title="Ready", published=False, **about),
        "Scheme": HospitalSchemeFactory(title="Scheme", published=False, **about),
        "Bare": HubFactory(title="Bare", published=False, summary="", place=None),
        "Public": HubFactory(title="Public", **about),
    }


def send(client, hubs, action="publish", **more):
    return client.post(PUBLISH, {"project": [hub.pk for hub in hubs], "action": action, **more}, follow=True)


def published():
    return set(Project.objects.filter(published=True).values_list("title", flat=True))


def test_nothing_changes_before_the_user_confirms(office_client, hubs):
    page = send(office_client, hubs.values())
    assertContains(page, "Publish projects?</h1>")
    assertContains(page, "1 selected project will not change")
    assertContains(page, "Missing: summary, source of the stage, place")
    assert published() == {"Public"}


@pytest.mark.parametrize(
    ("more", "expected", "messages"),
    [
        ({}, {"Public", "Ready", "Scheme"}, ["2 projects published", "1 project not published: facts are missing"]),
        ({"incomplete": "on"}, {"Public", "Ready", "Scheme", "Bare"}, ["3 projects published"]),
    ],
)
def test_projects_with_missing_facts_are_published_only_on_request(office_client, hubs, more, expected, messages):
    page = send(office_client, hubs.values(), confirmed="yes", **more)
    assert published() == expected
    for message in messages:
        assertContains(page, message)
    entry = Hub.history.filter(title="Ready").latest()
    assert (entry.history_user, entry.published) == (office_client.user, True)


def test_projects_are_unpublished(office_client, client, hubs):
    assertContains(send(office_client, [hubs["Public"]], "unpublish"), "Only signed-in users will see 1 project")
    assertContains(send(office_client, [hubs["Public"]], "unpublish", confirmed="yes"), "1 project unpublished")
    assert published() == set()
    count_a_change()
    assert client.get(hubs["Public"].get_absolute_url()).status_code == 404


def test_list_shows_the_projects_of_its_filters(office_client, viewer_client, hubs):
    assertContains(office_client.get(reverse("projects:project_list")), PUBLISH)
    assertNotContains(viewer_client.get(reverse("projects:project_list")), PUBLISH)
    page = office_client.get(PUBLISH, {"place": "luton"})
    assertContains(page, "Ready")
    assertNotContains(page, "Bare")
    answer = office_client.post(f"{PUBLISH}?place=luton", {"project": [hubs["Bare"].pk], "action": "publish"})
    assertContains(answer, "Select projects from the list")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"action": "publish"}, "Select a project"),
        ({"project": "x", "action": "publish"}, "Select projects from the list"),
        ({"project": "99999999999999999999", "action": "publish"}, "Select projects from the list"),
        ({"action": "delete"}, "Select Publish or Unpublish"),
    ],
)
def test_bad_input_changes_nothing(office_client, hubs, typed, error):
    page = office_client.post(PUBLISH, {**typed, "confirmed": "yes"})
    assertContains(page, error)
    assert published() == {"Public"}


@pytest.mark.parametrize("rows", [3, 30])
def test_query_count_is_constant(office_client, django_assert_num_queries, rows):
    HubFactory.create_batch(rows, published=False)
    count_a_change()
    office_client.get(PUBLISH)
    with django_assert_num_queries(5):
        office_client.get(PUBLISH)
