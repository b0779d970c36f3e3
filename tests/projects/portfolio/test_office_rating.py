"""The programme office's rating, next to the reported one wherever a rating is shown."""

import csv
import html
import io
import re

import docx
import pypdf
import pytest
from django.core import mail
from django.urls import reverse

from projects.digest.services import send_notices
from projects.models import Following, Project
from projects.models.choices import differing_office_rating
from projects.portfolio.board import build_board_report, pdf_of, word_of
from projects.portfolio.board.blocks import ReportTable
from projects.reporting import workflow
from tests.factories import HubFactory, ProgrammeFactory
from tests.periods import month, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LIST, HOME = reverse("projects:project_list"), reverse("home")
BOTH = "Green Programme office: Amber"


@pytest.fixture
def hub(office_client, trust):
    """Reported green for September, and again for October, when the programme office rates it amber."""
    hub = HubFactory(title="Riverside hub", lead_organisation=trust, programme=ProgrammeFactory(name="Beds"))
    person = office_client.user
    submitted_report(hub, month(9), person, person, overall="green")
    report = submitted_report(hub, month(10), person, overall="green", summary="All is well", help_needed="Who pays?")
    workflow.accept(report, person, independent_rating="amber", independent_reason="The steel is late")
    hub.refresh_from_db()
    return hub


def text_of(page):
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page.content.decode())).split())


def board(reader):
    return build_board_report(
        Project.objects.all(), Project.objects.get().current_report.period, reader=reader, scope="All", created="Now"
    )


class TestPages:
    def test_each_page_with_a_rating_shows_both(self, viewer_client, hub):
        Following.objects.create(person=viewer_client.user, project=hub)
        for url in (
            LIST,
            HOME,
            reverse("projects:as_at"),
            hub.programme.get_absolute_url(),
            hub.get_absolute_url(),
            reverse("projects:report_list", args=[hub.slug]),
            reverse("projects:my_work"),
        ):
            assert BOTH in text_of(viewer_client.get(url)), url

    def test_reporting_progress_shows_both(self, office_client, hub):
        url = hub.current_report.period.get_absolute_url()
        assert BOTH in text_of(office_client.get(url))
        rows = office_client.get(f"{url}progress.csv")
        (row,) = csv.DictReader(io.StringIO(b"".join(rows.streaming_content).decode("utf-8-sig")))
        assert row["Programme office rating"] == "Amber"

    @pytest.mark.parametrize(
        ("reported", "office", "number"),
        [
            ("green", "amber", 1),
            ("green", "red", 1),
            ("amber", "red", 1),
            ("amber", "amber", 0),
            ("red", "amber", 0),
            ("green", "not_rated", 0),
            ("not_rated", "red", 0),
            ("green", "", 0),
        ],
    )
    def test_lower_rating_of_the_office_is_counted_and_found(
        self, viewer_client, office_client, reported, office, number
    ):
        report = submitted_report(HubFactory(), month(10), office_client.user, overall=reported)
        workflow.accept(report, office_client.user, independent_rating=office, independent_reason="Steel")
        page = viewer_client.get(HOME)
        signs = {sign.key: sign.number for sign in page.context["portfolio"].signs_reported}
        assert signs["rated_lower"] == number
        assert (f"Programme office rates it {office}" in page.content.decode()) == bool(number)
        found = viewer_client.get(LIST, {"watch": "rated_lower"})
        assert f"{number} project{'' if number else 's'}" in text_of(found)

    def test_what_changed_shows_both_for_a_changed_project(self, viewer_client, office_client, hub):
        report = submitted_report(hub, month(11), office_client.user, overall="red", summary="Late")
        workflow.accept(report, office_client.user, independent_rating="amber", independent_reason="It is in hand")
        assert "Green → Red Programme office: Amber" in text_of(viewer_client.get(reverse("projects:what_changed")))

    def test_comparison_of_reports_has_a_line_for_the_office(self, viewer_client, hub):
        older, newer = hub.status_reports.order_by("period__starts_on")
        url = reverse("projects:report_compare", args=[hub.slug])
        page = viewer_client.get(url, {"from": older.pk, "to": newer.pk})
        assert "Programme office rating – Amber" in text_of(page)

    def test_counts_say_that_they_are_of_reported_ratings(self, viewer_client, hub):
        for url in (HOME, reverse("projects:as_at"), hub.programme.get_absolute_url()):
            assert "as reported" in viewer_client.get(url).content.decode(), url
        portfolio = viewer_client.get(HOME).context["portfolio"]
        assert {number.key: number.number for number in portfolio.ratings if number.number} == {"green": 1}

    def test_signed_out_reader_sees_no_rating(self, client, hub):
        Project.objects.update(published=True)
        for url in (LIST, hub.get_absolute_url(), hub.programme.get_absolute_url()):
            assert "Programme office: Amber" not in text_of(client.get(url)), url

    def test_equal_rating_of_the_office_is_shown_once(self, viewer_client, office_client):
        hub = HubFactory()
        report = submitted_report(hub, month(10), office_client.user, overall="amber")
        workflow.accept(report, office_client.user, independent_rating="amber")
        assert "Programme office:" not in text_of(viewer_client.get(LIST))
        assert differing_office_rating("amber", "amber") == differing_office_rating("amber", "") == ""


class TestFiles:
    def test_board_report_shows_both_in_each_format(self, office_client, hub):
        report = board(office_client.user)
        tables = {block.caption: block.rows for block in report.blocks if isinstance(block, ReportTable)}
        (row,) = tables["Projects as reported"]
        assert "Green; office: Amber" in [cell.text for cell in row]
        (row,) = tables["Red and amber projects"]
        assert row[0].text == "Riverside hub"
        pdf, word = io.BytesIO(), io.BytesIO()
        pdf_of(report, pdf)
        word_of(report, word)
        text = " ".join("".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages).split())
        assert "Green; office: Amber" in text
        assert "Green; office: Amber" in {cell.text for table in docx.Document(word).tables for cell in table._cells}

    def test_workbook_has_a_column_for_the_office(self, office_client, hub):
        response = office_client.get(reverse("projects:export_csv", args=["projects"]))
        (row,) = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
        assert (row["Delivery confidence"], row["Programme office rating"]) == ("Green", "Amber")

    def test_email_to_followers_shows_both(self, office_client, contributor_client, hub):
        Following.objects.create(person=contributor_client.user, project=hub)
        Following.objects.update(since=hub.current_report.submitted_at)
        send_notices()
        assert any("green; office: amber" in message.body for message in mail.outbox)
