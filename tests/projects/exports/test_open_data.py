"""Open data against the OC4IDS schema."""

import csv
import datetime
import io
import json
from pathlib import Path

import jsonschema
import pytest
from django.urls import reverse

from projects.models import Document, Project, Source
from tests.factories import (
    CostEstimateFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    RiskFactory,
    SiteFactory,
)
from tests.release import load_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
STANDARD = Path(__file__).parents[2] / "data" / "oc4ids"


def codes(name):
    with (STANDARD / "codelists" / f"{name}.csv").open(encoding="utf-8") as file:
        return {row["Code"] for row in csv.DictReader(file)}


def errors_in(data):
    """The errors of a package by the standard's schemas and codelists."""
    schema = json.loads((STANDARD / "project-schema.json").read_text())
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    package_schema = json.loads((STANDARD / "project-package-schema.json").read_text())
    errors = [f"package: {name} is missing" for name in package_schema["required"] if name not in data]
    for project in data["projects"]:
        errors += [f"{project['id']}: {error.json_path} {error.message}" for error in validator.iter_errors(project)]
        used = [("projectStatus", project["status"]), *(("projectSector", sector) for sector in project["sector"])]
        used += [("partyRole", role) for party in project.get("parties", []) for role in party["roles"]]
        used += [
            ("documentType", document["documentType"])
            for document in project["documents"]
            if "documentType" in document
        ]
        used += [("milestoneStatus", milestone["status"]) for milestone in project.get("milestones", [])]
        errors += [f"{project['id']}: {code} is not in {name}" for name, code in used if code not in codes(name)]
    return errors


