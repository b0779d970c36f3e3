"""The queue of reports to review: its filters, and accepting unchanged green reports together."""

import datetime

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from pytest_django.asserts import assertContains

from projects.models import ReportState, StatusReport
from projects.reporting import workflow
from projects.reporting.compare import ChangeKind, changes_between
from projects.reporting.review_queue import SHOWN, QueuedReport
from tests.factories import HubFactory, MilestoneFactory
from tests.periods import month, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)
QUEUE, ACCEPT = reverse("projects:review_queue"), reverse("projects:review_accept")


@pytest.fixture
def october(db):
    return month(10)


@pytest.fixture
def report_twice(trust, october, period, office_client, contributor_client):
    """Makes a hub with an accepted report for October and the submitted one for November, which it returns."""

    def make(title="Hub one", before=None, **now):
        hub = HubFactory(**({"title": title} if title else {}), lead_organisation=trust)
        MilestoneFactory(project=hub, forecast=datetime.date(2028, 6, 1))
        submitted_report(hub, october, contributor_client.user, accepted_by=office_client.user, **(before or {}))
        return submitted_report(hub, period, contributor_client.user, **now)

    return make


def queued(before=None, changes=(), **fields):
    """A green report that changes nothing, with these differences."""
    same = {"overall": "green", "schedule": "green", "benefits": "not_rated", "state": ReportState.SUBMITTED}
    report = StatusReport(**same | fields)
    before = StatusReport(**{"overall": "green", "state": ReportState.ACCEPTED, **(before or {})})
    return QueuedReport(report, before, None, list(changes))


def test_unchanged_green_report_can_be_accepted_in_bulk():
    assert queued().can_accept_in_bulk()
    assert queued(before={"independent_rating": "green"}).can_accept_in_bulk()


@pytest.mark.parametrize(
    "differences",
    [
        *({"changes": [kind]} for kind in ChangeKind),
        {"overall": "red"},
        {"overall": "amber"},
        {"overall": "not_rated"},
        {"cost": "amber"},
        {"help_needed": "Decide on the lift"},
        {"public_note": "The frame is up."},
        {"reviewed_at": NOW},
        {"corrects_id": 1},
        {"before": {"state": ReportState.SUBMITTED}},
        {"before": {"independent_rating": "amber"}},
    ],
    ids=str,
)
def test_other_report_needs_its_own_review(differences):
    assert not queued(**differences).can_accept_in_bulk()


def test_first_report_needs_its_own_review():
    row = queued()
    row.before = None
    assert not row.can_accept_in_bulk()


def test_report_is_compared_with_the_one_before(report_twice):
    """Each change is found, and no other."""
    newer = report_twice()
    older = workflow.previous_report(newer)
    assert changes_between(older, newer) == []
    changes = {
        "cost": ("red", ChangeKind.RATING),
        "frozen_stage": ("closed", ChangeKind.DATES),
        "frozen_budget": (5, ChangeKind.MONEY),
        "frozen_worst_risk": (25, ChangeKind.RISKS),
        "next_steps": ("Wait", ChangeKind.TEXT),
    }
    for name, (value, kind) in changes.items():
        changed = StatusReport.objects.get(pk=newer.pk)
        setattr(changed, name, value)
        assert changes_between(older, changed) == [kind]
    newer.milestones.update(forecast_on=datetime.date(2029, 6, 1))
    assert changes_between(older, newer) == [ChangeKind.DATES]
    newer.milestones.all().delete()
    assert changes_between(older, newer) == [ChangeKind.DATES]


class TestFilters:
    def titles(self, client, **query):
        return [row.report.project.title for row in client.get(QUEUE, query).context["queue"].rows]

    def test_every_count_links_to_its_reports(self, office_client, report_twice):
        report_twice("Same")
        report_twice("Words", progress="The roof is on")
        report_twice("Worse", overall="red")
        back = report_twice("Back", summary="Better")
        workflow.return_report(back, office_client.user, "Say when")
        workflow.submit(back, back.submitted_by)
        totals = office_client.get(QUEUE).context["queue"].totals
        assert {show: number for show, _label, number in totals} == {
            "unchanged": 1,
            "text": 2,
            "rating": 1,
            "returned": 1,
        }
        assert self.titles(office_client, show="unchanged") == ["Same"]
        assert self.titles(office_client, show="text", sort="title") == ["Back", "Words"]
        assert self.titles(office_client, show="returned") == ["Back"]
        assert self.titles(office_client, rating="red") == ["Worse"]
        assert self.titles(office_client, sort="rating")[0] == "Worse"
        assert self.titles(office_client, period="2026-11", organisation="luton-trust", show="first") == []
        assert {show for show, _label, _number in totals} < SHOWN.keys()

    def test_invalid_filter_says_so_and_shows_no_reports(self, office_client, report_twice):
        report_twice()
        page = office_client.get(QUEUE, {"show": "wrong"})
        assertContains(page, "Select reports from the list")
        assert page.context["queue"].rows == []


