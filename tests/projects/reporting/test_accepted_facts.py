"""The public sees accepted facts only; partners see newer ones, marked as not yet reviewed."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.dates import PartialDate
from projects.milestones import services
from projects.models import DateChangeReason, DeliveryState, Project, ReportingPeriod, Stage
from projects.reporting import proposals, workflow
from projects.reporting.acceptance import public_changes
from tests.conftest import clean_caches
from tests.factories import HubFactory, MilestoneFactory, UserFactory, reported
from tests.forms import fields_of
from tests.periods import month
from tests.permission_table import make_records
from tests.public_pages import PUBLIC, public_texts

pytestmark = pytest.mark.django_db
D = datetime.date


def at(day, hour=9):
    """The clock, stopped at that hour of a day in October or November 2026."""
    month, day = (10, day) if day >= 20 else (11, day)
    return time_machine.travel(datetime.datetime(2026, month, day, hour, tzinfo=datetime.UTC), tick=False)


@pytest.fixture
def hub():
    with at(20, hour=1):
        hub = HubFactory(title="Riverside hub", stage=Stage.CONSTRUCTION, stage_as_of=D(2026, 5, 1))
        MilestoneFactory(project=hub, forecast=D(2027, 3, 1))
    return hub


@pytest.fixture
def contributor(hub):
    return UserFactory(role="contributor", organisation=hub.lead_organisation)


@pytest.fixture
def office():
    return UserFactory(role="programme_office")


def submitted(hub, period, by, *, opening=None, **answers):
    """A submitted report of the period with another opening date and stage."""
    report = workflow.start_report(hub, period, by)
    for row in report.milestones.all():
        if opening:
            row.forecast, row.explanation = PartialDate(opening), "The steel is late"
            row.change_reason = DateChangeReason.objects.get_or_create(name="Supply")[0]
            row.save()
    return reported(report, by, **answers)


class TestPublicPages:
    def test_public_sees_reported_stage_and_date_once_accepted(self, office):
        with at(20, hour=1):
            records = make_records()
        hub = records["projects_hub"]
        contributor = UserFactory(role="contributor", organisation=hub.lead_organisation)
        with at(21):
            period = month(10)
            report = workflow.start_report(hub, period, contributor)
        before = public_texts(records)
        with at(25):
            report = submitted(hub, period, contributor, opening=D(2031, 9, 1), stage=Stage.COMMISSIONING)
        after_submitting = public_texts(records)
        with at(26):
            report = workflow.return_report(report, office, "Which month?")
        after_returning = public_texts(records)
        with at(27):
            report = submitted(hub, period, contributor, opening=D(2031, 9, 1), stage=Stage.COMMISSIONING)
            workflow.accept(report, office)
        after_accepting = public_texts(records)
        for name in PUBLIC:
            assert after_submitting[name] == before[name], name
            assert after_returning[name] == before[name], name
        changed = {name for name in PUBLIC if after_accepting[name] != before[name]}
        assert {"projects:project_detail", "projects:project_list", "projects:timeline"} <= changed
        assert {"projects:open_data_json", "projects:open_data_csv", "projects:programme_detail"} <= changed
        assert "September 2031" in after_accepting["projects:project_detail"]

    def test_private_milestone_changes_no_public_page(self):
        with at(20, hour=1):
            records = make_records()
        hub = records["projects_hub"]
        before = public_texts(records)
        MilestoneFactory(project=hub, title="Sale of the old site", public=False, forecast=D(2041, 5, 1))
        MilestoneFactory(project=hub, title="Soft opening", public=False, actual=D(2023, 5, 1))
        assert public_texts(records) == before


class TestBasis:
    """Pages name who reported a stage, and keep the source of the stage before."""

    @pytest.fixture(autouse=True)
    def source(self, hub):
        hub.stage_basis, hub.stage_source_url = "stated", "https://www.bbc.com/news/1"
        hub.save()

    def text_after_report(self, hub, by, office):
        with at(25):
            report = submitted(hub, month(10), by, stage=Stage.COMMISSIONING)
            assert "Reported by" not in Client().get(hub.get_absolute_url()).content.decode()
            workflow.accept(report, office)
            clean_caches()
            return " ".join(Client().get(hub.get_absolute_url()).content.decode().split())

    def test_organisation_of_contributor_is_named(self, hub, contributor, office):
        text = self.text_after_report(hub, contributor, office)
        assert f"As at 25 October 2026. Reported by {hub.lead_organisation.name}." in text

    def test_office_records_and_former_source_stays(self, hub, office):
        text = self.text_after_report(hub, office, office)
        current, former = text.split("Earlier stages and sources")
        assert "As at 25 October 2026. Recorded by the programme office." in current
        assert "not official status" not in current and "bbc.com" not in current
        assert 'Construction. As at 1 May 2026. Stated by <a href="https://www.bbc.com/news/1"' in former


class TestPartners:
    def test_partners_see_reported_facts_as_not_yet_reviewed(self, hub, contributor, office, viewer_client):
        pages = [hub.get_absolute_url(), "/projects/", "/hubs/", hub.place.get_absolute_url()]
        with at(25):
            period = month(10)
            report = submitted(hub, period, contributor, opening=D(2027, 9, 1), stage=Stage.COMMISSIONING)
            clean_caches()
            for page in pages:
                assertContains(viewer_client.get(page), "Not yet reviewed")
            workflow.accept(report, office)
            clean_caches()
            for page in pages:
                assertNotContains(viewer_client.get(page), "Not yet reviewed")

    def test_returned_report_takes_its_statements_back(self, hub, contributor, office):
        milestone = hub.milestones.get()
        with at(25):
            report = submitted(hub, month(10), contributor, opening=D(2027, 9, 1), stage=Stage.COMMISSIONING)
            milestone.refresh_from_db()
            hub.refresh_from_db()
            assert (milestone.current_on, hub.stage) == (D(2027, 9, 1), Stage.COMMISSIONING)
            workflow.return_report(report, office, "Which month?")
        milestone.refresh_from_db()
        hub.refresh_from_db()
        assert (milestone.current_on, hub.stage, hub.stage_as_of) == (D(2027, 3, 1), Stage.CONSTRUCTION, D(2026, 5, 1))
        assert milestone.statements.count() == 2, "the withdrawn statement is kept"

    def test_date_by_contributor_waits_until_next_report_is_accepted(self, hub, contributor, office):
        milestone = hub.milestones.get()
        reason = DateChangeReason.objects.create(name="Supply")
        with at(21):
            services.record_dates(
                milestone, contributor, forecast=PartialDate(D(2027, 9, 1)), reason=reason, explanation="Steel"
            )
        milestone.refresh_from_db()
        assert (milestone.current_on, milestone.accepted_on) == (D(2027, 9, 1), D(2027, 3, 1))
        with at(25):
            workflow.accept(submitted(hub, month(10), contributor), office)
        milestone.refresh_from_db()
        assert milestone.accepted_on == D(2027, 9, 1)

    def test_date_by_office_is_accepted_at_once(self, hub, office):
        milestone = hub.milestones.get()
        services.record_dates(milestone, office, actual=PartialDate(D(2026, 9, 1)))
        milestone.refresh_from_db()
        assert (milestone.accepted_on, milestone.accepted_reached) == (D(2026, 9, 1), True)

    def test_gates_by_contributor_are_not_public_and_not_approved(self, hub, contributor):
        (milestone,) = services.add_gates(hub, contributor, {"fbc": PartialDate(D(2027, 1, 1))})
        dates = services.MilestoneDates.of(milestone)
        assert (dates.baseline, dates.reference) == (None, PartialDate(D(2027, 1, 1)))
        assert (milestone.public, milestone.accepted_on) == (False, None)
        assert milestone.statements.get().kind == "forecast"


class TestEarlierReports:
    @pytest.fixture
    def reports(self, hub, contributor, office):
        """Accepted reports of October (construction) and November (commissioning)."""
        with at(25):
            october = workflow.accept(submitted(hub, month(10), contributor, stage=Stage.CONSTRUCTION), office)
        with time_machine.travel(datetime.datetime(2026, 11, 25, 9, tzinfo=datetime.UTC), tick=False):
            november = submitted(hub, month(11), contributor, opening=D(2027, 9, 1), stage=Stage.COMMISSIONING)
            november = workflow.accept(november, office)
        return october, november

    def test_correction_of_earlier_report_moves_nothing(self, hub, contributor, office, reports):
        october, november = reports
        Project.objects.filter(pk=hub.pk).update(approved_budget=9_000_000)
        with time_machine.travel(datetime.datetime(2026, 11, 28, 9, tzinfo=datetime.UTC), tick=False):
            correction = workflow.start_correction(october, contributor)
            correction = workflow.accept(reported(correction, contributor, summary="On budget"), office)
        hub.refresh_from_db()
        assert (hub.stage, hub.current_report) == (Stage.COMMISSIONING, november)
        assert hub.milestones.get().current_on == D(2027, 9, 1)
        for name in ("frozen_stage", "frozen_opening_on", "frozen_budget", "frozen_cost", "frozen_slippage_days"):
            assert getattr(correction, name) == getattr(october, name), name
        assert [row.forecast for row in correction.milestones.all()] == [PartialDate(D(2027, 3, 1))]

    def test_late_report_of_earlier_period_moves_nothing(self, hub, contributor, office, reports):
        with time_machine.travel(datetime.datetime(2026, 11, 28, 9, tzinfo=datetime.UTC), tick=False):
            workflow.accept(submitted(hub, month(9), contributor, opening=D(2030, 1, 1), stage=Stage.FBC), office)
        hub.refresh_from_db()
        assert hub.stage == Stage.COMMISSIONING
        assert hub.milestones.get().current_on == D(2027, 9, 1)


class TestOfficeStatements:
    def test_changed_stage_is_new_statement(self, hub):
        hub.stage, hub.stage_as_of, hub.stage_source_url = (
            Stage.COMMISSIONING,
            D(2026, 9, 1),
            "https://example.org/open",
        )
        hub.save()
        assert [(said.stage, said.source_url) for said in hub.stage_statements.all()] == [
            (Stage.CONSTRUCTION, ""),
            (Stage.COMMISSIONING, "https://example.org/open"),
        ]
        assert hub.accepted_stage == Stage.COMMISSIONING

    def test_corrected_date_replaces_later_statement(self, hub):
        hub.stage, hub.stage_as_of = Stage.FBC, D(2026, 2, 1)
        hub.save()
        hub.refresh_status()
        assert (hub.stage, hub.stage_as_of) == (Stage.FBC, D(2026, 2, 1))
        assert [said.stage for said in hub.stage_statements.standing()] == [Stage.FBC]

    def test_source_without_stage_is_no_statement(self):
        hub = HubFactory(stage="", stage_as_of=D(2023, 1, 16))
        assert (hub.accepted_stage_as_of, hub.stage_statements.count()) == (D(2023, 1, 16), 0)
        assert hub.status_seen_by(UserFactory()).is_reviewed

    def test_other_changes_state_nothing(self, hub):
        hub.title = "Riverside health hub"
        hub.save()
        assert hub.stage_statements.count() == 1

    def test_hold_is_statement_of_its_own(self, hub):
        hub.delivery_state = DeliveryState.ON_HOLD
        hub.save()
        said = hub.stage_statements.get(stage="")
        assert (said.delivery_state, said.basis) == (DeliveryState.ON_HOLD, "office")
        assert hub.accepted_delivery_state == DeliveryState.ON_HOLD


def in_november(day):
    return time_machine.travel(datetime.datetime(2026, 11, day, 9, tzinfo=datetime.UTC), tick=False)


def public_facts(hub):
    hub.refresh_from_db()
    return hub.accepted_stage, hub.milestones.get().accepted_on


class TestReportsInFlight:
    """Two reports of one project that wait for review at the same time."""

    BEFORE = (Stage.CONSTRUCTION, D(2027, 3, 1))
    REPORTED = (Stage.COMMISSIONING, D(2027, 9, 1))

    @pytest.fixture
    def reports(self, hub, contributor):
        """Submitted reports of October and November that state the same stage and date."""
        answers = {"opening": D(2027, 9, 1), "stage": Stage.COMMISSIONING}
        with at(25):
            october = submitted(hub, month(10), contributor, **answers)
        with in_november(25):
            return october, submitted(hub, month(11), contributor, **answers)

    def test_accepted_report_states_what_an_earlier_one_took_back(self, hub, office, reports):
        october, november = reports
        with in_november(26):
            workflow.return_report(october, office, "Which month?")
            workflow.accept(november, office)
        assert public_facts(hub) == self.REPORTED
        assert hub.accepted_stage_basis == "reported", "its author stated it, not the programme office"

    def test_returned_report_does_not_undo_what_a_later_one_made_public(self, hub, office, reports):
        october, november = reports
        with in_november(26):
            workflow.accept(november, office)
            workflow.return_report(october, office, "Which month?")
        assert public_facts(hub) == self.REPORTED

    def test_late_earlier_report_counts_once_the_later_one_is_returned(self, hub, contributor, office):
        with in_november(25):
            november = submitted(hub, month(11), contributor)
            october = submitted(hub, month(10), contributor, opening=D(2027, 9, 1), stage=Stage.COMMISSIONING)
            workflow.return_report(november, office, "Which month?")
        with in_november(26):
            workflow.accept(october, office)
        assert public_facts(hub) == self.REPORTED

    def test_declined_date_is_public_once_a_report_with_it_is_accepted(self, hub, contributor, office):
        milestone = hub.milestones.get()
        reason = DateChangeReason.objects.create(name="Supply")
        with at(21):
            services.record_dates(
                milestone, contributor, forecast=PartialDate(D(2027, 9, 1)), reason=reason, explanation="Steel"
            )
        with at(25):
            report = submitted(hub, month(10), contributor)
        with at(26):
            proposals.decide_date(milestone.statements.waiting().get(), office, accept=False)
            assert public_facts(hub) == self.BEFORE
            workflow.accept(report, office)
        assert public_facts(hub) == (Stage.CONSTRUCTION, D(2027, 9, 1))

    def test_acceptance_does_not_undo_what_the_office_recorded_since(self, hub, office, reports):
        _october, november = reports
        with in_november(26):
            services.record_dates(hub.milestones.get(), office, actual=PartialDate(D(2026, 11, 20)))
            hub.refresh_from_db()
            hub.stage, hub.stage_as_of = Stage.OPERATIONAL, D(2026, 11, 26)
            hub.save()
            workflow.accept(november, office)
        assert public_facts(hub) == (Stage.OPERATIONAL, D(2026, 11, 20))

    def test_date_that_the_report_does_not_show_waits(self, hub, contributor, office):
        with at(21):
            workflow.start_report(hub, month(10), contributor)
            other = MilestoneFactory(project=hub, title="Handover", kind="works")
            services.record_dates(other, contributor, forecast=PartialDate(D(2033, 1, 1)))
        with at(25):
            workflow.accept(submitted(hub, ReportingPeriod.objects.get(), contributor), office)
        other.refresh_from_db()
        assert (other.current_on, other.accepted_on) == (D(2033, 1, 1), None)

    def test_office_accepts_waiting_date_by_recording_it(self, hub, contributor, office):
        milestone, reason = hub.milestones.get(), DateChangeReason.objects.create(name="Supply")
        moved = {"forecast": PartialDate(D(2027, 9, 1)), "reason": reason, "explanation": "Steel"}
        services.record_dates(milestone, contributor, **moved)
        assert public_facts(hub) == self.BEFORE
        services.record_dates(milestone, office, **moved)
        assert public_facts(hub) == (Stage.CONSTRUCTION, D(2027, 9, 1))


def facts_shown(project):
    """{label on the review page: accepted value} of the project's status and its public milestones."""
    project = Project.objects.get(pk=project.pk)
    status = project.accepted_status
    facts = {"Stage": str(status), "Delivery state": DeliveryState(status.delivery_state).label}
    for milestone in project.milestones.filter(public=True):
        reached = " (reached)" if milestone.accepted_reached else ""
        facts[milestone.title] = f"{milestone.accepted.label}{reached}" if milestone.accepted else "Date not known"
    return facts


