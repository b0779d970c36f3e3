"""What a report said each time it was submitted."""

import datetime
import json

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.dates import PartialDate
from projects.models import DateChangeReason, ReportState
from projects.reporting import workflow
from projects.reporting.submissions import Submissions
from tests.database_rules import execute
from tests.factories import HubFactory, MilestoneFactory
from tests.periods import report_form_url, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)


@pytest.fixture
def report(contributor_client, trust, period):
    hub = HubFactory(title="Hub one", lead_organisation=trust)
    MilestoneFactory(project=hub, forecast=datetime.date(2028, 6, 1))
    return submitted_report(hub, period, contributor_client.user, summary="On time", progress="The frame is up")


@pytest.fixture
def again(report, office_client, clock):
    """Returns the report and submits it with other answers."""

    def submit(fields=(), **answers):
        clock.shift(datetime.timedelta(minutes=1))
        workflow.return_report(report, office_client.user, "Say why", fields=fields)
        clock.shift(datetime.timedelta(minutes=5))
        workflow.save_draft(report, report.submitted_by, answers)
        return workflow.submit(report, report.submitted_by)

    return submit


def changed(report):
    return {change.label: (change.older, change.newer) for change in Submissions(report).since_returned}


def test_review_lists_exactly_what_changed_since_the_return(office_client, report, again):
    row = report.milestones.get()
    row.forecast, row.explanation = PartialDate(datetime.date(2028, 9, 1), "month"), "Steel is late"
    row.change_reason = DateChangeReason.objects.create(name="Contractor")
    row.save()
    report = again(summary="Three months late")
    assert changed(report) == {
        "Summary": ("On time", "Three months late"),
        "Opening: forecast": ("1 June 2028", "September 2028"),
        "Opening: reason for change": ("", "Contractor"),
        "Opening: explanation": ("", "Steel is late"),
    }
    page = office_client.get(reverse("projects:review_report", args=[report.pk]))
    assertContains(page, "Changed since then")
    assertContains(page, "Say why")
    assertContains(page, "Submitted again 2 December 2026, 09:06")


def test_each_of_three_rounds_is_in_the_history(office_client, report, again):
    again(summary="One")
    report = again(overall="amber", path_to_green="Work")
    assert [submission.number for submission in report.submissions.all()] == [1, 2, 3]
    assert report.submissions.first().answers["report"]["summary"] == "On time"
    assert changed(report) == {
        "Overall delivery confidence": ("Green", "Amber"),
        "Path to green": ("By works in another order", "Work"),
    }
    page = office_client.get(report.get_absolute_url()).content.decode()
    assert page.index("Submission 3: 2 December 2026, 09:12") < page.index("Submission 2: ")


def test_only_contributors_and_the_office_read_earlier_submissions(
    contributor_client, other_contributor_client, office_client, viewer_client, report, again
):
    """The office can ask to remove a name from a report."""
    report = again(progress="A complaint came in")
    workflow.accept(report, office_client.user)
    readers = {contributor_client: True, office_client: True, other_contributor_client: False, viewer_client: False}
    for client, reads in readers.items():
        page = client.get(report.get_absolute_url())
        assertContains(page, "Submission 2: ", count=int(reads))
        assertContains(page, "frame", count=int(reads))  # of the first submission
        assertContains(page, "Submitted by", count=3)


def test_milestones_with_one_title_change_separately(office_client, report, again):
    MilestoneFactory(project=report.project, title="Opening", forecast=datetime.date(2028, 6, 1))
    row = report.milestones.get()
    row.pk, row.milestone = None, report.project.milestones.last()
    row.save()
    before = again()
    first = before.milestones.first()
    first.forecast = PartialDate(datetime.date(2028, 9, 1), "month")
    first.change_reason, first.explanation = DateChangeReason.objects.create(name="Contractor"), "Steel is late"
    first.save()
    assert changed(again())["Opening: forecast"] == ("1 June 2028", "September 2028")


def test_report_is_late_by_its_first_submission(report, again, clock):
    clock.move_to(datetime.datetime(2026, 12, 6, 9, tzinfo=datetime.UTC))
    report = again(summary="Later")
    assert not report.is_late
    assert report.submitted_again_at > report.submitted_at


def test_withdrawn_and_unreturned_reports_have_no_changes_since(report):
    assert Submissions(report).since_returned is None
    workflow.withdraw(report, report.submitted_by)
    report = workflow.submit(report, report.submitted_by)
    assert Submissions(report).since_returned is None
    assert len(Submissions(report).history) == 2


@pytest.mark.both_databases
def test_database_refuses_to_change_a_submission(report):
    submission = report.submissions.get()
    with pytest.raises(IntegrityError, match="never changes"):
        execute("UPDATE projects_submission SET answers = %s WHERE id = %s", json.dumps({}), submission.pk)
    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError, match="never changes"):
            execute("DELETE FROM projects_submission WHERE id = %s", submission.pk)


def test_returned_form_shows_what_to_change_at_its_fields(office_client, contributor_client, report, period):
    url = reverse("projects:review_report", args=[report.pk])
    typed = {"action": "return", "comment": "Say why", "opened_version": report.version}
    page = office_client.post(url, typed | {"fields_to_change": ["wrong"]})
    assertContains(page, "Select what needs changing from the list")
    assertContains(page, "Say why")
    office_client.post(url, typed | {"fields_to_change": ["summary", "milestones"]})
    report.refresh_from_db()
    assert report.state == ReportState.RETURNED
    page = contributor_client.get(report_form_url(report.project, period))
    assertContains(page, "To change: Summary, Milestones.")
    assertContains(page, "The boxes have the answers of 2 December 2026, and changes saved since.")
    assertContains(page, "Change asked for", count=2)
    workflow.submit(report, contributor_client.user)
    assertNotContains(office_client.get(report.get_absolute_url()), "Change asked for")