@pytest.mark.parametrize("url", [QUEUE, ACCEPT])
def test_query_count_is_constant(office_client, report_twice, django_assert_num_queries, url):
    for count in (1, 5):
        for _ in range(count):
            report_twice(None)
        office_client.get(url)
        with django_assert_num_queries(7):
            office_client.get(url)


class TestAcceptTogether:
    def post(self, client, reports, **typed):
        versions = {f"version-{report.pk}": report.version for report in reports}
        return client.post(ACCEPT, {"report": [report.pk for report in reports], **versions, **typed})

    def test_office_accepts_unchanged_reports_with_one_comment(self, office_client, report_twice):
        reports = [report_twice("Hub one"), report_twice("Hub two")]
        other = report_twice("Hub three", overall="amber")
        page = office_client.get(ACCEPT)
        assert [row.report for row, _is_ticked in page.context["rows"]] == reports
        assert "Hub three" not in page.content.decode()
        assert self.post(office_client, reports, comment="Thank you")["Location"] == QUEUE
        for report in reports:
            report.refresh_from_db()
            assert (report.state, report.review_comment) == (ReportState.ACCEPTED, "Thank you")
            assert report.events.filter(action="accepted", by=office_client.user, comment="Thank you").count() == 1
        other.refresh_from_db()
        assert other.state == ReportState.SUBMITTED

    def test_report_that_changed_since_is_left_out_and_named(self, office_client, report_twice):
        same, accepted, again, amber = (report_twice(title) for title in ("Same", "Accepted", "Again", "Amber"))
        for report, typed in ((again, {}), (amber, {"overall": "amber", "path_to_green": "Work"})):
            workflow.return_report(report, office_client.user, "Say when")
            workflow.save_draft(report, report.submitted_by, typed)
            workflow.submit(report, report.submitted_by)
        amber.refresh_from_db()  # as on the page
        workflow.accept(accepted, office_client.user)
        response = self.post(office_client, [same, accepted, again, amber])
        texts = [str(message) for message in get_messages(response.wsgi_request)]
        assert texts[0] == "1 report accepted"
        assert texts[1].startswith("3 reports not accepted. ")
        assert "Accepted is now accepted" in texts[1]
        assert "Again was submitted again" in texts[1]
        assert "Amber needs its own review" in texts[1]
        states = dict(StatusReport.objects.filter(period__slug="2026-11").values_list("project__title", "state"))
        assert states == {"Same": "accepted", "Accepted": "accepted", "Again": "submitted", "Amber": "submitted"}

    def test_comment_is_given_back_if_no_report_is_accepted(self, office_client, report_twice):
        report = report_twice()
        workflow.accept(report, office_client.user)
        page = self.post(office_client, [report], comment="Thank you all")
        assertContains(page, "Hub one is now accepted", status_code=409)
        assertContains(page, "Thank you all", status_code=409)

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ({"comment": "Thank you"}, "Select one or more reports"),
            ({"report": "x", "comment": "Thank you"}, "Select one or more reports"),
            ({"report": "1", "comment": "Thanks. " * 600}, "Comment must be 4,000 characters or less"),
        ],
    )
    def test_bad_input_changes_nothing(self, office_client, report_twice, typed, error):
        report = report_twice()
        page = office_client.post(ACCEPT, typed)
        assertContains(page, error)
        assertContains(page, typed["comment"].strip())
        report.refresh_from_db()
        assert report.state == ReportState.SUBMITTED

    def test_page_without_reports_says_so(self, office_client):
        assertContains(office_client.get(ACCEPT), "No reports are green and unchanged.")
