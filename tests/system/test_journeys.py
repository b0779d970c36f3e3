"""Main tasks of users, in a browser."""

import io
import re

import pytest
from django.utils import timezone
from pypdf import PdfReader

from estates_portal.accounts.models import Role
from tests.factories import HubFactory, ReportingPeriodFactory, StatusReportFactory, UserFactory

from .conftest import PHONE


@pytest.fixture(scope="module")
def address(blmk_portal):
    return blmk_portal


@pytest.mark.both_databases
def test_resident_finds_leighton_buzzard_hub(visitor):
    """Planned, under construction and open near the town; why the hub is on hold, and the source."""
    person = visitor()
    page = person.page
    person.goes_to("/")
    search = page.get_by_role("search", name="Search by postcode, place or name")
    search.get_by_role("searchbox").fill("Leighton Buzzard")
    person.follows(search.get_by_role("button", name="Search"))
    results = page.get_by_role("table", name="Projects found")
    assert "Leighton Buzzard Health Centre extra clinical rooms" in results.inner_text()
    assert "Operational" in results.inner_text()
    assert "On hold" in results.inner_text()
    person.follows(results.get_by_role("link", name="Leighton Buzzard Integrated Health and Care Hub"))
    main = page.get_by_role("main").inner_text()
    assert "Not affordable in January 2023" in main
    assert "On hold" in main
    assert "Worked out from" in main
    assert "Last in the queue of five hubs" in main
    assert page.get_by_role("link", name="BBC News").count() >= 1
    page.get_by_text("Date history and sources").first.click()
    assert "9 July 2021" in page.get_by_role("main").inner_text()
    person.follows(page.get_by_role("main").get_by_role("link", name=", programme"))
    assert "Grove View Integrated Health and Care Hub" in page.get_by_role("main").inner_text()


