"""The system that the portal serves is data: the code names none."""

import csv
import datetime
import io
import json
import re
from pathlib import Path

import pypdf
import pytest
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from docx import Document

from estates_portal.accounts.models import Role, User
from projects.importing import load_system
from projects.importing.system_data import TABLES
from projects.management.commands.load_blmk import DATA
from projects.models import Project, ReportingPeriod
from sites.models import System
from tests.forms import invites

FIRST_HOME = re.compile(r"BLMK|Bedford|Luton|Milton Keynes", re.IGNORECASE)
RANDOM_VALUE = re.compile(r'(?<=type="hidden" )name="(csrfmiddlewaretoken|writer)" value="[^"]*"')
LINK = re.compile(r'href="(/[^"#]*)"')
SQUARES = {"Farside": ("E06009991", 0.1), "Nearside": ("E06009992", 0.6)}
SERVICE = "FAR estates portal"
SOURCE = "https://farshire.example/estates"
TRUST = "Farside Hospitals NHS Trust"

ROWS = {
    "estate_returns": [],
    "system": [
        {
            "name": "Farshire and Nearshire",
            "short_name": "FAR",
            "organisation": "NHS Farshire Integrated Care Board",
            "office_email": "estates@farshire.example",
            "strategy_summary": "The strategy brings care to the coast.",
            "openings_since": "2024",
            "search_examples": "Harbour, Quay",
            "attribution": "Contains data of the coast.",
        }
    ],
    "funders": [{"funder": "Health fund", "kind": "health"}],
    "synonyms": [{"words": "pier", "finds": "quay"}],
    "sources": [{"url": SOURCE, "publisher": "The board", "title": "Papers"}],
    "organisations": [
        {"name": "NHS Farshire Integrated Care Board", "kind": "icb", "code": "QZ9"},
        {"name": TRUST, "kind": "nhs_trust", "code": "RZ9"},
        {"name": "Farside Council", "kind": "council"},
        {"name": "Harbour PCN", "kind": "primary_care_network"},
    ],
    "practices": [{"name": "Quay Surgery", "code": "Z99999", "place": "Farside", "network": "Harbour PCN"}],
    "places": [
        {"name": name, "gss_code": code, "council_name": "Farside Council"} for name, (code, _west) in SQUARES.items()
    ],
    "priorities": [
        {
            "code": "coast",
            "name": "Care on the coast",
            "kind": "strategic_priority",
            "description": "Care near the sea.",
            "source_url": SOURCE,
            "source_read_on": "2026-05-01",
        },
    ],
    "strategy": [
        {
            "slug": "coast",
            "title": "Why the coast",
            "text": "Care by the sea.",
            "priorities": "coast",
            "programmes": "coast",
            "schemes": "harbour-hub",
            "source_url": SOURCE,
            "source_read_on": "2026-05-01",
        },
    ],
    "sites": [
        {
            "name": f"{name} Hospital",
            "kind": "acute_hospital",
            "place": name,
            "owner_organisation": TRUST,
            "latitude": "52.1",
            "longitude": f"{west + 0.1:.1f}",
            "location_precision": "site",
        }
        for name, (_code, west) in SQUARES.items()
    ],
    "site_codes": [{"site_name": "Farside Hospital", "scheme": "ods_site", "code": "RZ901"}],
    "schemes": [
        {
            "reference": "harbour-hub",
            "title": "Harbour Hub",
            "summary": "A hub by the harbour.",
            "scheme_type": "hub",
            "hub_type": "primary_care",
            "priority": "coast",
            "place": "Farside",
            "lead_organisation": TRUST,
            "site_name": "Farside Hospital",
            "stage": "construction",
            "stage_basis": "stated",
            "stage_source_date": "2026-03-01",
            "stage_source_date_precision": "month",
            "source_url": SOURCE,
        },
        {
            "reference": "quay-ward",
            "title": "Quay Ward",
            "summary": "A ward by the quay.",
            "scheme_type": "hospital_scheme",
            "place": "Nearside",
            "lead_organisation": TRUST,
            "site_name": "Nearside Hospital",
            "stage": "operational",
            "stage_basis": "inferred",
            "source_url": SOURCE,
        },
    ],
    "costs": [{"scheme_reference": "harbour-hub", "amount_gbp": "2000000", "source_url": SOURCE}],
    "programmes": [{"slug": "coast", "name": "Coast programme", "scheme_reference": "harbour-hub"}],
    "milestones": [
        {
            "scheme_reference": "harbour-hub",
            "title": "Opens",
            "event": "Opening",
            "event_kind": "opening",
            "date": "2028-01-01",
            "date_precision": "year",
            "kind": "planned",
            "source_url": SOURCE,
        }
    ],
    "updates": [
        {"scheme_reference": "harbour-hub", "date": "2026-05-01", "note": "Steel is up.", "source_url": SOURCE}
    ],
}


