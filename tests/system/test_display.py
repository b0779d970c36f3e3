"""Long words, contrast themes and print, in a browser."""

import datetime
import io

import pytest
from pypdf import PdfReader

from estates_portal.accounts.models import Role
from projects.models import Decision
from tests.factories import (
    FundingLineFactory,
    HubFactory,
    MilestoneFactory,
    OtherNameFactory,
    ProgrammeFactory,
    ProgressNoteFactory,
    ReportingPeriodFactory,
    RiskFactory,
    StatusReportFactory,
    UserFactory,
    reported,
)

from .conftest import DESK, PHONE, SMALL_PHONE

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "https://example.sharepoint.com/sites/estates/" + "Shared%20Documents/" * 12 + "paper.docx"
WORD = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 2
DAY = datetime.date(2025, 3, 3)
HUB = "/projects/long-words/"
PAGES = [
    "/projects/",
    "/projects/?view=table",
    "/programmes/",
    "/search/?q=Llanfair",
    "/risks/",
    "/timeline/",
    "/review/",
    "/history/",
    "/board-report/",
    "/what-changed/",
    "/milestones/",
    HUB,
    f"{HUB}history/",
    f"{HUB}updates/",
    f"{HUB}risks/",
    f"{HUB}money/",
    f"{HUB}milestones/",
    f"{HUB}decisions/",
]


# Text that begins left of the box that scrolls it, tags that are taller than their text, and labels that touch
MISPLACED = """() => {
    const left = part => part.getBoundingClientRect().left
    const texts = [...document.querySelectorAll(".app-scroll")].flatMap(box => {
        const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT), range = document.createRange(), found = []
        while (walker.nextNode()) {
            range.selectNodeContents(walker.currentNode)
            const isShown = walker.currentNode.data.trim() && range.getBoundingClientRect().width > 1
            if (isShown && left(range) < left(box) - 0.5) found.push(walker.currentNode.data.trim())
        }
        return found
    })
    const tags = [...document.querySelectorAll(".app-tag")].filter(tag => tag.offsetHeight > 60)
    const labels = [...document.querySelectorAll(".app-points .app-meta")].map(label => label.getBoundingClientRect())
    const touches = (label, before) => label.top === before.top && label.left < before.right + 8
    const touching = labels.slice(1).filter((label, at) => touches(label, labels[at]))
    return [...texts, ...tags.map(tag => tag.textContent.trim()), ...touching.map(label => `label at ${label.left}`)]
}"""


@pytest.fixture
def office():
    return UserFactory(role=Role.PROGRAMME_OFFICE, name=WORD[:100])


def test_long_words_do_not_widen_any_page(visitor, office, subtests):
    programme = ProgrammeFactory(name=WORD, description=ADDRESS)
    hub = HubFactory(title=WORD, slug="long-words", summary=ADDRESS, programme=programme)
    OtherNameFactory(project=hub, name=WORD)
    FundingLineFactory(project=hub, funder=WORD)
    ProgressNoteFactory(project=hub, text=ADDRESS)
    RiskFactory(project=hub, title=WORD, cause=ADDRESS, owner=WORD[:100])
    MilestoneFactory(project=hub, title=WORD)
    Decision.objects.create(project=hub, title=WORD, reason=ADDRESS, decided_by=WORD, decided_on=DAY)
    period = ReportingPeriodFactory()
    for report in (StatusReportFactory(project=hub, period=period), StatusReportFactory(period=period)):
        texts = dict.fromkeys(("progress", "next_steps", "help_needed"), ADDRESS)
        reported(report, office, accepted_by=office if report.project == hub else None, **texts)
    reported(StatusReportFactory(project=hub, period=ReportingPeriodFactory(name="September 2026")), office)
    person = visitor(person=office)
    for path in PAGES:
        with subtests.test(page=path):
            person.goes_to(path)
            for width in (DESK, PHONE, SMALL_PHONE):
                person.resizes(width)
                assert person.overflow() <= 0, f"too wide at {width}"
                assert person.page.evaluate(MISPLACED) == [], f"misplaced at {width}"


def test_contrast_theme_tells_stages_and_scores_apart(visitor, office):
    hub = HubFactory(slug="hub", stage="construction")
    RiskFactory(project=hub, likelihood=1, consequence=1)
    RiskFactory(project=hub, likelihood=5, consequence=5)
    MilestoneFactory(project=hub, actual=DAY)
    person = visitor(person=office)
    person.page.emulate_media(forced_colors="active", color_scheme="dark")
    person.goes_to("/projects/hub/")
    current, later = (person.page.locator(f".app-steps__step{which}") for which in ("--current", ":last-child"))
    borders = [part.first.evaluate("part => getComputedStyle(part).borderTop") for part in (current, later)]
    assert borders[0] != borders[1]
    person.goes_to("/risks/")
    cells = person.page.locator(".app-heat__cell")
    assert cells.count() == 25
    assert {cell.inner_text().split("\n")[0][0] for cell in cells.all()} == {"L", "M", "H", "E"}
    borders = {
        band: person.page.locator(f".app-band--{band}").first.evaluate("part => getComputedStyle(part).borderTop")
        for band in ("low", "high", "extreme")
    }
    assert len(set(borders.values())) == 3
    person.goes_to("/timeline/")
    words = person.page.locator(".app-tl__word").first.evaluate("part => getComputedStyle(part).fill")
    assert words == "rgb(255, 255, 255)"


def test_printed_lists_begin_on_the_first_page(visitor, office):
    for number in range(30):
        HubFactory(title=f"Hub number {number}")
    RiskFactory(title="Tender prices rise")
    person = visitor(person=office)
    for path, text in (
        ("/projects/", "Hub number 0"),
        ("/hubs/", "Hub number 0"),
        ("/organisations/", "Organisation"),
        ("/risks/", "Tender prices rise"),
    ):
        person.goes_to(path)
        first = PdfReader(io.BytesIO(person.page.pdf(format="A4"))).pages[0].extract_text()
        assert text in " ".join(first.split()), path
