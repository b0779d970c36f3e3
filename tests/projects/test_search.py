import pytest
from django.urls import reverse

from projects.models import Project
from tests.factories import (
    HubFactory,
    OrganisationFactory,
    OtherNameFactory,
    PlaceFactory,
    ProgrammeFactory,
    SiteFactory,
)

pytestmark = pytest.mark.django_db
SEARCH = reverse("projects:search")


@pytest.mark.parametrize(
    "words",
    ["asb", "ASB", "Cedar Wing", "wing cedar", "REF-ASB", "Luton", "luton block", "Lewsey", "Oak court", "site plan"]
    + ["Bedfordshire Hospitals"],
)
def test_a_project_is_found_by_any_of_its_names(words):
    hub = HubFactory(
        title="Acute Services Block",
        reference="REF-ASB",
        place=PlaceFactory(name="Luton"),
        site=SiteFactory(name="Hospital", address="Lewsey Road"),
        lead_organisation=OrganisationFactory(name="Bedfordshire Hospitals Trust"),
        programme=ProgrammeFactory(name="Site plan"),
    )
    hub.further_sites.add(SiteFactory(name="Oakley Court"))
    OtherNameFactory(project=hub, name="ASB")
    OtherNameFactory(project=hub, name="Cedar Wing")
    HubFactory(title="Another")
    assert [project.pk for project in Project.objects.matching(words)] == [hub.pk]


@pytest.mark.parametrize("words", ["%", "_", "100%", "a_b", "\\", "'"])
def test_marks_of_the_database_are_only_characters(words):
    HubFactory(title="Plain")
    assert not Project.objects.matching(words).exists()


def test_sites_places_organisations_and_programmes_are_found_too(client):
    place = PlaceFactory(name="Leighton Town", slug="leighton-town")
    SiteFactory(name="Health Centre", address="Bassett Road, Leighton Buzzard", place=place)
    OrganisationFactory(name="Leighton Network")
    HubFactory(programme=ProgrammeFactory(name="Leighton plan"))
    HubFactory(programme=ProgrammeFactory(name="Leighton secret plan"), published=False)
    response = client.get(SEARCH, {"q": "leighton"})
    names = {heading: [name for name, _url in found] for heading, found in response.context["others"].items()}
    assert names == {
        "Places": ["Leighton Town"],
        "Programmes": ["Leighton plan"],
        "Sites": ["Health Centre"],
        "Organisations": ["Leighton Network"],
    }


def test_a_site_is_found_by_its_postcode(client):
    SiteFactory(name="Health Centre", postcode="LU7 1AR")
    for words in ("lu7", "LU7 centre"):
        others = client.get(SEARCH, {"q": words}).context["others"]
        assert [name for name, _url in others["Sites"]] == ["Health Centre"]


def test_only_ten_are_shown_with_a_link_to_the_rest(client):
    HubFactory.create_batch(12, place=PlaceFactory(name="Luton"))
    text = client.get(SEARCH, {"q": "luton"}).content.decode()
    assert "12 projects for" in text
    assert "See all 12 projects" in text


def test_nothing_asked_and_nothing_found(client):
    assert "Nothing found" not in client.get(SEARCH).content.decode()
    assert "Nothing found for “xyzzy”" in client.get(SEARCH, {"q": "xyzzy"}).content.decode()


@pytest.mark.parametrize("words", ["\0", "x" * 101])
def test_bad_words_are_explained_and_kept(client, words):
    response = client.get(SEARCH, {"q": words})
    assert response.status_code == 200
    assert response.context["form"].errors["q"]


def test_hidden_projects_are_not_found(client, viewer_client):
    HubFactory(title="Hidden hub", published=False, restricted=True)
    for reader in (client, viewer_client):
        assert "Hidden hub" not in reader.get(SEARCH, {"q": "hidden"}).content.decode()


@pytest.mark.parametrize("rows", [1, 25])
def test_query_count_does_not_grow(viewer_client, django_assert_num_queries, rows):
    HubFactory.create_batch(rows, title="Luton hub")
    with django_assert_num_queries(8):  # session, user, revision, word, ids, milestones, rows, others
        viewer_client.get(SEARCH, {"q": "luton"})


def test_many_are_counted_and_listed_as_few_are(client, monkeypatch):
    HubFactory.create_batch(3, title="Luton hub", place=None, lead_organisation=None)
    few = client.get(SEARCH, {"q": "luton hub"})
    monkeypatch.setattr("projects.search.FEW", 2)
    many = client.get(SEARCH, {"q": "hub luton"})
    assert few.context["count"] == many.context["count"] == 3
    assert [row.reference for row in few.context["rows"]] == [row.reference for row in many.context["rows"]]
