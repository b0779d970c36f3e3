"""People by name: the search, the filter of lists, and their page."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from tests.factories import HubFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
PERSON, SEARCH, LIST = (reverse(f"projects:{name}") for name in ("person", "search", "project_list"))
KWAME, ADA = "Kwame Fairlie", "Ada O’Neil"


@pytest.fixture(autouse=True)
def hubs():
    HubFactory(title="Tulip", senior_responsible_owner=KWAME, project_manager=ADA)
    HubFactory(title="Rose", senior_responsible_owner=KWAME, project_manager=KWAME)
    HubFactory(title="Lily", senior_responsible_owner="Fairlie Kitt", project_manager="")
    lead = OrganisationFactory(name="Hidden Trust")
    HubFactory(title="Secret", published=False, restricted=True, lead_organisation=lead, project_manager=KWAME)


def titles(page):
    return sorted(row.title for row in page.context["rows"])


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("kwame fairlie", [f"{KWAME}, senior responsible owner of 2 projects and project manager of 1 project"]),
        ("o'neil", [f"{ADA}, project manager of 1 project"]),
        ("kwame o'neil", []),  # two people of one project
    ],
)
def test_search_finds_people_with_their_roles(client, viewer_client, text, people):
    found = viewer_client.get(SEARCH, {"q": text}).context["others"].get("People", [])
    assert [name for name, _url, _accepted in found] == people
    assert "People" not in client.get(SEARCH, {"q": text}).context["others"]
    for _name, url, _accepted in found:
        assert viewer_client.get(url).status_code == 200


def test_page_shows_what_a_person_holds(client, viewer_client, office_client):
    page = viewer_client.get(PERSON, {"name": KWAME})
    assert [(held.heading, [row.title for row in held.rows]) for held in page.context["roles"]] == [
        ("Senior responsible owner of 2 projects", ["Rose", "Tulip"]),
        ("Project manager of 1 project", ["Rose"]),
    ]
    assertNotContains(page, "Secret")
    assertContains(office_client.get(PERSON, {"name": KWAME}), "Secret")
    assert client.get(PERSON, {"name": KWAME}).status_code == 302


@pytest.mark.parametrize("name", ["", "Nobody Here", "Kwame\0", "Kwame", "x" * 5000])
def test_unknown_person_has_no_page(viewer_client, name):
    assert viewer_client.get(PERSON, {"name": name}).status_code == 404


def test_list_filters_by_person(client, viewer_client):
    assert titles(viewer_client.get(LIST, {"person": "kwame fairlie"})) == ["Rose", "Tulip"]
    assert titles(viewer_client.get(LIST, {"person": "ada o'neil"})) == ["Tulip"]
    assert titles(viewer_client.get(LIST, {"person": "kwame ada"})) == []
    assert len(titles(client.get(LIST, {"person": "kwame"}))) == 3  # signed-out readers do not have the filter
    page = viewer_client.get(LIST, {"person": "x" * 101})
    assertContains(page, "SRO or project manager must be 100 characters or less")


def test_project_page_links_to_the_person(viewer_client):
    page = viewer_client.get("/projects/" + HubFactory(project_manager=ADA).slug + "/")
    assertContains(page, f"{PERSON}?name=Ada%20O%E2%80%99Neil")


@pytest.mark.parametrize("count", [1, 30])
def test_page_query_count_is_constant(viewer_client, django_assert_num_queries, count):
    for _ in range(count):
        HubFactory(senior_responsible_owner="Bo Bell", project_manager="Bo Bell")
    viewer_client.get(SEARCH)
    with django_assert_num_queries(10):
        viewer_client.get(PERSON, {"name": "Bo Bell"})
