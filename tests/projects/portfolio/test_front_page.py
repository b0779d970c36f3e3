import datetime
import html
import re

import pytest
from django.urls import reverse

from sites.models import System
from tests.factories import HubFactory, MilestoneFactory, PriorityFactory, ProgressNoteFactory

pytestmark = pytest.mark.django_db
HOME = reverse("home")
FRONT = f"{HOME}?front"


@pytest.fixture
def portfolio():
    opened = HubFactory(title="Opened hub", stage="operational", delivery_state="complete")
    MilestoneFactory(project=opened, actual=datetime.date(2025, 10, 2))
    older = HubFactory(title="Older hub", stage="operational")
    MilestoneFactory(project=older, actual=datetime.date(2019, 10, 2))
    HubFactory(title="Rising hub", stage="construction", stage_as_of=datetime.date(2026, 3, 1))
    planned = HubFactory(title="Planned hub", stage="obc")
    MilestoneFactory(project=planned, title="Start on site", kind="works", forecast=datetime.date(2037, 1, 1))
    on_hold = HubFactory(title="Held hub", stage="soc", delivery_state="on_hold")
    MilestoneFactory(project=on_hold, forecast=datetime.date(2036, 1, 1))


def test_home_page_lists_opened_constructed_and_planned_projects(client, portfolio):
    System.objects.create(name="Farshire", short_name="FAR", openings_since=2022)
    context = client.get(HOME).context
    cards = {title: [card.title for card in projects] for title, _note, _more, _query, projects in context["columns"]}
    assert cards == {
        "Recently opened": ["Opened hub", "Older hub"],
        "Under construction": ["Rising hub"],
        "Planned": ["Planned hub"],
    }
    assert [note for _title, note, *_more in context["columns"]] == ["", "", "1 of 1 have a date ahead"]
    figures = context["figures"]
    assert (figures["all"], figures["building"], figures["open"], figures["opened"]) == (5, 1, 2, 1)
    assert figures["latest"] == "March 2026"


def test_projects_without_a_date_follow_those_with_one(client, portfolio):
    for title in ("B", "A", "C"):
        HubFactory(title=title, stage="identified")
    *_others, (_title, note, _more, _query, cards) = client.get(HOME).context["columns"]
    assert [(card.title, card.when) for card in cards] == [
        ("Planned hub", "Start on site: 1 January 2037"),
        ("A", "Next date not known"),
        ("B", "Next date not known"),
    ]
    assert note == "1 of 4 have a date ahead"


def test_figures_equal_the_rows_behind_their_links(client, portfolio):
    """No project counts beside one that it is part of, and example data counts nowhere."""
    plan = HubFactory(title="Plan", stage="construction", stage_as_of=datetime.date(2026, 4, 1))
    for parent, stage in [(plan, "construction"), (plan, "operational"), (HubFactory(stage="obc"), "construction")]:
        HubFactory(title="Part", parent=parent, stage=stage, stage_as_of=datetime.date(2026, 5, 1))
    for stage in ("construction", "operational"):
        HubFactory(stage=stage, is_example=True)
    page = client.get(HOME)
    figures = page.context["figures"]
    numbers = {name: figures[name] for name in ("all", "parts", "building", "open")}
    assert numbers == {"all": 7, "parts": 3, "building": 3, "open": 3}
    links = re.findall(r'<a href="([^"]*leave_out[^"]*)">\s*<strong>([^<]*)<', page.content.decode())
    assert [number for _url, number in links] == ["7", "3", "3"]
    for url, number in links:
        assert str(client.get(html.unescape(url)).context["page_obj"].paginator.count) == number, url


def test_home_page_shows_a_project_and_not_its_parts(client, portfolio):
    whole = HubFactory(title="Whole", stage="construction", stage_as_of=datetime.date(2026, 4, 1))
    fields = {"stage": "construction", "stage_as_of": datetime.date(2026, 5, 1)}
    HubFactory(title="Part", parent=whole, **fields)
    HubFactory(title="Part of a plan", parent=HubFactory(stage="obc"), **fields)
    (cards,) = (column[-1] for column in client.get(HOME).context["columns"] if column[0] == "Under construction")
    assert [card.title for card in cards] == ["Part of a plan", "Whole", "Rising hub"]


