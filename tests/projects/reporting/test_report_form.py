"""The report form: drafts, submission, conflicts, autosave and lost sessions."""

import datetime
import json

import lxml.html
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.accounts.models import Role
from estates_portal.unsaved.posted import new_form_key, writer_of
from projects.models import (
    DateChangeReason,
    Milestone,
    ProposedNote,
    RatingMeaning,
    ReportState,
    Stage,
    StatementKind,
    StatusReport,
)
from projects.reporting import workflow
from projects.reporting.views import report as report_views
from projects.reporting.workflow import NOT_OPEN
from tests.conftest import signed_in
from tests.deletions import delete_whole
from tests.factories import PASSWORD, HubFactory, MilestoneFactory, OrganisationFactory, UserFactory, reported
from tests.form_inputs import opened_by, posted_by
from tests.periods import month, report_form_url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)


@pytest.fixture
def hub(trust):
    return HubFactory(title="Acute Services Block", lead_organisation=trust, stage=Stage.OBC)


@pytest.fixture
def opening(hub):
    milestone = MilestoneFactory(project=hub, title="Opening", forecast=datetime.date(2027, 1, 15))
    milestone.record_date(StatementKind.BASELINE, datetime.date(2026, 11, 15))
    return milestone


def test_only_contributors_and_office_see_link_to_report_on_project(
    client, viewer_client, contributor_client, other_contributor_client, office_client, other_trust, period
):
    """The trust leads one project and is a partner of the other."""
    led = HubFactory(lead_organisation=contributor_client.user.organisation)
    partnered = HubFactory(lead_organisation=OrganisationFactory())
    partnered.partner_organisations.add(contributor_client.user.organisation, OrganisationFactory())
    for project in (led, partnered):
        offered = report_form_url(project, period)
        for reader in (contributor_client, office_client):
            assert offered in reader.get(project.get_absolute_url()).content.decode()
        for reader in (client, viewer_client, other_contributor_client):
            assert offered not in reader.get(project.get_absolute_url()).content.decode()


def test_each_overall_rating_has_its_definition_of_today(contributor_client, hub, period):
    for year, meaning in ((2026, "On course"), (2099, "Later")):
        RatingMeaning.objects.create(rating="green", meaning=meaning, holds_from=datetime.date(year, 11, 1))
    page = contributor_client.get(report_form_url(hub, period))
    root = lxml.html.fromstring(page.content.decode())
    (green,) = root.xpath("//input[@name='overall' and @value='green']")
    assert root.get_element_by_id(green.get("aria-describedby")).text_content() == "On course"


def form_data(page, **answers):
    """The data that a browser posts from the page's form, with `answers` in place of its values."""
    report = page.context["report_form"]
    data = {"action": "save", "writer": writer_of(page.wsgi_request.user)}
    for form in (report.form, *report.milestones):
        data |= opened_by(form)
        for field in form:
            value = field.value()
            data[field.html_name] = "" if value is None else str(value)
    return {**data, **answers}


def go_on(data, answer, **answers):
    """What the page sends next after the answer to an autosave."""
    opened = {name: json.dumps(values) for name, values in answer.json()["opened"].items()}
    return {**data, **opened, **answers}


def post_form(client, hub, period, **answers):
    url = report_form_url(hub, period)
    return client.post(url, form_data(client.get(url), **answers))


VALID_ANSWERS = {"action": "submit", "overall": "green", "summary": "On time"}


