"""Warning signs in lists."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from estates_portal.dates import PartialDate
from projects.models import AnnualCost, Project
from projects.reporting import workflow
from projects.signs import filter_by_warning, with_delivery_figures
from tests.factories import HubFactory, RiskFactory, reported
from tests.periods import month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TODAY = datetime.date(2026, 11, 23)
LIST = reverse("projects:project_list")


class TestWarningSigns:
    @pytest.fixture
    def hubs(self, office_client):
        names = ("Slipping", "Over", "Risky", "Unreviewed", "Fine")
        hubs = {name: HubFactory(title=name, approved_budget=100) for name in names}
        report = workflow.start_report(hubs["Slipping"], month(10), office_client.user)
        report = reported(report, office_client.user)
        report.frozen_opening = PartialDate(datetime.date(2027, 7, 2))
        report.frozen_baseline, report.frozen_baseline_approved = PartialDate(datetime.date(2027, 4, 2)), True
        report.frozen_slippage_days = 91
        report.save()
        AnnualCost.objects.create(project=hubs["Over"], year=2026, forecast=60)
        AnnualCost.objects.create(project=hubs["Over"], year=2027, forecast=Decimal("41"))
        RiskFactory(project=hubs["Risky"], likelihood=3, consequence=5, review_on=TODAY)
        RiskFactory(project=hubs["Unreviewed"], likelihood=1, review_on=TODAY - datetime.timedelta(days=1))
        AnnualCost.objects.create(project=hubs["Fine"], year=2026, forecast=Decimal("100.40"))
        RiskFactory(project=hubs["Fine"], likelihood=2, consequence=5, review_on=TODAY)
        RiskFactory(project=hubs["Fine"], likelihood=5, consequence=5, closed_on=TODAY, closed_why="Gone")
        return hubs

    @pytest.mark.parametrize(
        ("signs", "titles"),
        [
            (["slipping"], ["Slipping"]),
            (["over_budget"], ["Over"]),
            (["extreme_risk"], ["Risky"]),
            (["review_overdue"], ["Unreviewed"]),
            (["over_budget", "extreme_risk"], ["Over", "Risky"]),
            ([], []),
        ],
    )
    def test_each_sign_finds_its_projects(self, hubs, signs, titles):
        matching = filter_by_warning(Project.objects.all(), signs, TODAY)
        assert [project.title for project in matching.order_by("title")] == titles

    def test_project_list_shows_and_filters_signs(self, viewer_client, client, hubs):
        rows = viewer_client.get(f"{LIST}?watch=over_budget&watch=slipping").context["rows"]
        assert [(row.title, row.signs) for row in rows] == [
            ("Over", ("Report overdue", "£1 over budget")),
            ("Slipping", ("Opening 3 months late",)),
        ]
        rows = {row.title: row.signs for row in viewer_client.get(LIST).context["rows"]}
        assert rows["Risky"] == ("Report overdue", "Extreme risk")
        assert rows["Unreviewed"] == ("Report overdue", "Risk review overdue")
        assert rows["Fine"] == ("Report overdue",)
        public = client.get(f"{LIST}?watch=over_budget")
        assert len(public.context["rows"]) == 5
        assert "over budget" not in public.content.decode()

    def test_project_page_shows_highest_risk_and_overdue_review_to_viewer(self, viewer_client, client, hubs):
        page = viewer_client.get(hubs["Risky"].get_absolute_url()).content.decode()
        assert "15 Extreme" in page
        assert "15 Extreme" not in client.get(hubs["Risky"].get_absolute_url()).content.decode()
        unreviewed = viewer_client.get(hubs["Unreviewed"].get_absolute_url()).content.decode()
        assert "1 review overdue" in unreviewed

    def test_delivery_figures_are_of_each_project(self, hubs):
        figures = {project.title: project for project in with_delivery_figures(Project.objects.all(), TODAY)}
        assert (figures["Over"].forecast_total, figures["Over"].highest_risk_score) == (Decimal("101"), None)
        assert (figures["Fine"].open_risks, figures["Fine"].highest_risk_score) == (1, 10)
        assert (figures["Fine"].is_review_overdue, figures["Unreviewed"].is_review_overdue) == (False, True)
        assert (figures["Slipping"].forecast_total, figures["Slipping"].open_risks) == (None, 0)