def test_user_filters_list_with_keyboard(visitor):
    person = visitor()
    page = person.page
    person.goes_to("/projects/")
    assert "56 projects" in page.get_by_role("main").inner_text()
    page.get_by_label("Luton", exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_label("Construction").focus()
    page.keyboard.press("Space")
    page.get_by_label("Name or place").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/?*place=luton*")
    assert "3 projects match" in page.get_by_role("main").inner_text()
    person.follows(page.get_by_role("link", name="Remove filter Construction"))
    assert "12 projects match" in page.get_by_role("main").inner_text()
    person.follows(page.get_by_role("link", name="Cost estimate"))
    person.follows(page.get_by_role("link", name="Cost estimate"))
    first = page.get_by_role("row").nth(1).inner_text()
    assert "£168.6m" in first
    person.follows(page.get_by_role("form", name="Filter projects").get_by_role("link", name="Clear filters"))
    person.follows(page.get_by_role("link", name="Page 3"))
    assert page.get_by_role("row").count() == 1 + 6


def test_phone_shows_filters_cards_and_table(visitor):
    person = visitor(PHONE)
    page = person.page
    person.goes_to("/hubs/")
    assert not page.get_by_label("Hub type").is_visible()
    page.get_by_role("button", name="Filter").click()
    page.get_by_label("Hub type").select_option("childrens")
    page.get_by_label("Sort by").select_option("-title")
    person.follows(page.get_by_role("button", name="Apply filters"))
    assert "4 hubs match" in page.get_by_role("main").inner_text()
    assert page.get_by_role("main").get_by_role("link", name="Milton Keynes Family Centres").is_visible()
    person.follows(page.get_by_role("link", name="View as table"))
    page.get_by_role("link", name="View as cards").wait_for()
    assert page.get_by_role("columnheader", name="Stage").is_visible()
    person.goes_to("/projects/?place=atlantis")
    page.get_by_role("main").get_by_role("link", name="Select").click()
    assert page.locator(".app-filters .nhsuk-error-message").is_visible()


def test_pages_work_without_scripts(visitor):
    person = visitor(PHONE, scripts=False)
    page = person.page
    person.goes_to("/projects/")
    page.get_by_label("Milton Keynes").check()
    person.follows(page.get_by_role("button", name="Apply filters"))
    assert "projects match" in page.get_by_role("main").inner_text()
    person.follows(page.get_by_role("link", name="Maple Centre (Pathway Unit)"))
    assert "Galliford" in page.content() or "Contractor chosen" in page.content()


def test_project_page_prints_on_two_pages(visitor):
    person = visitor()
    for slug in ("lad-asb", "leighton-buzzard-hub", "mkuh-cancer-centre", "dunstable-hub"):
        person.goes_to(f"/projects/{slug}/")
        sides = len(re.findall(rb"/Type\s*/Page\b", person.page.pdf(format="A4")))
        assert 1 <= sides <= 2, f"{slug} takes {sides} sides"


def test_printed_pages_keep_the_caveat_the_address_and_the_sources(visitor):
    person = visitor()
    folded = "Actual: June 2025 – “Scheme announced” As at 3 November 2025. Stated by Luton Today"
    for path, sources in (
        ("/projects/luton-cdc/", ["As at March 2026. Stated by BDC Magazine", folded]),
        ("/projects/", []),
    ):
        person.goes_to(path)
        pages = PdfReader(io.BytesIO(person.page.pdf(format="A4"))).pages
        text = " ".join(" ".join(page.extract_text() for page in pages).split())
        assert "Published information may be out of date. It is not official status." in text
        assert path in text and re.search(r"printed on \d+ \w+ \d{4}", text)
        for source in sources:
            assert source in text
    assert "Showing 1 to 25 of 56" in text


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_office_adds_project_with_new_site_in_four_clicks(visitor, scripts):
    """Projects, Add, Next, Save. The project is not public, and its page lists what to finish."""
    person = visitor(scripts=scripts, person=UserFactory(role=Role.PROGRAMME_OFFICE))
    page = person.page
    title = f"Kingfisher Wharf {'wellbeing' if scripts else 'dental'} hub"
    person.goes_to("/")
    clicks = [
        page.get_by_role("link", name="Projects", exact=True).first,
        page.get_by_role("button", name="Add a project"),
        page.get_by_role("button", name="Next"),
        page.get_by_role("button", name="Save", exact=True),
    ]
    person.follows(clicks[0])
    person.follows(clicks[1])
    if scripts:
        person.looks()
    page.get_by_label("Hub", exact=True).check()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Luton", exact=True).check()
    if scripts:
        page.get_by_label("Find an organisation by name or ODS code").fill("RC9")
        page.keyboard.press("Enter")
    else:
        page.get_by_label("Lead organisation").select_option(label="Bedfordshire Hospitals NHS Foundation Trust (RC9)")
    page.get_by_label("Stage", exact=True).select_option("obc")
    page.get_by_label("Stage as at").fill("March 2026")
    person.follows(clicks[2])
    if scripts:
        page.go_back()
        assert page.get_by_label("Title").input_value() == title
        person.follows(clicks[2])
    page.get_by_label("Hub type").select_option("health_and_wellbeing")
    page.get_by_label("Summary for the public").fill("A hub by the water.")
    page.get_by_text("Add a new site").click()
    if scripts:
        person.looks()
    page.get_by_label("Name of the site").fill(f"{title} site")
    page.get_by_label("Type of site").select_option("hub")
    page.get_by_label("Postcode (optional)").fill("lu71be")
    person.follows(clicks[3])
    main = page.get_by_role("main").inner_text()
    assert f"{title} added" in main
    assert "Bedfordshire Hospitals NHS Foundation Trust" in main
    assert f"{title} site" in main
    tasks = ["Add gates", "Enter the approved budget", "Add funding", "Publish"]
    assert page.locator(".app-finish a").all_inner_texts() == tasks


def test_office_accepts_30_unchanged_green_reports_in_four_clicks(visitor):
    """Reporting, To review, Accept, and Accept again on the page that lists them. It needs no scripts."""
    office = UserFactory(role=Role.PROGRAMME_OFFICE)
    periods = [ReportingPeriodFactory(), ReportingPeriodFactory()]
    signed = {"started_by": office, "submitted_by": office, "submitted_at": timezone.now(), "frozen_at": timezone.now()}
    reviewed = {"state": "accepted", "reviewed_by": office, "reviewed_at": timezone.now()}
    for number in range(30):
        hub = HubFactory(title=f"Unchanged {number}", published=False)
        StatusReportFactory(project=hub, period=periods[0], **signed, **reviewed)
        StatusReportFactory(project=hub, period=periods[1], **signed, state="submitted")
    person = visitor(scripts=False, person=office)
    page = person.page
    person.goes_to("/")
    clicks = [
        page.get_by_role("banner").get_by_role("link", name="Reporting"),
        page.get_by_role("navigation", name="Reporting").get_by_role("link", name="To review"),
        page.get_by_role("link", name="Accept 30 unchanged green reports"),
        page.get_by_role("button", name="Accept selected reports"),
    ]
    for click in clicks:
        person.follows(click)
    main = page.get_by_role("main").inner_text()
    assert "30 reports accepted" in main
    assert "No reports to review" in main
