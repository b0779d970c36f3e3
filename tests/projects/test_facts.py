"""Facts with their date, basis and source, wherever they leave the portal."""

import csv
import datetime
import html
import io
import re

import feedparser
import icalendar
import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.html import strip_tags
from hypothesis import HealthCheck, given, settings, strategies

from estates_portal.dates import DatePrecision, PartialDate
from projects.exports.calendars import make_link
from projects.exports.sheets import SHEETS
from projects.facts import Fact, PublishedSource, Sources, fact_of, known_sources
from projects.models import (
    CostEstimate,
    FundingLine,
    Milestone,
    MilestoneStatement,
    ProgressNote,
    Project,
    Source,
    Stage,
    StageBasis,
    StageStatement,
)
from projects.models.choices import NOT_KEPT
from projects.models.milestone import main_opening
from tests.conftest import count_a_change
from tests.factories import CostEstimateFactory, HubFactory, ProgressNoteFactory, UserFactory
from tests.release import load_release

pytestmark = pytest.mark.django_db
DAY = datetime.date
BBC = PublishedSource("https://www.bbc.co.uk/news/1", "BBC News", "Hub opens", PartialDate(DAY(2026, 3, 3)))
UNDATED = PublishedSource("https://www.bbc.co.uk/news/2", "BBC News", "Hub planned")


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (
            Fact("A", PartialDate(DAY(2026, 3, 3)), "Stated by the source", BBC),
            "As at 3 March 2026. Stated by BBC News",
        ),
        (
            Fact("A", PartialDate(DAY(2026, 3, 1), "month"), "Worked out from the source", BBC),
            "As at March 2026. Worked out from BBC News, 3 March 2026",
        ),
        (Fact("A", None, "Stated by the source", UNDATED), "Not dated. Stated by BBC News, Hub planned"),
        (Fact("A", None, "Source not confirmed", UNDATED), "Not dated. Source not confirmed: BBC News, Hub planned"),
        (Fact("A", PartialDate(DAY(2026, 3, 3)), "Reported by A"), "As at 3 March 2026. Reported by A"),
        (Fact("A", None, "Reported by A", is_reviewed=False), "Not dated. Reported by A. Not yet reviewed"),
        (Fact("A"), "Not dated. Source not stated"),
    ],
)
def test_provenance_has_date_basis_and_source(fact, expected):
    assert fact.provenance == expected


def test_columns_keep_precision_and_say_what_was_not_reviewed():
    fact = Fact("A", PartialDate(DAY(2026, 3, 1), "month"), "Reported by A", is_reviewed=False)
    assert fact.columns == {
        "as_of": DAY(2026, 3, 1),
        "precision": "Month",
        "basis": "Reported by A (not yet reviewed)",
        "source": "",
        "source_url": "",
    }


def test_address_without_source_is_named_after_its_publisher_or_host():
    assert Sources()["https://feeds.bbci.co.uk/news/1"].name == "BBC News"
    assert Sources()["https://www.example.org/paper"].name == "example.org"


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (Fact("A", PartialDate(DAY(2026, 3, 3)), "Stated by the source", BBC), "3 Mar 2026, BBC News"),
        (Fact("A", None, "Source not confirmed", UNDATED), "not dated, source not confirmed: BBC News"),
        (Fact("A", PartialDate(DAY(2026, 3, 3)), "Sum of the annual figures"), "3 Mar 2026, sum of the annual figures"),
        (Fact("A", None, NOT_KEPT), "date and source not kept"),
    ],
)
def test_fact_for_a_narrow_column_has_its_date_and_source(fact, expected):
    assert fact.brief == expected


def test_links_to_two_pages_of_a_publisher_have_different_names(client):
    hub = HubFactory()
    addresses = [f"https://www.bbc.co.uk/news/articles/{name}" for name in ("c1", "c2")]
    for url in addresses:
        hub.sources.create(url=url)
        ProgressNoteFactory(project=hub, source_url=url)
    page = client.get(hub.get_absolute_url()).content.decode()
    links = {
        (url, " ".join(strip_tags(name).split())) for url, name in re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', page)
    }
    names = {url: {name for address, name in links if address == url} for url in addresses}
    assert all(names.values()) and not names[addresses[0]] & names[addresses[1]]


