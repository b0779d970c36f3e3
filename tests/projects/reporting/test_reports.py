"""Status reports: list, detail and comparison."""

import datetime

import pytest
import time_machine
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from projects.models import StatusReport
from projects.reporting import workflow
from projects.reporting.compare import compare
from tests.conftest import count_a_change
from tests.factories import HubFactory, MilestoneFactory, reported
from tests.periods import month, report_ratings

pytestmark = pytest.mark.django_db
R, A, G, N = "red", "amber", "green", "not_rated"


class TestReports:
    def test_report_list_shows_reports_of_project(
        self, viewer_client, contributor_client, trust, office, django_assert_num_queries
    ):
        hub = HubFactory(lead_organisation=trust)
        report_ratings(hub, office, G, A, R)
        with time_machine.travel(datetime.datetime(2026, 4, 25, 9, tzinfo=datetime.UTC), tick=False):
            draft = workflow.start_report(hub, month(4), office)
        url = reverse("projects:report_list", args=[hub.slug])
        shown = [report.period.name for report in viewer_client.get(url).context["page_obj"]]
        assert shown == ["March 2026", "February 2026", "January 2026"]
        assert contributor_client.get(url).context["page_obj"][0] == draft
        assert viewer_client.get(draft.get_absolute_url()).status_code == 404
        assert contributor_client.get(draft.get_absolute_url()).status_code == 200
        with django_assert_num_queries(6):
            viewer_client.get(url)
        assert (
            "No status reports yet"
            in viewer_client.get(reverse("projects:report_list", args=[HubFactory().slug])).content.decode()
        )

    def test_report_is_corrected_once_the_correction_is_submitted(self, viewer_client, office):
        hub = HubFactory()
        accepted = report_ratings(hub, office, G, accept=True)
        url = reverse("projects:report_list", args=[hub.slug])
        correction = workflow.start_correction(accepted, office)
        assertNotContains(viewer_client.get(url), "Corrected later")
        reported(correction, office)
        count_a_change()
        assertContains(viewer_client.get(url), "Corrected later", count=1)

    def test_milestone_without_dates_has_no_first_planned_date(self, viewer_client, office_client, office):
        hub = HubFactory()
        MilestoneFactory(project=hub, title="Evaluation", kind="other")
        report = report_ratings(hub, office, G)
        for client, name, args in (
            (viewer_client, "report_detail", [hub.slug, report.pk]),
            (office_client, "review_report", [report.pk]),
        ):
            page = client.get(reverse(f"projects:{name}", args=args))
            assertContains(page, "No approved baseline")
            assertNotContains(page, "First planned")

    def test_reports_of_hidden_project_are_404(self, viewer_client, office):
        hub = HubFactory(published=False, restricted=True)
        report = report_ratings(hub, office, G, G)
        for name, args in (("report_list", []), ("report_detail", [report.pk]), ("report_compare", [])):
            page = viewer_client.get(reverse(f"projects:{name}", args=[hub.slug, *args]))
            assertContains(page, "Page not found", status_code=404)

    def test_report_under_address_of_another_project_is_404(self, viewer_client, office):
        report, other = report_ratings(HubFactory(), office, G), HubFactory()
        page = viewer_client.get(reverse("projects:report_detail", args=[other.slug, report.pk]))
        assertContains(page, "Page not found", status_code=404)

    @pytest.mark.parametrize(
        ("gates", "label"),
        [([], "Not known"), ([""], "Not known"), (["", ""], "Several openings"), (["", "opening"], "Not known")],
    )
    def test_report_says_if_project_has_several_openings(self, viewer_client, office, gates, label):
        hub = HubFactory()
        for number, gate in enumerate(gates):
            MilestoneFactory(project=hub, title=f"Phase {number}", gate=gate)
        report = report_ratings(hub, office, G)
        page = " ".join(viewer_client.get(report.get_absolute_url()).content.decode().split())
        assert f"<dt>Opening</dt> <dd> {label} </dd>" in page

    def test_comparison_says_if_project_had_several_openings(self, office):
        hub = HubFactory()
        first, second = (MilestoneFactory(project=hub, title=title) for title in ("Wing", "Tower"))
        older = report_ratings(hub, office, G)
        second.delete()
        first.record_date("forecast", datetime.date(2027, 5, 1), "month")
        with time_machine.travel(datetime.datetime(2026, 4, 25, 9, tzinfo=datetime.UTC), tick=False):
            newer = reported(workflow.start_report(hub, month(4), office), office, accepted_by=office)
        line = next(line for line in compare(older, newer).facts if line.label == "Opening")
        assert (line.older, line.newer, line.change) == ("Several openings", "May 2027", "changed")

    def test_viewer_compares_any_two_reports(self, viewer_client, office):
        hub = HubFactory()
        report_ratings(hub, office, G, A, R)
        first, _second, third = StatusReport.objects.order_by("period__starts_on")
        url = reverse("projects:report_compare", args=[hub.slug])
        page = viewer_client.get(f"{url}?from={first.pk}&to={third.pk}")
        assert (page.context["older"], page.context["newer"]) == (first, third)
        assert page.context["comparison"].ratings[0].change == "worse"
        assert viewer_client.get(url).context["newer"] == third

    @pytest.mark.parametrize("query", ["from=x&to=y", "from=99999999999999999999", "to=%00"])
    def test_invalid_report_numbers_compare_newest_reports(self, viewer_client, office, query):
        hub = HubFactory()
        newest = report_ratings(hub, office, G, A)
        url = reverse("projects:report_compare", args=[hub.slug])
        assert viewer_client.get(f"{url}?{query}").context["newer"] == newest

    def test_comparison_without_reports_is_404(self, viewer_client):
        page = viewer_client.get(reverse("projects:report_compare", args=[HubFactory().slug]))
        assertContains(page, "Page not found", status_code=404)

    def test_first_report_has_no_earlier_report_to_compare(self, viewer_client, office):
        hub = HubFactory()
        report_ratings(hub, office, G)
        url = reverse("projects:report_compare", args=[hub.slug])
        assert "No earlier report to compare" in viewer_client.get(url).content.decode()

    def test_comparison_shows_older_and_newer_facts(self, office):
        hub = HubFactory(stage="obc")
        older = report_ratings(hub, office, G)
        newer = report_ratings(hub, office, G, start=2, stage="fbc")
        facts = {line.label: (line.older, line.newer, line.change) for line in compare(older, newer).facts}
        assert facts["Stage"] == ("Outline business case", "Full business case", "changed")
