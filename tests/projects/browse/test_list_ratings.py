"""Ratings in the project lists."""

import pytest
from django.urls import reverse

from projects.models import Project
from tests.factories import HubFactory
from tests.periods import report_ratings

pytestmark = pytest.mark.django_db
LIST = reverse("projects:project_list")
R, A, G, N = "red", "amber", "green", "not_rated"


class TestListRatings:
    def titles(self, client, query):
        return [row.title for row in client.get(f"{LIST}?{query}").context["rows"]]

    @pytest.fixture
    def rated_hubs(self, office):
        for title, rating in (("Red one", R), ("Green one", G), ("Grey one", N)):
            report_ratings(HubFactory(title=title), office, rating)
        HubFactory(title="Silent one")

    @pytest.mark.parametrize(
        ("query", "titles"),
        [
            ("rating=red", ["Red one"]),
            ("rating=red&rating=green", ["Green one", "Red one"]),
            ("rating=not_rated", ["Grey one"]),
            ("rating=not_reported", ["Silent one"]),
            ("rating=not_reported&rating=red", ["Red one", "Silent one"]),
            ("rating=purple", []),
            ("sort=rating", ["Red one", "Green one", "Grey one", "Silent one"]),
            ("sort=-rating", ["Grey one", "Green one", "Red one", "Silent one"]),
        ],
    )
    def test_project_list_filters_and_sorts_by_rating(self, viewer_client, rated_hubs, query, titles):
        assert self.titles(viewer_client, query) == titles

    def test_project_list_shows_rating_and_report_date(self, viewer_client, rated_hubs):
        page = viewer_client.get(LIST).content.decode()
        assert 'data-label="Delivery confidence"' in page
        assert "25 Jan 2026" in page and "Not reported" in page

    @pytest.mark.parametrize("query", ["rating=red", "sort=rating", "rating=red&sort=-rating"])
    def test_anonymous_user_cannot_see_or_filter_ratings(self, client, rated_hubs, query):
        page = client.get(f"{LIST}?{query}")
        assert len(page.context["rows"]) == 4
        assert [row.title for row in page.context["rows"]] == ["Green one", "Grey one", "Red one", "Silent one"]
        assert "app-rating" not in page.content.decode()
        assert "Confidence" not in page.content.decode()
        assert not any(row.rating for row in page.context["rows"])

    def test_other_tables_show_ratings(self, viewer_client, client, rated_hubs):
        place = Project.objects.get(title="Red one").place
        assert "app-rating--red" in viewer_client.get(place.get_absolute_url()).content.decode()
        assert "app-rating--red" not in client.get(place.get_absolute_url()).content.decode()
        assert "app-rating--red" in viewer_client.get("/search/?q=Red+one").content.decode()
        assert "app-rating--red" not in client.get("/search/?q=Red+one").content.decode()