def test_home_page_counts_open_projects_without_an_opening_date(client, portfolio):
    System.objects.create(name="Farshire", short_name="FAR", openings_since=2022)
    HubFactory(stage="operational")
    MilestoneFactory(project=HubFactory(stage="operational"), forecast=datetime.date(2026, 1, 1))
    MilestoneFactory(project=HubFactory(stage="operational"), actual=datetime.date(2025, 1, 1), public=False)
    page = client.get(HOME)
    assert [page.context["figures"][name] for name in ("open", "opened", "undated")] == [5, 1, 3]
    assert "open, of which 1 since 2022 and 3 without an opening date" in " ".join(page.content.decode().split())


def test_home_page_without_first_year_tells_only_what_is_open(client, portfolio):
    text = " ".join(client.get(HOME).content.decode().split())
    assert "<strong>2</strong> open </a>" in text


def test_example_data_changes_nothing_on_home_page(client, portfolio):
    for stage in ("operational", "construction", "obc"):
        hub = HubFactory(title="Made up", stage=stage, stage_as_of=datetime.date(2026, 11, 1), is_example=True)
        MilestoneFactory(project=hub, actual=datetime.date(2026, 1, 2))
        ProgressNoteFactory(project=hub, text="Made up")
        hub.priorities.add(PriorityFactory(title=stage))
    after = client.get(HOME)
    assert "Made up" not in after.content.decode()
    assert {name: after.context["figures"][name] for name in ("all", "building", "open")} == {
        "all": 5,
        "building": 1,
        "open": 2,
    }
    assert after.context["figures"]["latest"] == "March 2026"


def test_home_page_and_search_suggest_searches_of_system(client, portfolio):
    System.objects.create(name="Farshire", short_name="FAR", search_examples="Far & Near, Wing, Hub")
    for page in (HOME, reverse("projects:search")):
        text = " ".join(client.get(page).content.decode().split())
        for search in ("?q=Far%20%26%20Near", "?q=Wing", "?q=Hub"):
            assert f'{search}">' in text
        assert "Far &amp; Near</a>, <a" in text
        assert "Wing</a> or <a" in text


def test_priorities_count_only_visible_projects(client, office_client):
    priority = PriorityFactory(title="Maternity hubs")
    for published in (True, False):
        HubFactory(published=published).priorities.add(priority)
    assert client.get(HOME).context["priorities"][0][3] == 1
    assert office_client.get(FRONT).context["priorities"][0][3] == 2


def test_home_page_shows_dated_notes_of_visible_projects(client):
    ProgressNoteFactory(text="Steel is up.")
    ProgressNoteFactory(text="Hush.", project=HubFactory(published=False))
    ProgressNoteFactory(text="From the future.", date=datetime.date(2100, 1, 1))
    text = client.get(HOME).content.decode()
    assert "Steel is up." in text
    assert "https://www.example.org/news" in text
    assert "Hush." not in text
    assert "From the future." not in text


def test_home_page_without_projects_opens(client):
    assert "No projects published yet" in client.get(HOME).content.decode()


def test_home_page_shows_change_at_once(client, django_capture_on_commit_callbacks):
    hub = HubFactory(stage="construction")
    assert client.get(HOME).context["figures"]["building"] == 1
    hub.stage = "operational"
    hub.save()
    from django.db import connection

    if connection.vendor == "postgresql":  # triggers deferred to the end of the transaction
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert client.get(HOME).context["figures"]["building"] == 0


@pytest.mark.parametrize("rows", [1, 25])
def test_front_page_query_count_is_constant(viewer_client, django_assert_num_queries, rows):
    for _ in range(rows):
        hub = HubFactory(stage="operational")
        MilestoneFactory(project=hub, actual=datetime.date(2025, 1, 1))
        ProgressNoteFactory(project=hub)
    # session, user, revision; examples, 3 of cards, 4 of figures, notes, supporters of priorities, priorities, map
    with django_assert_num_queries(18):
        viewer_client.get(FRONT)
    with django_assert_num_queries(3):  # session, user, revision: the rest is cached
        viewer_client.get(FRONT)