class TestOpenData:
    URL = reverse("projects:open_data_json")

    def test_open_data_of_release_matches_oc4ids_schema(self, client):
        load_release()
        data = client.get(self.URL).json()
        assert len(data["projects"]) == Project.objects.filter(published=True).count() == 56
        assert errors_in(data) == []
        ids = [project["id"] for project in data["projects"]]
        assert len(set(ids)) == len(ids)

    def test_open_data_includes_every_field_of_project(self, client, trust):
        trust.identifiers.create(value="RC9")
        plan = HospitalSchemeFactory(title="Plan", reference="PLAN")
        hub = HubFactory(
            reference="HUB-1",
            lead_organisation=trust,
            stage="construction",
            parent=plan,
            site=SiteFactory(postcode="LU1 1AA"),
        )
        hub.partner_organisations.add(OrganisationFactory(name="Luton Council"))
        MilestoneFactory(project=hub, title="Opening").record_date("forecast", DAY(2027, 4, 1), "quarter")
        CostEstimateFactory(project=hub, amount_pounds="1500000.50", covers="Building")
        FundingLineFactory(project=hub, funder="NHS England")
        for title, public in (("Open paper", True), ("Closed paper", False)):
            Document.objects.create(
                project=hub, title=title, url="https://www.example.org/a", public=public, kind="fbc"
            )
        data = client.get(self.URL).json()
        assert errors_in(data) == []
        project = next(project for project in data["projects"] if project["id"].endswith("HUB-1"))
        assert project["status"] == "implementation"
        assert "Cost estimate, not an approved budget: £1,500,001 (Building)" in project["description"]
        assert {(party["name"], *party["roles"]) for party in project["parties"]} == {
            ("Luton Trust", "publicAuthority"),
            ("Luton Council", "interestedParty"),
            ("NHS England", "funder"),
        }
        (milestone,) = project["milestones"]
        assert milestone["dueDate"] == "2027-06-30T00:00:00Z" and "quarter" in milestone["description"]
        assert [document["title"] for document in project["documents"]] == ["The project's page", "Open paper"]
        assert project["relatedProjects"][0]["title"] == "Plan"

    @pytest.mark.parametrize(
        ("stage", "state", "starts"),
        [
            ("obc", "active", "Was planned for March 2026. Overdue, no update. Date known to the month. As at 1 "),
            ("obc", "on_hold", "Last planned for March 2026. Date known to the month. As at 1 October 2025"),
            ("obc", "cancelled", "Last planned for March 2026. Date known to the month. As at 1 October 2025"),
            ("operational", "complete", "Was planned for March 2026. Not recorded as reached. Date known to the month"),
        ],
    )
    def test_milestone_has_its_state_in_the_project(self, client, stage, state, starts):
        milestone = MilestoneFactory(project=HubFactory(stage=stage, delivery_state=state))
        milestone.record_date("forecast", DAY(2026, 3, 1), "month", stated_on=DAY(2025, 10, 1))
        assert self.only_milestone(client)["description"].startswith(starts)

    def test_milestone_whose_date_is_not_known_is_not_left_out(self, client):
        milestone = MilestoneFactory(forecast=DAY(2027, 3, 1), title="Handover", kind="works")
        why = {"explanation": "The contractor has stopped.", "stated_on": DAY(2026, 10, 1)}
        milestone.record_date("forecast", None, source_url="https://www.bbc.co.uk/news/1", **why)
        assert self.only_milestone(client) == {
            "id": str(milestone.pk),
            "title": "Handover",
            "description": "Date not known. As at 1 October 2026. Stated by BBC News. https://www.bbc.co.uk/news/1",
            "status": "scheduled",
            "dateModified": "2026-10-01T00:00:00Z",
        }

    def test_milestone_without_accepted_date_shows_no_date(self, client):
        milestone = MilestoneFactory()
        milestone.record_date("forecast", DAY(2027, 3, 1), stated_on=DAY(2026, 10, 1), accepted_at=None)
        described = self.only_milestone(client)
        assert described["description"] == "Date not known"
        assert not described.keys() & {"dueDate", "dateMet", "dateModified"}

    def test_vague_dates_of_the_package_show_their_last_day(self, client):
        url = "https://www.bbc.co.uk/news/1"
        Source.objects.create(url=url, publisher="BBC News", dated_on=DAY(2026, 3, 1), date_precision="month")
        milestone = MilestoneFactory()
        milestone.record_date(
            "forecast",
            DAY(2027, 4, 1),
            "quarter",
            stated_on=DAY(2026, 3, 1),
            stated_precision="month",
            source_url=url,
        )
        described = self.only_milestone(client)
        assert described["dueDate"] == "2027-06-30T00:00:00Z" and described["dateModified"] == "2026-03-31T00:00:00Z"
        (project,) = client.get(self.URL).json()["projects"]
        source = next(document for document in project["documents"] if document["url"] == url)
        assert source["datePublished"] == "2026-03-31T00:00:00Z" and "Date: March 2026" in source["description"]

    def test_open_data_page_says_which_day_vague_dates_show(self, client):
        page = " ".join(client.get(reverse("projects:open_data")).content.decode().split())
        assert "In the package, a date known only to the month, quarter or year shows its last day." in page
        assert "In the table, such a date shows its first day." in page

    def only_milestone(self, client):
        data = client.get(self.URL).json()
        assert errors_in(data) == []
        ((milestone,),) = (project["milestones"] for project in data["projects"])
        return milestone

    def test_open_data_contains_only_public_projects_and_fields(self, client, office_client):
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

    def test_open_data_csv_has_row_for_each_project(self, client):
        load_release()
        response = client.get(reverse("projects:open_data_csv"))
        rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
        assert len(rows) == 56 and rows[0]["address"].startswith("http://testserver/projects/")

    def test_open_data_page_shows_licence_and_links_to_both_files(self, client):
        page = client.get(reverse("projects:open_data")).content.decode()
        assert "Open Government Licence" in page and self.URL in page

    @pytest.mark.parametrize("rows", [2, 30])
    def test_open_data_query_count_is_constant(self, client, rows, django_assert_max_num_queries):
        for _ in range(rows):
            hub = HubFactory(site=SiteFactory())
            MilestoneFactory(project=hub, forecast=DAY(2027, 1, 1))
        with django_assert_max_num_queries(16):
            client.get(self.URL)

    def test_funding_has_its_amount_status_date_and_source(self, client, trust):
        url = "https://www.bbc.co.uk/news/1"
        hub = HubFactory()
        figures = {"amount_pounds": 2_400_000, "status": "secured", "source_url": url, "note": "For the fit-out"}
        FundingLineFactory(project=hub, funder="NHS England", as_of=DAY(2025, 5, 1), as_of_precision="month", **figures)
        FundingLineFactory(project=hub, funder="The trust", funding_organisation=trust, amount_pounds=None)
        data = client.get(self.URL).json()
        assert errors_in(data) == []
        (project,) = data["projects"]
        (funders,) = project["budget"]["budgetBreakdowns"]
        assert "amount" not in project["budget"] and "not an approved budget" in funders["description"]
        stated, unknown = funders["budgetBreakdown"]
        text = "NHS England, £2,400,000, secured, For the fit-out"
        assert stated["description"] == f"{text}. As at May 2025. Stated by BBC News. {url}"
        assert stated["amount"] == {"amount": 2400000.0, "currency": "GBP"}
        assert stated["sourceParty"] == {"id": "funder-nhs-england", "name": "NHS England"}
        assert "amount" not in unknown and "amount not known, status not stated" in unknown["description"]
        parties = {party["id"] for party in project["parties"]}
        assert {stated["sourceParty"]["id"], unknown["sourceParty"]["id"]} <= parties
        rows = b"".join(client.get(reverse("projects:open_data_csv")).streaming_content).decode("utf-8-sig")
        (row,) = csv.DictReader(io.StringIO(rows))
        assert f"{text} (As at May 2025. Stated by BBC News) {url}; The trust, amount not known" in row["funding"]

    def test_funders_have_ids_of_their_own(self, client):
        body = OrganisationFactory(name="Kept Funder", slug="kept-funder")
        hub = HubFactory()
        FundingLineFactory(project=hub, funder="Kept Funder", funding_organisation=body)
        for words in ("kept-funder!!", "中文", "日本"):
            FundingLineFactory(project=hub, funder=words)
        (project,) = client.get(self.URL).json()["projects"]
        funders = {party["id"]: party["name"] for party in project["parties"] if "funder" in party["roles"]}
        assert len(funders) == 4 and all(funders) and funders["kept-funder"] == "Kept Funder"