class TestReportForm:
    def test_opening_report_form_saves_nothing(self, contributor_client, hub, period, opening):
        page = contributor_client.get(report_form_url(hub, period))
        assert page.status_code == 200
        assert "Not started" in page.content.decode()
        assert not StatusReport.objects.exists()

    def test_contributor_saves_incomplete_draft(self, contributor_client, hub, period):
        response = post_form(contributor_client, hub, period, progress="Half a sen", overall="amber")
        assert response["Location"] == report_form_url(hub, period)
        report = StatusReport.objects.get()
        assert (report.state, report.progress, report.overall) == (ReportState.DRAFT, "Half a sen", "amber")
        assert "Half a sen" in contributor_client.get(report_form_url(hub, period)).content.decode()

    def test_new_report_copies_last_answers_and_marks_changes(self, contributor_client, hub, period):
        before = workflow.start_report(hub, month(10), contributor_client.user)
        reported(before, contributor_client.user, overall="green", progress="Frame up")
        page = contributor_client.get(report_form_url(hub, period))
        assert "Frame up" in page.content.decode()
        assert "October 2026: green" in page.content.decode()
        assert not any(changed for _field, _before, changed in page.context["report_form"].groups()["texts"])
        post_form(contributor_client, hub, period, progress="Roof on")
        groups = contributor_client.get(report_form_url(hub, period)).context["report_form"].groups()
        assert [field.name for field, _before, changed in groups["texts"] if changed] == ["progress"]

    def test_contributor_submits_moved_date(self, contributor_client, hub, period, opening):
        reason = DateChangeReason.objects.get_or_create(name="Funding")[0]
        key = f"m{opening.pk}"
        response = post_form(
            contributor_client,
            hub,
            period,
            **VALID_ANSWERS,
            **{f"{key}-forecast": "March 2027", f"{key}-reason": str(reason.pk), f"{key}-explanation": "Late money"},
        )
        report = StatusReport.objects.get()
        assert response["Location"] == report.get_absolute_url()
        opening.refresh_from_db()
        assert opening.current_label == "March 2027"
        row = report.milestones.get()
        assert (row.change_reason, row.explanation, row.slippage_days) == (reason, "Late money", 106)
        assert report.frozen_slippage_days == 106

    def test_draft_with_moved_forecast_shows_the_reason(self, contributor_client, hub, period, opening):
        """The forecast is compared with the one before the report, not with that of the draft."""

        def milestone(**answers):
            if answers:
                post_form(contributor_client, hub, period, **{f"m{opening.pk}-forecast": answers["forecast"]})
            page = contributor_client.get(report_form_url(hub, period))
            (form,) = page.context["report_form"].milestones
            assert f'data-forecast="{form.forecast_before}"' in page.content.decode()
            return form.shows_reason, form.forecast_before

        before = opening.current_label
        assert milestone() == (False, before)
        assert milestone(forecast="March 2027") == (True, before)
        assert milestone(forecast=before) == (False, before)

    def test_reason_no_longer_in_use_stays_selected(self, contributor_client, hub, period, opening):
        reason = DateChangeReason.objects.get_or_create(name="Funding")[0]
        post_form(contributor_client, hub, period, **{f"m{opening.pk}-reason": str(reason.pk)})
        DateChangeReason.objects.filter(pk=reason.pk).update(in_use=False)
        page = contributor_client.get(report_form_url(hub, period))
        assertContains(page, f'<option value="{reason.pk}" selected>Funding</option>', html=True)
        assert contributor_client.post(report_form_url(hub, period), posted_by(page)[1]).status_code == 302
        assert StatusReport.objects.get().milestones.get().change_reason == reason

    def test_draft_keeps_dates_of_deleted_milestone(self, contributor_client, hub, period, opening):
        url, key = report_form_url(hub, period), f"m{opening.pk}"
        post_form(contributor_client, hub, period)
        data = form_data(
            contributor_client.get(url), **{f"{key}-forecast": "March 2027", f"{key}-explanation": "Late money"}
        )
        delete_whole(opening)
        assert contributor_client.post(url, data)["Location"] == url
        row = StatusReport.objects.get().milestones.get()
        assert (row.title, row.forecast.label, row.explanation) == ("Opening", "March 2027", "Late money")
        assert "March 2027" in contributor_client.get(url).content.decode()
        answer = contributor_client.post(url, {**data, "action": "autosave"})
        data = go_on(data, answer, **{f"{key}-forecast": "April 2027"})  # the same page saves once more
        assert contributor_client.post(url, data).status_code == 302
        assert StatusReport.objects.get().milestones.get().forecast.label == "April 2027"

    def test_first_save_names_dates_of_deleted_milestone(self, contributor_client, hub, period, opening):
        url, key = report_form_url(hub, period), f"m{opening.pk}"
        data = form_data(contributor_client.get(url), summary="On time", **{f"{key}-forecast": "March 2027"})
        delete_whole(opening)
        page = contributor_client.post(url, data).content.decode()
        assert "Opening: someone deleted this milestone. Its dates are not saved: March 2027" in page
        assert StatusReport.objects.get().summary == "On time"
        assert post_form(contributor_client, hub, period, **VALID_ANSWERS).status_code == 302

    def test_report_includes_milestone_added_after_form_was_opened(self, contributor_client, hub, period, opening):
        url = report_form_url(hub, period)
        data = form_data(contributor_client.get(url))
        handover = MilestoneFactory(project=hub, title="Handover", forecast=datetime.date(2027, 1, 5))
        assert contributor_client.post(url, data)["Location"] == url
        assert StatusReport.objects.get().milestones.get(milestone=handover).forecast.label == "5 January 2027"

    def test_report_saves_dates_of_renamed_milestone(self, contributor_client, hub, period, opening):
        url, key = report_form_url(hub, period), f"m{opening.pk}"
        data = form_data(contributor_client.get(url), **{f"{key}-forecast": "March 2027"})
        Milestone.objects.filter(pk=opening.pk).update(title="First patients")
        contributor_client.post(url, data)
        assert StatusReport.objects.get().milestones.get().forecast.label == "March 2027"

    @pytest.mark.parametrize(
        ("answers", "field"),
        [
            ({"overall": ""}, "id_overall"),
            ({"summary": ""}, "id_summary"),
            ({"overall": "red"}, "id_path_to_green"),
            ({"stage": "identified"}, "id_stage_reason"),
            ({"stage": "nowhere"}, "id_stage"),
            ({"overall": "purple"}, "id_overall"),
            ({"summary": "x" * 301}, "id_summary"),
            ({"progress": "x" * 4001}, "id_progress"),
        ],
    )
    def test_submission_errors_are_shown_with_their_fields(self, contributor_client, hub, period, answers, field):
        page = post_form(contributor_client, hub, period, **{**VALID_ANSWERS, "next_steps": "Tender", **answers})
        assert page.status_code == 200
        assert f'href="#{field}"' in page.content.decode()
        assert page.context["report_form"].form["next_steps"].value() == "Tender"
        report = StatusReport.objects.get()
        assert (report.state, report.next_steps) == (ReportState.DRAFT, "Tender")

    @pytest.mark.parametrize("stage", ["operational", "closed"])
    def test_stage_after_opening_needs_the_date_it_opened(self, contributor_client, hub, period, opening, stage):
        opening_key = f"m{opening.pk}"
        page = post_form(contributor_client, hub, period, **VALID_ANSWERS, stage=stage)
        (message,) = page.context["report_form"].form.errors["stage"]
        assert message == NOT_OPEN.format(date=opening.current_label)
        assert 'href="#id_stage"' in page.content.decode()
        report = StatusReport.objects.get()
        assert (report.state, report.stage) == (ReportState.DRAFT, stage), "the draft is saved"
        opened = {f"{opening_key}-actual": "1/11/2026"}
        assert post_form(contributor_client, hub, period, **VALID_ANSWERS, stage=stage, **opened).status_code == 302
        hub.refresh_from_db()
        assert hub.stage == stage

    def test_stage_after_opening_needs_one_reached_opening(self, contributor_client, hub, period, opening):
        MilestoneFactory(project=hub, title="First phase", actual=datetime.date(2026, 10, 1))
        assert post_form(contributor_client, hub, period, **VALID_ANSWERS, stage="operational").status_code == 302

    @pytest.mark.parametrize(
        ("part", "value", "message"),
        [
            ("forecast", "soonish", "Enter a date, for example"),
            ("forecast", "31/2/2027", "no such day"),
            ("actual", "1/1/2030", "must be today or in the past"),
            ("forecast", "March 2027", "Select a reason for the new forecast"),
            ("reason", "999999999999999999999", "from the list"),
            ("reason", "abc", "from the list"),
            ("explanation", "x" * 301, "300"),
        ],
    )
    def test_invalid_date_shows_error_and_typed_text(
        self, contributor_client, hub, period, opening, part, value, message
    ):
        page = post_form(contributor_client, hub, period, **VALID_ANSWERS, **{f"m{opening.pk}-{part}": value})
        assert message in page.content.decode()
        assert part == "reason" or value in page.content.decode()
        assert StatusReport.objects.get().state == ReportState.DRAFT

    def test_submission_shows_errors_of_typed_and_of_missing_answers_together(
        self, contributor_client, hub, period, opening
    ):
        too_long = {"action": "submit", "summary": "x" * 301, f"m{opening.pk}-forecast": "31/02/2027"}
        page = post_form(contributor_client, hub, period, **too_long)
        errors = page.context["report_form"].errors_by_field()
        assert errors == {
            "overall": "Select an overall rating",
            "summary": "Summary must be 300 characters or less. It has 301",
            f"m{opening.pk}-forecast": "There is no such day in the calendar",
        }

    def test_corrected_report_can_be_submitted_at_once(self, contributor_client, hub, period):
        page = post_form(contributor_client, hub, period, **{**VALID_ANSWERS, "summary": ""})
        response = contributor_client.post(report_form_url(hub, period), form_data(page, **VALID_ANSWERS))
        assert response.status_code == 302
        assert StatusReport.objects.get().state == ReportState.SUBMITTED

    def test_second_submission_of_same_form_changes_nothing(self, contributor_client, hub, period):
        url = report_form_url(hub, period)
        data = form_data(contributor_client.get(url), **VALID_ANSWERS, form_key=new_form_key())
        first, second = (contributor_client.post(url, data) for _ in range(2))
        report = StatusReport.objects.get()
        assert first["Location"] == second["Location"] == report.get_absolute_url()
        assert [event.action for event in report.events.all()] == ["started", "submitted"]

    def test_only_first_draft_says_what_it_is_filled_in_from(self, contributor_client, office_client, hub, period):
        before = workflow.start_report(hub, month(10), contributor_client.user)
        reported(before, contributor_client.user, overall="green", progress="Frame up")
        url, sentence = report_form_url(hub, period), "Filled in from the October 2026 report"
        assertContains(contributor_client.get(url), sentence)
        post_form(contributor_client, hub, period, **VALID_ANSWERS)
        report = StatusReport.objects.get(period=period)
        workflow.return_report(report, office_client.user, "Which crew?")
        assertNotContains(contributor_client.get(url), sentence)

    def test_too_long_answer_is_given_back_whole(self, contributor_client, hub, period):
        long = "The piling began. " * 250
        page = post_form(contributor_client, hub, period, progress=long)
        error = "Progress since the last report must be 4,000 characters or less. It has 4,499"
        assertContains(page, error, count=2)
        assertContains(page, long)

    def test_summary_is_saved_as_one_line(self, contributor_client, hub, period):
        page = contributor_client.get(report_form_url(hub, period))
        assertContains(page, 'data-maxlength="300"')
        post_form(contributor_client, hub, period, summary="On time\r\nand on budget ")
        assert StatusReport.objects.get().summary == "On time and on budget"

    def test_submitted_note_is_proposed_to_office(self, contributor_client, hub, period):
        post_form(contributor_client, hub, period, **VALID_ANSWERS, public_note="The frame is up.")
        assert ProposedNote.objects.get().text == "The frame is up."
        assert not hub.progress_notes.exists()

    def test_form_without_answers_changes_none(self, contributor_client, hub, period):
        post_form(contributor_client, hub, period, progress="kept", overall="green")
        for data in ({}, {"opened": "x"}, {"opened": "{}", "unanswered": '{"progress": 5}', "action": "submit"}):
            assert contributor_client.post(report_form_url(hub, period), data).status_code in {200, 302}
        report = StatusReport.objects.get()
        assert (report.progress, report.overall, report.state) == ("kept", "green", ReportState.DRAFT)


