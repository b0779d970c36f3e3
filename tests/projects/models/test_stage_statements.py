"""Rules of a project's stage and delivery state."""

import datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from projects.models import DeliveryState, Hub, Project, Stage, StageStatement
from projects.reporting import workflow
from tests.factories import HubFactory, UserFactory, reported
from tests.periods import month

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
D = datetime.date


@pytest.mark.parametrize("state", [DeliveryState.ACTIVE, DeliveryState.ON_HOLD])
def test_closed_project_is_complete_or_cancelled(state):
    hub = HubFactory(stage=Stage.OPERATIONAL, delivery_state=state)
    hub.stage = Stage.CLOSED
    with pytest.raises(ValidationError, match="Select Complete or Cancelled"):
        hub.full_clean()
    for column in ("stage", "accepted_stage"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Project.objects.filter(pk=hub.pk).update(**{column: Stage.CLOSED})
    hub.delivery_state = DeliveryState.COMPLETE
    hub.full_clean()
    hub.save()


@pytest.mark.parametrize(("precision", "is_valid"), [("day", False), ("month", True), ("year", True)])
def test_stage_is_not_dated_in_the_future(precision, is_valid):
    with time_machine.travel(datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC), tick=False):
        hub = HubFactory()
        statement = StageStatement(project=hub, stage=Stage.FBC, stated_on=D(2026, 11, 28), precision=precision)
        hub.stage_as_of, hub.stage_as_of_precision = statement.stated_on, precision
        for record in (hub, statement):
            if is_valid:
                record.full_clean()
            else:
                with pytest.raises(ValidationError, match="today or in the past"):
                    record.full_clean()


def test_report_that_closes_project_completes_it_and_return_undoes_both():
    hub, office = HubFactory(stage=Stage.OPERATIONAL), UserFactory(role="programme_office")
    contributor = UserFactory(role="contributor", organisation=hub.lead_organisation)
    with time_machine.travel(datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC), tick=False):
        report = reported(workflow.start_report(hub, month(11), contributor), contributor, stage=Stage.CLOSED)
        hub = Hub.objects.get()
        assert (hub.stage, hub.delivery_state) == (Stage.CLOSED, DeliveryState.COMPLETE)
        assert (hub.accepted_stage, hub.accepted_delivery_state) == (Stage.OPERATIONAL, DeliveryState.ACTIVE)
        workflow.return_report(report, office, "Is it?")
        hub = Hub.objects.get()
        assert (hub.stage, hub.delivery_state) == (Stage.OPERATIONAL, DeliveryState.ACTIVE)
        report.refresh_from_db()
        report = reported(report, contributor, stage=Stage.CLOSED)
        workflow.accept(report, office)
        hub = Hub.objects.get()
        assert (hub.accepted_stage, hub.accepted_delivery_state) == (Stage.CLOSED, DeliveryState.COMPLETE)
        assert hub.stage_statements.standing().get(delivery_state="complete").basis == "reported"