class TestReviewPage:
    """The review page lists what acceptance makes public, before the button."""

    def accept_as_shown(self, report, office):
        """Accept the report and return the changes listed beforehand, which are those that acceptance makes."""
        report.refresh_from_db()
        before, lines = facts_shown(report.project), public_changes(report)
        workflow.accept(report, office)
        after = facts_shown(report.project)
        listed = {line.label: (line.older, line.newer) for line in lines}
        assert listed == {label: (before[label], after[label]) for label in after if before[label] != after[label]}
        return listed

    def test_stage_and_dates_are_listed_before_the_button(self, hub, contributor, office_client):
        with at(25):
            report = submitted(hub, month(10), contributor, opening=D(2027, 9, 1), stage=Stage.COMMISSIONING)
            page = office_client.get(reverse("projects:review_report", args=[report.pk]))
        text = " ".join(page.content.decode().split())
        text = text[text.index('id="decide"') : text.index("Accept report")]
        assert "The public sees these changes when you accept the report" in text
        assert "Construction → <strong>Commissioning</strong>" in text
        assert "1 March 2027 → <strong>1 September 2027</strong>" in text

    def test_report_without_changes_says_so(self, hub, contributor, office_client):
        with at(25):
            report = submitted(hub, month(10), contributor)
            page = office_client.get(reverse("projects:review_report", args=[report.pk]))
        assertContains(page, "changes no stage or date that the public sees")
        assertContains(page, "It confirms the stage as at 25 October 2026: construction.")

    def test_report_that_confirms_the_stage_is_a_new_statement_of_it(self, hub, contributor, office, client):
        before = hub.accepted_stage_as_of
        with at(25):
            report = submitted(hub, month(10), contributor)
            hub.refresh_from_db()
            assert (hub.stage_as_of, hub.accepted_stage_as_of) == (D(2026, 10, 25), before)
        with at(26):
            workflow.accept(report, office)
        hub.refresh_from_db()
        assert (hub.accepted_stage, hub.accepted_stage_as_of) == (Stage.CONSTRUCTION, D(2026, 10, 25))
        stated = hub.stage_statements.standing().exclude(stage="")
        assert [(said.stage, said.stated_on) for said in stated] == [
            (Stage.CONSTRUCTION, before),
            (Stage.CONSTRUCTION, D(2026, 10, 25)),
        ]
        assertContains(client.get(hub.get_absolute_url()), "As at 25 October 2026. Reported by")

    def test_returned_report_takes_its_confirmation_of_the_stage_back(self, hub, contributor, office):
        before = hub.stage_as_of
        with at(25):
            report = submitted(hub, month(10), contributor)
            workflow.return_report(report, office, "Which month?")
        hub.refresh_from_db()
        assert (hub.stage, hub.stage_as_of) == (Stage.CONSTRUCTION, before)

    def test_unpublished_project_is_named(self, hub, contributor, office_client):
        Project.objects.filter(pk=hub.pk).update(published=False)
        with at(25):
            report = submitted(hub, month(10), contributor, stage=Stage.COMMISSIONING)
            page = office_client.get(reverse("projects:review_report", args=[report.pk]))
        assertContains(page, "The project is not published")

    def test_closed_project_becomes_complete(self, hub, contributor, office):
        hub.milestones.get().record_date("actual", D(2026, 9, 1))
        with at(25):
            listed = self.accept_as_shown(submitted(hub, month(10), contributor, stage=Stage.CLOSED), office)
        assert listed == {"Stage": ("Construction", "Closed"), "Delivery state": ("Active", "Complete")}

    def test_date_not_known_and_reached_milestones_are_listed(self, hub, contributor, office):
        with at(20, hour=1):
            MilestoneFactory(project=hub, title="Handover", kind="works", forecast=D(2026, 10, 1))
            MilestoneFactory(project=hub, title="Sale", kind="other", forecast=D(2028, 1, 1), public=False)
        with at(25):
            report = workflow.start_report(hub, month(10), contributor)
            rows = {row.title: row for row in report.milestones.all()}
            rows["Opening"].date_not_known, rows["Opening"].explanation = True, "No contractor"
            rows["Handover"].actual = PartialDate(D(2026, 10, 20))
            rows["Sale"].actual = PartialDate(D(2026, 10, 21))
            for row in rows.values():
                row.save()
            listed = self.accept_as_shown(reported(report, contributor), office)
        assert listed == {
            "Opening": ("1 March 2027", "Date not known"),
            "Handover": ("1 October 2026", "20 October 2026 (reached)"),
        }

    def test_what_an_earlier_report_took_back_is_listed(self, hub, contributor, office):
        answers = {"opening": D(2027, 9, 1), "stage": Stage.COMMISSIONING}
        with at(25):
            october = submitted(hub, month(10), contributor, **answers)
        with in_november(25):
            november = submitted(hub, month(11), contributor, **answers)
        with in_november(26):
            workflow.return_report(october, office, "Which month?")
            assert set(self.accept_as_shown(november, office)) == {"Stage", "Opening"}

    def test_what_the_office_recorded_since_stays(self, hub, contributor, office):
        with at(25):
            report = submitted(hub, month(10), contributor, opening=D(2027, 9, 1), stage=Stage.COMMISSIONING)
        with at(26):
            services.record_dates(hub.milestones.get(), office, actual=PartialDate(D(2026, 10, 2)))
            assert set(self.accept_as_shown(report, office)) == {"Stage"}

    def test_late_report_of_earlier_period_lists_nothing(self, hub, contributor, office):
        with in_november(25):
            workflow.accept(submitted(hub, month(11), contributor), office)
            october = submitted(hub, month(10), contributor, opening=D(2027, 9, 1), stage=Stage.COMMISSIONING)
        with in_november(26):
            assert self.accept_as_shown(october, office) == {}


