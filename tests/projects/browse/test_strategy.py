"""The strategy page with the data of the release. Others of its tests are in test_groups."""

import pytest
from django.urls import reverse

from projects.models import Priority, Programme, StrategySection
from tests.release import load_release

pytestmark = pytest.mark.django_db
STRATEGY = reverse("projects:strategy")
SEARCH = reverse("projects:search")
PARTNERSHIP = "https://blmkhealthandcarepartnership.org/about/our-priorities/estates"
# What the partnership's page says, and some of the text that says it on the strategy page
POINTS = {
    "consolidation": "Consolidating services across Bedfordshire Hospitals",
    "flexible delivery": "During the COVID-19 pandemic",
    "why hubs": "a growing population with new housing, poor premises, and a workforce",
    "services by local need": "What each hub offers depends on the needs of the people near it",
    "accessibility": "Buildings must be accessible",
    "pathway unit": "ambulatory care at Milton Keynes University Hospital",
    "record of funding": "a strong record of securing funding",
    "ten years": "plans ten years of health and care buildings",
}


@pytest.fixture(scope="module")
def loaded(module_database):
    load_release()


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("point", POINTS)
def test_strategy_page_has_every_point_of_partnership_page(loaded, client, point):
    assert POINTS[point] in text_of(client.get(STRATEGY))


def test_every_section_and_priority_shows_its_source_and_date(loaded, client):
    text = text_of(client.get(STRATEGY))
    sections, priorities = StrategySection.objects.all(), Priority.objects.all()
    assert text.count(f'href="{PARTNERSHIP}"') == len(sections) + len(priorities) == 15
    assert text.count("read on 2") == 15
    for priority in priorities:
        page = text_of(client.get(priority.get_absolute_url()))
        assert f'href="{PARTNERSHIP}"' in page
        assert "read on 2" in page


@pytest.mark.parametrize(
    ("words", "section"), [("strategy", "A ten-year strategy"), ("ambulatory", "The Pathway Unit in Milton Keynes")]
)
def test_search_leads_to_strategy(loaded, client, words, section):
    results = client.get(SEARCH, {"q": words}).context["others"]["Estates strategy"]
    (url,) = [url for name, url, _accepted in results if name == section]
    assert url.startswith(f"{STRATEGY}#")


def test_search_finds_priority_by_description(loaded, client):
    found = client.get(SEARCH, {"q": "social prescribing"}).context["others"]["Strategic priorities"]
    assert found == [("Integrated health and wellbeing hubs", "/priorities/health-wellbeing-hubs/", True)]


def test_consolidation_is_a_programme_with_a_page(loaded, client):
    programme = Programme.objects.get(slug="bedfordshire-hospitals-consolidation")
    page = text_of(client.get(programme.get_absolute_url()))
    assert "No projects to show." in page
    assert "read on 26 November 2026" in page
    assert programme.name in text_of(client.get(reverse("projects:programme_list")))
