"""Review of status reports."""

import datetime
import re

import pytest
from django.urls import reverse
from django.utils.html import strip_tags
from pytest_django.asserts import assertContains

from projects.models import ProposedNote, ReportState
from projects.reporting import workflow
from projects.versions import opened_version
from tests.conftest import clean_caches
from tests.factories import HubFactory, MilestoneFactory, OrganisationFactory
from tests.periods import month, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)
QUEUE = reverse("projects:review_queue")
PUBLIC = "/review/public/"


class TestReview:
    @pytest.fixture
    def report(self, contributor_client, trust, period):
        hub = HubFactory(title="Hub one", lead_organisation=trust)
        before = submitted_report(hub, month(10), contributor_client.user, overall="green", summary="All was well")
        assert before
        answers = {"overall": "amber", "path_to_green": "Work faster", "summary": "All was late"}
        return submitted_report(hub, period, contributor_client.user, **answers)

    def url(self, report):
        return reverse("projects:review_report", args=[report.pk])

    def review(self, client, report, typed):
        """Post the form as it opens now."""
        report.refresh_from_db()
        return client.post(self.url(report), {"opened_version": report.version, **typed})

    def test_report_is_compared_with_the_previous_one(self, office_client, report):
        page = office_client.get(self.url(report)).content.decode()
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[1]
        title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1]
        texts = [" ".join(strip_tags(text).split("–")[0].split()) for text in (heading, title)]
        assert texts == ["Review: Hub one"] * 2
        assert "Changed since October 2026" in page
        assert "Deteriorated" in page
        assert '<del><span class="nhsuk-u-visually-hidden">removed: </span>well</del>' in page

    def test_office_accepts_report_and_continues_with_next(self, office_client, contributor_client, trust, report):
        first = workflow.StatusReport.objects.get(period__slug="2026-10")
        response = self.review(office_client, first, {"action": "accept"})
        assert response["Location"] == self.url(report)
        response = self.review(office_client, report, {"action": "accept", "comment": "Thank you"})
        assert response["Location"] == QUEUE
        report.refresh_from_db()
        assert (report.state, report.review_comment) == (ReportState.ACCEPTED, "Thank you")

    def test_office_cannot_return_report_without_comment(self, office_client, report):
        page = self.review(office_client, report, {"action": "return"})
        assert list(page.context["form"].errors) == ["comment"]
        self.review(office_client, report, {"action": "return", "comment": "Say when"})
        report.refresh_from_db()
        assert (report.state, report.review_comment) == (ReportState.RETURNED, "Say when")

    def test_different_office_rating_needs_a_reason(self, office_client, report):
        page = self.review(office_client, report, {"action": "accept", "independent_rating": "red", "comment": "No"})
        assert list(page.context["form"].errors) == ["independent_reason"]
        assert ">No</textarea>" in page.content.decode()
        typed = {"action": "accept", "independent_rating": "red", "independent_reason": "No money"}
        self.review(office_client, report, typed)
        report.refresh_from_db()
        assert (report.overall, report.independent_rating) == ("amber", "red")
        shown = office_client.get(report.project.get_absolute_url()).content.decode()
        assert "Programme office rating" in shown

    @pytest.mark.parametrize(
        "typed", [{}, {"action": "eat"}, {"action": "accept", "independent_rating": "x"}, {"comment": "\0"}]
    )
    def test_review_with_invalid_input_changes_nothing(self, office_client, report, typed):
        assert self.review(office_client, report, typed).status_code == 200
        report.refresh_from_db()
        assert report.state == ReportState.SUBMITTED

    def test_office_is_redirected_from_reviewed_report(self, office_client, report):
        workflow.accept(report, office_client.user)
        assert office_client.get(self.url(report))["Location"] == report.get_absolute_url()

    def test_office_edits_and_publishes_note(self, office_client, client, contributor_client, trust, period):
        hub = HubFactory(lead_organisation=trust)
        submitted_report(hub, period, contributor_client.user, public_note="Frame done.")
        proposed_note = ProposedNote.objects.get()
        assert "Frame done." in office_client.get(PUBLIC).content.decode()
        assert "Frame done." not in client.get(hub.get_absolute_url()).content.decode()
        url = reverse("projects:note_decide", args=[proposed_note.pk])
        assert contributor_client.post(url, {"action": "publish", "text": "x"}).status_code == 403
        office_client.post(url, {"action": "publish", "text": "The steel frame is finished."})
        assert "The steel frame is finished." in client.get(hub.get_absolute_url()).content.decode()
        page = office_client.post(url, {"action": "publish", "text": "Again"}).content.decode()
        assert "already been published or declined" in page
        assert ">Again</textarea>" in page
        assert hub.progress_notes.count() == 1

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ({"action": "publish", "text": " "}, "Enter a progress note"),
            (
                {"action": "publish", "text": "The roof. " * 120},
                "Progress note must be 1,000 characters or less. It has 1,199",
            ),
            ({"text": "Edited"}, "Use one of the buttons to decide"),
        ],
    )
    def test_note_that_cannot_be_published_is_shown_as_edited(
        self, contributor_client, office_client, trust, period, typed, error
    ):
        hub = HubFactory(lead_organisation=trust)
        submitted_report(hub, period, contributor_client.user, public_note="Frame done.")
        url = reverse("projects:note_decide", args=[ProposedNote.objects.get().pk])
        page = office_client.post(url, typed).content.decode()
        assert page.count(error) == 2  # in the summary and beside the field
        assert f">{typed['text']}</textarea>" in page
        assert not hub.progress_notes.exists()

    @pytest.mark.parametrize("typed", [{"comment": "Which crew?"}, {"independent_reason": "Which crew?"}])
    def test_comment_on_report_reviewed_meanwhile_is_shown(
        self, contributor_client, office_client, trust, period, typed
    ):
        hub = HubFactory(lead_organisation=trust)
        report = submitted_report(hub, period, contributor_client.user)
        workflow.accept(report, office_client.user)
        url = reverse("projects:review_report", args=[report.pk])
        page = office_client.post(url, {"action": "return", **typed})
        assertContains(page, "This report has already been accepted. Copy anything you need.", status_code=409)
        assertContains(page, "Which crew?", status_code=409)

    def test_note_of_hidden_project_is_404(self, viewer_client, contributor_client, trust, period):
        hub = HubFactory(lead_organisation=trust, published=False, restricted=True)
        submitted_report(hub, period, contributor_client.user, public_note="Frame done.")
        proposed_note = ProposedNote.objects.get()
        viewer_client.user.organisation = OrganisationFactory()
        viewer_client.user.save()
        codes = [
            viewer_client.post(reverse("projects:note_decide", args=[pk])).status_code
            for pk in (proposed_note.pk, proposed_note.pk + 1)
        ]
        assert codes == [404, 404]

    def test_review_queue_without_reports_says_so(self, office_client):
        assert "No reports to review" in office_client.get(QUEUE).content.decode()


