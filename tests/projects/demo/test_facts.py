"""Proposed facts of the example portfolio."""

import datetime

import pytest

from projects.demo.facts import add_proposed_facts
from projects.models import Project, Proposal
from tests.factories import HubFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_example_projects_have_waiting_and_declined_proposals(office_client):
    for _count in range(4):
        HubFactory(is_example=True)
    HubFactory()
    assert add_proposed_facts(datetime.date(2026, 11, 23)) == {"proposed facts": 4}
    assert {"waiting", "declined"} == set(Proposal.objects.values_list("state", flat=True))
    assert not Proposal.objects.exclude(project__in=Project.objects.filter(is_example=True)).exists()
    assert office_client.get(Proposal.objects.waiting().first().get_absolute_url()).status_code == 200
    assert add_proposed_facts(datetime.date(2026, 11, 23)) == {}
