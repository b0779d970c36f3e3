"""Status reports in a browser: offline, by two users together, and reviewed by the programme office."""

import datetime

import pytest

from estates_portal.accounts.models import Role
from projects.models import RatingMeaning, ReportingPeriod, ReportState, StatementKind, StatusReport
from projects.reporting import workflow
from tests.factories import (
    PASSWORD,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    ReportingPeriodFactory,
    UserFactory,
    reported,
)

from .conftest import PHONE

pytestmark = pytest.mark.django_db(transaction=True)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def trust(db):
    return OrganisationFactory(name="Bedfordshire Hospitals NHS Foundation Trust", short_name="Bedfordshire Hospitals")


@pytest.fixture
def people(trust):
    return {
        "ann": UserFactory(email="ann@example.org", name="Ann Archer", role=Role.CONTRIBUTOR, organisation=trust),
        "bob": UserFactory(email="bob@example.org", name="Bob Baker", role=Role.CONTRIBUTOR, organisation=trust),
        "office": UserFactory(email="office@example.org", name="Olive Office", role=Role.PROGRAMME_OFFICE),
    }


def a_period(months_ago, due_in):
    """A period that is open today and due in `due_in` days, `months_ago` months back."""
    today = datetime.date.today()
    starts_on = today - (30 * months_ago + 25) * DAY
    return ReportingPeriodFactory(
        starts_on=starts_on,
        ends_on=starts_on + 29 * DAY,
        opens_on=starts_on,
        due_on=today + due_in * DAY,
        name=f"Month {12 - months_ago}",
        slug=f"month-{12 - months_ago}",
    )


@pytest.fixture
def scheme(trust, people):
    scheme = HospitalSchemeFactory(
        title="Acute Services Block", slug="asb", lead_organisation=trust, stage="construction"
    )
    opening = MilestoneFactory(project=scheme, title="Opening")
    opening.record_date(StatementKind.BASELINE, datetime.date(2040, 1, 15))
    opening.record_date(StatementKind.FORECAST, datetime.date(2040, 1, 15))
    past = a_period(2, -40)
    before = workflow.start_report(scheme, past, people["ann"])
    reported(before, people["ann"], overall="green", progress="The frame stands to the second floor.")
    workflow.close_period(past, people["office"])
    return scheme


def main(visitor):
    return visitor.page.get_by_role("main")


def rates(visitor, facet, word):
    visitor.page.get_by_role("group", name=facet).get_by_label(word, exact=True).check()


def wait_for(visitor, text):
    visitor.page.get_by_text(text).first.wait_for()


def test_five_ratings_fit_on_the_screen_of_a_phone(visitor, people, scheme):
    """The definitions are as long as those that the portal starts with."""
    due = a_period(0, 2)
    meaning = "Success is feasible, but serious matters need attention now. They can still be solved in time"
    for rating in ("red", "amber", "green"):
        RatingMeaning.objects.create(rating=rating, meaning=meaning, holds_from=datetime.date(2026, 1, 2))
    ann = visitor(PHONE, person=people["ann"])
    ann.page.set_viewport_size({"width": PHONE, "height": 844})
    ann.goes_to(f"/projects/asb/report/{due.slug}/")
    for facet in ("Schedule", "Cost"):
        rates(ann, facet, "Amber")  # a changed rating takes no more room
    wait_for(ann, "Saved at")
    groups, bar = ann.page.locator(".app-report__ratings .app-report__field"), ann.page.locator(".app-report .app-bar")
    assert groups.first.inner_text().count(meaning) == 3
    boxes = [group.bounding_box() for group in groups.all()]
    assert len(boxes) == 5
    height = boxes[-1]["y"] + boxes[-1]["height"] - boxes[0]["y"]
    assert height + bar.bounding_box()["height"] <= 844