class TestStaleSaves:
    def test_page_of_submitted_report_is_stale_after_it_is_submitted_again(self, hub, contributor, office_client):
        with at(25):
            report = submitted(hub, month(10), contributor)
            page = reverse("projects:review_report", args=[report.pk])
            typed = {"action": "accept", "opened_version": report.version}
            workflow.withdraw(report, contributor)
            submitted(hub, report.period, contributor, stage=Stage.COMMISSIONING)
            assertContains(office_client.post(page, typed), "after you opened it")
        assert public_facts(hub) == (Stage.CONSTRUCTION, D(2027, 3, 1))

    def test_returned_stage_makes_open_forms_stale(self, hub, contributor, office):
        with at(25):
            report = submitted(hub, month(10), contributor, stage=Stage.COMMISSIONING)
            hub.refresh_from_db()
            opened = hub.version
            workflow.return_report(report, office, "Which month?")
        hub.refresh_from_db()
        assert hub.version > opened

    def test_save_of_older_instance_keeps_what_was_accepted(self, hub, contributor, office):
        with at(25):
            report = submitted(hub, month(10), contributor, stage=Stage.COMMISSIONING)
            hub.refresh_from_db()
            workflow.accept(report, office)
            hub.title = "Riverside health hub"
            hub.save()
        assert public_facts(hub)[0] == Stage.COMMISSIONING

    def test_project_without_stage_keeps_its_date_and_source(self, contributor, office):
        hub = HubFactory(stage="", stage_as_of=D(2023, 1, 16), stage_source_url="https://example.org/news")
        MilestoneFactory(project=hub, forecast=D(2027, 3, 1))
        before = [getattr(hub, name) for name in ("accepted_stage_as_of", "accepted_stage_source_url")]
        with at(25):
            report = submitted(hub, month(10), office, stage=Stage.COMMISSIONING)
            hub.refresh_from_db()
            assert [hub.stage, hub.accepted_stage_as_of, hub.accepted_stage_source_url] == ["commissioning", *before]
            workflow.return_report(report, office, "Which month?")
        hub.refresh_from_db()
        assert [hub.stage, hub.stage_as_of, hub.stage_source_url] == ["", *before]