class TestAccess:
    def test_contributor_cannot_report_before_period_opens_or_after_it_closes(
        self, contributor_client, office_client, hub, clock
    ):
        later, closed = month(12), month(10)
        workflow.close_period(closed, office_client.user)
        for period, message in ((later, "opens on 20 December 2026"), (closed, "closed on")):
            page = contributor_client.get(report_form_url(hub, period))
            assert page.status_code == 409
            assert message in page.content.decode()
            assert contributor_client.post(report_form_url(hub, period), VALID_ANSWERS).status_code == 409
        assert not StatusReport.objects.exists()

    def test_viewer_and_other_contributor_get_403_for_report_form(
        self, viewer_client, other_contributor_client, hub, period
    ):
        for client in (viewer_client, other_contributor_client):
            for answer in (
                client.get(report_form_url(hub, period)),
                client.post(report_form_url(hub, period), VALID_ANSWERS),
            ):
                assertContains(answer, "You can view this, but not change it", status_code=403)
        assert not StatusReport.objects.exists()

    def test_hidden_project_is_404(self, other_contributor_client, trust, period):
        hidden = HubFactory(published=False, restricted=True, lead_organisation=trust)
        assertContains(other_contributor_client.get(report_form_url(hidden, period)), "Page not found", status_code=404)

    @pytest.mark.parametrize("slug", ["2099-01", "nonsense"])
    def test_unknown_period_is_404(self, contributor_client, hub, slug):
        page = contributor_client.get(f"/projects/{hub.slug}/report/{slug}/")
        assertContains(page, "Page not found", status_code=404)


