"""Synonyms, suggestions for each reader, and the order of results, without the data of the release."""

import pytest
from django.urls import reverse

from projects.models import Project, SearchSynonym
from tests.conftest import count_a_change
from tests.factories import HubFactory, OtherNameFactory, SiteFactory

pytestmark = pytest.mark.django_db
SEARCH, LIST = reverse("projects:search"), reverse("projects:project_list")


def test_suggestions_are_of_visible_names(client, viewer_client, office_client):
    HubFactory(title="Marigold ward", published=False, restricted=True)
    OtherNameFactory(project=Project.objects.get(), name="Snapdragon house")
    for text in ("marigodl", "snapdragno"):
        for reader, is_shown in [(office_client, True), (viewer_client, False), (client, False), (office_client, True)]:
            response = reader.get(SEARCH, {"q": text})
            assert bool(response.context["spelling"]) == is_shown
            assert ("Marigold" in response.content.decode()) == (is_shown and text == "marigodl")


def test_synonym_of_admin_holds_at_once(client, db):
    HubFactory(title="Eye clinic")
    assert not client.get(SEARCH, {"q": "optician"}).context["rows"]
    SearchSynonym.objects.create(words="optician, optometrist", finds="eye clinic")
    count_a_change()
    for text in ("optician", "OPTICIANS", "optometrist"):
        assert [row.title for row in client.get(SEARCH, {"q": text}).context["rows"]] == ["Eye clinic"]
    assert client.get(LIST, {"q": "optician"}).context["page_obj"].paginator.count == 1


def test_synonym_works_one_way(db):
    SearchSynonym.objects.create(words="doctor", finds="surgery")
    HubFactory(title="Wootton surgery")
    HubFactory(title="Doctor's house", reference="D")
    assert Project.objects.matching("doctor").count() == 2
    assert Project.objects.matching("surgery").count() == 1


def test_administrator_cannot_save_synonym_without_words(admin_client):
    url = reverse("admin:projects_searchsynonym_add")
    response = admin_client.post(url, {"words": " , ", "finds": "surgery"})
    assert "Enter at least one word" in response.content.decode()
    assert not SearchSynonym.objects.exists()


def test_projects_found_in_summaries_come_last(client, db):
    HubFactory(title="Zebra house")
    HubFactory(title="Site scheme", site=SiteFactory(name="Zebra Court"))
    HubFactory(title="Another", summary="A home for a zebra.")
    assert [row.title for row in client.get(SEARCH, {"q": "zebra"}).context["rows"]] == [
        "Zebra house",
        "Site scheme",
        "Another",
    ]
