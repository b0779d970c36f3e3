"""The board report: its content, and that page, PDF and Word contain the same."""

import datetime
import io
import re
import zipfile

import docx
import pypdf
import pytest
from django.db import transaction
from django.urls import reverse
from django.utils.html import strip_tags
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.asserts import assertContains, assertRedirects

from estates_portal.accounts.models import AuditEvent, User
from estates_portal.dates import PartialDate
from projects.models import AnnualCost, Project, ReportingPeriod, StatusReport
from projects.portfolio.board import build_board_report, pdf_of, word_of
from projects.portfolio.board.blocks import Facts, Heading, NewPage, ReportTable, Text
from projects.portfolio.coverage import coverage_of
from projects.portfolio.snapshots import snapshots_at
from projects.reporting import workflow
from tests.factories import HospitalSchemeFactory, HubFactory, MilestoneFactory, ProgrammeFactory, RiskFactory
from tests.periods import month, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
PAGE, PDF, WORD = (reverse(f"projects:board_report{one}") for one in ("", "_pdf", "_word"))


@pytest.fixture
def periods():
    return [month(number) for number in (9, 10)]


@pytest.fixture
def hub(office_client, trust, periods):
    hub = HubFactory(title="Riverside hub", lead_organisation=trust, approved_budget=2_000_000, stage="obc")
    opening = MilestoneFactory(project=hub)
    opening.record_date("baseline", DAY(2027, 1, 1), stated_on=DAY(2025, 1, 1))
    opening.record_date("forecast", DAY(2027, 5, 1), stated_on=DAY(2026, 1, 1))
    AnnualCost.objects.create(project=hub, year=2026, budget=2_000_000, forecast=5_100_000)
    RiskFactory(project=hub, title="Steel is late", likelihood=4, consequence=5, mitigation="Order early")
    submitted_report(hub, periods[0], office_client.user, overall="green", summary="All is well")
    submitted_report(
        hub, periods[1], office_client.user, overall="red", summary="The steel is late", help_needed="Who pays?"
    )
    return hub


def board_report(period):
    return build_board_report(Project.objects.all(), period, reader=User(), scope="All", created="Now")


def made(periods):
    return board_report(periods[1])


def texts_of(report):
    """The texts of the report, block by block."""
    parts = []
    for block in report.blocks:
        if isinstance(block, Heading | Text):
            parts.append(block.text)
        elif isinstance(block, Facts):
            parts += [f"{name}: {value}" for name, value in block.pairs]
        elif isinstance(block, ReportTable):
            parts += [cell.text for row in block.rows for cell in row]
    return parts


def structure(part):
    """The elements of the structure tree of a PDF."""
    part = part.get_object()
    if isinstance(part, list):
        for child in part:
            yield from structure(child)
    elif isinstance(part, dict):
        if "/S" in part:
            yield part
        if "/K" in part:
            yield from structure(part["/K"])


def tables_of(report, caption):
    """The tables whose caption starts so."""
    return [block for block in report.blocks if isinstance(block, ReportTable) and block.caption.startswith(caption)]


def milestones_by_date(report):
    """The text of the table of milestones by date."""
    return [[cell.text for cell in row] for table in tables_of(report, "Milestones by date") for row in table.rows]