def test_renamed_source_names_every_fact_with_its_address(db):
    source = Source.objects.create(url="https://a.example/1", publisher="A Times")
    assert known_sources()["https://a.example/1"].name == "A Times"
    source.publisher, source.dated_on, source.date_precision = "B Times", DAY(2026, 3, 1), "month"
    source.save()
    assert known_sources()["https://a.example/1"].name == "B Times, March 2026"


# The data of the release


@pytest.fixture(scope="module")
def loaded(module_database):
    load_release()


def text_of(markup):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


def parts_of(record, sources):
    """What stands beside the value of a record: its date or that it has none, its basis and the name of its source."""
    fact = fact_of(record, sources)
    date = fact.date.label if fact.date else "Not dated"
    return [date, fact.lead_in, *([fact.source.publisher] if fact.source else [])]


def stated_by_project():
    """{project: [every record with a date, basis and source that the public can see]}."""
    stated = {project: [] for project in Project.objects.all()}
    stopped = StageStatement.objects.exclude(delivery_state__in=("active", "complete"))  # others follow from the stage
    for records in (stopped, CostEstimate.objects, FundingLine.objects, ProgressNote.objects):
        for record in records.select_related("project"):
            stated[record.project].append(record)
    for statement in MilestoneStatement.objects.select_related("milestone__project"):
        stated[statement.milestone.project].append(statement)
    return stated


def test_every_source_of_the_release_is_named(loaded):
    named, used = set(Source.objects.values_list("url", flat=True)), set()
    for records in stated_by_project().values():
        used |= {record.source_url for record in records}
    used |= set(Project.objects.values_list("stage_source_url", flat=True))
    assert used - {""} - named == set()


def test_undated_facts_of_the_release(loaded):
    """Of 118 dates, 42 had no date in their own row; a source that another row dates gives 2 of them one."""
    assert MilestoneStatement.objects.filter(stated_on=None).count() == 40
    for slug in ("luton-cdc", "biddenham-surgery"):
        assert MilestoneStatement.objects.filter(milestone__project__slug=slug, stated_on__isnull=False).exists()
    works = MilestoneStatement.objects.get(milestone__project__slug="luton-cdc", source_url__contains="bdcmagazine")
    assert works.dated.label == "March 2026"


def test_page_says_where_an_opening_is_before_the_end_of_works(loaded, client):
    url = Project.objects.get(slug="luton-cdc").get_absolute_url()
    page = text_of(client.get(url).content.decode())
    assert "The sources differ: “Completion of works” is expected in March 2027, after the opening" in page


def test_project_page_has_date_basis_and_source_of_every_fact(loaded, client):
    sources = known_sources()
    for project, records in stated_by_project().items():
        page = text_of(client.get(project.get_absolute_url()).content.decode())
        for record in records:
            if isinstance(record, ProgressNote):
                assert record.dated.label in page and sources[record.source_url].publisher in page
            else:
                date, lead_in, *publisher = parts_of(record, sources)
                start = f"{'' if date == 'Not dated' else 'As at '}{date}. {lead_in} {''.join(publisher)}".strip()
                assert start in page, (project.slug, record, start)


def test_no_link_of_a_project_page_has_the_text_of_another_page(loaded, client):
    """Screen readers read the titles of sources too, or the last part of their address."""
    for project in Project.objects.all():
        page = client.get(project.get_absolute_url()).content.decode()
        addresses = {}
        for url, text in re.findall(r'<a href="(https?://[^"]+)" rel="noreferrer">(.*?)</a>', page, re.DOTALL):
            addresses.setdefault(text_of(text), set()).add(url)
        doubled = {text for text, urls in addresses.items() if len(urls) > 1}
        assert not doubled, (project.slug, doubled)


def test_list_rows_have_date_basis_and_source_of_the_stage(loaded, client):
    page = client.get(reverse("projects:project_list"), {"per_page": 100}).content.decode()
    sources, public = known_sources(), AnonymousUser()
    cells = {}
    for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL):
        if slug := re.search(r'href="/projects/([^/"]+)/"', row):
            cells[slug[1]] = text_of(row)
    assert len(cells) >= 25
    for slug, text in cells.items():
        fact = fact_of(Project.objects.get(slug=slug).status_seen_by(public), sources)
        date = f"as at {fact.date.short_label}" if fact.date else "not dated"
        assert f"{date}, {fact.lead_in.lower()} {fact.source.publisher}" in text


def package_of(client):
    return {
        record["identifiers"][0]["id"]: record for record in client.get("/open-data/projects.json").json()["projects"]
    }