def write_system(folder):
    """Write the files of a made-up system."""
    for name, table in TABLES.items():
        path = folder / table.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, list(table.columns), restval="")
            rows.writeheader()
            rows.writerows(ROWS[name])
    (folder / "about.md").write_text("## Sources\n\nThe [papers of the board](https://farshire.example/).\n")
    (folder / "boundary").mkdir()
    features = [
        {
            "properties": {"LAD24CD": code, "LAD24NM": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[west, 52], [west + 0.4, 52], [west + 0.4, 52.3], [west, 52.3], [west, 52]]],
            },
        }
        for name, (code, west) in SQUARES.items()
    ]
    (folder / "boundary" / "places.geojson").write_text(json.dumps({"features": features}))


@pytest.fixture
def farshire(db, tmp_path):
    """A portal with the made-up system and example projects."""
    write_system(tmp_path)
    load_system(tmp_path)
    call_command("make_example_projects", count=6, on=datetime.date(2026, 11, 23), verbosity=0)
    return System.objects.get()


def signed_in_as(role):
    client = Client()
    lead = Project.objects.get(slug="harbour-hub").lead_organisation
    client.user = User.objects.create_user(
        f"{role}@farshire.example", "quiet harbour lamp", name=f"A {role}", role=role, organisation=lead
    )
    client.force_login(client.user)
    return client


def walk(client, *starts, limit=250):
    """{path: text} of the pages that links from `starts` reach, one address for each path."""
    pages, waiting = {}, list(starts)
    while waiting and len(pages) < limit:
        url = waiting.pop(0)
        path = url.split("?")[0]
        if path in pages or path.startswith(("/assets/", "/admin/")):
            continue
        response = client.get(url, follow=True)
        assert response.status_code in {200, 403, 405}, url
        kind = response.get("Content-Type", "")
        is_text = kind.startswith(("text/", "application/json", "application/atom"))
        pages[path] = RANDOM_VALUE.sub("", response.getvalue().decode()) if is_text else ""
        if kind.startswith("text/html"):
            waiting += [link.replace("&amp;", "&") for link in LINK.findall(pages[path])]
    return pages


def assert_of_farshire(pages):
    assert {path: FIRST_HOME.findall(text) for path, text in pages.items() if FIRST_HOME.search(text)} == {}
    assert [path for path, text in pages.items() if "<title>" in text and SERVICE not in text] == []


def test_public_pages_name_only_the_loaded_system(farshire, client):
    pages = walk(client, "/", "/progress.atom", "/open-data/projects.json", "/open-data/projects.csv")
    assert len(pages) > 30
    assert_of_farshire(pages)
    assert "in Farshire and Nearshire are changing" in pages["/"]
    assert '<svg class="app-map"' in pages["/sites/"]
    assert "mailto:estates@farshire.example" in pages[reverse("account_login")]
    assert f"{SERVICE}: progress" in pages["/progress.atom"]
    assert json.loads(pages["/open-data/projects.json"])["publisher"] == {"name": SERVICE}
    assert "papers of the board" in pages["/about-the-data/"]
    assert "Why the coast" in pages["/strategy/"]


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.PROGRAMME_OFFICE])
def test_signed_in_pages_name_only_the_loaded_system(farshire, role):
    pages = walk(signed_in_as(role), "/", "/account/", "/board-report/")
    assert len(pages) > 40
    assert_of_farshire(pages)


