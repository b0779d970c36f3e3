"""Status reports: each status by action and role, freezing, corrections, and the rules for accepted reports."""

import datetime
import itertools

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from estates_portal.accounts.models import Role
from estates_portal.dates import DatePrecision
from projects.models import (
    DateChangeReason,
    DeliveryState,
    Project,
    ProposedNote,
    Rating,
    ReportAction,
    ReportingCadence,
    ReportMilestone,
    ReportState,
    Stage,
    StatementKind,
    StatusReport,
)
from projects.reporting import workflow
from tests.factories import (
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    ReportingPeriodFactory,
    StatusReportFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)
NOVEMBER = {
    "name": "November 2026",
    "slug": "2026-11",
    "starts_on": datetime.date(2026, 11, 1),
    "ends_on": datetime.date(2026, 11, 30),
    "opens_on": datetime.date(2026, 11, 20),
    "due_on": datetime.date(2026, 12, 4),
}
OCTOBER = {
    "name": "October 2026",
    "slug": "2026-10",
    "starts_on": datetime.date(2026, 10, 1),
    "ends_on": datetime.date(2026, 10, 31),
    "opens_on": datetime.date(2026, 10, 20),
    "due_on": datetime.date(2026, 11, 4),
}


@pytest.fixture(autouse=True)
def _on_a_day_before_the_report_is_due():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def period(db):
    return ReportingPeriodFactory(**NOVEMBER)


@pytest.fixture
def hub(trust):
    return HubFactory(lead_organisation=trust, stage=Stage.OBC)


@pytest.fixture
def people(trust, other_trust):
    return {
        "viewer": UserFactory(role=Role.VIEWER, organisation=trust),
        "contributor": UserFactory(role=Role.CONTRIBUTOR, organisation=trust),
        "another's contributor": UserFactory(role=Role.CONTRIBUTOR, organisation=other_trust),
        "office": UserFactory(role=Role.PROGRAMME_OFFICE),
        "administrator": UserFactory(role=Role.ADMINISTRATOR),
    }


def a_report(state, hub, period, by):
    """A report in that status, reached through the workflow."""
    report = workflow.start_report(hub, period, by)
    report = workflow.save_draft(report, by, {"overall": "amber", "summary": "Late", "path_to_green": "More builders"})
    if state == ReportState.DRAFT:
        return report
    report = workflow.submit(report, by)
    if state == ReportState.RETURNED:
        return workflow.return_report(report, UserFactory(role=Role.PROGRAMME_OFFICE), "Say when")
    if state == ReportState.ACCEPTED:
        return workflow.accept(report, UserFactory(role=Role.PROGRAMME_OFFICE))
    return report


DO = {
    "save": lambda report, by: workflow.save_draft(report, by, {"progress": "x"}),
    "submit": workflow.submit,
    "delete": workflow.delete_draft,
    "withdraw": workflow.withdraw,
    "return": lambda report, by: workflow.return_report(report, by, "Say when"),
    "accept": workflow.accept,
    "correct": workflow.start_correction,
}
REPORTERS = {"contributor", "office", "administrator"}
REVIEWERS = {"office", "administrator"}
# The allowed actions and the status after them (None: deleted). All others are rejected and change nothing.
WORKS = {
    (ReportState.DRAFT, "save"): (REPORTERS, ReportState.DRAFT),
    (ReportState.RETURNED, "save"): (REPORTERS, ReportState.RETURNED),
    (ReportState.DRAFT, "submit"): (REPORTERS, ReportState.SUBMITTED),
    (ReportState.RETURNED, "submit"): (REPORTERS, ReportState.SUBMITTED),
    (ReportState.DRAFT, "delete"): (REPORTERS, None),
    (ReportState.SUBMITTED, "withdraw"): (REPORTERS, ReportState.DRAFT),
    (ReportState.SUBMITTED, "return"): (REVIEWERS, ReportState.RETURNED),
    (ReportState.SUBMITTED, "accept"): (REVIEWERS, ReportState.ACCEPTED),
    (ReportState.ACCEPTED, "correct"): (REPORTERS, ReportState.ACCEPTED),
}
ROLES = ["viewer", "contributor", "another's contributor", "office", "administrator"]


