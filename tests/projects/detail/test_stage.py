"""The first line and the steps of a project's page."""

import datetime
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from projects.detail.page import ProjectPage
from projects.labels import GLOSSARY_TERMS
from projects.models import DeliveryState, Gate, Project, Stage, StageBasis
from tests.factories import HubFactory, MilestoneFactory, UserFactory
from tests.release import load_release

pytestmark = pytest.mark.django_db
D = datetime.date
TODAY = D(2026, 11, 27)
ANYONE = AnonymousUser()


def page_of(project, reader=ANYONE):
    return ProjectPage.for_reader(project.slug, reader, today=TODAY)


def steps(project, reader=ANYONE):
    return [(step.state, step.record) for step in page_of(project, reader).steps]


def line(project):
    line = page_of(project).status_line
    return ". ".join([line.label, *line.details])


def text(client, project):
    return " ".join(client.get(project.get_absolute_url()).content.decode().split())


def gate(project, gate, on, kind="approval", **more):
    return MilestoneFactory(project=project, gate=gate, kind=kind, actual=on, **more)


def put_on_hold(project, **statement):
    project.delivery_state = DeliveryState.ON_HOLD
    project.save()
    project.stage_statements.exclude(delivery_state="").update(**statement)


def test_first_line_of_an_open_plan_says_which_parts_are_not_open():
    plan = HubFactory(stage=Stage.OPERATIONAL)
    HubFactory(stage=Stage.OPERATIONAL, parent=plan)
    assert line(plan).startswith("Open. ")
    HubFactory(stage=Stage.CONSTRUCTION, parent=plan)
    HubFactory(stage=Stage.CONSTRUCTION, parent=plan, published=False)
    assert line(plan).startswith("Open; 1 part is under construction. ")
    for stage in (Stage.OBC, Stage.FBC, ""):
        HubFactory(stage=stage, parent=plan)
    put_on_hold(HubFactory(stage=Stage.OBC, parent=plan))
    assert line(plan).startswith(
        "Open; 1 part is under construction, 2 are in planning, 1 is on hold and 1 is at a stage that is not known. "
    )


class TestSteps:
    def test_stage_without_records_claims_no_earlier_step(self, client):
        hub = HubFactory(stage=Stage.CONSTRUCTION)
        assert [state for state, _record in steps(hub)] == [*["unrecorded"] * 4, "current", "ahead", "ahead"]
        assert text(client, hub).count("Not recorded") == 4

    def test_reached_gate_records_its_own_step_only(self, client):
        hub = HubFactory(stage=Stage.CONSTRUCTION)
        gate(hub, Gate.OBC, D(2024, 3, 5))
        assert steps(hub)[:4] == [
            ("unrecorded", ""),
            ("unrecorded", ""),
            ("recorded", "Approved 5 March 2024"),
            ("unrecorded", ""),
        ]
        assert text(client, hub).count("Approved 5 March 2024") == 1

    def test_expected_gate_records_nothing(self):
        hub = HubFactory(stage=Stage.CONSTRUCTION)
        MilestoneFactory(project=hub, gate=Gate.OBC, kind="approval", forecast=D(2024, 3, 5))
        assert steps(hub)[2] == ("unrecorded", "")

    def test_gate_for_partners_is_recorded_for_them_alone(self):
        hub = HubFactory(stage=Stage.FBC)
        gate(hub, Gate.OBC, D(2024, 3, 5), public=False)
        assert steps(hub)[2] == ("unrecorded", "")
        assert steps(hub, UserFactory())[2] == ("recorded", "Approved 5 March 2024")

    def test_dated_statement_of_earlier_stage_records_its_step(self):
        hub = HubFactory(stage=Stage.SOC, stage_as_of=D(2024, 1, 1), stage_as_of_precision="month")
        hub.stage, hub.stage_as_of, hub.stage_as_of_precision = Stage.OBC, D(2025, 1, 1), "day"
        hub.save()
        assert steps(hub)[:3] == [("unrecorded", ""), ("recorded", "Recorded January 2024"), ("current", "")]

    @pytest.mark.parametrize(
        ("passed", "step", "record"),
        [
            (Gate.START, 4, "Started 1 April 2025"),
            (Gate.HANDOVER, 5, "Handed over 1 April 2025"),
            (Gate.OPENING, 6, "Opened 1 April 2025"),
        ],
    )
    def test_gate_says_what_happened_on_its_date(self, passed, step, record):
        hub = HubFactory(stage=Stage.CLOSED, delivery_state=DeliveryState.COMPLETE)
        gate(hub, passed, D(2025, 4, 1), kind="opening" if passed == Gate.OPENING else "works")
        assert steps(hub)[step] == ("recorded", record)

    def test_stage_stated_on_a_day_is_not_said_to_be_passed_then(self, client):
        hub = HubFactory(stage=Stage.CONSTRUCTION, stage_as_of=D(2026, 3, 1), stage_as_of_precision="month")
        hub.stage, hub.stage_as_of, hub.stage_as_of_precision = Stage.COMMISSIONING, D(2026, 9, 1), "day"
        hub.save()
        assert steps(hub)[4] == ("recorded", "Recorded March 2026")
        gate(hub, Gate.START, D(2025, 4, 1), kind="works")
        assert steps(hub)[4] == ("recorded", "Started 1 April 2025")
        assert "passed" not in text(client, hub)

    def test_inferred_stage_marks_only_itself(self):
        hub = HubFactory(stage=Stage.FBC, stage_basis=StageBasis.INFERRED)
        gate(hub, Gate.OBC, D(2024, 3, 5))
        assert [state for state, _record in steps(hub)] == ["", "", "", "current", "", "", ""]

    def test_unknown_stage_has_no_steps_and_closed_one_no_current_step(self):
        assert steps(HubFactory(stage="")) == []
        closed = HubFactory(stage=Stage.CLOSED, delivery_state=DeliveryState.COMPLETE)
        assert {state for state, _record in steps(closed)} == {"unrecorded"}


