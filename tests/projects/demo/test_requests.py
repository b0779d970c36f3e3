"""Change requests and public notes of the example portfolio."""

import datetime

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse

from projects.models import ChangeRequest, ChangeState, EscalationState, ProjectClosure, ProposedNote, RiskEscalation
from projects.models.milestone import MilestoneDates
from tests.factories import PlaceFactory, PriorityFactory

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 23)


@pytest.fixture
def portfolio():
    for name in ("bedford-borough", "central-bedfordshire", "luton", "milton-keynes"):
        PlaceFactory(name=name, slug=name)
    PriorityFactory()
    with time_machine.travel(datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC), tick=False):
        call_command("make_example_projects", count=30, on=TODAY, verbosity=0)
        yield


def test_example_requests_have_every_state_and_match_baselines(portfolio):
    for change in ChangeRequest.objects.of_budgets():
        change.full_clean()
        assert change.before == change.current != change.after
    changes = ChangeRequest.objects.of_baselines()
    assert {change.state for change in changes} == set(ChangeState) - {ChangeState.WITHDRAWN}
    for change in changes:
        change.full_clean()
        baseline = MilestoneDates.of(change.milestone).baseline
        assert change.new_on > change.old_on
        assert baseline == (change.new if change.state == ChangeState.APPROVED else change.old)
        assert change.requested_at.date() < TODAY and (change.decided_on or change.requested_at.date()) < TODAY


def test_example_escalations_have_every_state_and_match_the_levels_of_risks(portfolio):
    escalations = RiskEscalation.objects.select_related("risk")
    assert {escalation.state for escalation in escalations} == set(EscalationState)
    for escalation in escalations:
        escalation.full_clean()
        accepted = escalation.state == EscalationState.ACCEPTED
        assert escalation.risk.escalation == (escalation.tier if accepted else "project")


def test_example_closures_are_of_complete_projects_with_an_evaluation(portfolio):
    closures = ProjectClosure.objects.select_related("project")
    assert closures
    for closure in closures:
        closure.full_clean()
        assert closure.project.delivery_state == "complete"
        assert closure.project.milestones.get(gate="evaluation").current_on


def test_office_sees_example_requests_and_notes(portfolio, office_client):
    assert "Example: " in office_client.get(reverse("projects:change_request_list")).content.decode()
    assert "Example data" in office_client.get(reverse("projects:change_request_list")).content.decode()
    assert ProposedNote.objects.filter(state="offered", report__project__published=True).exists()


def test_delete_removes_example_requests(portfolio):
    call_command("make_example_projects", delete=True, verbosity=0)
    assert not ChangeRequest.objects.exists() and not ProposedNote.objects.exists()
    assert not RiskEscalation.objects.exists() and not ProjectClosure.objects.exists()