@pytest.mark.parametrize(("state", "action", "role"), list(itertools.product(ReportState, DO, ROLES)))
def test_each_action_needs_its_state_and_role(state, action, role, hub, period, people):
    report = a_report(state, hub, period, people["contributor"])
    events = list(report.events.values_list("pk", flat=True))
    before = StatusReport.objects.filter(pk=report.pk).values().get()
    who, after = WORKS.get((state, action), (set(), None))
    if role in who:
        assert workflow.user_can(people[role], action, report)
        DO[action](report, people[role])
        state_after = StatusReport.objects.filter(pk=report.pk).values_list("state", flat=True).first()
        assert state_after == after
        return
    assert not workflow.user_can(people[role], action, report)
    allowed = REVIEWERS if action in {"return", "accept"} else REPORTERS
    with pytest.raises(ValidationError if role in allowed else PermissionDenied):
        DO[action](report, people[role])
    assert StatusReport.objects.filter(pk=report.pk).values().get() == before
    assert list(report.events.values_list("pk", flat=True)) == events


def test_each_action_is_recorded_with_user_time_and_comment(hub, period, people):
    report = a_report(ReportState.RETURNED, hub, period, people["contributor"])
    report = workflow.submit(report, people["contributor"])
    workflow.accept(report, people["office"], "Thank you")
    events = list(report.events.values_list("action", "by__role", "comment", "at"))
    assert [(action, comment) for action, _by, comment, _at in events] == [
        (ReportAction.STARTED, ""),
        (ReportAction.SUBMITTED, ""),
        (ReportAction.RETURNED, "Say when"),
        (ReportAction.SUBMITTED, ""),
        (ReportAction.ACCEPTED, "Thank you"),
    ]
    assert {at for *_, at in events} == {NOW}
    assert events[-1][1] == Role.PROGRAMME_OFFICE


class TestDrafts:
    def test_second_user_who_starts_gets_the_same_report(self, hub, period, people):
        first = workflow.start_report(hub, period, people["contributor"])
        assert workflow.start_report(hub, period, people["office"]) == first
        assert first.events.count() == 1

    def test_new_report_copies_answers_of_last_submitted_report(self, hub, period, people):
        october = ReportingPeriodFactory(**OCTOBER)
        StatusReportFactory(project=hub, period=october, overall="red", path_to_green="Again", progress="Walls")
        a_report(ReportState.DRAFT, HubFactory(lead_organisation=hub.lead_organisation), october, people["office"])
        not_yet = workflow.start_report(hub, period, people["contributor"])
        assert not_yet.progress == ""  # a draft is not a report
        workflow.delete_draft(not_yet, people["contributor"])
        workflow.submit(StatusReport.objects.get(project=hub, period=october), people["contributor"])
        report = workflow.start_report(hub, period, people["contributor"])
        assert (report.overall, report.path_to_green, report.progress) == ("red", "Again", "Walls")
        assert report.stage == Stage.OBC

    @pytest.mark.parametrize(("day", "taken"), [("2026-11-19", False), ("2026-11-20", True), ("2027-02-01", True)])
    def test_contributor_starts_report_from_opening_day(self, hub, period, people, day, taken):
        with time_machine.travel(f"{day}T09:00:00+00:00", tick=False):
            if taken:
                assert workflow.start_report(hub, period, people["contributor"]).pk
            else:
                with pytest.raises(ValidationError):
                    workflow.start_report(hub, period, people["contributor"])

    def test_closed_period_rejects_new_reports_saves_and_submissions(self, hub, period, people):
        report = a_report(ReportState.DRAFT, hub, period, people["contributor"])
        workflow.close_period(period, people["office"])
        period.refresh_from_db()
        for refused in (
            lambda: workflow.start_report(HubFactory(), period, people["office"]),
            lambda: workflow.save_draft(report, people["contributor"], {}),
            lambda: workflow.submit(report, people["contributor"]),
        ):
            with pytest.raises(ValidationError, match="November 2026"):
                refused()

    def test_saving_ignores_milestones_of_another_report(self, hub, period, people):
        other = HubFactory(lead_organisation=hub.lead_organisation)
        MilestoneFactory(project=other).record_date("forecast", datetime.date(2027, 5, 1))
        other_row = workflow.start_report(other, period, people["contributor"]).milestones.get()
        other_row.forecast_on = datetime.date(2040, 1, 1)
        report = workflow.start_report(hub, period, people["contributor"])
        workflow.save_draft(report, people["contributor"], {}, [other_row])
        other_row.refresh_from_db()
        assert other_row.forecast_on == datetime.date(2027, 5, 1)


