"""What leaves the portal: exports, calendars, the feed, open data, saved views."""

import csv
import datetime
import io
import json
import shutil
import subprocess
import tracemalloc
from pathlib import Path

import feedparser
import icalendar
import jsonschema
import openpyxl
import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

import projects.exports.workbook as workbook_module
from estates_portal.accounts.models import AuditEvent, Role
from estates_portal.csv_export import safe
from projects.exports.calendars import calendar_of, make_link
from projects.exports.workbook import SHEETS, csv_rows, workbook
from projects.models import AnnualCost, CalendarLink, Document, Following, Project, SavedView
from projects.reporting import workflow
from tests.conftest import signed_in
from tests.factories import (
    PASSWORD,
    CostEstimateFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    ProgrammeFactory,
    ProgressNoteFactory,
    RiskFactory,
    SiteFactory,
    UserFactory,
    reported,
)
from tests.projects.test_report_form import month

pytestmark = pytest.mark.django_db
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
WORKBOOK = reverse("projects:export_workbook")
STANDARD = Path(__file__).parents[1] / "data" / "oc4ids"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC), tick=False) as clock:
        yield clock


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
        opening.state_date("baseline", DAY(2027, 1, 1), said_on=DAY(2025, 1, 1))
        opening.state_date("forecast", DAY(2027, 5, 1), said_on=DAY(2026, 1, 1))
        AnnualCost.objects.create(project=hub, year=2026, budget=2_000_000, forecast="2100000.50")
        CostEstimateFactory(project=hub, amount_pounds=2_500_000, covers="Building and fit-out")
        FundingLineFactory(project=hub, amount_pounds=1_000_000)
        RiskFactory(project=hub, title="Steel is late", likelihood=4, consequence=5)
        reported(workflow.start_update(hub, month(10), office_client.user), office_client.user)
        return hub

    def test_every_sheet_has_the_rows(self, office_client, hub):
        (project,) = sheet_of(office_client, "projects")
        assert project["Project"] == "Riverside hub" and project["Opening"] == "2027-05-01"
        assert project["Opening late by (days)"] == "120" and project["Forecast, all years (£)"] == "2100000.50"
        assert project["Worst risk score"] == "20" and project["Delivery confidence"] == "Green"
        (milestone,) = sheet_of(office_client, "milestones")
        assert (milestone["Baseline"], milestone["Forecast"], milestone["Late by (days)"]) == (
            "2027-01-01",
            "2027-05-01",
            "120",
        )
        assert milestone["Approved or first planned"] == "Approved"
        money = sheet_of(office_client, "money")
        assert [row["What"] for row in money] == ["Capital by year", "Funding", "Cost figure"]
        (risk,) = sheet_of(office_client, "risks")
        assert (risk["Risk or issue"], risk["Score"], risk["Band"]) == ("Steel is late", "20", "Extreme")

    def test_the_workbook_has_real_dates_and_numbers_a_frozen_heading_and_filters(self, office_client, hub):
        book = book_of(office_client)
        assert book.sheetnames == ["About", "Projects", "Milestones", "Money", "Risks"]
        page = book["Projects"]
        row = dict(zip([cell.value for cell in page[1]], page[2], strict=True))
        assert row["Opening"].value == datetime.datetime(2027, 5, 1)
        assert row["Opening"].number_format == "d mmm yyyy"
        assert row["Forecast, all years (£)"].value == 2100000.5
        assert page.freeze_panes == "C2" and page.auto_filter.ref == "A1:X2"
        about = {row[0].value: row[1].value for row in book["About"] if row[0].value}
        assert about["Projects"] == "1" and office_client.user.name in about["Made on"]

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
        assert row["Opening"] == "05/01/2027"  # it took the cell for a date, and writes it in its own way
        assert row["Forecast, all years (£)"] == "2100000.5"
        assert {one.name for one in tmp_path.glob("*.csv")} == {
            f"book-{name}.csv" for name in ("About", "Projects", "Milestones", "Money", "Risks")
        }

    def test_the_filters_of_the_list_choose_and_order(self, office_client, hub):
        HospitalSchemeFactory(title="Theatre block")
        HospitalSchemeFactory(title="Aardvark wing")
        query = {"kind": "hospital_scheme", "sort": "-title"}
        assert [row["Project"] for row in sheet_of(office_client, "projects", **query)] == [
            "Theatre block",
            "Aardvark wing",
        ]
        assert "Hospital scheme" in str(book_of(office_client, **query)["About"]["B5"].value)

    def test_only_what_the_reader_may_see_leaves(self, viewer_client, office_client):
        hidden = HubFactory(title="Hidden hub", published=False, restricted=True)
        MilestoneFactory(project=hidden, forecast=DAY(2027, 1, 1))
        AnnualCost.objects.create(project=hidden, year=2026, forecast=1)
        RiskFactory(project=hidden)
        for key in SHEETS:
            assert sheet_of(viewer_client, key) == []
            assert len(sheet_of(office_client, key)) == 1
        assert book_of(viewer_client)["Risks"].max_row == 1

    def test_who_is_not_signed_in_takes_nothing(self, client):
        assert client.get(WORKBOOK).status_code == 302
        assert client.get(reverse("projects:export_csv", args=["risks"])).status_code == 302

    def test_each_export_is_recorded(self, viewer_client, hub):
        book_of(viewer_client, kind="hub")
        sheet_of(viewer_client, "money")
        details = list(
            AuditEvent.objects.filter(kind="exported", person=viewer_client.user).values_list("detail", flat=True)
        )
        assert any("Workbook: 1 project. Hub" in detail for detail in details)
        assert any("Money as CSV: 1 project" in detail for detail in details)

    FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]

    @pytest.mark.parametrize("text", FORMULAS)
    def test_no_formula_gets_through(self, office_client, text):
        HubFactory(title=text, reference="HUB-1")
        (row,) = sheet_of(office_client, "projects")
        assert row["Project"].lstrip("\r\n")[:1] == "'"
        cell = book_of(office_client)["Projects"]["B2"]
        assert cell.data_type == "s" and str(cell.value).replace("_x000D_", "").strip() == text.strip()

    @given(st.text(max_size=30))
    def test_whatever_is_typed_no_cell_of_csv_begins_a_formula(self, text):
        cell = safe(text)
        try:
            float(cell)
        except ValueError:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))

    def test_rows_are_written_as_they_are_read(self, monkeypatch):
        """Four times the projects take no more memory: nothing is kept."""
        monkeypatch.setattr(workbook_module, "CHUNK", 20)
        HubFactory.create_batch(240)
        ids = list(Project.objects.values_list("pk", flat=True))
        peaks = []
        for some in (ids[:60], ids[:60], ids):  # the first fills what Django keeps of a query
            tracemalloc.start()
            assert sum(1 for _ in csv_rows(SHEETS["projects"], some, TODAY)) == len(some)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[2] < peaks[1] * 1.5

    @pytest.mark.parametrize("rows", [2, 30])
    def test_queries_do_not_grow(self, rows, django_assert_max_num_queries):
        for _ in range(rows):
            hub = HubFactory()
            MilestoneFactory(project=hub, forecast=DAY(2027, 1, 1))
            RiskFactory(project=hub)
        ids = list(Project.objects.values_list("pk", flat=True))
        with django_assert_max_num_queries(8):
            workbook(ids, TODAY, []).close()