@pytest.fixture
def colleague(trust):
    return signed_in(role=Role.CONTRIBUTOR, organisation=trust, name="Cal Colleague")


class TestMerging:
    def test_changes_of_different_answers_are_both_saved(self, contributor_client, colleague, hub, period, opening):
        url, key = report_form_url(hub, period), f"m{opening.pk}"
        mine = form_data(contributor_client.get(url), public_note="The frame is up", **{f"{key}-explanation": "Late"})
        post_form(colleague, hub, period, progress="Theirs", overall="red", **{f"{key}-forecast": "March 2027"})
        page = contributor_client.post(url, mine, follow=True)
        assertContains(page, "Draft saved at 09:00, together with changes by Cal Colleague at 09:00")
        report = StatusReport.objects.get()
        row = report.milestones.get()
        assert (report.public_note, report.progress, report.overall) == ("The frame is up", "Theirs", "red")
        assert (row.forecast.label, row.explanation) == ("March 2027", "Late")

    def test_different_changes_of_one_answer_are_asked(self, contributor_client, colleague, hub, period, opening):
        url, key = report_form_url(hub, period), f"m{opening.pk}"
        mine = form_data(contributor_client.get(url), progress="Mine", summary="My summary", overall="red")
        mine |= {f"{key}-forecast": "May 2027", "action": "submit"}
        post_form(colleague, hub, period, progress="Theirs", overall="amber", **{f"{key}-forecast": "March 2027"})

        page = contributor_client.post(url, mine)

        assertContains(page, "Cal Colleague changed this status report at 09:00", status_code=409)
        assert [field.label for field in page.context["versions"] if not field.is_hidden] == [
            "Overall delivery confidence",
            "Progress since the last report",
            "Opening: Forecast",
        ]
        assertNotContains(page, "checked", status_code=409)
        assert StatusReport.objects.get().summary == "", "nothing is saved before the choice"
        refused = contributor_client.post(url, posted_by(page)[1])
        assertContains(refused, "Select which version to save: Opening: Forecast", status_code=409)
        assertContains(refused, "My summary", status_code=409)
        choices = {"choose-progress": "both", "choose-overall": "theirs", f"choose-{key}-forecast": "mine"}
        assert contributor_client.post(url, {**posted_by(refused)[1], **choices})["Location"] == url
        report = StatusReport.objects.get()
        assert (report.progress, report.overall, report.summary) == ("Mine\n\nTheirs", "amber", "My summary")
        assert report.milestones.get().forecast.label == "May 2027"
        assert report.state == ReportState.DRAFT, "the user checks it before submitting"

    def test_cleared_date_of_a_colleague_leaves_other_parts_of_the_row(
        self, contributor_client, colleague, hub, period, opening
    ):
        url, key = report_form_url(hub, period), f"m{opening.pk}"
        mine = form_data(contributor_client.get(url), progress="Mine", **{f"{key}-explanation": "Late"})
        post_form(colleague, hub, period, progress="Theirs", **{f"{key}-forecast": ""})
        page = contributor_client.post(url, mine)
        contributor_client.post(url, {**posted_by(page)[1], "choose-progress": "mine"})
        row = StatusReport.objects.get().milestones.get()
        assert (row.forecast, row.explanation) == (None, "Late")

    def test_same_user_is_told_of_the_other_device(self, contributor_client, hub, period):
        url = report_form_url(hub, period)
        mine = form_data(contributor_client.get(url), progress="Mine")
        post_form(contributor_client, hub, period, progress="On the phone")
        page = contributor_client.post(url, mine)
        assertContains(page, "You changed this status report on another device at 09:00", status_code=409)

    def test_correction_is_merged_too(self, contributor_client, colleague, office_client, hub, period):
        post_form(contributor_client, hub, period, **VALID_ANSWERS)
        accepted = workflow.accept(StatusReport.objects.get(), office_client.user)
        url = reverse("projects:correction", args=[hub.slug, workflow.start_correction(accepted, colleague.user).pk])
        mine = form_data(contributor_client.get(url), progress="Mine")
        colleague.post(url, form_data(colleague.get(url), summary="Theirs"))
        assert contributor_client.post(url, mine)["Location"] == url
        correction = StatusReport.objects.get(corrects=accepted)
        assert (correction.progress, correction.summary) == ("Mine", "Theirs")

    def test_report_saved_between_save_and_submission_is_not_submitted(
        self, contributor_client, colleague, hub, period, monkeypatch
    ):
        check = workflow.submission_errors

        def save_as_colleague(report, rows):
            monkeypatch.undo()
            workflow.save_draft(report, colleague.user, {"summary": "Theirs"})
            return check(report, rows)

        monkeypatch.setattr(workflow, "submission_errors", save_as_colleague)
        page = post_form(contributor_client, hub, period, **VALID_ANSWERS, follow=True)
        assert page["Location"] == report_form_url(hub, period)
        assertContains(contributor_client.get(page["Location"]), "Check the report, then submit it")
        assert StatusReport.objects.get().state == ReportState.DRAFT