class TestSubmission:
    @pytest.mark.parametrize(
        ("typed", "missing"),
        [
            ({"overall": ""}, {"overall"}),
            ({"summary": " "}, {"summary"}),
            ({"overall": "red", "path_to_green": " "}, {"path_to_green"}),
            ({"overall": "amber", "path_to_green": ""}, {"path_to_green"}),
            ({"overall": "green", "path_to_green": ""}, set()),
            ({"overall": "not_rated", "path_to_green": ""}, set()),
            ({"stage": "soc"}, {"stage_reason"}),
            ({"stage": "soc", "stage_reason": "The case was sent back"}, set()),
            ({"stage": "fbc"}, set()),
            ({"stage": ""}, set()),
        ],
    )
    def test_submission_needs_rating_summary_and_reasons(self, hub, period, people, typed, missing):
        report = StatusReportFactory(project=hub, period=period, stage=hub.stage)
        for name, value in typed.items():
            setattr(report, name, value)
        report.save()
        assert set(workflow.submission_errors(report, [])) == missing
        if missing:
            with pytest.raises(ValidationError):
                workflow.submit(report, people["contributor"])
            assert StatusReport.objects.get().state == ReportState.DRAFT
        else:
            assert workflow.submit(report, people["contributor"]).state == ReportState.SUBMITTED

    def test_submission_sets_stage_and_its_date(self, hub, period, people):
        report = StatusReportFactory(project=hub, period=period, stage=Stage.FBC)
        workflow.submit(report, people["contributor"])
        hub.refresh_from_db()
        assert (hub.stage, hub.stage_as_of, hub.stage_basis) == (Stage.FBC, NOW.date(), "reported")
        assert (hub.accepted_stage, hub.history.first().stage) == (Stage.OBC, Stage.OBC)
        workflow.accept(report, people["office"])
        hub.refresh_from_db()
        assert (hub.accepted_stage, hub.history.first().stage) == (Stage.FBC, Stage.FBC)

    def test_submission_with_moved_date_needs_reason_and_adds_statement(self, hub, period, people):
        opening = MilestoneFactory(project=hub, kind="opening")
        opening.record_date("baseline", datetime.date(2027, 1, 1), DatePrecision.MONTH)
        opening.record_date(
            "forecast", datetime.date(2027, 3, 1), DatePrecision.MONTH, stated_on=datetime.date(2026, 6, 1)
        )
        report = workflow.start_report(hub, period, people["contributor"])
        row = report.milestones.get()
        row.forecast_on = datetime.date(2027, 5, 1)
        typed = {"overall": "green", "summary": "Fine"}
        report = workflow.save_draft(report, people["contributor"], typed, [row])
        with pytest.raises(ValidationError, match="Select a reason"):
            workflow.submit(report, people["contributor"])
        assert opening.statements.count() == 2
        row.explanation = "The inspector asked for a second hearing"
        row.change_reason = DateChangeReason.objects.get_or_create(name="Planning permission")[0]
        report = workflow.save_draft(report, people["contributor"], {}, [row])
        report = workflow.submit(report, people["contributor"])
        opening.refresh_from_db()
        newest = opening.statements.get(stated_on=NOW.date())
        assert (newest.kind, newest.on, newest.precision) == (
            StatementKind.FORECAST,
            datetime.date(2027, 5, 1),
            "month",
        )
        assert opening.current_on == datetime.date(2027, 5, 1)
        assert report.frozen_slippage_days == 120  # from 1 January to 1 May 2027
        assert (report.frozen_opening_on, report.frozen_opening_precision) == (datetime.date(2027, 5, 1), "month")

    def test_submission_without_moved_date_adds_no_statement(self, hub, period, people):
        opening = MilestoneFactory(project=hub, kind="opening")
        opening.record_date("forecast", datetime.date(2027, 3, 1), DatePrecision.QUARTER)
        a_report(ReportState.SUBMITTED, hub, period, people["contributor"])
        assert opening.statements.count() == 1

    def test_future_actual_date_is_rejected(self, hub, period, people):
        MilestoneFactory(project=hub).record_date("forecast", datetime.date(2027, 3, 1))
        report = workflow.start_report(hub, period, people["contributor"])
        row = report.milestones.get()
        row.actual_on, row.actual_precision = NOW.date() + datetime.timedelta(days=1), "day"
        assert "today or in the past" in workflow.submission_errors(report, [row])[f"milestone-{row.pk}-actual"]

    def test_submission_keeps_position_of_project(self, hub, period, people):
        hub.cost_estimates.create(amount_pounds=5_000_000, as_of=datetime.date(2026, 1, 1))
        report = a_report(ReportState.SUBMITTED, hub, period, people["contributor"])
        hub.cost_estimates.create(amount_pounds=9_000_000, as_of=datetime.date(2026, 12, 1))
        Project.objects.filter(pk=hub.pk).update(stage=Stage.FBC, delivery_state=DeliveryState.ON_HOLD)
        report.refresh_from_db()
        assert (report.frozen_cost, report.frozen_stage) == (5_000_000, Stage.OBC)
        assert report.frozen_delivery_state == DeliveryState.ACTIVE

    def test_first_submission_decides_whether_report_is_late(self, hub, period, people):
        report = a_report(ReportState.RETURNED, hub, period, people["contributor"])
        with time_machine.travel("2026-12-20T09:00:00+00:00", tick=False):
            assert not workflow.submit(report, people["contributor"]).is_late
            other = HubFactory(lead_organisation=hub.lead_organisation)
            assert a_report(ReportState.SUBMITTED, other, period, people["contributor"]).is_late

    def test_due_day_ends_at_midnight_in_london(self, period):
        report = StatusReportFactory(period=period)
        report.submitted_at = datetime.datetime(2026, 12, 4, 23, 59, tzinfo=datetime.UTC)
        assert not report.is_late
        report.submitted_at = datetime.datetime(2026, 12, 5, 0, 0, tzinfo=datetime.UTC)
        assert report.is_late

    def test_contributor_withdraws_report_until_due_date(self, hub, period, people):
        report = a_report(ReportState.SUBMITTED, hub, period, people["contributor"])
        with time_machine.travel("2026-12-05T00:00:00+00:00", tick=False), pytest.raises(ValidationError):
            workflow.withdraw(report, people["contributor"])
        assert workflow.withdraw(report, people["contributor"]).state == ReportState.DRAFT