def test_package_has_date_basis_and_source_of_every_fact(loaded, client):
    package, sources = package_of(client), known_sources()
    for project, records in stated_by_project().items():
        published = package[project.reference]
        documents = {document["url"] for document in published["documents"]}
        milestones = {milestone["id"]: milestone for milestone in published.get("milestones", [])}
        assert {record.source_url for record in records if not isinstance(record, ProgressNote)} - {""} <= documents
        for record in records:
            if isinstance(record, CostEstimate):
                assert fact_of(record, sources).provenance in published["description"]
        for milestone in Milestone.objects.filter(project=project):
            described = milestones[str(milestone.pk)]
            assert ("dateModified" in described) == ("Not dated" not in described["description"])
            assert "http" in described["description"]


def test_package_is_honest_about_holds_periods_parties_and_parts(loaded, client):
    package = package_of(client)
    on_hold = Project.objects.filter(delivery_state="on_hold")
    assert on_hold.count() == 8
    assert all(package[project.reference]["description"].startswith("On hold") for project in on_hold)
    for project in package.values():
        assert "amount" not in project.get("budget", {})
        assert not any(re.fullmatch(r"funder-\d+", party["id"]) for party in project.get("parties", []))
        assert all(related["relationship"] == "partOf" for related in project.get("relatedProjects", []))
    council = [
        party["id"]
        for project in package.values()
        for party in project.get("parties", [])
        if party["name"] == "Milton Keynes City Council"
    ]
    assert set(council) == {"GB-NHS-613"}


def test_table_has_date_basis_source_and_attribution_of_every_row(loaded, client):
    content = b"".join(client.get("/open-data/projects.csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == 56
    for row in rows:
        for name in ("stage", "delivery_state", "newest_cost"):
            assert bool(row[f"{name}_as_of"]) == bool(row[f"{name}_as_of_precision"])
        assert row["stage_basis"] and row["stage_source_url"].startswith("http")
        assert "Royal Mail" in row["attribution"] and row["licence"].startswith("https://")
        assert row["location_precision"] in ("", "site", "postcode") and bool(row["latitude"]) == bool(
            row["location_precision"]
        )
    luton = next(row for row in rows if row["id"].endswith("LUTON-CDC"))
    assert (luton["stage_as_of"], luton["stage_as_of_precision"]) == ("2026-03-01", "month")
    assert "Royal Mail" in client.get("/open-data/projects.json").json()["attribution"]


@pytest.fixture
def book(loaded, client, portal_clock):
    client.force_login(UserFactory(role="programme_office"))
    content = b"".join(client.get(reverse("projects:export_workbook")).streaming_content)
    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(book, name):
    headings, *rows = book[name].iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows]


@pytest.fixture
def portal_clock(time_machine):
    time_machine.move_to(datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC))


def test_workbook_has_date_basis_and_source_of_every_fact(book):
    projects = {row["Reference"]: row for row in rows_of(book, "Projects")}
    for project in Project.objects.all():
        row = projects[project.reference]
        assert row["Stage source address"] == (project.stage_source_url or None)
        assert row["Stage as at precision"] == (project.stage_known and project.get_stage_as_of_precision_display())
        assert row["Stage basis"]
        if project.delivery_state in ("on_hold", "cancelled"):
            hold = project.stage_statements.exclude(delivery_state="").get()
            assert row["Reason on hold or cancelled"] == hold.reason
            assert row["Delivery state source address"] == hold.source_url
            assert bool(row["Delivery state as at"]) == bool(hold.stated_on)
        else:
            assert row["Delivery state basis"] is None
    statements = {statement.source_url for statement in MilestoneStatement.objects.all()}
    for row in rows_of(book, "Milestones"):
        assert row["Source address"] in statements and row["Basis"] and row["Source"]
        assert bool(row["As at"]) == bool(row["As at precision"])
    for row in rows_of(book, "Finance"):
        assert row["Basis"]
    for name in ("Projects", "Milestones", "Finance", "Risks"):
        assert "Example data" in [cell.value for cell in book[name][1]]
    about = {row[0].value: row[1].value for row in book["About"]}
    assert "not official status" in about["Sources"] and "Royal Mail" in about["Attribution"]