class TestContent:
    def test_board_report_totals_match_hand_counted_example(self, hub, periods):
        texts = texts_of(made(periods))
        for part in (
            "1 project: 1 reported for October 2026.",
            "0 projects reported no change.",
            "Red: 1",
            "Opening more than 90 days late: 1",
            "Over approved budget: 1",
            "Extreme risk: 1",
            "Decision or help needed: 1",
            "Deteriorated: 1",
            "Green to Red",
            "The steel is late",
            "By works in another order",
            "Who pays?",
            "Forecast cost £5.1m (£3.1m over)",
            "Expected, 4 months late",
            "Order early",
        ):
            assert part in texts, part

    def test_report_shows_slippage_and_change_since_last_report(self, hub, periods):
        opening = hub.milestones.get()
        opening.record_date("forecast", DAY(2028, 5, 1), stated_on=DAY(2026, 9, 30))
        report = StatusReport.objects.get(project=hub, period=periods[1])
        row = report.milestones.get()
        row.forecast = PartialDate(DAY(2028, 5, 1))
        row.save()
        table = next(block for block in made(periods).blocks if "Milestones: Riverside hub" in str(block))
        assert table.heads[-2:] == ["Slippage against baseline", "Since September 2026"]
        assert [cell.text for cell in table.rows[0]][-2:] == ["16 months late", "12 months later"]

    def test_milestone_without_baseline_is_never_on_time(self, office_client, periods):
        opening = MilestoneFactory(project=HubFactory())
        opening.record_date("forecast", DAY(2027, 1, 1), "year", stated_on=DAY(2025, 1, 1))
        opening.record_date("forecast", DAY(2027, 10, 1), "month", stated_on=DAY(2026, 1, 1))
        report = submitted_report(opening.project, periods[1], office_client.user)
        texts = texts_of(made(periods))
        assert "No approved baseline" in texts and "on time" not in texts
        for url in (
            report.get_absolute_url(),
            reverse("projects:milestone_list", args=[opening.project.slug]),
            opening.project.get_absolute_url(),
            reverse("projects:project_timeline", args=[opening.project.slug]),
        ):
            assert "on time" not in office_client.get(url).content.decode(), url

    def test_slippage_is_the_same_on_every_page(self, hub, periods, office_client):
        report = StatusReport.objects.get(project=hub, period=periods[1])
        pages = [
            hub.get_absolute_url(),
            reverse("projects:milestone_list", args=[hub.slug]),
            reverse("projects:project_timeline", args=[hub.slug]),
            report.get_absolute_url(),
            reverse("projects:review_report", args=[report.pk]),
            reverse("projects:report", args=[hub.slug, month(11).slug]),
            f"{PAGE}?period={periods[1].slug}",
        ]
        for url in pages:
            assert "4 months late" in office_client.get(url).content.decode(), url
        file = io.BytesIO()
        word_of(made(periods), file)
        cells = [cell.text for table in docx.Document(file).tables for cell in table._cells]
        assert "4 months late" in cells

    def test_unmoved_forecast_is_late_against_baseline_and_unchanged_since_last_report(
        self, hub, periods, office_client
    ):
        report = StatusReport.objects.get(project=hub, period=periods[1])
        pages = {
            report.get_absolute_url(): ["Opening against baseline 4 months late", "4 months late No change"],
            reverse("projects:review_report", args=[report.pk]): ["Opening against baseline 4 months late"],
            reverse("projects:as_at"): ["1 May 2027 4 months late"],
            reverse("projects:what_changed"): ["1 May 2027 Against baseline: 4 months late"],
            f"{PAGE}?period={periods[1].slug}": [
                "Opening against baseline 4 months late",
                "Opening since September 2026 No change",
                "4 months late No change",
            ],
        }
        for url, parts in pages.items():
            page = " ".join(strip_tags(office_client.get(url).content.decode()).split())
            for part in parts:
                assert part in page, (url, part)

    def test_unknown_slippage_is_not_on_time(self, periods, office_client):
        opening = MilestoneFactory(project=HubFactory())
        opening.record_date("baseline", DAY(2027, 10, 1), "quarter", stated_on=DAY(2025, 1, 1))
        opening.record_date("forecast", DAY(2027, 1, 1), "year", stated_on=DAY(2025, 2, 1))
        report = submitted_report(opening.project, periods[1], office_client.user)
        assert report.frozen_slippage_days is None and report.milestones.get().slippage_days is None
        assert "Dates too vague to compare" in texts_of(made(periods))

    def test_several_openings_are_named_and_have_no_slippage_of_their_own(self, periods, office_client):
        project = HubFactory()
        for title in ("Ward", "Theatre"):
            MilestoneFactory(project=project, title=title, forecast=DAY(2027, 1, 1))
        report = submitted_report(project, periods[1], office_client.user)
        (table,) = tables_of(made(periods), "Projects as reported")
        row = dict(zip(table.heads, (cell.text for cell in table.rows[0]), strict=True))
        assert (row["Opening"], row["Opening against baseline"]) == ("Several openings", "See each milestone")
        assert (report.opening_label, report.opening_against_baseline) == ("Several openings", "See each milestone")

    def test_project_in_several_places_is_labelled_so(self, hub, periods):
        Project.objects.update(place=None)
        texts = texts_of(made(periods))
        assert texts.count("Several places") == 1
        assert [part for part in texts if " · Several places · " in part]

    def test_board_report_names_missing_reports_and_shows_earlier_ones(self, hub, periods, office_client):
        late = HubFactory(title="Late hub")
        submitted_report(late, periods[0], office_client.user, summary="Before")
        HubFactory(title="Silent hub")
        texts = texts_of(made(periods))
        HubFactory(title="Finished hub", delivery_state="complete")
        texts = texts_of(made(periods))
        assert (
            "4 projects: 1 reported for October 2026, 1 shown from an earlier report, 1 with no report, "
            "1 not expected to report."
        ) in texts
        assert "2 reports outstanding: Late hub; Silent hub." in texts
        assert "Before" in texts

    def test_every_project_has_a_row_with_its_report_red_first(self, hub, periods, office_client):
        submitted_report(HubFactory(title="A green hub"), periods[1], office_client.user, overall="green")
        late = HubFactory(title="Late hub")
        submitted_report(late, periods[0], office_client.user, overall="amber")
        HubFactory(title="Silent hub")
        HubFactory(title="Finished hub", delivery_state="complete")
        (table,) = tables_of(made(periods), "Projects as reported")
        rows = [dict(zip(table.heads, (cell.text for cell in row), strict=True)) for row in table.rows]
        assert [(row["Project"], row["Oct 2026"], row["Report"]) for row in rows] == [
            ("Riverside hub", "Red", "October 2026, awaiting review"),
            ("Late hub", "Amber", "No report; last September 2026"),
            ("A green hub", "Green", "October 2026, awaiting review"),
            ("Finished hub", "Not reported", "Not expected"),
            ("Silent hub", "Not reported", "No report"),
        ]
        silent = rows[-1]
        assert {silent[name] for name in ("Stage", "Opening", "Opening against baseline", "Cost")} == {"No report yet"}

    def test_projects_are_grouped_by_programme_on_request(self, hub, periods, office_client):
        beds = ProgrammeFactory(name="Beds")
        for title, rating in (("Calm ward", "green"), ("Hot ward", "red")):
            submitted_report(HubFactory(title=title, programme=beds), periods[1], office_client.user, overall=rating)
        page = office_client.get(PAGE, {"period": periods[1].slug, "group": "programme"})
        tables = tables_of(page.context["report"], "Projects as reported")
        assert [(table.caption, [row[0].text for row in table.rows]) for table in tables] == [
            ("Projects as reported: Beds", ["Hot ward", "Calm ward"]),
            ("Projects as reported: No programme", ["Riverside hub"]),
        ]

    @settings(
        max_examples=12,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(portfolio=st.lists(st.tuples(*[st.sampled_from(["", "red", "not_rated"])] * 2, st.booleans()), max_size=6))
    def test_reported_earlier_and_without_report_add_up_to_the_rows(self, office_client, portfolio):
        with transaction.atomic():
            periods = [month(number) for number in (9, 10)]
            for *ratings, is_active in portfolio:
                project = HubFactory(delivery_state="active" if is_active else "on_hold")
                for period, rating in zip(periods, ratings, strict=True):
                    if rating:
                        submitted_report(project, period, office_client.user, overall=rating)
            snapshots = snapshots_at(Project.objects.all(), periods[1])
            coverage = coverage_of(Project.objects.all(), periods[1], snapshots)
            rows = [row for table in tables_of(made(periods), "Projects as reported") for row in table.rows]
            assert len(rows) == len(portfolio) == len(set(coverage.ids))
            assert len(coverage.reported) == sum(bool(now) for _before, now, _active in portfolio)
            assert len(coverage.earlier) == sum(bool(before and not now) for before, now, _active in portfolio)
            assert len(coverage.unreported) == sum(not before and not now for before, now, _active in portfolio)
            assert len(coverage.outstanding) == sum(not now and active for _before, now, active in portfolio)
            transaction.set_rollback(True)

    @pytest.mark.parametrize(
        ("typed", "end", "state"),
        [
            ("2025", 10, "Overdue"),
            ("2026", 10, "Expected"),
            ("2026", 9, "Expected"),
            ("July to September 2026", 10, "Overdue"),
            ("July to September 2026", 9, "Expected"),
            ("October to December 2026", 10, "Expected"),
            ("September 2026", 10, "Overdue"),
            ("October 2026", 10, "Expected"),
            ("November 2026", 10, "Expected"),
            ("30 October 2026", 10, "Overdue"),
            ("31 October 2026", 10, "Expected"),
        ],
    )
    def test_forecast_is_overdue_once_its_whole_period_is_over(self, office_client, typed, end, state):
        ends = month(end)
        forecast = PartialDate.parse(typed)
        gate = MilestoneFactory(project=HubFactory(), title="Planning permission", forecast=DAY(2030, 1, 1))
        row = submitted_report(gate.project, ends, office_client.user).milestones.get()
        row.baseline = row.forecast = forecast  # a report asks about a date that has passed
        row.save()
        assert milestones_by_date(board_report(ends)) == [
            [forecast.short_label, state, "Planning permission", gate.project.title]
        ]

    @pytest.mark.parametrize(
        ("typed", "is_listed"),
        [
            ("31 October 2027", True),
            ("1 November 2027", False),
            ("October 2027", True),
            ("November 2027", False),
            ("July to September 2027", True),
            ("October to December 2027", False),
            ("2026", True),
            ("2027", False),
        ],
    )
    def test_year_ahead_lists_dates_inside_the_year(self, office_client, typed, is_listed):
        october, forecast = month(10), PartialDate.parse(typed)
        gate = MilestoneFactory(project=HubFactory())
        gate.record_date("forecast", forecast.first, forecast.precision, stated_on=DAY(2024, 1, 1))
        submitted_report(gate.project, october, office_client.user)
        rows = milestones_by_date(board_report(october))
        assert bool(rows) is is_listed

    @pytest.mark.parametrize(
        ("typed", "is_listed"),
        [("October 2026", True), ("31 October 2026", True), ("September 2026", False), ("2026", False)],
    )
    def test_milestone_is_reached_in_period_that_contains_end_of_its_date(self, office_client, typed, is_listed):
        october, actual = month(10), PartialDate.parse(typed)
        gate = MilestoneFactory(project=HubFactory())
        gate.record_date("actual", actual.first, actual.precision, stated_on=DAY(2026, 11, 1))
        submitted_report(gate.project, october, office_client.user)
        rows = milestones_by_date(board_report(october))
        assert [row[1] for row in rows] == ["Reached"] * is_listed

    def test_board_report_has_page_for_each_project(self, hub, periods, office_client):
        for number in range(3):
            submitted_report(HospitalSchemeFactory(title=f"Block {number}"), periods[1], office_client.user)
        blocks = made(periods).blocks
        assert sum(isinstance(block, NewPage) for block in blocks) == 4
        titles = [block.text for block in blocks if isinstance(block, Heading) and block.key.startswith("project-")]
        assert titles == ["Riverside hub", "Block 0", "Block 1", "Block 2"]

    def test_board_report_lists_risks_open_at_end_of_period(self, hub, periods):
        RiskFactory(project=hub, title="Later", raised_on=DAY(2026, 11, 5), likelihood=5, consequence=5)
        RiskFactory(project=hub, title="Gone", raised_on=DAY(2026, 1, 5), closed_on=DAY(2026, 10, 1), closed_why="Done")
        RiskFactory(
            project=hub, title="Closed since", raised_on=DAY(2026, 1, 5), closed_on=DAY(2026, 11, 5), closed_why="x"
        )
        texts = texts_of(made(periods))
        assert "Closed since" in texts and "Later" not in texts and "Gone" not in texts

    def test_board_report_of_first_period_has_no_comparison(self, office_client):
        period = month(10)
        submitted_report(HubFactory(), period, office_client.user)
        texts = texts_of(board_report(period))
        assert "No earlier report to compare." in texts

    @pytest.mark.parametrize("rows", [2, 25])
    def test_board_report_query_count_is_constant(self, periods, office_client, rows, django_assert_max_num_queries):
        for _ in range(rows):
            project = HubFactory()
            MilestoneFactory(project=project, forecast=DAY(2027, 1, 1))
            RiskFactory(project=project)
            for period in periods:
                submitted_report(project, period, office_client.user)
        with django_assert_max_num_queries(25):
            made(periods)


class TestFiles:
    def pdf_text(self, report):
        file = io.BytesIO()
        pdf_of(report, file)
        reader = pypdf.PdfReader(file)
        return "\n".join(page.extract_text() for page in reader.pages), reader

    def word_text(self, report):
        file = io.BytesIO()
        word_of(report, file)
        document = docx.Document(file)
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells]), document

    def test_pdf_and_word_contain_text_of_board_report(self, hub, periods):
        report = made(periods)
        pdf, reader = self.pdf_text(report)
        word, document = self.word_text(report)
        for part in ("Riverside hub", "The steel is late", "Who pays?", "Green to Red", "Order early"):
            assert part in pdf and part in word, part
        assert reader.metadata.title == document.core_properties.title == report.title
        assert report.title in " ".join(reader.pages[0].extract_text().rpartition("Page 1")[0].split()[:30])
        assert [entry.title for entry in reader.outline][:3] == ["Summary", "Every project", "What changed"]
        assert [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Heading 1"][:2] == [
            "Summary",
            "Every project",
        ]

    def test_each_page_of_an_open_period_says_draft(self, hub, periods, office_client):
        period = periods[1]
        report = made(periods)
        _text, reader = self.pdf_text(report)
        _text, document = self.word_text(report)
        assert len(reader.pages) > 2 and all("Draft: October 2026" in page.extract_text() for page in reader.pages)
        assert "Draft: October 2026 is still open" in document.sections[0].header.paragraphs[0].text
        query = {"period": period.slug}
        assertContains(office_client.get(PAGE, query), "Draft: October 2026 is still open")
        assert "-draft.pdf" in office_client.get(PDF, query)["Content-Disposition"]
        period = workflow.close_period(period, office_client.user)
        report = board_report(ReportingPeriod.objects.get(slug=query["period"]))
        pdf, _reader = self.pdf_text(report)
        _text, document = self.word_text(report)
        assert "Draft" not in pdf and not document.sections[0].header.paragraphs[0].text
        assert "-draft" not in office_client.get(PDF, query)["Content-Disposition"]

    def test_pdf_and_word_are_a4(self, hub, periods):
        _text, reader = self.pdf_text(made(periods))
        assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [842, 595]
        _text, document = self.word_text(made(periods))
        page = document.sections[0]
        assert (round(page.page_width.mm), round(page.page_height.mm)) == (297, 210)

    @pytest.mark.parametrize(
        "text",
        ["<b>&amp; </para>", "Zażółć gęślą jaźń → Ω", "x" * 290, "a\x0b\x0c\x1fb", "'; -- \\ {% %}", "🏥 hospital"],
    )
    def test_board_report_accepts_any_text(self, periods, office_client, text):
        hub = HubFactory(title=f"Hub {text[:100]}")
        long = f"{text} " * 60
        submitted_report(
            hub,
            periods[1],
            office_client.user,
            overall="red",
            summary=text[:290] or "x",
            progress=long,
            path_to_green=long[:3900],
        )
        report_ = made(periods)
        pdf, reader = self.pdf_text(report_)
        assert "Hub" in pdf and "Hub" in self.word_text(report_)[0]
        assert reader.root_object["/MarkInfo"]["/Marked"]

    def test_pdf_contains_letters_of_other_alphabets(self, periods, office_client):
        submitted_report(HubFactory(title="Zażółć Łódź hub"), periods[1], office_client.user)
        assert "Zażółć Łódź hub" in self.pdf_text(made(periods))[0]

    def test_pdf_is_tagged_with_embedded_fonts(self, hub, periods):
        _text, reader = self.pdf_text(made(periods))
        root = reader.root_object
        assert root["/MarkInfo"]["/Marked"] and root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert root["/Lang"] == "en-GB"
        assert b"<pdfuaid:part>1<" in root["/Metadata"].get_data()
        parts = list(structure(root["/StructTreeRoot"]))
        kinds = {part["/S"] for part in parts}
        assert {"/H1", "/H2", "/Table", "/THead", "/TH", "/TD", "/Figure"} <= kinds
        alternatives = [part["/Alt"] for part in parts if part["/S"] == "/Figure"]
        assert any("Opening, forecast: 1 May 2027" in alternative for alternative in alternatives)
        fonts = {key: font for page in reader.pages for key, font in page["/Resources"].get("/Font", {}).items()}
        assert fonts
        for font in fonts.values():
            (descendant,) = font["/DescendantFonts"]
            assert {"/FontFile2", "/FontFile3"} & descendant["/FontDescriptor"].keys()

    def test_word_file_is_british_english_with_page_numbers_contents_and_picture(self, hub, periods):
        file = io.BytesIO()
        word_of(made(periods), file)
        with zipfile.ZipFile(file) as archive:
            parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}
        everything = "".join(parts.values())
        assert "en-US" not in everything and "asciiTheme" not in everything
        assert 'w:lang w:val="en-GB"' in parts["word/styles.xml"]
        footer = parts["word/footer1.xml"]
        assert " PAGE " in footer and " NUMPAGES " in footer
        body = parts["word/document.xml"]
        assert " TOC " in body
        assert body.count("<w:tr>") == body.count("<w:cantSplit ") > 10
        anchors = re.findall('w:anchor="([^"]+)"', body)
        assert anchors and set(anchors) <= set(re.findall('w:bookmarkStart [^>]*w:name="([^"]+)"', body))
        (description,) = re.findall('descr="([^"]*)"', body)
        assert description == "Timeline of Riverside hub from 2026 to 2027"

    def test_long_timeline_is_several_pictures_in_word(self, periods, office_client, monkeypatch):
        monkeypatch.setattr("projects.portfolio.board.pdf.ROWS", 2)
        for number in range(3):
            project = HubFactory(title=f"Hub {number}")
            MilestoneFactory(project=project, forecast=DAY(2027, 1, 1))
            submitted_report(project, periods[1], office_client.user)
        _text, document = self.word_text(made(periods))
        assert [shape._inline.docPr.get("descr").split(" from ")[0] for shape in document.inline_shapes] == [
            "Timeline of Hub 0, Hub 1",
            "Timeline of Hub 2",
        ]


