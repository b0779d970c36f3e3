"""Workbooks and CSV files."""

import csv
import datetime
import gc
import io
import shutil
import subprocess
import tracemalloc

import openpyxl
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.asserts import assertRedirects

from estates_portal.accounts.models import AuditEvent
from estates_portal.csv_export import safe
from projects.columns import csv_rows
from projects.exports import sheets
from projects.exports.sheets import SHEETS
from projects.exports.workbook import workbook
from projects.models import AnnualCost, Project
from projects.reporting import workflow
from tests.factories import (
    BacklogRemovedFactory,
    CostEstimateFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    RiskFactory,
    SiteFactory,
    reported,
)
from tests.periods import month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
WORKBOOK = reverse("projects:export_workbook")
TITLES = ["Projects", "Milestones", "Finance", "Backlog removed", "Risks", "Decisions", "Actions", "Benefits"]
TITLES += ["Documents", "Evaluations"]
URL = "https://www.bbc.co.uk/news/1"


def sheet_of(client, key, **query):
    text = b"".join(client.get(reverse("projects:export_csv", args=[key]), query).streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def book_of(client, **query):
    return openpyxl.load_workbook(io.BytesIO(b"".join(client.get(WORKBOOK, query).streaming_content)))


class TestExports:
    @pytest.fixture
    def hub(self, office_client, trust):
        hub = HubFactory(
            reference="HUB-1", title="Riverside hub", lead_organisation=trust, approved_budget=2_000_000, stage="obc"
        )
        opening = MilestoneFactory(project=hub, gate="opening")
        opening.record_date("baseline", DAY(2027, 1, 1), stated_on=DAY(2025, 1, 1))
        opening.record_date("forecast", DAY(2027, 5, 1), stated_on=DAY(2026, 1, 1))
        AnnualCost.objects.create(project=hub, year=2026, budget=2_000_000, forecast="2100000.50")
        CostEstimateFactory(project=hub, amount_pounds=2_500_000, covers="Building and fit-out")
        FundingLineFactory(project=hub, amount_pounds=1_000_000)
        RiskFactory(project=hub, title="Steel is late", likelihood=4, consequence=5)
        reported(workflow.start_report(hub, month(10), office_client.user), office_client.user)
        return hub

    def test_each_sheet_has_rows_of_visible_projects(self, office_client, hub):
        (project,) = sheet_of(office_client, "projects")
        assert project["Project"] == "Riverside hub" and project["Opening planned"] == "2027-05-01"
        assert (
            project["Opening slippage against baseline (days)"] == "120"
            and project["Forecast cost (£)"] == "2100000.50"
        )
        assert project["Highest risk score"] == "20" and project["Delivery confidence"] == "Green"
        (milestone,) = sheet_of(office_client, "milestones")
        assert (milestone["Baseline"], milestone["Forecast"], milestone["Slippage against baseline (days)"]) == (
            "2027-01-01",
            "2027-05-01",
            "120",
        )
        assert milestone["First planned"] == milestone["Later than first planned (days)"] == ""
        assert project["Opening slippage against baseline"] == milestone["Slippage against baseline"] == "4 months late"
        money = sheet_of(office_client, "money")
        assert [row["Record"] for row in money] == ["Annual cost", "Funding", "Cost estimate"]
        (risk,) = sheet_of(office_client, "risks")
        assert (risk["Risk or issue"], risk["Score"], risk["Band"]) == ("Steel is late", "20", "Extreme")

    def test_dates_that_are_not_approved_are_no_baseline(self, office_client):
        hub = HubFactory()
        proposed, planned = (MilestoneFactory(project=hub, title=title) for title in ("Proposed", "Planned"))
        proposed.record_date("baseline", DAY(2027, 1, 1), "quarter", stated_on=DAY(2025, 1, 1), accepted_at=None)
        planned.record_date("forecast", DAY(2026, 9, 1), "month", stated_on=DAY(2025, 1, 1))
        planned.record_date("forecast", DAY(2027, 5, 1), stated_on=DAY(2026, 1, 1))
        rows = {row["Milestone"]: row for row in sheet_of(office_client, "milestones")}
        columns = ("Baseline", "Baseline date precision", "First planned", "First planned date precision")
        assert [rows["Proposed"][name] for name in columns] == ["", "", "2027-01-01", "Quarter"]
        assert [rows["Planned"][name] for name in columns] == ["", "", "2026-09-01", "Month"]
        columns = ("Slippage against baseline", "Slippage against baseline (days)", "Later than first planned (days)")
        assert [rows["Planned"][name] for name in columns] == ["At least 7 months later than first planned", "", "213"]

    STATE = (
        "Delivery state",
        "Reason on hold or cancelled",
        "Delivery state as at",
        "Delivery state as at precision",
        "Delivery state basis",
        "Delivery state source address",
    )

    @pytest.mark.parametrize(("state", "label"), [("on_hold", "On hold"), ("cancelled", "Cancelled")])
    def test_stopped_project_has_reason_date_basis_and_source(self, office_client, state, label):
        hub = HubFactory(stage="obc", delivery_state=state)
        hub.stage_statements.exclude(delivery_state="").update(
            reason="Not affordable.", stated_on=DAY(2023, 1, 1), precision="month", basis="stated", source_url=URL
        )
        (row,) = sheet_of(office_client, "projects")
        expected = [label, "Not affordable.", "2023-01-01", "Month", "Stated by the source", URL]
        assert [row[name] for name in self.STATE] == expected
        assert row["Delivery state source"] == "BBC News" and row["Stage"] == "Outline business case"

    def test_reason_of_an_earlier_hold_is_not_that_of_an_active_project(self, office_client):
        hub = HubFactory(stage="obc", delivery_state="on_hold")
        hub.stage_statements.exclude(delivery_state="").update(reason="Not affordable.", stated_on=DAY(2023, 1, 1))
        hub.delivery_state = "active"
        hub.save()
        (row,) = sheet_of(office_client, "projects")
        assert [row[name] for name in self.STATE] == ["Active", *[""] * 5]

    def test_workbook_has_dates_numbers_frozen_heading_and_filters(self, office_client, hub):
        book = book_of(office_client)
        assert book.sheetnames == ["About", *TITLES]
        page = book["Projects"]
        row = dict(zip([cell.value for cell in page[1]], page[2], strict=True))
        assert row["Opening planned"].value == datetime.datetime(2027, 5, 1)
        assert row["Opening planned"].number_format == "d mmm yyyy"
        assert row["Forecast cost (£)"].value == 2100000.5
        assert page.freeze_panes == "C2" and page.auto_filter.ref == "A1:BK2"
        about = {row[0].value: row[1].value for row in book["About"] if row[0].value}
        assert about["Projects"] == "1" and office_client.user.name in about["Created"]

    @pytest.mark.skipif(not shutil.which("soffice"), reason="No LibreOffice on this machine")
    def test_libreoffice_opens_the_workbook(self, office_client, hub, tmp_path):
        book = tmp_path / "book.xlsx"
        book.write_bytes(b"".join(office_client.get(WORKBOOK).streaming_content))
        every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
        command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
        command += ["--convert-to", every_sheet, "--outdir", tmp_path, book]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        with (tmp_path / "book-Projects.csv").open(encoding="utf-8") as file:
            (row,) = csv.DictReader(file)
        assert row["Project"] == "Riverside hub"
        assert row["Opening planned"] == "05/01/2027"  # LibreOffice reads it as a date and writes its own format
        assert row["Forecast cost (£)"] == "2100000.5"
        assert {path.name for path in tmp_path.glob("*.csv")} == {f"book-{name}.csv" for name in ("About", *TITLES)}

    def test_export_uses_filters_and_order_of_list(self, office_client, hub):
        HospitalSchemeFactory(title="Theatre block")
        HospitalSchemeFactory(title="Aardvark wing")
        query = {"kind": "hospital_scheme", "sort": "-title"}
        assert [row["Project"] for row in sheet_of(office_client, "projects", **query)] == [
            "Theatre block",
            "Aardvark wing",
        ]
        assert "Hospital scheme" in str(book_of(office_client, **query)["About"]["B5"].value)

    def test_export_has_only_visible_projects(self, viewer_client, office_client):
        hidden = HubFactory(title="Hidden hub", published=False, restricted=True)
        MilestoneFactory(project=hidden, gate="evaluation", forecast=DAY(2027, 1, 1))
        AnnualCost.objects.create(project=hidden, year=2026, forecast=1)
        RiskFactory(project=hidden).actions.create(what="Test the generator")
        BacklogRemovedFactory(project=hidden, site=SiteFactory())
        hidden.decisions.create(title="Go ahead", decided_by="Board", decided_on=DAY(2026, 6, 1))
        hidden.benefits.create(title="Length of stay", unit="days")
        hidden.documents.create(title="Paper", url="https://example.org/paper")
        for key in SHEETS:
            assert sheet_of(viewer_client, key) == []
            assert len(sheet_of(office_client, key)) == 1
        assert book_of(viewer_client)["Risks"].max_row == 1

    def test_anonymous_user_cannot_export(self, client):
        for url in (WORKBOOK, reverse("projects:export_csv", args=["risks"])):
            assertRedirects(client.get(url), f"{reverse('account_login')}?next={url}")
        assert not AuditEvent.objects.filter(kind="exported").exists()

    def test_export_adds_audit_record(self, viewer_client, hub):
        book_of(viewer_client, kind="hub")
        sheet_of(viewer_client, "money")
        details = list(
            AuditEvent.objects.filter(kind="exported", person=viewer_client.user).values_list("detail", flat=True)
        )
        assert any("Workbook: 1 project. Hub" in detail for detail in details)
        assert any("Finance as CSV: 1 project" in detail for detail in details)

    FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"]

    @pytest.mark.parametrize("text", FORMULAS)
    def test_export_escapes_formulas(self, office_client, text):
        HubFactory(title=text, reference="HUB-1")
        (row,) = sheet_of(office_client, "projects")
        assert row["Project"].lstrip("\r\n")[:1] == "'"
        cell = book_of(office_client)["Projects"]["B2"]
        assert cell.data_type == "s" and str(cell.value).replace("_x000D_", "").strip() == text.strip()

    @given(st.text(max_size=30))
    def test_csv_cell_never_starts_a_formula(self, text):
        cell = safe(text)
        try:
            float(cell.replace(" ", ""))
        except ValueError:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))

    def test_csv_cell_that_is_no_formula_stays_as_it_is(self):
        for text in ("+44 1234", "-2.5", "Decision on lease", "3 - 2"):
            assert safe(text) == text
        for text in ("=1+1", "@x", "-2+3", "+cmd|' /C calc'!A0", "+44 1234+A1", "- item", "+", "+4\t=1"):
            assert safe(text) == f"'{text}"

    def test_csv_rows_are_streamed(self, monkeypatch):
        """Four times as many projects need no more memory."""
        monkeypatch.setattr(sheets, "CHUNK", 20)
        HubFactory.create_batch(240)
        ids = list(Project.objects.values_list("pk", flat=True))
        peaks = []
        for chosen in (ids[:60], ids[:60], ids):  # the first fills Django's caches
            tracemalloc.start()
            for number, _row in enumerate(csv_rows(SHEETS["projects"], SHEETS["projects"].rows(chosen, TODAY)), 1):
                if number % 20 == 0:
                    gc.collect()  # when Python does it by itself depends on what other modules have loaded
            assert number == len(chosen)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[2] < peaks[1] * 1.5

    @pytest.mark.parametrize("rows", [2, 30])
    def test_workbook_query_count_is_constant(self, rows, django_assert_max_num_queries):
        for _ in range(rows):
            hub = HubFactory()
            MilestoneFactory(project=hub, forecast=DAY(2027, 1, 1))
            RiskFactory(project=hub)
        ids = list(Project.objects.values_list("pk", flat=True))
        with django_assert_max_num_queries(30):
            workbook("Projects", [(sheet, sheet.rows(ids, TODAY)) for sheet in SHEETS.values()], []).close()