def test_workbook_has_the_opening_that_was_and_the_one_planned(book):
    rows = {row["Reference"]: row for row in rows_of(book, "Projects")}
    for project in Project.objects.prefetch_related("milestones"):
        row, opening = rows[project.reference], main_opening(project.milestones.all())
        if opening is None:
            openings = [milestone for milestone in project.milestones.all() if milestone.kind == "opening"]
            assert row["Opening note"] == ("Several openings: see the milestones" if openings else None)
        elif opening.reached:
            assert row["Opening actual"].date() == opening.current_on and row["Opening actual source"]
        else:
            assert row["Opening planned"].date() == opening.current_on and row["Opening planned source"]
            assert row["Opening actual"] is None
    assert rows["DUNSTABLE-HUB"]["Opening actual"] is None
    assert rows["DUNSTABLE-HUB"]["Opening planned precision"] == "Quarter"


def test_workbook_prints_on_landscape_pages_with_headings(book):
    for name in ("Projects", "Milestones", "Finance", "Risks"):
        page = book[name]
        assert page.page_setup.orientation == "landscape" and page.page_setup.fitToHeight == 0
        assert page.sheet_properties.pageSetUpPr.fitToPage and page.print_title_rows == "$1:$1"


def test_feed_entries_have_basis_and_source(loaded, client):
    feed = feedparser.parse(client.get(reverse("projects:progress_feed")).content)
    assert len(feed.entries) == 50
    for entry in feed.entries:
        assert re.search(r"As at \d+ \w+ \d{4}\. Stated by \w+", entry.summary)
        assert next(link.title for link in entry.links if link.rel == "via")


def test_calendar_events_have_date_basis_and_source(loaded, client):
    url = reverse("projects:calendar_feed", args=[make_link(UserFactory(role="programme_office")), "all"])
    events = icalendar.Calendar.from_ical(client.get(url).content).walk("VEVENT")
    assert events
    for event in events:
        assert re.search(r"(As at [\w ]+|Not dated)\. Stated by [^\n]+\nhttps?://", str(event["DESCRIPTION"]))


# Any statement: what the page says is what the files say

DATES = strategies.one_of(
    strategies.none(),
    strategies.builds(
        PartialDate.of,
        strategies.dates(DAY(2000, 1, 1), DAY(2025, 12, 31)),
        strategies.sampled_from(DatePrecision.values),
    ),
)
ADDRESSES = strategies.sampled_from(["", BBC.url, UNDATED.url, "https://www.example.org/paper"])


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stage=strategies.sampled_from([stage for stage in Stage.values if stage != Stage.CLOSED]),
    basis=strategies.sampled_from(StageBasis.values),
    dates=strategies.tuples(DATES, DATES),
    addresses=strategies.tuples(ADDRESSES, ADDRESSES),
    pounds=strategies.integers(1, 10**9),
)
def test_files_say_what_the_page_says(client, stage, basis, dates, addresses, pounds):
    Source.objects.get_or_create(url=BBC.url, defaults={"publisher": "BBC News", "dated_on": BBC.date.first})
    dated = {"stage_as_of": dates[0].first, "stage_as_of_precision": dates[0].precision} if dates[0] else {}
    hub = HubFactory(stage=stage, stage_basis=basis, stage_source_url=addresses[0], **dated)
    figure = {"as_of": dates[1].first, "as_of_precision": dates[1].precision} if dates[1] else {}
    cost = CostEstimateFactory(project=hub, amount_pounds=pounds, source_url=addresses[1], **figure)
    count_a_change()
    page, sources = text_of(client.get(hub.get_absolute_url()).content.decode()), known_sources()
    status = Project.objects.get(pk=hub.pk).status_seen_by(AnonymousUser())
    content = b"".join(client.get("/open-data/projects.csv").streaming_content).decode("utf-8-sig")
    row = next(row for row in csv.DictReader(io.StringIO(content)) if row["title"] == hub.title)
    (record,) = SHEETS["projects"].records([hub.pk], DAY(2026, 11, 23))
    description = package_of(client)[hub.reference]["description"]
    for fact, prefix, name in (
        (fact_of(status, sources), "stage", "stage_fact"),
        (fact_of(cost, sources), "newest_cost", "cost_fact"),
    ):
        assert fact.provenance.split(",")[0] in page
        assert fact.provenance in description
        assert record[name].columns == fact.columns
        assert row[f"{prefix}_as_of"] == str(fact.columns["as_of"])
        assert (row[f"{prefix}_basis"], row[f"{prefix}_source_url"]) == (fact.basis, fact.columns["source_url"])