class TestAutosave:
    def auto(self, client, hub, period, **answers):
        return post_form(client, hub, period, **{"action": "autosave", **answers})

    def test_autosave_returns_what_is_saved(self, contributor_client, hub, period, opening):
        key = f"m{opening.pk}"
        answer = self.auto(contributor_client, hub, period, progress="Typing", **{f"{key}-forecast": "1/3/2027"}).json()
        assert (answer["saved"], answer["merged"], answer["errors"]) == ("09:00", [], {})
        assert answer["opened"]["opened"]["progress"] == "Typing"
        assert answer["opened"][f"{key}-opened"]["forecast"] == "1 March 2027"
        assert StatusReport.objects.get().progress == "Typing"

    def test_autosave_returns_errors_and_saves_the_rest(self, contributor_client, hub, period, opening):
        key = f"m{opening.pk}-forecast"
        answer = self.auto(contributor_client, hub, period, progress="Good", **{key: "soonish"}).json()
        assert list(answer["errors"]) == [key]
        assert StatusReport.objects.get().progress == "Good"

    def test_autosave_returns_changes_of_a_colleague(self, contributor_client, office_client, hub, period):
        url = report_form_url(hub, period)
        mine = form_data(contributor_client.get(url), action="autosave", progress="Mine")
        post_form(office_client, hub, period, summary="Theirs")
        answer = contributor_client.post(url, mine).json()
        assert answer["merged"] == ["summary"]
        assert answer["opened"]["opened"]["summary"] == "Theirs"
        assert answer["saved"].startswith("09:00, together with changes by ")

    def test_autosave_returns_what_it_saved_itself(
        self, contributor_client, colleague, hub, period, opening, monkeypatch
    ):
        """A colleague can save between the save and the answer."""
        answer, key = report_views._autosaved, f"m{opening.pk}"

        def save_as_colleague(*args):
            monkeypatch.undo()
            post_form(colleague, hub, period, **{f"{key}-forecast": "March 2027"})
            return answer(*args)

        monkeypatch.setattr(report_views, "_autosaved", save_as_colleague)
        answered = self.auto(contributor_client, hub, period, progress="Mine").json()
        assert answered["opened"][f"{key}-opened"]["forecast"] == "15 January 2027"
        assert StatusReport.objects.get().milestones.get().forecast.label == "March 2027"

    def test_autosave_returns_conflict_and_saves_nothing(self, contributor_client, office_client, hub, period):
        url = report_form_url(hub, period)
        mine = form_data(contributor_client.get(url), action="autosave", progress="Mine", summary="Mine")
        post_form(office_client, hub, period, progress="Theirs")
        answer = contributor_client.post(url, mine)
        assert (answer.status_code, "changed this status report" in answer.json()["conflict"]) == (409, True)
        report = StatusReport.objects.get()
        assert (report.progress, report.summary) == ("Theirs", "")

    def test_page_goes_on_after_lost_answers(self, contributor_client, hub, period, opening):
        """What the page sent before is not someone else's change, in whatever spelling it was saved."""
        url, key = report_form_url(hub, period), f"m{opening.pk}-forecast"
        page = form_data(contributor_client.get(url), action="autosave")
        contributor_client.post(url, page | {"progress": "In the tunnel", key: "1/3/2027"})
        sent = {"progress": ["In the", "In the tunnel"], key: ["1/3/2027"]}
        later = page | {"progress": "Out of it", key: "2/3/2027", "unanswered": json.dumps(sent)}
        assert contributor_client.post(url, later).status_code == 200
        report = StatusReport.objects.get()
        assert (report.progress, report.milestones.get().forecast.label) == ("Out of it", "2 March 2027")

    def test_late_autosave_changes_nothing(self, contributor_client, hub, period):
        page = form_data(contributor_client.get(report_form_url(hub, period)), action="autosave")
        newer = page | {"progress": "Newer", "summary": "New", "unanswered": json.dumps({"progress": ["Older"]})}
        contributor_client.post(report_form_url(hub, period), newer)
        late = contributor_client.post(report_form_url(hub, period), page | {"progress": "Older"})
        report = StatusReport.objects.get()
        assert (late.status_code, report.progress, report.summary) == (409, "Newer", "New")

    def test_repeated_autosave_is_no_conflict(self, contributor_client, hub, period):
        page = form_data(contributor_client.get(report_form_url(hub, period)), action="autosave", progress="Once")
        answers = [contributor_client.post(report_form_url(hub, period), page).status_code for _ in range(2)]
        assert answers == [200, 200]