def test_contributor_reports_offline_and_office_accepts(visitor, people, scheme, trust):
    a_period(1, -3)
    due = a_period(0, 2)
    HubFactory(title="Another hub", lead_organisation=trust)
    ann = visitor(PHONE, person=people["ann"])
    ann.goes_to("/")
    ann.follows(ann.page.get_by_role("banner").get_by_role("link", name="My work"))
    ann.looks()
    assert "4 reports, 2 overdue" in main(ann).inner_text()
    ann.follows(main(ann).locator(f"a[href='/projects/asb/report/{due.slug}/']"))
    ann.looks()
    assert ann.page.get_by_label("Progress since the last report").input_value() == (
        "The frame stands to the second floor."
    )
    assert not ann.page.get_by_label("Path to green").is_visible()
    assert not ann.page.get_by_label("Reason the forecast changed").is_visible()
    rates(ann, "Schedule", "Amber")
    rates(ann, "Overall delivery confidence", "Amber")
    assert ann.page.get_by_label("Path to green").is_visible()
    ann.page.get_by_label("Forecast", exact=True).fill("March 2040")
    ann.page.get_by_label("Reason the forecast changed").select_option("Contractor or supply")
    ann.page.get_by_label("Explain in one sentence").fill("Steel is late")
    wait_for(ann, "Saved at")
    assert StatusReport.objects.get(period=due).schedule == "amber"

    ann.context.set_offline(True)  # the signal drops
    ann.page.get_by_label("Summary").fill("Opening moves to March")
    wait_for(ann, "Not saved: you are offline. Your text is saved on this device")
    ann.context.set_offline(False)
    ann.page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_for(ann, "Saved at")
    ann.errors = [error for error in ann.errors if "ERR_INTERNET_DISCONNECTED" not in error]
    assert StatusReport.objects.get(period=due).summary == "Opening moves to March"

    ann.follows(main(ann).get_by_role("button", name="Submit"))  # without the path to green
    ann.looks()
    assert "Enter the path to green" in main(ann).inner_text()
    assert ann.page.get_by_label("Summary").input_value() == "Opening moves to March"
    ann.page.get_by_label("Path to green").fill("A second crew from January")
    ann.follows(main(ann).get_by_role("button", name="Submit"))
    ann.looks()
    assert "Report submitted" in main(ann).inner_text()
    assert "46 days late" in main(ann).inner_text()

    office = visitor(person=people["office"])
    office.goes_to("/review/")
    office.looks()
    office.follows(main(office).get_by_role("link", name="Acute Services Block").last)
    office.looks()
    assert "A second crew from January" in main(office).inner_text()
    assert "Deteriorated" in main(office).inner_text()
    office.follows(main(office).get_by_role("button", name="Return"))
    assert "Enter what needs changing" in main(office).inner_text()
    office.page.get_by_label("Comment").fill("Which crew?")
    office.follows(main(office).get_by_role("button", name="Return"))
    assert "report returned for changes" in main(office).inner_text()

    ann.goes_to("/my-work/")
    assert "Returned by Olive Office: Which crew?" in main(ann).inner_text()
    ann.looks()
    ann.goes_to(f"/projects/asb/report/{due.slug}/")
    ann.page.get_by_label("Path to green").fill("A second steel crew from January")
    ann.follows(main(ann).get_by_role("button", name="Submit"))
    report = StatusReport.objects.get(period=due)
    office.goes_to(f"/review/{report.pk}/")
    office.follows(main(office).get_by_role("button", name="Accept"))
    report.refresh_from_db()
    assert report.state == ReportState.ACCEPTED
    office.goes_to(f"/periods/{due.slug}/")
    office.looks()
    office.follows(main(office).get_by_role("button", name="Close period"))
    office.looks()
    office.follows(main(office).get_by_role("button", name="Close period"))
    assert "closed" in main(office).inner_text()
    assert ReportingPeriod.objects.get(pk=due.pk).expected.count() == 2
    office.goes_to("/projects/asb/")
    office.looks()
    assert "Deteriorated" in main(office).inner_text()
    office.goes_to("/projects/asb/updates/compare/")
    office.looks()


def test_contributor_keeps_answers_after_session_ends(visitor, people, scheme):
    due = a_period(0, 2)
    path = f"/projects/asb/report/{due.slug}/"
    ann = visitor(scripts=False)
    ann.signs_in("ann@example.org", PASSWORD)
    ann.goes_to(path)
    ann.page.get_by_label("Next steps").fill("Typed before lunch")
    sessions = [cookie for cookie in ann.context.cookies() if cookie["name"] == "sessionid"]
    assert sessions
    ann.context.clear_cookies(name="sessionid")
    ann.follows(main(ann).get_by_role("button", name="Save draft"))
    ann.page.get_by_label("Email address").fill("ann@example.org")
    ann.page.get_by_label("Password", exact=True).fill(PASSWORD)
    ann.follows(main(ann).get_by_role("button", name="Sign in", exact=True))
    assert ann.page.url.endswith(path)
    assert "You were signed out" in main(ann).inner_text()
    assert ann.page.get_by_label("Next steps").input_value() == "Typed before lunch"
    ann.follows(main(ann).get_by_role("button", name="Save draft"))
    assert StatusReport.objects.get(period=due).next_steps == "Typed before lunch"


def test_office_creates_year_of_periods(visitor, people):
    office = visitor(person=people["office"])
    office.goes_to("/periods/")
    office.looks()
    office.page.get_by_label("Year").fill("2039")
    office.follows(main(office).get_by_role("button", name="Preview periods"))
    office.looks()
    office.follows(main(office).get_by_role("button", name="Create periods"))
    office.looks()
    assert "12 periods created" in main(office).inner_text()