# Calendars -----------------------------------------------------------------------------------------------------------


class TestCalendar:
    def events(self, client, token, scope="all"):
        response = client.get(reverse("projects:calendar", args=[token, scope]))
        assert response.status_code == 200, scope
        calendar = icalendar.Calendar.from_ical(response.content)
        return list(calendar.walk("VEVENT"))

    def test_events_are_as_long_as_their_dates_are_vague(self, client, trust):
        hub = HubFactory(title="Riverside hub")
        for on, precision in ((DAY(2027, 3, 5), "day"), (DAY(2027, 4, 1), "month"), (DAY(2027, 7, 1), "quarter")):
            MilestoneFactory(project=hub, title=precision).state_date("forecast", on, precision)
        day, month_, quarter = self.events(client, make_link(UserFactory()))
        assert (day["DTSTART"].dt, day["DTEND"].dt) == (DAY(2027, 3, 5), DAY(2027, 3, 6))
        assert (month_["DTSTART"].dt, month_["DTEND"].dt) == (DAY(2027, 4, 1), DAY(2027, 5, 1))
        assert (quarter["DTSTART"].dt, quarter["DTEND"].dt) == (DAY(2027, 7, 1), DAY(2027, 10, 1))
        assert day["SUMMARY"] == "Riverside hub: day"
        assert "some time in April 2027" in month_["SUMMARY"]
        assert day["URL"] == f"http://testserver{hub.get_absolute_url()}"

    def test_each_scope_has_its_projects(self, client, trust):
        person = UserFactory(role=Role.CONTRIBUTOR, organisation=trust)
        programme = ProgrammeFactory(slug="renewal")
        followed, own = HubFactory(title="Followed"), HubFactory(title="Own", lead_organisation=trust)
        other = HubFactory(title="Other", programme=programme)
        hidden = HubFactory(title="Hidden", published=False, restricted=True, programme=programme)
        for project in (followed, own, other, hidden):
            MilestoneFactory(project=project, title="Opening", forecast=DAY(2027, 3, 5))
        Following.objects.create(person=person, project=followed)
        token = make_link(person)

        def named(scope):
            return sorted(str(event["SUMMARY"]).split(":")[0] for event in self.events(client, token, scope))

        assert named("mine") == ["Followed", "Own"]
        assert named("all") == ["Followed", "Other", "Own"]
        assert named("renewal") == ["Other"]
        assert client.get(reverse("projects:calendar", args=[token, "nothing"])).status_code == 404

    def test_a_link_works_until_it_is_made_anew_or_revoked_or_its_person_leaves(self, viewer_client, client):
        page = viewer_client.post(reverse("projects:calendar_links"))
        url = page.context["urls"][0][1].removeprefix("http://testserver")
        assert client.get(url).status_code == 200
        second = (
            viewer_client.post(reverse("projects:calendar_links"))
            .context["urls"][0][1]
            .removeprefix("http://testserver")
        )
        assert (client.get(url).status_code, client.get(second).status_code) == (404, 200)
        viewer_client.user.is_active = False
        viewer_client.user.save()
        assert client.get(second).status_code == 404
        viewer_client.user.is_active = True
        viewer_client.user.save()
        viewer_client.force_login(viewer_client.user)
        viewer_client.post(reverse("projects:calendar_links"), {"action": "revoke"})
        assert client.get(second).status_code == 404

    def test_the_secret_itself_is_kept_nowhere_and_shown_once(self, viewer_client):
        page = viewer_client.post(reverse("projects:calendar_links"))
        token = page.context["urls"][0][1].split("/")[-2]
        assert token not in CalendarLink.objects.get().digest
        assert token not in viewer_client.get(reverse("projects:calendar_links")).content.decode()

    def test_names_that_break_lines_stay_in_their_place(self, client):
        hub = HubFactory(title="Hub; with, commas\\ and\nEND:VCALENDAR")
        MilestoneFactory(project=hub, title="Opening", forecast=DAY(2027, 3, 5))
        (event,) = self.events(client, make_link(UserFactory()))
        assert "commas" in event["SUMMARY"] and "END:VCALENDAR" in event["SUMMARY"]

    @pytest.mark.parametrize("rows", [2, 30])
    def test_queries_do_not_grow(self, client, rows, django_assert_num_queries):
        for _ in range(rows):
            MilestoneFactory(forecast=DAY(2027, 3, 5))
        url = reverse("projects:calendar", args=[make_link(UserFactory()), "all"])
        with django_assert_num_queries(2):
            client.get(url)

    def test_an_empty_one_is_a_calendar_still(self):
        assert icalendar.Calendar.from_ical(calendar_of([], "Estates", "http://x")).walk("VEVENT") == []