class TestCurrentReport:
    def current(self, hub):
        return Project.objects.values_list("current_report", flat=True).get(pk=hub.pk)

    def test_current_report_is_newest_submitted_report(self, hub, period, people):
        october = ReportingPeriodFactory(**OCTOBER)
        first = a_report(ReportState.ACCEPTED, hub, october, people["contributor"])
        assert self.current(hub) == first.pk
        second = a_report(ReportState.DRAFT, hub, period, people["contributor"])
        assert self.current(hub) == first.pk
        workflow.submit(second, people["contributor"])
        assert self.current(hub) == second.pk
        workflow.return_report(second, people["office"], "No")
        assert self.current(hub) == first.pk

    def test_correction_replaces_the_corrected_report(self, hub, period, people):
        report = a_report(ReportState.ACCEPTED, hub, period, people["contributor"])
        correction = workflow.start_correction(report, people["contributor"])
        assert (correction.corrects, correction.summary) == (report, "Late")
        assert workflow.start_correction(report, people["office"]) == correction
        assert self.current(hub) == report.pk
        correction = workflow.submit(correction, people["contributor"])
        assert self.current(hub) == correction.pk
        assert list(StatusReport.objects.reported().not_superseded()) == [correction]
        report.refresh_from_db()
        assert report.state == ReportState.ACCEPTED

    def test_correction_can_be_submitted_after_period_closes(self, hub, period, people):
        report = a_report(ReportState.ACCEPTED, hub, period, people["contributor"])
        workflow.close_period(period, people["office"])
        correction = workflow.start_correction(report, people["contributor"])
        assert workflow.submit(correction, people["contributor"]).state == ReportState.SUBMITTED