class TestFirstLine:
    @pytest.mark.parametrize(
        ("stage", "starts"),
        [
            (Stage.IDENTIFIED, "Planning: no business case recorded"),
            (Stage.SOC, "Planning: early business case"),
            (Stage.OBC, "Planning: second business case"),
            (Stage.FBC, "Planning: final business case"),
            (Stage.CONSTRUCTION, "Under construction"),
            (Stage.COMMISSIONING, "Built, not yet open"),
            ("", "Stage not known"),
        ],
    )
    def test_active_project_tells_expected_opening(self, stage, starts):
        hub = HubFactory(stage=stage)
        assert line(hub) == f"{starts}. No opening date known"
        opening = MilestoneFactory(project=hub, kind="opening", forecast=D(2027, 10, 1), forecast__precision="month")
        assert line(hub) == f"{starts}. Expected to open in October 2027"
        opening.record_date("forecast", D(2026, 10, 1), "month", stated_on=TODAY)
        assert line(hub) == f"{starts}. It was expected to open in October 2026, and that date has passed"

    @pytest.mark.parametrize(("stage", "starts"), [(Stage.OPERATIONAL, "Open"), (Stage.CLOSED, "Closed")])
    def test_complete_project_tells_when_it_opened(self, stage, starts):
        hub = HubFactory(stage=stage, delivery_state=DeliveryState.COMPLETE)
        assert line(hub) == f"{starts}. The opening date is not recorded"
        gate(hub, Gate.OPENING, D(2024, 5, 7), kind="opening")
        assert line(hub) == f"{starts}. Opened on 7 May 2024"

    def test_project_with_several_openings_opened_in_stages(self):
        hub = HubFactory(stage=Stage.OPERATIONAL, delivery_state=DeliveryState.COMPLETE)
        gate(hub, "", D(2024, 5, 7), kind="opening", title="Wards")
        gate(hub, "", D(2023, 7, 1), kind="opening", title="Entrance")
        assert line(hub) == "Open. Opened in stages from 1 July 2023"

    @pytest.mark.parametrize(
        ("state", "starts"), [(DeliveryState.ON_HOLD, "On hold"), (DeliveryState.CANCELLED, "Cancelled")]
    )
    def test_stopped_project_tells_why_and_when_it_was_last_planned(self, state, starts):
        hub = HubFactory(stage=Stage.SOC, delivery_state=state)
        assert line(hub) == f"{starts}. No opening date"
        hub.stage_statements.exclude(delivery_state="").update(reason="Not affordable in January 2023.")
        MilestoneFactory(project=hub, kind="opening", forecast=D(2024, 1, 1), forecast__precision="year")
        assert line(hub) == f"{starts}. Not affordable in January 2023. No opening date; it was last planned for 2024"

    STAGE = {"stage": Stage.CONSTRUCTION, "stage_as_of": D(2026, 3, 2), "stage_as_of_precision": "day"}

    def test_opening_date_of_another_source_has_its_own_provenance(self, client):
        hub = HubFactory(**self.STAGE, stage_basis=StageBasis.STATED, stage_source_url="https://www.bbc.com/news/1")
        opening = MilestoneFactory(project=hub, kind="opening")
        opening.record_date("forecast", D(2027, 1, 1), stated_on=D(2025, 1, 1), source_url="https://a.example/old")
        opening.record_date("forecast", D(2027, 3, 1), stated_on=D(2025, 11, 3), source_url="https://a.example/new")
        assert (
            'Opening date: As at 3 November 2025. Stated by <a href="https://a.example/new" rel="noreferrer">a.example'
            in text(client, hub)
        )

    def test_opening_date_of_the_same_source_and_day_is_not_sourced_twice(self, client):
        url = "https://www.bbc.com/news/1"
        hub = HubFactory(**self.STAGE, stage_basis=StageBasis.STATED, stage_source_url=url)
        opening = MilestoneFactory(project=hub, kind="opening")
        opening.record_date("forecast", D(2027, 3, 1), stated_on=D(2026, 3, 2), source_url=url)
        assert page_of(hub).status_line.date_statement is None
        assert "Opening date:" not in text(client, hub)

    def test_public_sees_provenance_of_the_accepted_opening_date(self):
        hub = HubFactory(**self.STAGE)
        opening = MilestoneFactory(project=hub, kind="opening")
        accepted = opening.record_date("forecast", D(2027, 1, 1), stated_on=D(2025, 1, 1))
        waiting = opening.record_date("forecast", D(2027, 3, 1), stated_on=D(2025, 11, 3), accepted_at=None)
        assert page_of(hub).status_line.date_statement == accepted
        assert page_of(hub, UserFactory()).status_line.date_statement == waiting

    def test_opening_without_date_has_no_provenance(self):
        assert page_of(HubFactory(**self.STAGE)).status_line.date_statement is None

    def test_opening_date_that_is_not_known_says_who_stated_so(self, client):
        hub = HubFactory(**self.STAGE)
        opening = MilestoneFactory(project=hub, kind="opening")
        assert page_of(hub).status_line.date_statement is None
        opening.record_date("forecast", None, stated_on=D(2026, 10, 1), explanation="The contractor has stopped.")
        assert line(hub) == "Under construction. No opening date known"
        assert "Opening date: As at 1 October 2026. Source not stated." in text(client, hub)

    def test_last_planned_date_of_stopped_project_has_its_own_provenance(self, client):
        hub = HubFactory(stage=Stage.SOC)
        put_on_hold(hub, stated_on=D(2023, 1, 11))
        works = MilestoneFactory(project=hub, title="Completion of works", kind="works")
        works.record_date("forecast", D(2024, 1, 1), "year", stated_on=D(2022, 1, 5))
        assert "Last planned date: As at 5 January 2022. Source not stated." in text(client, hub)

    def test_plain_words_come_before_terms_linked_to_glossary(self, client):
        hub = HubFactory(stage=Stage.SOC)
        put_on_hold(hub, source_url="https://www.bbc.com/news/1", basis=StageBasis.STATED, stated_on=D(2023, 1, 11))
        page = text(client, hub)
        section = page[page.index('class="app-stage"') :]
        assert section.index("early business case") < section.index("Strategic outline case")
        assert f'{reverse("glossary")}#soc-strategic-outline-case">Strategic outline case' in section
        assert (
            'As at 11 January 2023. Stated by <a href="https://www.bbc.com/news/1" rel="noreferrer">BBC News<'
            in section
        )

    def test_glossary_explains_each_linked_term(self, client):
        glossary = client.get(reverse("glossary")).content.decode()
        for term in {*GLOSSARY_TERMS.values(), "stage"}:
            assert f'id="{term}"' in glossary


def test_loaded_projects_claim_no_business_case_and_tell_their_holds(client):
    load_release()
    projects = {project.slug: project for project in Project.objects.all()}
    for project in projects.values():
        page = page_of(project)
        assert {step.state for step in page.steps if step.label.endswith("case")} <= {
            "",
            "current",
            "ahead",
            "unrecorded",
        }
    holds = {
        slug: page_of(project).status_line for slug, project in projects.items() if project.delivery_state == "on_hold"
    }
    assert len(holds) == 8
    assert {slug for slug, hold in holds.items() if hold.statement.basis == StageBasis.INFERRED} == {
        "bletchley-gp-premises",
        "central-beds-hubs",
    }
    assert all(hold.statement.reason and hold.statement.source_url for hold in holds.values())
    assert line(projects["leighton-buzzard-hub"]) == (
        "On hold. Not affordable in January 2023. No opening date; "
        "last planned was “Completion of works”, for October to December 2024"
    )
    assert re.search(r"Stated by <a[^>]*>BBC News<", text(client, projects["leighton-buzzard-hub"]))