class TestRejectedAnswers:
    """Everything typed is shown, with its labels, where the report cannot be saved any more."""

    @pytest.fixture
    def reason(self):
        return DateChangeReason.objects.get_or_create(name="Ground & water")[0]

    def typed(self, page, opening, reason, **more):
        key = f"m{opening.pk}"
        dates = {f"{key}-forecast": "Marsh 2027", f"{key}-reason": reason.pk, f"{key}-explanation": "The pump failed"}
        answers = {"summary": "Late by a year", "progress": "Frame\r\nand roof", "overall": "red", "stage": "fbc"}
        return form_data(page, **answers, **dates, **more)

    def close(self, client, office, hub, period):
        workflow.close_period(period, office.user)
        return "You cannot report for November 2026 now", 409

    def close_with_draft(self, client, office, hub, period):
        post_form(office, hub, period, progress="First")
        workflow.close_period(period, office.user)
        return "November 2026 is closed for reporting. Nothing has changed", 409

    def submit(self, client, office, hub, period):
        post_form(office, hub, period, **VALID_ANSWERS)
        return "This report has been submitted, so you cannot change it", 409

    def withdraw_right(self, client, office, hub, period):
        type(client.user).objects.filter(pk=client.user.pk).update(role=Role.VIEWER)
        return "You no longer have permission to change this", 403

    @pytest.mark.parametrize("event", ["close", "close_with_draft", "submit", "withdraw_right"])
    def test_contributor_sees_all_that_they_typed(
        self, contributor_client, office_client, hub, period, opening, reason, event
    ):
        url = report_form_url(hub, period)
        data = self.typed(contributor_client.get(url), opening, reason)
        why, status = getattr(self, event)(contributor_client, office_client, hub, period)
        reports = list(StatusReport.objects.values())
        for action in ("save", "submit"):
            page = contributor_client.post(url, data | {"action": action})
            assert page.status_code == status
            html = page.content.decode()
            for text in ("Late by a year", "Frame<br>and roof", "Ground &amp; water", "The pump failed"):
                assert text in html
            for label, text in (
                ("Overall delivery confidence", "Red"),
                ("Opening: Forecast", "Marsh 2027"),
                ("Stage", Stage.FBC.label),
            ):
                row = html.split(f">{label}</dt>")[1].split("</dd>")[0]
                assert text in row
            assert why in html
        answer = contributor_client.post(url, data | {"action": "autosave"})
        assert (answer.status_code, answer.json()) == (status, {"conflict": why})
        assert list(StatusReport.objects.values()) == reports

    def test_answers_of_signed_out_user_are_shown_if_report_was_submitted_since(
        self, contributor_client, office_client, hub, period, opening, reason
    ):
        url = report_form_url(hub, period)
        data = self.typed(contributor_client.get(url), opening, reason)
        client = Client()
        client.post(url, data)
        why, status = self.submit(contributor_client, office_client, hub, period)
        client.force_login(contributor_client.user)
        page = client.get(url)
        assertContains(page, why, status_code=status)
        assertContains(page, "Marsh 2027", status_code=status)