def test_the_feed_is_atom_of_public_progress(client):
    hub = HubFactory(title="Riverside & hub", slug="riverside")
    ProgressNoteFactory(project=hub, date=DAY(2026, 10, 1), text="Steel <frame> finished.")
    ProgressNoteFactory(project=HubFactory(published=False), text="Hidden")
    ProgressNoteFactory(project=hub, date=DAY(2027, 10, 1), text="Of the future")
    response = client.get(reverse("projects:progress_feed"))
    feed = feedparser.parse(response.content)
    assert not feed.bozo and feed.version == "atom10"
    (entry,) = feed.entries
    assert entry.title == "Riverside & hub"
    assert "Steel <frame> finished." in entry.summary or "Steel &lt;frame&gt; finished." in entry.summary
    assert entry.link.endswith("/projects/riverside/")
    assert entry.updated.startswith("2026-10-01")


# Open data -----------------------------------------------------------------------------------------------------------


def codes(name):
    with (STANDARD / "codelists" / f"{name}.csv").open(encoding="utf-8") as file:
        return {row["Code"] for row in csv.DictReader(file)}


def faults_of(data):
    """What is wrong with a package by the standard's schemas and codelists."""
    schema = json.loads((STANDARD / "project-schema.json").read_text())
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    package_schema = json.loads((STANDARD / "project-package-schema.json").read_text())
    faults = [f"package: {name} is missing" for name in package_schema["required"] if name not in data]
    for project in data["projects"]:
        faults += [f"{project['id']}: {one.json_path} {one.message}" for one in validator.iter_errors(project)]
        used = [("projectStatus", project["status"]), *(("projectSector", one) for one in project["sector"])]
        used += [("partyRole", role) for party in project.get("parties", []) for role in party["roles"]]
        used += [("documentType", one["documentType"]) for one in project["documents"] if "documentType" in one]
        used += [("milestoneStatus", one["status"]) for one in project.get("milestones", [])]
        used += [("relatedProject", one["relationship"]) for one in project.get("relatedProjects", [])]
        faults += [f"{project['id']}: {code} is not in {name}" for name, code in used if code not in codes(name)]
    return faults


