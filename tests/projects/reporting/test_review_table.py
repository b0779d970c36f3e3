"""The review page: each answer and figure once, next to that of the report before."""

import datetime

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.dates import PartialDate
from projects.models import DateChangeReason, ProposedNote, ReportState, StatusReport
from projects.reporting import workflow
from projects.reporting.review_table import ReviewTable
from tests.factories import HubFactory, MilestoneFactory, RiskFactory
from tests.form_inputs import posted_by
from tests.periods import month, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)


def url(report):
    return reverse("projects:review_report", args=[report.pk])


@pytest.fixture
def hub(trust):
    hub = HubFactory(title="Hub one", lead_organisation=trust, stage="obc", approved_budget=38_500_000)
    MilestoneFactory(project=hub, title="Opening", forecast=datetime.date(2028, 6, 1))
    RiskFactory(project=hub, title="Late washers", likelihood=3, consequence=4, raised_on=datetime.date(2026, 1, 1))
    return hub


@pytest.fixture
def before(hub, contributor_client):
    return submitted_report(hub, month(10), contributor_client.user, progress="The frame is up", next_steps="Roof")


@pytest.fixture
def report(hub, before, period, contributor_client):
    return submitted_report(hub, period, contributor_client.user)


def test_report_that_changes_nothing_says_so(office_client, report):
    page = office_client.get(url(report))
    assertContains(page, "No change since October 2026.")
    assert page.context["table"].changed == []


def test_each_change_is_shown_once_and_the_rest_is_folded(office_client, before, report):
    StatusReport.objects.filter(pk=report.pk).update(
        cost="red", frozen_stage="fbc", frozen_budget=39_300_000, frozen_worst_risk=20, progress="The frame is down"
    )
    row = report.milestones.get()
    row.forecast, row.explanation = PartialDate(datetime.date(2028, 11, 1), "day"), "Steel is late"
    row.change_reason = DateChangeReason.objects.create(name="Contractor")
    row.save()
    RiskFactory(project=report.project, raised_on=datetime.date(2026, 12, 2))
    StatusReport.objects.filter(pk=before.pk).update(frozen_at=datetime.datetime(2026, 11, 2, tzinfo=datetime.UTC))
    page = office_client.get(url(report))
    table = page.context["table"]
    changed = {line.label: (line.older, line.newer, line.change) for line in table.changed}
    assert changed == {
        "Cost": ("", "Red", "Changed"),
        "Stage": ("Outline business case", "Full business case", "Changed"),
        "Opening": ("1 June 2028", "1 November 2028", "5 months later"),
        "Progress": ("The frame is up", "The frame is down", "Changed"),
        "Approved budget": ("£38.5m", "£39.3m", "£800,000 more"),
        "Highest risk": ("12 High", "20 Extreme", "Changed"),
    }
    notes = {line.label: line.notes for line in table.changed}
    assert "Reason for change: Contractor. Steel is late" in notes["Opening"]
    assert notes["Highest risk"][0] == "1 raised and 0 closed since October 2026"
    labels = [line.label for line in table.lines]
    assert len(set(labels)) == len(labels)
    assert {"Summary", "Next steps", "Overall delivery confidence"} <= {line.label for line in table.unchanged}
    shown = page.content.decode()
    assert shown.index("The frame is") < shown.index("<details") < shown.index("Roof")
    assert shown.count(">Roof<") == 2  # in both reports


def test_first_report_shows_everything_without_an_earlier_column(office_client, before):
    page = office_client.get(url(before))
    assertContains(page, "No earlier report to compare.")
    assert page.context["table"].unchanged == []
    assertContains(page, "The frame is up", count=1)


def test_deleted_milestone_is_named(before, report):
    report.milestones.all().delete()
    lines = {line.label: (line.older, line.newer) for line in ReviewTable(report, before).changed}
    assert lines["Opening"] == ("1 June 2028", "Deleted")


def test_review_leads_through_the_queue(office_client, before, report):
    assertContains(office_client.get(url(before)), "1 of 2 reports to review")
    page = office_client.get(url(report))
    assertContains(page, "2 of 2 reports to review")
    assert (page.context["previous"], page.context["next"]) == (before.pk, None)
    typed = {"action": "accept", "opened_version": report.version}
    assert office_client.post(url(report), typed)["Location"] == url(before)


class TestProposedNote:
    @pytest.fixture
    def report(self, hub, period, contributor_client):
        return submitted_report(hub, period, contributor_client.user, public_note="Frame done.")

    def post(self, client, report, **typed):
        return client.post(url(report), {"action": "accept", "opened_version": report.version, **typed})

    def test_note_is_published_with_the_report(self, office_client, report):
        assertContains(office_client.get(url(report)), ">Frame done.</textarea>")
        self.post(office_client, report, note="publish", note_text="The frame is finished.")
        assert report.project.progress_notes.get().text == "The frame is finished."
        report.refresh_from_db()
        assert report.state == ReportState.ACCEPTED

    @pytest.mark.parametrize(("note", "state"), [("", "offered"), ("decline", "declined")])
    def test_note_waits_or_is_declined(self, office_client, report, note, state):
        self.post(office_client, report, note=note, note_text="")
        assert ProposedNote.objects.get().state == state
        assert not report.project.progress_notes.exists()

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ({"note": "publish", "note_text": " "}, "Enter a progress note"),
            ({"note": "eat", "note_text": "Frame."}, "Select what to do with the progress note"),
            ({"note": "publish", "note_text": "Roof. " * 200}, "must be 1,000 characters or less"),
        ],
    )
    def test_note_that_cannot_be_published_changes_nothing(self, office_client, report, typed, error):
        assertContains(self.post(office_client, report, **typed, comment="Thank you"), error)
        report.refresh_from_db()
        assert (report.state, ProposedNote.objects.get().state) == (ReportState.SUBMITTED, "offered")

    @pytest.mark.parametrize("edited", ["", "The frame is up, thanks to all."])
    @pytest.mark.parametrize("note", ["The roof is on.", ""])
    def test_note_submitted_again_is_shown_before_it_is_published(self, office_client, report, note, edited):
        opened = report.version
        report = workflow.withdraw(report, report.submitted_by)
        workflow.save_draft(report, report.submitted_by, {"public_note": note})
        report = workflow.submit(report, report.submitted_by)
        typed = {"note": "publish", "note_text": edited or "Frame done.", "opened_version": opened}
        page = self.post(office_client, report, **typed)
        assertContains(page, edited or "Frame done.", count=int(bool(edited)))
        again = posted_by(page, "comment")[1]
        assert (again.get("note_text", [""]), again.get("note")) == ([note], None)
        self.post(office_client, report, **again)
        report.refresh_from_db()
        assert report.state == ReportState.ACCEPTED
        assert not report.project.progress_notes.exists()

    def test_edited_note_of_a_report_that_was_accepted_is_shown(self, office_client, report):
        workflow.accept(report, office_client.user)
        assert self.post(office_client, report, note="publish", note_text="Frame done.").status_code == 302
        page = self.post(office_client, report, note="publish", note_text="The frame is up.")
        assertContains(page, "The frame is up.", status_code=409)

    def test_decided_note_is_not_asked_about(self, office_client, report):
        workflow.decide_note(ProposedNote.objects.get(), office_client.user, publish=False)
        assertNotContains(office_client.get(url(report)), "Decide later")
