"""Dashboard, what changed, board report, downloads and calendar links in a browser."""

import datetime
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.management import call_command

from estates_portal.accounts.models import Role
from tests.factories import PASSWORD, OrganisationFactory, UserFactory

from .conftest import DESK, PHONE


@pytest.fixture(scope="module")
def address(blmk_portal):
    call_command("make_example_projects", count=20, verbosity=0)
    return blmk_portal


@pytest.fixture
def reader(address):
    return UserFactory(name="Lena Lead", role=Role.VIEWER, organisation=OrganisationFactory())


def main(visitor):
    return visitor.page.get_by_role("main")


def number(text):
    return int(text.split()[0])


def test_dashboard_numbers_link_to_their_rows(visitor, reader):
    lead = visitor(person=reader)
    lead.goes_to("/")
    assert lead.page.get_by_role("heading", level=1).inner_text() == "Portfolio"
    for name in ("amber", "An extreme risk", "Opening more than 90 days late"):
        lead.goes_to("/")
        link = main(lead).get_by_role("link", name=name).first
        shown = number(link.inner_text())
        lead.follows(link)
        assert number(lead.page.locator("#result-count").inner_text()) == shown, name


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_user_reads_what_changed_and_downloads_board_report(visitor, reader, width):
    lead = visitor(width, person=reader)
    lead.goes_to("/")
    lead.follows(main(lead).get_by_role("link", name="What changed", exact=True))
    lead.page.get_by_label("From").select_option(index=3)
    lead.follows(main(lead).get_by_role("button", name="Show"))
    assert "What changed from" in main(lead).inner_text()
    lead.goes_to("/")
    lead.follows(main(lead).get_by_role("link", name="Board report"))
    lead.follows(main(lead).get_by_role("button", name="Create report"))
    assert "board report" in lead.page.get_by_role("heading", level=1).inner_text()
    for name, start in (("Download PDF", b"%PDF"), ("Download Word", b"PK")):
        with lead.page.expect_download() as download:
            main(lead).get_by_role("link", name=name, exact=True).click()
        with open(download.value.path(), "rb") as file:
            assert file.read(4).startswith(start)


def test_viewer_downloads_list_and_saves_view(visitor, reader):
    lead = visitor(person=reader)
    lead.goes_to("/projects/?kind=hub&stage=construction")
    with lead.page.expect_download() as download:
        main(lead).get_by_role("link", name="Excel").click()
    assert download.value.suggested_filename == f"estates-portfolio-{datetime.date.today()}.xlsx"
    lead.follows(main(lead).get_by_role("link", name="Save this view"))
    lead.page.get_by_label("Name", exact=True).fill("Hubs being built")
    lead.page.get_by_label("Open this view when I sign in").check()
    lead.follows(main(lead).get_by_role("button", name="Save"))
    assert reader.saved_views.get().query == "kind=hub&stage=construction"
    again = visitor()
    again.signs_in(reader.email, PASSWORD)
    assert again.page.url.endswith("/projects/?kind=hub&stage=construction")


def test_viewer_creates_and_deletes_calendar_link(visitor, reader):
    lead = visitor(PHONE, person=reader)
    lead.goes_to("/calendar/")
    lead.page.get_by_label("Name").fill("Phone")
    lead.follows(main(lead).get_by_role("button", name="Create link"))
    url = urlsplit(lead.page.get_by_label("My projects").input_value()).path
    url = urljoin(lead.page.url, url)  # links have the address of the service, not that of the test
    assert lead.context.request.get(url).status == 200
    lead.looks()
    lead.follows(main(lead).get_by_role("button", name="Delete link Phone"))
    assert lead.context.request.get(url).status == 404