class TestOpenData:
    URL = reverse("projects:open_data_json")

    def test_the_facts_that_ship_hold_to_the_standard(self, client):
        call_command("load_blmk", verbosity=0)
        data = client.get(self.URL).json()
        assert len(data["projects"]) == Project.objects.filter(published=True).count() == 56
        assert faults_of(data) == []
        ids = [project["id"] for project in data["projects"]]
        assert len(set(ids)) == len(ids)

    def test_a_project_with_everything(self, client, trust):
        trust.ods_code = "RC9"
        trust.save()
        plan = HospitalSchemeFactory(title="Plan", reference="PLAN")
        hub = HubFactory(
            reference="HUB-1",
            lead_organisation=trust,
            stage="construction",
            parent=plan,
            site=SiteFactory(postcode="LU1 1AA"),
        )
        hub.partner_organisations.add(OrganisationFactory(name="Luton Council"))
        MilestoneFactory(project=hub, title="Opening").state_date("forecast", DAY(2027, 4, 1), "quarter")
        CostEstimateFactory(project=hub, amount_pounds="1500000.50", covers="Building")
        FundingLineFactory(project=hub, funder="NHS England")
        for title, public in (("Open paper", True), ("Closed paper", False)):
            Document.objects.create(
                project=hub, title=title, url="https://www.example.org/a", public=public, kind="fbc"
            )
        data = client.get(self.URL).json()
        assert faults_of(data) == []
        project = next(one for one in data["projects"] if one["id"].endswith("HUB-1"))
        assert project["status"] == "implementation"
        assert project["budget"]["amount"] == {"amount": 1500000.5, "currency": "GBP"}
        assert {(party["name"], *party["roles"]) for party in project["parties"]} == {
            ("Luton Trust", "publicAuthority"),
            ("Luton Council", "interestedParty"),
            ("NHS England", "funder"),
        }
        (milestone,) = project["milestones"]
        assert milestone["dueDate"] == "2027-06-30T00:00:00Z" and "quarter" in milestone["description"]
        assert [one["title"] for one in project["documents"]] == ["The project's page", "Open paper"]
        assert project["relatedProjects"][0]["title"] == "Plan"

    def test_nothing_that_is_not_public_leaves(self, client, office_client):
        hidden = HubFactory(title="Hidden plan", published=False)
        hub = HubFactory(title="Riverside hub", parent=hidden, approved_budget=7_777_777)
        MilestoneFactory(project=hub, title="Secret approval", public=False, forecast=DAY(2027, 1, 1))
        HubFactory(title="Invented hub", is_example=True)
        RiskFactory(project=hub, title="Secret risk")
        for reader in (client, office_client):
            for name in ("open_data_json", "open_data_csv"):
                response = reader.get(reverse(f"projects:{name}"))
                text = (response.content if not response.streaming else b"".join(response.streaming_content)).decode()
                assert "Riverside hub" in text
                assert not any(word in text for word in ("Hidden", "Secret", "Invented", "7777777"))

    def test_the_table_has_a_row_for_each(self, client):
        call_command("load_blmk", verbosity=0)
        response = client.get(reverse("projects:open_data_csv"))
        rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
        assert len(rows) == 56 and rows[0]["address"].startswith("http://testserver/projects/")

    def test_the_page_says_the_licence_and_leads_to_both(self, client):
        page = client.get(reverse("projects:open_data")).content.decode()
        assert "Open Government Licence" in page and self.URL in page

    @pytest.mark.parametrize("rows", [2, 30])
    def test_queries_do_not_grow(self, client, rows, django_assert_max_num_queries):
        for _ in range(rows):
            hub = HubFactory(site=SiteFactory())
            MilestoneFactory(project=hub, forecast=DAY(2027, 1, 1))
        with django_assert_max_num_queries(12):
            client.get(self.URL)


