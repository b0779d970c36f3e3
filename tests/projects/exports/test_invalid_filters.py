"""No page, file or report contains more than was asked for: an invalid filter finds nothing."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from estates_portal.accounts.models import AuditEvent, AuditKind
from tests.factories import HubFactory, RiskFactory
from tests.periods import month, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
INVALID = [
    ("programme=gone", "Programme"),
    ("rating=purple", "Delivery confidence"),
    ("lead=no-such", "Lead organisation"),
    ("year=2099", "Opening year"),
    ("q=" + "+".join(f"word{number}" for number in range(13)), "Name or place"),
    ("place=atlantis", "Place"),
]
FILES = ["/export/projects.csv", "/export/milestones.csv", "/export/risks.csv", "/export/portfolio.xlsx"]
PAGES = ["projects:project_list", "projects:hub_list", "projects:timeline", "projects:milestone_grid"]


@pytest.fixture
def hub():
    hub = HubFactory(title="Riverside hub")
    RiskFactory(project=hub, title="Steel is late")
    return hub


@pytest.mark.parametrize(("query", "label"), INVALID)
def test_file_with_invalid_filter_is_refused(office_client, hub, query, label):
    for file in FILES:
        page = office_client.get(f"{file}?{query}")
        assertContains(page, label, status_code=400)
        assertContains(page, "There is no download for these filters", status_code=400)
    assert not AuditEvent.objects.filter(kind=AuditKind.EXPORTED).exists()


@pytest.mark.parametrize("query", ["place=atlantis", "programme=gone", "lead=no-such"])
def test_board_report_with_invalid_filter_is_refused(office_client, hub, query):
    submitted_report(hub, month(10), office_client.user)
    for name in ("projects:board_report_pdf", "projects:board_report_word"):
        assert office_client.get(f"{reverse(name)}?period=2026-10").status_code == 200
        assert office_client.get(f"{reverse(name)}?period=2026-10&{query}").status_code == 400


@pytest.mark.parametrize("name", PAGES)
def test_page_with_invalid_filter_shows_error_and_no_rows(office_client, hub, name):
    page = office_client.get(f"{reverse(name)}?place=atlantis")
    assertContains(page, "Select a place from the list")
    assert "Riverside hub" not in page.content.decode()


def test_risks_with_invalid_filter_show_no_rows(office_client, hub):
    page = office_client.get(f"{reverse('projects:risk_list')}?lead=gone")
    assert "Steel is late" not in page.content.decode()


@pytest.mark.parametrize("query", ["lead=gone", "rating=purple", "stage=gone", "sign=gone"])
def test_past_position_with_invalid_filter_shows_no_rows(office_client, hub, query):
    submitted_report(hub, month(10), office_client.user)
    url = f"{reverse('projects:as_at')}?period=2026-10"
    assertContains(office_client.get(url), hub.get_absolute_url())
    assert hub.get_absolute_url() not in office_client.get(f"{url}&{query}").content.decode()
