"""Ratings in the project lists."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from estates_portal.accounts.models import Role
from projects.models import Project, ReportingPeriod
from projects.reporting import workflow
from tests.factories import HubFactory, UserFactory, reported
from tests.periods import month

pytestmark = pytest.mark.django_db
LIST = reverse("projects:project_list")
R, A, G, N = "red", "amber", "green", "not_rated"


@pytest.fixture
def office(db):
    return UserFactory(role=Role.PROGRAMME_OFFICE, name="Olive Office")


def rate(project, by, *ratings, accept=False, start=1, **words):
    """Reports of consecutive months from January 2026, each with that overall rating; returns the last."""
    update = None
    for number, rating in enumerate(ratings, start):
        period = ReportingPeriod.objects.filter(slug=f"2026-{number:02}").first() or month(number)
        with time_machine.travel(datetime.datetime(2026, number, 25, 9, tzinfo=datetime.UTC), tick=False):
            typed = {"overall": rating, "summary": f"Month {number}", "path_to_green": "Work", **words}
            update = reported(workflow.start_update(project, period, by), by, by if accept else None, **typed)
    return update


class TestLists:
    def titles(self, client, query):
        return [row.title for row in client.get(f"{LIST}?{query}").context["rows"]]

    @pytest.fixture
    def some(self, office):
        for title, rating in (("Red one", R), ("Green one", G), ("Grey one", N)):
            rate(HubFactory(title=title), office, rating)
        HubFactory(title="Silent one")

    @pytest.mark.parametrize(
        ("query", "titles"),
        [
            ("rating=red", ["Red one"]),
            ("rating=red&rating=green", ["Green one", "Red one"]),
            ("rating=not_rated", ["Grey one"]),
            ("rating=not_reported", ["Silent one"]),
            ("rating=not_reported&rating=red", ["Red one", "Silent one"]),
            ("rating=purple", ["Green one", "Grey one", "Red one", "Silent one"]),
            ("sort=rating", ["Red one", "Green one", "Grey one", "Silent one"]),
            ("sort=-rating", ["Grey one", "Green one", "Red one", "Silent one"]),
        ],
    )
    def test_filter_and_sort(self, viewer_client, some, query, titles):
        assert self.titles(viewer_client, query) == titles

    def test_rating_and_when_reported_are_columns(self, viewer_client, some):
        page = viewer_client.get(LIST).content.decode()
        assert 'data-label="Delivery confidence"' in page
        assert "25 Jan 2026" in page and "Not reported" in page

    @pytest.mark.parametrize("query", ["rating=red", "sort=rating", "rating=red&sort=-rating"])
    def test_the_public_can_neither_see_nor_ask(self, client, some, query):
        page = client.get(f"{LIST}?{query}")
        assert len(page.context["rows"]) == 4
        assert [row.title for row in page.context["rows"]] == ["Green one", "Grey one", "Red one", "Silent one"]
        assert "app-rating" not in page.content.decode()
        assert "Confidence" not in page.content.decode()
        assert not any(row.rating for row in page.context["rows"])

    def test_other_tables_show_it_too(self, viewer_client, client, some):
        place = Project.objects.get(title="Red one").place
        assert "app-rating--red" in viewer_client.get(place.get_absolute_url()).content.decode()
        assert "app-rating--red" not in client.get(place.get_absolute_url()).content.decode()
        assert "app-rating--red" in viewer_client.get("/search/?q=Red+one").content.decode()
        assert "app-rating--red" not in client.get("/search/?q=Red+one").content.decode()