class TestReviewing:
    def test_office_cannot_return_report_without_comment(self, hub, period, people):
        report = a_report(ReportState.SUBMITTED, hub, period, people["contributor"])
        with pytest.raises(ValidationError, match="what needs changing"):
            workflow.return_report(report, people["office"], "  ")

    def test_office_rating_is_kept_with_the_report_rating(self, hub, period, people):
        report = a_report(ReportState.SUBMITTED, hub, period, people["contributor"])
        with pytest.raises(ValidationError, match="a reason for the different rating"):
            workflow.accept(report, people["office"], independent_rating=Rating.RED)
        report = workflow.accept(
            report, people["office"], independent_rating=Rating.RED, independent_reason="No contractor"
        )
        assert (report.overall, report.independent_rating) == (Rating.AMBER, Rating.RED)


class TestPublicNotes:
    @pytest.fixture
    def proposed_note(self, hub, period, people):
        report = StatusReportFactory(project=hub, period=period, public_note=" The walls are up. ")
        workflow.submit(report, people["contributor"])
        return ProposedNote.objects.get()

    def test_note_is_public_once_office_publishes_it(self, hub, proposed_note, people):
        assert not hub.progress_notes.exists()
        with pytest.raises(PermissionDenied):
            workflow.decide_note(proposed_note, people["contributor"], publish=True)
        workflow.decide_note(proposed_note, people["office"], publish=True)
        assert hub.progress_notes.get().text == "The walls are up."
        with pytest.raises(ValidationError):
            workflow.decide_note(proposed_note, people["office"], publish=False)

    def test_office_declines_note(self, hub, proposed_note, people):
        assert workflow.decide_note(proposed_note, people["office"], publish=False).state == "declined"
        assert not hub.progress_notes.exists()

    def test_report_without_public_note_proposes_none(self, hub, period, people):
        a_report(ReportState.SUBMITTED, hub, period, people["contributor"])
        assert not ProposedNote.objects.exists()