class TestPages:
    def test_office_selects_period_of_board_report(self, office_client, hub, periods):
        page = office_client.get(PAGE)
        assert "report" not in page.context and "Create report" in page.content.decode()
        read = office_client.get(PAGE, {"period": periods[1].slug})
        assert "The steel is late" in read.content.decode()

    def test_board_report_files_have_scope_and_audit_record(self, office_client, hub, periods):
        HospitalSchemeFactory(title="Theatre block")
        query = {"period": periods[1].slug, "kind": "hub"}
        for url, start in ((PDF, b"%PDF"), (WORD, b"PK")):
            response = office_client.get(url, query)
            assert b"".join(response.streaming_content).startswith(start)
            assert "board-report-" in response["Content-Disposition"]
        details = AuditEvent.objects.filter(kind="exported").values_list("detail", flat=True)
        assert len(details) == 2 and all("Hub; excluding restricted projects" in detail for detail in details)

    def test_board_report_excludes_restricted_projects_by_default(self, office_client, periods):
        secret = HubFactory(title="Restricted hub", restricted=True)
        submitted_report(secret, periods[1], office_client.user)
        query = {"period": periods[1].slug}
        assert "Restricted hub" not in office_client.get(PAGE, query).content.decode()
        assert "Restricted hub" in office_client.get(PAGE, {**query, "restricted": "yes"}).content.decode()

    def test_board_report_has_only_visible_projects(self, viewer_client, office_client, periods):
        secret = HubFactory(title="Hidden hub", restricted=True, published=False)
        submitted_report(secret, periods[1], office_client.user)
        query = {"period": periods[1].slug, "restricted": "yes"}
        assert "Hidden hub" not in viewer_client.get(PAGE, query).content.decode()

    def test_board_report_of_too_many_projects_shows_message(self, office_client, hub, periods, monkeypatch):
        monkeypatch.setattr("projects.portfolio.board.views.MAX_PROJECTS", 0)
        query = {"period": periods[1].slug}
        assert "up to 0 projects" in office_client.get(PAGE, query).content.decode()
        assertRedirects(office_client.get(PDF, query), f"{PAGE}?period={periods[1].slug}")

    @pytest.mark.parametrize(
        "query", ["period=x", "period=%00", "restricted=maybe", "kind=x&place=atlantis", "period="]
    )
    def test_invalid_period_shows_list_of_periods_and_has_no_file(self, office_client, hub, query):
        assertContains(office_client.get(f"{PAGE}?{query}"), "Create report")
        for file in (PDF, WORD):
            assertContains(office_client.get(f"{file}?{query}"), "Page not found", status_code=404)
        assert not AuditEvent.objects.filter(kind="exported").exists()

    def test_board_report_without_reports_says_so(self, viewer_client):
        assert "No reports submitted yet" in viewer_client.get(PAGE).content.decode()
