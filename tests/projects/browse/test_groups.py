import datetime

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from tests.factories import (
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    PriorityFactory,
    ProgrammeFactory,
    StrategySectionFactory,
)

pytestmark = pytest.mark.django_db
PROGRAMMES = reverse("projects:programme_list")
STRATEGY = reverse("projects:strategy")


def test_programme_list_counts_visible_projects(client, office_client):
    programme = ProgrammeFactory(name="Site plan", lead_organisation=OrganisationFactory())
    HospitalSchemeFactory(programme=programme, stage="operational")
    HospitalSchemeFactory(programme=programme, stage="construction")
    HospitalSchemeFactory(programme=programme, stage="", published=False)
    HubFactory(programme=ProgrammeFactory(name="Hidden plan"), published=False)

    def rows(reader):
        return [(programme.name, *numbers) for programme, _lead, *numbers in reader.get(PROGRAMMES).context["rows"]]

    assert rows(client) == [("Site plan", 2, "1 construction, 1 operational")]
    assert rows(office_client) == [
        ("Hidden plan", 1, "1 outline business case"),
        ("Site plan", 3, "1 construction, 1 operational, 1 not known"),
    ]


def test_programme_page_shows_projects_stages_and_next_milestones(client):
    programme = ProgrammeFactory(description="Replaces the oldest buildings.")
    block = HospitalSchemeFactory(title="Block", programme=programme, stage="construction")
    MilestoneFactory(project=block, title="Handover", forecast=datetime.date(2036, 5, 1))
    MilestoneFactory(project=block, title="Contract sum", public=False, forecast=datetime.date(2036, 5, 1))
    MilestoneFactory(project=block, title="Topping out", actual=datetime.date(2023, 5, 1))
    response = client.get(programme.get_absolute_url())
    assert response.context["stages"] == [("Construction", "construction", 1)]
    assert [milestone.title for milestone, _date, _reached in response.context["ahead"]] == ["Handover"]
    text = response.content.decode()
    assert "Replaces the oldest buildings." in text
    assert "1 May 2036" in text


def test_programme_page_lists_parent_before_parts_and_counts_states(client):
    programme = ProgrammeFactory()
    plan = HospitalSchemeFactory(title="Whole plan", programme=programme)
    part = HospitalSchemeFactory(title="A block", programme=programme, parent=plan, delivery_state="on_hold")
    response = client.get(programme.get_absolute_url())
    assert list(response.context["page_obj"]) == [plan.pk, part.pk]
    assert response.context["states"] == [("Active", "active", 1), ("On hold", "on_hold", 1)]


def test_programme_without_visible_projects_is_404(client, office_client):
    programme = HubFactory(programme=ProgrammeFactory(), published=False).programme
    assertContains(client.get(programme.get_absolute_url()), "Page not found", status_code=404)
    assertContains(office_client.get(programme.get_absolute_url()), programme.name)
    nowhere = reverse("projects:programme_detail", args=["nowhere"])
    assertContains(client.get(nowhere), "Page not found", status_code=404)


def test_priority_page_shows_projects_that_support_it(client):
    priority = PriorityFactory(description="Care nearer home.")
    for published in (True, False):
        HubFactory(title=f"Hub {published}", published=published).priorities.add(priority)
    text = client.get(priority.get_absolute_url()).content.decode()
    assert "Care nearer home." in text
    assert "Hub True" in text
    assert "Hub False" not in text
    empty = PriorityFactory()
    assert "No projects to show." in client.get(empty.get_absolute_url()).content.decode()


def test_programme_list_without_programmes_says_so(client):
    assert "No programmes yet" in client.get(PROGRAMMES).content.decode()


def test_strategy_page_links_only_to_what_reader_can_see(client, office_client):
    section = StrategySectionFactory(title="Why hubs", source_read_on=datetime.date(2026, 5, 1))
    section.priorities.add(PriorityFactory(title="Hubs near home"))
    section.programmes.add(ProgrammeFactory(name="Hub programme"))
    for published in (True, False):
        section.projects.add(HubFactory(title=f"Hub {published}", published=published))
    public, office = (reader.get(STRATEGY).content.decode() for reader in (client, office_client))
    for text in ("Why hubs", "Hubs near home", "Hub programme", "Hub True", "read on 1 May 2026"):
        assert text in public
    assert "Hub False" not in public
    assert "Hub False" in office


def test_strategy_page_without_text_says_so(client):
    assert "No strategy text yet" in client.get(STRATEGY).content.decode()


@pytest.mark.parametrize("rows", [1, 25])
def test_query_counts_of_programmes_and_priorities_are_constant(viewer_client, django_assert_num_queries, rows):
    priority, programme = PriorityFactory(), ProgrammeFactory(lead_organisation=OrganisationFactory())
    for _ in range(rows):
        hub = HubFactory(programme=programme)
        hub.priorities.add(priority)
        MilestoneFactory(project=hub, forecast=datetime.date(2036, 1, 1))
        HubFactory(programme=ProgrammeFactory())
    queries = {
        PROGRAMMES: (2, 5),  # stages, successions; session, user, revision; count, programmes
        # ids, periods, attention, rows, periods, milestones, sources; session, user, revision; programme, ahead
        programme.get_absolute_url(): (7, 5),
        # tally (the rows are those of the programme); session, user, revision; priority, ids
        priority.get_absolute_url(): (1, 5),
    }
    for url, (once, always) in queries.items():  # cached queries, and the others
        with django_assert_num_queries(once + always):
            viewer_client.get(url)
        with django_assert_num_queries(always):
            viewer_client.get(url)