class TestExpectedReports:
    @pytest.mark.parametrize(
        ("cadence", "state", "stage", "november", "december"),
        [
            (ReportingCadence.MONTHLY, "active", "obc", True, True),
            (ReportingCadence.QUARTERLY, "active", "obc", False, True),
            (ReportingCadence.NONE, "active", "obc", False, False),
            (ReportingCadence.MONTHLY, "on_hold", "obc", False, False),
            (ReportingCadence.MONTHLY, "complete", "operational", False, False),
            (ReportingCadence.MONTHLY, "complete", "closed", False, False),
            (ReportingCadence.MONTHLY, "active", "", True, True),
        ],
    )
    def test_active_projects_report_at_their_cadence(self, period, cadence, state, stage, november, december):
        hub = HubFactory(reporting=cadence, delivery_state=state, stage=stage)
        end = ReportingPeriodFactory(
            name="December 2026",
            slug="2026-12",
            starts_on=datetime.date(2026, 12, 1),
            ends_on=datetime.date(2026, 12, 31),
            opens_on=datetime.date(2026, 12, 20),
            due_on=datetime.date(2027, 1, 5),
        )
        assert workflow.projects_expected_to_report(period).filter(pk=hub.pk).exists() == november
        assert workflow.projects_expected_to_report(end).filter(pk=hub.pk).exists() == december

    def test_closed_period_keeps_expected_projects_and_their_leads(self, hub, period, people):
        workflow.close_period(period, people["office"])
        period.refresh_from_db()
        hub.delivery_state, hub.lead_organisation = DeliveryState.ON_HOLD, OrganisationFactory()
        hub.save()
        assert list(workflow.projects_expected_to_report(period)) == [Project.objects.get(pk=hub.pk)]
        assert period.expected.get().organisation == people["viewer"].organisation
        with pytest.raises(ValidationError):
            workflow.close_period(period, people["office"])
        workflow.reopen_period(period, people["office"])
        period.refresh_from_db()
        assert not workflow.projects_expected_to_report(period).exists()

    def test_contributor_cannot_close_period(self, period, people):
        with pytest.raises(PermissionDenied):
            workflow.close_period(period, people["contributor"])


@pytest.mark.both_databases
class TestDatabaseRules:
    @pytest.mark.parametrize(
        ("starts", "ends"),
        [("2026-11-01", "2026-11-30"), ("2026-10-15", "2026-11-01"), ("2026-11-30", "2026-12-31")]
        + [("2026-10-01", "2026-12-31"), ("2026-11-10", "2026-11-11")],
    )
    def test_database_refuses_overlapping_period(self, period, starts, ends):
        with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
            ReportingPeriodFactory(
                name="Other",
                slug="other",
                starts_on=datetime.date.fromisoformat(starts),
                ends_on=datetime.date.fromisoformat(ends),
                opens_on=datetime.date(2026, 12, 1),
                due_on=datetime.date(2026, 12, 31),
            )

    def test_database_accepts_consecutive_periods(self, period):
        assert ReportingPeriodFactory(**OCTOBER).pk

    def test_database_refuses_to_move_period_onto_another(self, period):
        october = ReportingPeriodFactory(**OCTOBER)
        october.ends_on = datetime.date(2026, 11, 1)
        with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
            october.save()

    @pytest.mark.parametrize(
        ("field", "value"),
        [("summary", "Other"), ("overall", "green"), ("state", "draft"), ("frozen_cost", 1), ("review_comment", "x")],
    )
    def test_database_refuses_change_to_accepted_report(self, hub, period, people, field, value):
        report = a_report(ReportState.ACCEPTED, hub, period, people["contributor"])
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            StatusReport.objects.filter(pk=report.pk).update(**{field: value})
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE projects_statusupdate SET summary = 'x'")

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="On SQLite only functions of the portal refuse it")
    def test_postgresql_refuses_change_to_milestones_of_accepted_report(self, hub, period, people):
        MilestoneFactory(project=hub).record_date("forecast", datetime.date(2027, 1, 1))
        report = a_report(ReportState.ACCEPTED, hub, period, people["contributor"])
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            report.milestones.update(forecast_on=datetime.date(2028, 1, 1))
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            ReportMilestone.objects.create(report=report, title="Other", kind="other")

    def test_portal_refuses_to_save_accepted_report_and_its_milestones(self, hub, period, people):
        """On both databases; on SQLite nothing else protects the milestones."""
        MilestoneFactory(project=hub, forecast=datetime.date(2027, 1, 1))
        report = a_report(ReportState.ACCEPTED, hub, period, people["contributor"])
        milestones = list(report.milestones.values())
        for refused in ("save", "submit", "delete", "withdraw", "return"):
            with pytest.raises(ValidationError):
                DO[refused](report, people["administrator"])
        assert list(report.milestones.values()) == milestones != []

    def test_database_refuses_to_delete_accepted_report(self, hub, period, people):
        report = a_report(ReportState.ACCEPTED, hub, period, people["contributor"])
        with pytest.raises(IntegrityError), transaction.atomic():
            StatusReport.objects.filter(pk=report.pk).delete()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"overall": ""},
            {"summary": ""},
            {"overall": "red", "path_to_green": ""},
            {"frozen_at": None},
            {"submitted_by": None},
            {"overall": "blue"},
            {"state": "lost"},
            {"state": "accepted"},
        ],
    )
    def test_database_refuses_incomplete_submitted_report(self, hub, period, people, wrong):
        report = a_report(ReportState.SUBMITTED, hub, period, people["contributor"])
        with pytest.raises(IntegrityError), transaction.atomic():
            StatusReport.objects.filter(pk=report.pk).update(**wrong)

    def test_database_refuses_second_report_for_period(self, hub, period):
        StatusReportFactory(project=hub, period=period)
        with pytest.raises(IntegrityError), transaction.atomic():
            StatusReportFactory(project=hub, period=period)


