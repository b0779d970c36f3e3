"""A project with an opening that is late."""

import datetime

import pytest

from projects.models import DateChangeReason, Gate, StatementKind
from tests.factories import HubFactory, MilestoneFactory

DAY = datetime.date


@pytest.fixture
def hub(trust):
    return HubFactory(title="Riverside hub", lead_organisation=trust)


@pytest.fixture
def opening(hub):
    """Baseline 1 January 2027, forecast 1 May 2027: 4 months late."""
    milestone = MilestoneFactory(project=hub, title="Opening", gate=Gate.OPENING)
    milestone.record_date(StatementKind.BASELINE, DAY(2027, 1, 1), stated_on=DAY(2025, 6, 1))
    milestone.record_date(StatementKind.FORECAST, DAY(2027, 5, 1), stated_on=DAY(2026, 9, 1))
    return milestone


@pytest.fixture
def reason(db):
    return DateChangeReason.objects.create(name="Contractor or supply of steel")