def test_admin_names_only_the_loaded_system(farshire):
    client = signed_in_as(Role.ADMINISTRATOR)
    names = ("admin:index", "admin:sites_system_changelist", "admin:projects_hub_changelist")
    pages = {name: client.get(reverse(name), follow=True).content.decode() for name in names}
    assert_of_farshire(pages)


def test_documents_and_calendars_name_only_the_loaded_system(farshire):
    client = signed_in_as(Role.PROGRAMME_OFFICE)
    period = {"period": ReportingPeriod.objects.first().slug}
    pdf = pypdf.PdfReader(io.BytesIO(client.get(reverse("projects:board_report_pdf"), period).getvalue()))
    word = Document(io.BytesIO(client.get(reverse("projects:board_report_word"), period).getvalue()))
    assert pdf.metadata.author == word.core_properties.author == SERVICE
    texts = [page.extract_text() for page in pdf.pages] + [paragraph.text for paragraph in word.paragraphs]
    assert not FIRST_HOME.search(" ".join([*texts, word.core_properties.title, str(pdf.metadata)]))
    links = client.post(reverse("projects:calendar_links"), {"name": "Outlook"}, follow=True).context["urls"]
    calendar = client.get(links[1][1]).getvalue().decode()
    assert f"PRODID:-//{SERVICE}//" in calendar
    assert not FIRST_HOME.search(calendar)


def test_emails_name_only_the_loaded_system(farshire, client):
    office = signed_in_as(Role.PROGRAMME_OFFICE)
    invites(office, "New Person <new@farshire.example>", office.user.organisation)
    for address in (office.user.email, "nobody@farshire.example"):
        client.post(reverse("account_reset_password"), {"email": address})
    assert len(mail.outbox) == 3
    for message in mail.outbox:
        assert SERVICE in message.body
        bodies = [message.subject, message.body, *(body for body, _kind in message.alternatives)]
        assert not FIRST_HOME.search(" ".join(bodies))


# The code names no system ---------------------------------------------------------------------------------------------

NAMED = ["Bedford", "Luton", "Milton Keynes", "Dunstable", "Leighton Buzzard", "Central East"]
CODE = ["estates_portal", "projects", "sites", "templates", "static", "deploy", "Makefile", "docs/glossary.md"]
TEXTS = {".py", ".html", ".txt", ".css", ".js", ".md", ".svg", ".json", ".toml", ".conf", ".service", ".sh", ""}
# The command and folder of the data of the release have its name.
SHORT_NAME = r'(?<!load_)(?<!data" / ")blmk'


def files_of_the_code():
    for name in CODE:
        path = Path(settings.BASE_DIR, name)
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            parts = set(file.relative_to(settings.BASE_DIR).parts)
            if file.is_file() and file.suffix in TEXTS and not parts & {"data", "migrations", "__pycache__"}:
                yield file


def test_code_and_templates_name_no_system_or_place():
    with open(DATA / "places.csv", encoding="utf-8") as file:
        places = [row["name"] for row in csv.DictReader(file)]
    named = re.compile("|".join([SHORT_NAME, *map(re.escape, [*NAMED, *places])]), re.IGNORECASE)
    files = list(files_of_the_code())
    named_in = [
        f"{file.relative_to(settings.BASE_DIR)}:{number}: {line.strip()[:80]}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if named.search(line)
    ]
    assert named_in == []
    assert len(files) > 300
