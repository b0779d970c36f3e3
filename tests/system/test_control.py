"""Risks, finance, change requests, dates, gates and benefits in a browser."""

import datetime

import pytest

from estates_portal.accounts.models import Role
from projects.models import AnnualCost, Benefit, Project, Risk, StatementKind
from tests.factories import HospitalSchemeFactory, MilestoneFactory, OrganisationFactory, UserFactory

from .conftest import PHONE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trust(db):
    return OrganisationFactory(name="Bedfordshire Hospitals NHS Foundation Trust", short_name="Bedfordshire Hospitals")


@pytest.fixture
def contributor(trust):
    return UserFactory(name="Ann Archer", role=Role.CONTRIBUTOR, organisation=trust)


@pytest.fixture
def scheme(trust):
    scheme = HospitalSchemeFactory(title="Acute Services Block", slug="asb", lead_organisation=trust)
    opening = MilestoneFactory(project=scheme, title="Opening", gate="opening")
    opening.record_date(StatementKind.BASELINE, datetime.date(2040, 1, 1), stated_on=datetime.date(2025, 1, 1))
    opening.record_date(StatementKind.FORECAST, datetime.date(2040, 5, 1), stated_on=datetime.date(2026, 1, 1))
    return scheme


def main(visitor):
    return visitor.page.get_by_role("main")


def test_contributor_adds_risk_and_finds_it_on_heat_map(visitor, scheme, contributor):
    ann = visitor(PHONE, person=contributor)
    ann.goes_to("/projects/asb/")
    ann.follows(main(ann).get_by_role("link", name="Risks and issues"))
    ann.follows(main(ann).get_by_role("button", name="Add a risk or issue"))
    ann.follows(main(ann).get_by_role("button", name="Save"))
    assert "Enter a title" in main(ann).inner_text()
    ann.looks()
    ann.page.get_by_label("Title").fill("Steel is late")
    ann.page.get_by_label("Likelihood").first.select_option("4")
    ann.page.get_by_label("Consequence").first.select_option("5")
    ann.follows(main(ann).get_by_role("button", name="Save"))
    ann.looks()
    ann.follows(main(ann).get_by_role("link", name="1 scored 20, extreme"))
    assert "Steel is late" in main(ann).inner_text()
    assert Risk.objects.get().score == 20


def test_contributor_types_costs_of_two_years(visitor, scheme, contributor):
    Project.objects.filter(pk=scheme.pk).update(approved_budget=10_000_000)
    ann = visitor(person=contributor)
    ann.goes_to("/projects/asb/money/edit/")
    for row, (year, forecast) in enumerate([("2039/40", "6,000,000"), ("2040/41", "£7.1m")], 1):
        ann.page.get_by_label(f"Year, row {row}").fill(year)
        ann.page.get_by_label(f"Forecast, row {row}").fill(forecast)
    ann.follows(main(ann).get_by_role("button", name="Save"))
    ann.looks()
    assert "£3.1m" in main(ann).inner_text()
    assert AnnualCost.objects.count() == 2


def test_baseline_and_budget_change_by_change_requests(visitor, scheme, contributor, office):
    ann = visitor(PHONE, person=contributor)
    olive = visitor(person=office)
    ann.goes_to("/projects/asb/milestones/")
    ann.looks()
    assert "4 months late" in main(ann).inner_text()
    ann.follows(main(ann).get_by_role("link", name="Request a baseline change"))
    ann.page.get_by_label("New baseline").fill("1/5/2040")
    ann.page.get_by_label("Reason").fill("The board took a longer programme for a lower price")
    ann.follows(main(ann).get_by_role("button", name="Submit request"))
    ann.looks()
    olive.goes_to("/review/")
    olive.follows(main(olive).get_by_role("link", name="Change requests"))
    olive.looks()
    olive.follows(main(olive).get_by_role("link", name="Record decision"))
    olive.page.get_by_label("Approve (the baseline changes)").check()
    olive.page.get_by_label("Decided by").fill("Capital Board")
    olive.follows(main(olive).get_by_role("button", name="Record decision"))
    olive.looks()
    assert "On time" in main(olive).inner_text()
    assert "4 months late" not in main(olive).inner_text()
    ann.goes_to("/projects/asb/money/")
    ann.follows(main(ann).get_by_role("button", name="Request a new approved budget"))
    ann.page.get_by_label("New approved budget").fill("12.5m")
    ann.page.get_by_label("Reason").fill("Steel costs more")
    ann.follows(main(ann).get_by_role("button", name="Submit request"))
    ann.looks()
    olive.goes_to("/changes/")
    olive.follows(main(olive).get_by_role("link", name="Record decision"))
    olive.page.get_by_label("Approve (the approved budget changes)").check()
    olive.page.get_by_label("Decided by").fill("Capital Board")
    olive.follows(main(olive).get_by_role("button", name="Record decision"))
    assert "£12.5m" in main(olive).locator(".app-totals").inner_text()


def test_office_changes_dates_of_many_projects(visitor, scheme, office):
    olive = visitor(person=office)
    olive.goes_to("/projects/")
    olive.follows(main(olive).get_by_role("link", name="Edit milestone dates"))
    olive.page.get_by_label("Forecast: Opening, Acute Services Block").fill("June 2040")
    olive.follows(main(olive).get_by_role("button", name="Save all changes"))
    assert "Select a reason for the new forecast" in main(olive).inner_text()
    olive.looks()
    olive.page.get_by_label("Reason the forecast changed: Opening").select_option(label="Contractor or supply")
    olive.page.get_by_label("Explain in one sentence: Opening").fill("Steel is late")
    olive.follows(main(olive).get_by_role("button", name="Save all changes"))
    assert "1 milestone saved" in main(olive).inner_text()
    assert scheme.milestones.get().current_on == datetime.date(2040, 6, 1)


def test_contributor_adds_gates_and_benefits_on_phone_without_scripts(visitor, scheme, contributor):
    ann = visitor(PHONE, scripts=False, person=contributor)
    ann.goes_to("/projects/asb/milestones/gates/")
    ann.page.get_by_label("Planned date").nth(2).fill("2039")
    ann.follows(main(ann).get_by_role("button", name="Add gates"))
    assert scheme.milestones.count() == 8
    ann.goes_to("/projects/asb/benefits/")
    ann.follows(main(ann).get_by_role("button", name="Add a benefit"))
    ann.page.get_by_label("Measure", exact=True).fill("Wait for a first appointment")
    ann.page.get_by_label("Unit").fill("days")
    ann.page.get_by_label("Baseline").fill("48")
    ann.page.get_by_label("Target", exact=True).fill("28")
    ann.follows(main(ann).get_by_role("button", name="Save"))
    assert Benefit.objects.get().target == 28


def test_timeline_has_table_with_same_dates(visitor, scheme):
    reader = visitor(scripts=False)
    reader.goes_to("/projects/asb/timeline/")
    main(reader).get_by_text("View as table").click()
    assert "4 months late" in main(reader).inner_text()
    reader.goes_to("/timeline/")
    reader.follows(main(reader).get_by_role("link", name="Quarters"))
    assert "zoom=quarter" in reader.page.url
    box = main(reader).locator(".app-tl__today").last.bounding_box()
    assert box and box["x"] > 0
