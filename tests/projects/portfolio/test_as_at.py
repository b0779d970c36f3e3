"""Portfolio as at a period."""

import datetime

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from projects.models import Risk
from tests.factories import HubFactory
from tests.periods import month, random_portfolio, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
AS_AT = reverse("projects:as_at")


class TestAsAt:
    def test_past_position_shows_figures_at_submission(self, office_client):
        hub, person = HubFactory(title="Riverside hub", stage="obc"), office_client.user
        periods = [month(9), month(10)]
        submitted_report(hub, periods[0], person, overall="green")
        submitted_report(hub, periods[1], person, overall="red", stage="fbc")
        Risk.objects.create(project=hub, title="x", likelihood=5, consequence=5, raised_on=TODAY)
        page = office_client.get(AS_AT, {"period": periods[0].slug})
        ((snapshot, title, *_rest),) = page.context["rows"]
        assert (title, snapshot.rating, snapshot.stage, snapshot.highest_risk) == (
            "Riverside hub",
            "green",
            "obc",
            None,
        )

    def test_numbers_of_past_position_match_its_rows(self, office_client, trust):
        random_portfolio(7, office_client.user, trust)
        page = office_client.get(AS_AT)
        checked = 0
        for values in page.context["counts"].values():
            for _value, _words, number, url in values:
                assert office_client.get(AS_AT + url).context["page_obj"].paginator.count == number, url
                checked += 1
        assert checked > 10

    def test_past_position_counts_projects_without_report(self, office_client):
        submitted_report(HubFactory(), month(10), office_client.user)
        HubFactory()
        page = office_client.get(AS_AT)
        assertContains(page, "2 projects: 1 reported for October 2026, 1 with no report.")

    @pytest.mark.parametrize("query", ["sign=x", "rating=purple", "stage=%00", "period=x&sign=help&sign=slipping"])
    def test_past_position_ignores_invalid_input(self, office_client, query):
        submitted_report(HubFactory(title="Riverside hub"), month(10), office_client.user)
        assertContains(office_client.get(f"{AS_AT}?{query}"), "Portfolio as at October 2026")