RATINGS = st.sampled_from(Rating.values)
DATES = st.dates(datetime.date(2020, 1, 1), datetime.date(2040, 12, 31))


class TestPositionAtSubmission(TestCase):
    """An accepted report stays as it was, whatever happens to the project afterwards."""

    @settings(max_examples=30)
    @given(
        overall=RATINGS,
        others=st.lists(RATINGS, min_size=4, max_size=4),
        baseline=DATES,
        forecast=st.dates(
            datetime.date(2027, 1, 1), datetime.date(2040, 12, 31)
        ),  # not past: a report asks about past dates,
        later=DATES,
        stage=st.sampled_from([stage for stage in Stage if stage not in workflow.OPEN_STAGES]),
    )
    def test_accepted_report_never_changes(self, overall, others, baseline, forecast, later, stage):
        office = UserFactory(role=Role.PROGRAMME_OFFICE)
        hub = HubFactory(stage=Stage.IDENTIFIED)
        opening = MilestoneFactory(project=hub, kind="opening")
        opening.record_date("baseline", baseline)
        period = ReportingPeriodFactory(**{**NOVEMBER, "name": f"November {hub.pk}", "slug": f"n-{hub.pk}"})
        report = workflow.start_report(hub, period, office)
        row = report.milestones.get()
        row.forecast_on, row.forecast_precision = forecast, DatePrecision.DAY
        row.change_reason, _new = DateChangeReason.objects.get_or_create(name="Money")
        row.explanation = "The grant came late"
        typed = dict(zip(["schedule", "cost", "scope", "benefits"], others, strict=True))
        typed |= {"overall": overall, "summary": "Words", "path_to_green": "Path", "stage": stage}
        report = workflow.save_draft(report, office, typed, [row])
        report = workflow.accept(workflow.submit(report, office), office)
        accepted = StatusReport.objects.filter(pk=report.pk).values().get()
        rows = list(report.milestones.values())
        assert accepted["frozen_slippage_days"] == (forecast - baseline).days
        assert accepted["frozen_stage"] == stage
        opening.refresh_from_db()
        opening.record_date("forecast", later)
        opening.record_date("actual", datetime.date(2026, 1, 1))
        Project.objects.filter(pk=hub.pk).update(stage=Stage.OPERATIONAL, title="Renamed")
        assert StatusReport.objects.filter(pk=report.pk).values().get() == accepted
        assert list(report.milestones.values()) == rows
