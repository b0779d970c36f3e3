"""Portfolio as at a period."""

import datetime
import random

import pytest
from django.urls import reverse

from projects.models import AnnualCost, Project, Risk, Stage
from projects.reporting import workflow
from tests.factories import (
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    PlaceFactory,
    ProgrammeFactory,
    ReportingPeriodFactory,
    RiskFactory,
    reported,
)
from tests.periods import month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
HOME, CHANGED, AS_AT = reverse("home"), reverse("projects:what_changed"), reverse("projects:as_at")


def report(project, period, person, **words):
    """A submitted report of the project; its stage and milestones are as they stand."""
    Project.objects.filter(pk=project.pk).update(**{key: words.pop(key) for key in ("stage",) if key in words})
    project.refresh_from_db()
    words = {"path_to_green": "By works in another order", **words}
    return reported(workflow.start_update(project, period, person), person, **words)


def invented(seed, person, organisation):
    """A random portfolio: kinds, places, programmes, stages, states, ratings, risks, money, dates, openness."""
    dice = random.Random(seed)
    places, programmes = [PlaceFactory() for _ in range(3)], [ProgrammeFactory() for _ in range(2)]
    leads, periods = [organisation, OrganisationFactory()], [month(number) for number in (9, 10)]
    overdue = ReportingPeriodFactory(
        starts_on=DAY(2026, 8, 1), ends_on=DAY(2026, 8, 31), opens_on=DAY(2026, 8, 1), due_on=DAY(2026, 9, 5)
    )
    for _ in range(14):
        project = dice.choice([HubFactory, HospitalSchemeFactory])(
            place=dice.choice([*places, None]),
            programme=dice.choice([*programmes, None]),
            lead_organisation=dice.choice(leads),
            stage=dice.choice(["", *Stage.values]),
            delivery_state=dice.choice(["active", "active", "active", "on_hold", "complete"]),
            published=dice.random() < 0.7,
            restricted=dice.random() < 0.3,
            approved_budget=dice.choice([None, 1_000_000]),
        )
        opening = MilestoneFactory(project=project)
        opening.state_date("baseline", DAY(2027, 1, 1), said_on=DAY(2025, 1, 1))
        opening.state_date("forecast", DAY(2027, dice.randint(1, 12), 1), said_on=DAY(2026, 1, 1))
        if dice.random() < 0.5:
            AnnualCost.objects.create(project=project, year=2026, forecast=dice.choice([900_000, 1_200_000]))
        for _ in range(dice.randint(0, 2)):
            RiskFactory(
                project=project,
                likelihood=dice.randint(1, 5),
                consequence=dice.randint(1, 5),
                review_on=dice.choice([None, DAY(2026, 1, 1), DAY(2027, 1, 1)]),
            )
        for period in periods:
            if dice.random() < 0.7:
                report(project, period, person, overall=dice.choice(["red", "amber", "green", "not_rated"]))
    return overdue


class TestAsAt:
    def test_it_shows_what_was_frozen_then(self, office_client):
        hub, person = HubFactory(title="Riverside hub", stage="obc"), office_client.user
        periods = [month(9), month(10)]
        report(hub, periods[0], person, overall="green")
        report(hub, periods[1], person, overall="red", stage="fbc")
        Risk.objects.create(project=hub, title="x", likelihood=5, consequence=5, raised_on=TODAY)
        page = office_client.get(AS_AT, {"period": periods[0].slug})
        ((stood, title, *_rest),) = page.context["rows"]
        assert (title, stood.rating, stood.stage, stood.highest_risk) == ("Riverside hub", "green", "obc", None)

    def test_its_numbers_are_those_of_its_rows(self, office_client, trust):
        invented(7, office_client.user, trust)
        page = office_client.get(AS_AT)
        checked = 0
        for values in page.context["counts"].values():
            for _value, _words, number, url in values:
                assert office_client.get(AS_AT + url).context["page_obj"].paginator.count == number, url
                checked += 1
        assert checked > 10

    @pytest.mark.parametrize("query", ["sign=x", "rating=purple", "stage=%00", "period=x&sign=help&sign=slipping"])
    def test_bad_input_is_no_failure(self, office_client, trust, query):
        invented(1, office_client.user, trust)
        assert office_client.get(f"{AS_AT}?{query}").status_code == 200
