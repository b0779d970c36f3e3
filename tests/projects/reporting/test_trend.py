"""The trend of a rating."""

import pytest

from projects.models import Project, StatusReport
from projects.reporting import workflow
from tests.factories import HubFactory
from tests.periods import month, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


class TestTrend:
    @pytest.mark.parametrize(
        ("ratings", "trend"),
        [
            (["green"], "first"),
            (["green", "amber"], "worse"),
            (["amber", "green"], "better"),
            (["amber", "amber"], "steady"),
            (["red"] * 6, "stale"),
            (["green"] * 6, "steady"),
            (["green", "not_rated"], ""),
        ],
    )
    def test_submitting_report_saves_trend_of_project(self, office_client, ratings, trend):
        hub = HubFactory()
        for number, rating in enumerate(ratings, 5):
            submitted_report(hub, month(number), office_client.user, overall=rating)
        hub.refresh_from_db()
        assert hub.trend == trend

    def test_withdrawing_a_report_restores_the_trend(self, office_client):
        hub, period = HubFactory(), month(11)
        submitted_report(hub, month(10), office_client.user, overall="green")
        report = submitted_report(hub, period, office_client.user, overall="red")
        assert Project.objects.get(pk=hub.pk).trend == "worse"
        workflow.withdraw(StatusReport.objects.get(pk=report.pk), office_client.user)
        assert Project.objects.get(pk=hub.pk).trend == "first"