class TestProposals:
    """What contributors propose outside reports waits in the queue until the programme office decides."""

    @pytest.fixture
    def hub(self, trust):
        return HubFactory(title="Hub one", lead_organisation=trust)

    def add_milestone(self, client, hub, **typed):
        data = {"title": "Ribbon cutting", "kind": "other", "dates-forecast": "June 2028"}
        client.post(reverse("projects:milestone_add", args=[hub.slug]), data | typed)
        return hub.milestones.get()

    def test_contributor_proposes_milestone_and_office_publishes_it(
        self, client, contributor_client, office_client, hub
    ):
        milestone = self.add_milestone(contributor_client, hub, public="on", proposed_public="on")
        assert (milestone.public, milestone.proposed_public) == (False, True)
        assert "Ribbon cutting" not in client.get(hub.get_absolute_url()).content.decode()
        queue = office_client.get(PUBLIC).content.decode()
        assert "Proposed for the public" in queue
        assert "Dates to review" in queue
        publish = {"action": "publish", "opened_version": opened_version(milestone)}
        office_client.post(reverse("projects:public_decide", args=["milestone", milestone.pk]), publish)
        statement = milestone.statements.get()
        office_client.post(reverse("projects:date_decide", args=[statement.pk]), {"action": "accept"})
        clean_caches()
        page = client.get(hub.get_absolute_url()).content.decode()
        assert "Ribbon cutting" in page
        assert "June 2028" in page
        office_client.get(PUBLIC)  # which says what was done
        assert "Ribbon cutting" not in office_client.get(PUBLIC).content.decode()

    def test_office_sees_that_the_date_of_a_proposed_milestone_waits(self, contributor_client, office_client, hub):
        milestone = self.add_milestone(contributor_client, hub, proposed_public="on")
        shown = " ".join(office_client.get(PUBLIC).content.decode().split())
        proposal = shown[shown.index('id="public"') :]
        assert "June 2028" in proposal and "Not yet reviewed" in proposal
        assert "The date is decided separately" in proposal and "the public sees no date." in proposal
        accept = reverse("projects:date_decide", args=[milestone.statements.get().pk])
        office_client.post(accept, {"action": "accept"})
        office_client.get(PUBLIC)  # which says what was done
        proposal = office_client.get(PUBLIC).content.decode()
        assert "June 2028" in proposal and "decided separately" not in proposal

    def test_office_declines_date(self, contributor_client, office_client, hub):
        milestone = self.add_milestone(contributor_client, hub)
        statement = milestone.statements.get()
        address = reverse("projects:date_decide", args=[statement.pk])
        office_client.post(address, {"action": "decline"})
        milestone.refresh_from_db()
        assert (milestone.current_on, milestone.statements.count()) == (None, 1)
        answer = office_client.post(address, {"action": "accept"}, follow=True)
        assert "already been accepted or declined" in answer.content.decode()

    def test_contributor_cannot_publish_document(self, client, contributor_client, office_client, hub):
        add = reverse("projects:register_add", args=[hub.slug, "documents"])
        typed = {"title": "Full case", "kind": "fbc", "url": "https://example.org/fbc", "public": "on"}
        contributor_client.post(add, typed | {"proposed_public": "on"})
        document = hub.documents.get()
        assert (document.public, document.proposed_public) == (False, True)
        decline = {"action": "decline", "opened_version": opened_version(document)}
        office_client.post(reverse("projects:public_decide", args=["document", document.pk]), decline)
        document.refresh_from_db()
        assert (document.public, document.proposed_public) == (False, False)
        assert "Full case" not in client.get(hub.get_absolute_url()).content.decode()

    def test_contributor_cannot_hide_public_milestone(self, contributor_client, hub):
        milestone = MilestoneFactory(project=hub, forecast=datetime.date(2028, 6, 1))
        edit = reverse("projects:milestone_edit", args=[hub.slug, milestone.pk])
        assert "ask the programme office" in contributor_client.get(edit).content.decode()
        contributor_client.post(edit, {"title": "Opening day", "kind": "other"})
        milestone.refresh_from_db()
        assert (milestone.title, milestone.kind, milestone.public) == ("Opening", "opening", True)

    def test_unknown_kind_of_record_is_not_found(self, office_client):
        assert office_client.post(reverse("projects:public_decide", args=["risk", 1])).status_code == 404