class TestPublicRecords:
    """Contributors cannot change what the public sees of a milestone or document."""

    def test_contributor_cannot_change_or_delete_public_document(self, contributor_client, trust):
        hub = HubFactory(lead_organisation=trust)
        document = hub.documents.create(title="Full case", kind="fbc", url="https://example.org/fbc", public=True)
        edit = reverse("projects:register_edit", args=[hub.slug, "documents", document.pk])
        typed = {"title": "Odd", "kind": "soc", "url": "https://evil.example/x"}
        contributor_client.post(edit, fields_of(contributor_client.get(edit)) | typed)
        remove = reverse("projects:register_remove", args=[hub.slug, "documents", document.pk])
        assert contributor_client.post(remove).status_code == 403
        document.refresh_from_db()
        assert (document.title, document.url) == ("Full case", "https://example.org/fbc")

    def test_changed_proposal_is_not_published(self, contributor_client, office_client, trust):
        hub = HubFactory(lead_organisation=trust)
        document = hub.documents.create(title="Case", kind="fbc", url="https://example.org/fbc", proposed_public=True)
        opened = document.history.first().history_id
        document.url = "https://evil.example/x"
        document.save()
        decide = reverse("projects:public_decide", args=["document", document.pk])
        page = office_client.post(decide, {"action": "publish", "opened_version": opened}, follow=True)
        assertContains(page, "after you opened it")
        assertContains(office_client.post(decide, {}, follow=True), "Use one of the buttons to decide")
        document.refresh_from_db()
        assert (document.public, document.proposed_public) == (False, True)
