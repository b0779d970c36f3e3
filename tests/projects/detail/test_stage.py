"""The first line and the steps of a project's page."""

import datetime
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from projects.detail.page import ProjectPage
from projects.importing import load_system
from projects.labels import GLOSSARY_TERMS
from projects.management.commands.load_blmk import DATA
from projects.models import DeliveryState, Gate, Project, Stage, StageBasis
from tests.factories import HubFactory, MilestoneFactory, UserFactory

pytestmark = pytest.mark.django_db
D = datetime.date
TODAY = D(2026, 11, 27)
ANYONE = AnonymousUser()


def page_of(project, reader=ANYONE):
    return ProjectPage.for_reader(project.slug, reader, today=TODAY)


def steps(project, reader=ANYONE):
    return [(step.state, step.date) for step in page_of(project, reader).steps]


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


class TestSteps:
    def test_stage_without_records_claims_no_earlier_step(self, client):
        hub = HubFactory(stage=Stage.CONSTRUCTION)
        assert [state for state, _date in steps(hub)] == [*["unrecorded"] * 4, "current", "ahead", "ahead"]
        assert "(passed)" not in text(client, hub)
        assert text(client, hub).count("Not recorded") == 4

    def test_reached_gate_records_its_own_step_only(self, client):
        hub = HubFactory(stage=Stage.CONSTRUCTION)
        gate(hub, Gate.OBC, D(2024, 3, 5))
        assert steps(hub)[:4] == [
            ("unrecorded", ""),
            ("unrecorded", ""),
            ("recorded", "5 March 2024"),
            ("unrecorded", ""),
        ]
        assert text(client, hub).count("(passed)") == 1

    def test_expected_gate_records_nothing(self):
        hub = HubFactory(stage=Stage.CONSTRUCTION)
        MilestoneFactory(project=hub, gate=Gate.OBC, kind="approval", forecast=D(2024, 3, 5))
        assert steps(hub)[2] == ("unrecorded", "")

    def test_gate_for_partners_is_recorded_for_them_alone(self):
        hub = HubFactory(stage=Stage.FBC)
        gate(hub, Gate.OBC, D(2024, 3, 5), public=False)
        assert steps(hub)[2] == ("unrecorded", "")
        assert steps(hub, UserFactory())[2] == ("recorded", "5 March 2024")

    def test_dated_statement_of_earlier_stage_records_its_step(self):
        hub = HubFactory(stage=Stage.SOC, stage_as_of=D(2024, 1, 1), stage_as_of_precision="month")
        hub.stage, hub.stage_as_of, hub.stage_as_of_precision = Stage.OBC, D(2025, 1, 1), "day"
        hub.save()
        assert steps(hub)[:3] == [("unrecorded", ""), ("recorded", "January 2024"), ("current", "")]

    def test_inferred_stage_marks_only_itself(self):
        hub = HubFactory(stage=Stage.FBC, stage_basis=StageBasis.INFERRED)
        gate(hub, Gate.OBC, D(2024, 3, 5))
        assert [state for state, _date in steps(hub)] == ["", "", "", "current", "", "", ""]

    def test_unknown_stage_has_no_steps_and_closed_one_no_current_step(self):
        assert steps(HubFactory(stage="")) == []
        closed = HubFactory(stage=Stage.CLOSED, delivery_state=DeliveryState.COMPLETE)
        assert {state for state, _date in steps(closed)} == {"unrecorded"}


class TestFirstLine:
    @pytest.mark.parametrize(
        ("stage", "starts"),
        [
            (Stage.IDENTIFIED, "Planning: no business case yet"),
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

    def test_plain_words_come_before_terms_linked_to_glossary(self, client):
        hub = HubFactory(stage=Stage.SOC)
        put_on_hold(hub, source_url="https://www.bbc.com/news/1", basis=StageBasis.STATED, stated_on=D(2023, 1, 11))
        page = text(client, hub)
        section = page[page.index('class="app-stage"') :]
        assert section.index("early business case") < section.index("Strategic outline case")
        assert f'{reverse("glossary")}#soc-strategic-outline-case">Strategic outline case' in section
        assert (
            'As at 11 January 2023. Stated by <a href="https://www.bbc.com/news/1" rel="noreferrer">BBC News</a>'
            in section
        )

    def test_glossary_explains_each_linked_term(self, client):
        glossary = client.get(reverse("glossary")).content.decode()
        for term in {*GLOSSARY_TERMS.values(), "stage"}:
            assert f'id="{term}"' in glossary


def test_loaded_projects_claim_no_business_case_and_tell_their_holds(client):
    load_system(DATA)
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
    assert re.search(r"Stated by <a[^>]*>BBC News</a>", text(client, projects["leighton-buzzard-hub"]))
