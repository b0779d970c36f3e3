"""Reporting periods, and reports in them, for tests."""

import datetime
import random

import time_machine
from django.urls import reverse

from projects.models import AnnualCost, ReportingPeriod, Stage
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

DAY = datetime.date
STATES = ["active", "active", "active", "on_hold", "complete"]


def month(number):
    """The reporting period of a month of 2026. Reports are due around the 5th of the next month."""
    start = DAY(2026, number, 1)
    end = (start + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
    return ReportingPeriodFactory(
        name=f"{start:%B} 2026",
        slug=f"{start:%Y-%m}",
        starts_on=start,
        ends_on=end,
        opens_on=start.replace(day=20),
        due_on=end + datetime.timedelta(days=5),
    )


def report_form_url(hub, period):
    """The address of the report form."""
    return reverse("projects:report", args=[hub.slug, period.slug])


def submitted_report(project, period, by, accepted_by=None, stage=None, **fields):
    """A submitted report of the project, after moving it to `stage` if given."""
    if stage:
        record = project.as_its_kind()
        record.stage = stage
        if stage == Stage.CLOSED:
            record.delivery_state = "complete"
        record.save()
    project.refresh_from_db()
    fields = {"path_to_green": "By works in another order", **fields}
    return reported(workflow.start_report(project, period, by), by, accepted_by, **fields)


def report_ratings(project, by, *ratings, accept=False, start=1, **fields):
    """Add reports for consecutive months from January 2026 with these overall ratings. Return the last."""
    report = None
    for number, rating in enumerate(ratings, start):
        period = ReportingPeriod.objects.filter(slug=f"2026-{number:02}").first() or month(number)
        with time_machine.travel(datetime.datetime(2026, number, 25, 9, tzinfo=datetime.UTC), tick=False):
            typed = {"overall": rating, "summary": f"Month {number}", "path_to_green": "Work", **fields}
            report = submitted_report(project, period, by, by if accept else None, **typed)
    return report


def random_portfolio(seed, by, organisation):
    """Add projects with random types, places, stages, ratings, risks, costs, dates and visibility."""
    dice = random.Random(seed)
    places, programmes = [PlaceFactory() for _ in range(3)], [ProgrammeFactory() for _ in range(2)]
    leads, periods = [organisation, OrganisationFactory()], [month(number) for number in (9, 10)]
    ReportingPeriodFactory(
        starts_on=DAY(2026, 8, 1), ends_on=DAY(2026, 8, 31), opens_on=DAY(2026, 8, 1), due_on=DAY(2026, 9, 5)
    )
    for _ in range(14):
        project = dice.choice([HubFactory, HospitalSchemeFactory])(
            place=dice.choice([*places, None]),
            programme=dice.choice([*programmes, None]),
            lead_organisation=dice.choice(leads),
            stage=(stage := dice.choice(["", *Stage.values])),
            delivery_state="complete" if stage == Stage.CLOSED else dice.choice(STATES),
            published=dice.random() < 0.7,
            restricted=dice.random() < 0.3,
            approved_budget=dice.choice([None, 1_000_000]),
        )
        opening = MilestoneFactory(project=project)
        opening.record_date("baseline", DAY(2027, 1, 1), stated_on=DAY(2025, 1, 1))
        opening.record_date("forecast", DAY(2027, dice.randint(1, 12), 1), stated_on=DAY(2026, 1, 1))
        if stage in workflow.OPEN_STAGES:
            opening.record_date("actual", DAY(2026, 2, 1), stated_on=DAY(2026, 2, 1))
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
                submitted_report(project, period, by, overall=dice.choice(["red", "amber", "green", "not_rated"]))
