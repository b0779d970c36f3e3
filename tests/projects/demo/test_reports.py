"""Status reports of the example portfolio."""

import datetime

import pytest
from django.core.management import call_command

from estates_portal.accounts.models import User
from projects.models import Project, ReportingPeriod, ReportState, StatusReport
from tests.factories import HubFactory, PlaceFactory, PriorityFactory
from tests.periods import report_ratings

pytestmark = pytest.mark.django_db
R, A, G, N = "red", "amber", "green", "not_rated"


class TestExampleReports:
    @pytest.fixture
    def places(self):
        for name, slug in [
            ("Bedford Borough", "bedford-borough"),
            ("Central Bedfordshire", "central-bedfordshire"),
            ("Luton", "luton"),
            ("Milton Keynes", "milton-keynes"),
        ]:
            PlaceFactory(name=name, slug=slug)
        PriorityFactory()

    def test_command_adds_and_deletes_12_months_of_reports(self, places, office_client):
        call_command("make_example_projects", count=40, on=datetime.date(2026, 11, 23), verbosity=0)
        reports = StatusReport.objects.all()
        assert ReportingPeriod.objects.count() == 12
        assert reports.count() > 100
        assert {report.state for report in reports} == {ReportState.ACCEPTED, ReportState.SUBMITTED}
        assert set(reports.values_list("project__is_example", flat=True)) == {True}
        assert set(reports.values_list("overall", flat=True)) == {R, A, G}
        for project in Project.objects.filter(current_report__isnull=False):
            assert project.current_report == reports.newest_of(project).first()
        assert not User.objects.filter(email__endswith="example@example.org", is_active=True).exists()
        shown = Project.objects.filter(current_report__isnull=False).first()
        assert "Example data" in office_client.get(shown.get_absolute_url()).content.decode()

        call_command("make_example_projects", delete=True, verbosity=0)
        assert not StatusReport.objects.exists()
        assert not Project.objects.filter(is_example=True).exists()

    def test_accepted_reports_on_real_projects_stay(self, places, office):
        hub = HubFactory()
        report_ratings(hub, office, G, accept=True)
        call_command("make_example_projects", count=5, on=datetime.date(2026, 11, 23), verbosity=0)
        call_command("make_example_projects", delete=True, verbosity=0)
        assert StatusReport.objects.get().project_id == hub.pk