class TestUnsavedAnswers:
    def test_contributor_gets_unsaved_answers_back_after_signing_in(self, hub, period, trust):
        person = UserFactory(role=Role.CONTRIBUTOR, organisation=trust)
        client = Client()
        client.force_login(person)
        url = report_form_url(hub, period)
        data = form_data(client.get(url), progress="Written on the train")
        client.cookies.clear()

        response = client.post(url, data)
        assert response["Location"].startswith(reverse("account_login"))
        assert not StatusReport.objects.exists()
        client.post(response["Location"], {"login": person.email, "password": PASSWORD, "next": url})

        page = client.get(url)
        assert "Written on the train" in page.content.decode()
        assert "You were signed out" in page.content.decode()
        client.post(url, form_data(page))
        assert StatusReport.objects.get().progress == "Written on the train"
        assert "You were signed out" not in client.get(url).content.decode()

    def test_autosave_of_signed_out_user_returns_401(self, client, hub, period, contributor_client):
        data = form_data(contributor_client.get(report_form_url(hub, period)), action="autosave")
        answer = client.post(report_form_url(hub, period), data)
        assert (answer.status_code, answer.json()) == (401, {"signed_out": True})


class TestActions:
    def url(self, name, report):
        return reverse(f"projects:{name}", args=[report.project.slug, report.pk])

    def test_contributor_withdraws_report(self, contributor_client, hub, period, clock):
        post_form(contributor_client, hub, period, **VALID_ANSWERS)
        report = StatusReport.objects.get()
        for page in (hub, report):
            assert contributor_client.get(page.get_absolute_url()).content.decode().count("Withdraw report") == 1
        assertContains(contributor_client.get(hub.get_absolute_url()), f"Reported on {NOW:%-d %B %Y}")
        response = contributor_client.post(self.url("report_withdraw", report))
        assert response["Location"] == report_form_url(hub, period)
        report.refresh_from_db()
        assert report.state == ReportState.DRAFT

    def test_contributor_cannot_withdraw_report_after_due_date(self, contributor_client, hub, period, clock):
        post_form(contributor_client, hub, period, **VALID_ANSWERS)
        report = StatusReport.objects.get()
        clock.move_to(NOW + datetime.timedelta(days=10))
        contributor_client.force_login(contributor_client.user)
        for page in (hub, report):
            assertNotContains(contributor_client.get(page.get_absolute_url()), "Withdraw report")
        page = contributor_client.post(self.url("report_withdraw", report), follow=True)
        assert "The due date has passed" in page.content.decode()

    def test_contributor_deletes_draft(self, contributor_client, viewer_client, hub, period):
        post_form(contributor_client, hub, period, progress="x")
        report = StatusReport.objects.get()
        assert viewer_client.post(self.url("report_delete", report)).status_code == 403
        assert "permanently deletes" in contributor_client.get(self.url("report_delete", report)).content.decode()
        contributor_client.post(self.url("report_delete", report))
        assert not StatusReport.objects.exists()

    @pytest.mark.parametrize("state", ["submitted", "returned", "accepted"])
    def test_only_drafts_can_be_deleted(self, contributor_client, office_client, hub, period, state):
        """The page and the button use the same rule."""
        post_form(contributor_client, hub, period, **VALID_ANSWERS)
        report = StatusReport.objects.get()
        if state == "returned":
            workflow.return_report(report, office_client.user, "Say more")
        if state == "accepted":
            workflow.accept(report, office_client.user)
        for method in (contributor_client.get, contributor_client.post):
            answer = method(self.url("report_delete", report), follow=True)
            assert answer.redirect_chain == [(report.get_absolute_url(), 302)]
            assert "you cannot" in answer.content.decode().lower()
        assert StatusReport.objects.filter(pk=report.pk).exists()

    def test_contributor_submits_correction_of_accepted_report(self, contributor_client, office_client, hub, period):
        post_form(contributor_client, hub, period, **VALID_ANSWERS)
        accepted = workflow.accept(StatusReport.objects.get(), office_client.user)
        response = contributor_client.post(self.url("report_correct", accepted))
        page = contributor_client.get(response["Location"])
        assert "Correction for November 2026" in page.content.decode()
        url = response["Location"]
        data = {**VALID_ANSWERS, "overall": "red", "path_to_green": "More money"}
        assert contributor_client.post(url, form_data(page, **data)).status_code == 302
        correction = StatusReport.objects.get(corrects=accepted)
        hub.refresh_from_db()
        assert (correction.state, hub.current_report) == (ReportState.SUBMITTED, correction)
        accepted.refresh_from_db()
        assert accepted.overall == "green"
        assert "has a correction" in contributor_client.get(accepted.get_absolute_url()).content.decode()


def test_report_form_query_count_is_constant(contributor_client, hub, django_assert_num_queries, period):
    contributor_client.get(report_form_url(hub, period))
    MilestoneFactory(project=hub, forecast=datetime.date(2027, 1, 1))
    with django_assert_num_queries(16):
        contributor_client.get(report_form_url(hub, period))
    for _ in range(30):
        MilestoneFactory(project=hub, forecast=datetime.date(2027, 1, 1))
    with django_assert_num_queries(16):
        contributor_client.get(report_form_url(hub, period))