# Saved views ---------------------------------------------------------------------------------------------------------


class TestSavedViews:
    ADD, LIST = reverse("projects:view_add"), reverse("projects:view_list")

    def test_a_filtered_list_is_kept_shared_and_begun_with(self, viewer_client, trust, client):
        page = "/projects/?place=luton&stage=construction"
        assert "as it is filtered now" in viewer_client.get(self.ADD, {"page": page}).content.decode()
        sent = {"page": page, "name": "Being built in Luton", "shared": "on", "is_start": "on"}
        assert viewer_client.post(self.ADD, sent).status_code == 302
        assert SavedView.objects.get().get_absolute_url() == page
        assert "Being built in Luton" in viewer_client.get(self.LIST).content.decode()
        assert viewer_client.get(reverse("projects:start"))["Location"] == page
        colleague = signed_in(organisation=trust)
        assert "Being built in Luton" in colleague.get(self.LIST).content.decode()
        stranger = signed_in(organisation=OrganisationFactory())
        assert "Being built in Luton" not in stranger.get(self.LIST).content.decode()
        fresh = Client()
        response = fresh.post(
            reverse("account_login"), {"login": viewer_client.user.email, "password": PASSWORD}, follow=True
        )
        assert response.redirect_chain[-1][0] == page

    def test_one_start_at_a_time_and_none_by_default(self, viewer_client):
        assert viewer_client.get(reverse("projects:start"))["Location"] == reverse("home")
        for name in ("One", "Two"):
            viewer_client.post(self.ADD, {"page": f"/hubs/?q={name}", "name": name, "is_start": "on"})
        assert SavedView.objects.get(is_start=True).name == "Two"
        one = SavedView.objects.get(name="One")
        viewer_client.post(reverse("projects:view_change", args=[one.pk]), {"action": "start"})
        assert SavedView.objects.get(is_start=True) == one
        viewer_client.post(reverse("projects:view_change", args=[one.pk]), {"action": "no_start"})
        assert not SavedView.objects.filter(is_start=True).exists()
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedView.objects.update(is_start=True)

    ELSEWHERE = ["", "https://evil.example/projects/", "//evil.example/projects/", "javascript:alert(1)", "/admin/"]

    @pytest.mark.parametrize(
        "page", [*ELSEWHERE, "/nowhere/", "/projects/\0", "/projects/?" + "x" * 2000, "/account/sign-out/"]
    )
    def test_nothing_else_is_kept(self, viewer_client, page):
        assert viewer_client.get(self.ADD, {"page": page})["Location"] == self.LIST
        assert viewer_client.post(self.ADD, {"page": page, "name": "x"})["Location"] == self.LIST
        assert not SavedView.objects.exists()

    def test_names_are_needed_and_one_of_a_kind(self, viewer_client):
        assert "Enter a name" in viewer_client.post(self.ADD, {"page": "/hubs/", "name": " "}).content.decode()
        viewer_client.post(self.ADD, {"page": "/hubs/", "name": "Mine"})
        assert (
            "You have a view of that name"
            in viewer_client.post(self.ADD, {"page": "/hubs/", "name": "Mine"}).content.decode()
        )
        assert SavedView.objects.count() == 1

    def test_others_views_are_not_changed(self, viewer_client, trust):
        colleague = signed_in(organisation=trust)
        colleague.post(self.ADD, {"page": "/hubs/", "name": "Theirs", "shared": "on"})
        url = reverse("projects:view_change", args=[SavedView.objects.get().pk])
        assert viewer_client.post(url, {"action": "remove"}).status_code == 404
        assert colleague.post(url, {"action": "remove"}).status_code == 302
        assert not SavedView.objects.exists()
