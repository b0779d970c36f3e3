"""Risks, finance and milestones of the example portfolio."""

import datetime

import pytest
from django.core.management import call_command

from projects.demo.estate import SOURCE
from projects.models import AnnualCost, BacklogRemoved, Band, Benefit, Decision, Document, Risk, RiskAction
from tests.factories import PlaceFactory, PriorityFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TODAY = datetime.date(2026, 11, 23)


def test_example_portfolio_has_risks_and_costs(db):
    for name in ("bedford-borough", "central-bedfordshire", "luton", "milton-keynes"):
        PlaceFactory(name=name, slug=name)
    PriorityFactory()
    call_command("make_example_projects", count=30, on=TODAY, verbosity=0)
    assert set(Risk.objects.values_list("project__is_example", flat=True)) == {True}
    assert AnnualCost.objects.exists() and RiskAction.objects.exists()
    assert {risk.band for risk in Risk.objects.all()} >= {Band.HIGH, Band.EXTREME}
    assert Document.objects.filter(public=True).exists() and Document.objects.filter(public=False).exists()
    assert BacklogRemoved.objects.exists() and not Benefit.objects.filter(title__icontains="backlog").exists()
    assert set(BacklogRemoved.objects.values_list("project__is_example", "site__is_example", "source_words")) == {
        (True, True, SOURCE)
    }
    call_command("make_example_projects", delete=True, verbosity=0)
    assert not Risk.objects.exists() and not AnnualCost.objects.exists()
    assert not any(model.objects.exists() for model in (BacklogRemoved, Benefit, Decision, Document))
