"""The status report on a project's page."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from projects.detail.status import status_summary
from projects.models.choices import Trend
from projects.reporting import workflow
from tests.factories import HubFactory, reported
from tests.periods import month, report_ratings

pytestmark = pytest.mark.django_db
R, A, G, N = "red", "amber", "green", "not_rated"


class TestProjectPage:
    def test_viewer_sees_status_report_on_project_page(self, viewer_client, office):
        hub = HubFactory()
        report_ratings(hub, office, G, G, A, schedule=R, help_needed="A decision on scope")
        page = viewer_client.get(hub.get_absolute_url()).content.decode()
        assert "Status, March 2026" in page
        assert 'title="Deteriorated"' in page
        assert "A decision on scope" in page
        assert "Path to green" in page
        assert "Awaiting review" in page
        assert "January 2026" in page and "Olive Office" in page

    def test_anonymous_user_does_not_see_status_report(self, client, office):
        hub = HubFactory()
        report_ratings(hub, office, R, summary="Secretly red")
        page = client.get(hub.get_absolute_url()).content.decode()
        assert "Secretly red" not in page and "Delivery confidence" not in page

    def test_project_without_report_shows_not_reported(self, viewer_client):
        assert "No status reports yet." in viewer_client.get(HubFactory().get_absolute_url()).content.decode()

    def test_correction_replaces_the_corrected_report(self, viewer_client, office):
        hub = HubFactory()
        wrong = report_ratings(hub, office, G, accept=True)
        draft = workflow.start_correction(wrong, office)
        hub.refresh_from_db()
        assert status_summary(hub).report == wrong
        right = reported(draft, office, overall=R, path_to_green="More money")
        hub.refresh_from_db()
        assert status_summary(hub).report == right
        assert [point.rating for point in status_summary(hub).points] == [R]
        assert "Corrects an earlier report." in viewer_client.get(hub.get_absolute_url()).content.decode()

    @pytest.mark.parametrize("shown", [2, 6, 12])
    def test_trend_counts_six_reports(self, viewer_client, office, monkeypatch, shown):
        monkeypatch.setattr("projects.detail.status.PERIODS_SHOWN", shown)
        hub = HubFactory()
        report_ratings(hub, office, G, *[A] * 6, schedule=A)
        hub.refresh_from_db()
        status = status_summary(hub)
        assert len(status.points) == min(shown, 7)
        assert hub.trend == Trend.NO_MOVEMENT
        assert {status.trend_label, *(facet.trend for facet in status.facets)} == {Trend.NO_MOVEMENT.label}

    def test_contributor_sees_link_to_report_form(self, contributor_client, viewer_client, trust):
        hub = HubFactory(lead_organisation=trust)
        period = month(11)
        with time_machine.travel(datetime.datetime(2026, 11, 25, 9, tzinfo=datetime.UTC), tick=False):
            contributor_client.force_login(contributor_client.user)
            url = reverse("projects:report", args=[hub.slug, period.slug])
            assert url in contributor_client.get(hub.get_absolute_url()).content.decode()
        assert url not in viewer_client.get(hub.get_absolute_url()).content.decode()
