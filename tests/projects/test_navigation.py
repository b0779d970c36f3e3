"""The header, breadcrumbs and tabs: where a reader can go from each page."""

import re
from html import unescape

import pytest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from tests.permission_table import TABLE, address, clients_of, make_readers, make_records

TODAY = timezone.localdate()
MORE = ["Programmes", "Places", "Sites", "Organisations", "Registers", "What changed", "Past position", "Saved views"]
OFFICE = ["Portfolio", "Projects", "Reporting", "Risks", "Timeline", "Board report", "My work", *MORE]
OFFICE += ["History", "Estate returns", "Messages", "Users", "Admin"]
SECTIONS = {
    "anonymous": ["Home", "Projects", "Places", "Sites", "Programmes", "Organisations", "About"],
    "viewer": ["Portfolio", "Projects", "Risks", "Timeline", "Board report", "My work", *MORE],
    "contributor": ["My work", "Projects", "Risks", "Timeline", "Board report", "Portfolio", *MORE],
    "office": OFFICE,
    "administrator": OFFICE,
}
TABS = ["Overview", "Reports", "Milestones", "Finance", "Risks", "Benefits", "Backlog", "Decisions", "Documents"]
TABS += ["History"]
NOT_PAGES = {"projects:sitemap", "projects:progress_feed"}
NOT_PAGES |= {f"projects:export_{key}" for key in ("organisations", "programmes", "priorities", "periods", "users")}
FILES = ("_csv", "_xlsx", "_json", "_workbook", "_pdf", "_word")
FILTERS = {"projects:hub_list", "projects:hospital_scheme_list"}  # of the list of projects
CONDITIONAL = {"projects:review_accept"}  # linked while reports can be accepted together
LEAST_PAGES = 130  # addresses of projects and sites, for all readers: lower it only if you remove an address


@pytest.fixture(scope="module")
def readers(module_database):
    return make_readers()


@pytest.fixture(scope="module")
def records(module_database):
    return make_records()


@pytest.fixture
def clients(readers, records, db):
    return clients_of(readers)


def text_of(html):
    hidden = r'<span class="nhsuk-u-visually-hidden">.*?</span>'
    return " ".join(unescape(re.sub(r"<[^>]+>", "", re.sub(hidden, "", html, flags=re.S))).split())


def navigation_of(page):
    """[(label, address, whether it is marked)] of the header."""
    header = page.partition('class="nhsuk-header__navigation-list">')[2].partition("</ul>")[0]
    links = re.findall(r'<a\s([^>]*)href="([^"]*)"([^>]*)>(.*?)</a>', header, re.S)
    return [
        (re.sub(r" \d+$", "", text_of(label)), url, "aria-current" in before + after)
        for before, url, after, label in links
    ]


def tabs_of(page):
    """[(label, whether it is marked)] of the tabs of a project."""
    tabs = page.partition('<nav class="app-tabs" aria-label="Pages of this project">')[2].partition("</nav>")[0]
    links = re.findall(r"<a\s([^>]*)>(.*?)</a>", tabs, re.S)
    return [(re.sub(r" \d+$", "", text_of(label)), "aria-current" in attributes) for attributes, label in links]


def crumbs_of(page):
    crumbs = page.partition('class="nhsuk-breadcrumb__list"')[2].partition("</ol>")[0]
    return [text_of(link) for link in re.findall(r"<a\s[^>]*>(.*?)</a>", crumbs, re.S)]


def links_of(page):
    """The addresses that links and forms of the page lead to."""
    urls = re.findall(r'<(?:a|form)\b[^>]*(?:href|action)="(/[^"]*)"', page)
    return {unescape(url).partition("#")[0].partition("?")[0] for url in urls}


def pages_for(reader):
    """Names of the pages of projects and sites that the reader can open."""
    for name, answers in TABLE.items():
        is_page = name not in NOT_PAGES and not name.endswith(FILES)
        if name.startswith(("projects:", "sites:")) and answers[reader] == 200 and is_page:
            yield name


@pytest.mark.parametrize("reader", SECTIONS)
def test_header_has_sections_of_the_reader(clients, reader):
    items = navigation_of(clients[reader].get("/projects/").content.decode())
    assert [label for label, _url, _marked in items] == SECTIONS[reader]
    assert [label for label, _url, marked in items if marked] == ["Projects"]
    for label, url, _marked in items:
        assert clients[reader].get(url, follow=True).status_code == 200, label


def test_crumb_of_each_page_is_its_section_of_the_header(clients, records, checked):
    wrong, number = [], 0
    for reader, client in clients.items():
        for name in pages_for(reader):
            page = client.get(address(name, records)).content.decode()
            marked = [(label, url) for label, url, marked in navigation_of(page) if marked]
            crumbs = crumbs_of(page)
            own = marked and marked[0][1] in {address(name, records), "/"}
            if not crumbs or own:
                continue
            number += 1
            if len(marked) > 1 or crumbs[1:2] != [label for label, _url in marked]:
                wrong.append((reader, name, marked, crumbs))
    assert wrong == []
    checked("pages with their section", number, at_least=LEAST_PAGES)


def test_each_page_of_a_project_has_the_same_tabs(clients, records, checked):
    hub, number = records["projects_hub"].get_absolute_url(), 0
    for reader, client in clients.items():
        for name in pages_for(reader):
            url = address(name, records)
            if url.startswith(hub):
                tabs = tabs_of(client.get(url).content.decode())
                expected = ["Overview", "Timeline"] if reader == "anonymous" else TABS
                assert [label for label, _marked in tabs] == expected, (reader, name)
                assert sum(marked for _label, marked in tabs) == 1, (reader, name)
                number += 1
    checked("pages of a project", number, at_least=60)


def buttons_of(page):
    buttons = page.partition('class="app-actions app-project-head__buttons">')[2].partition("</div>")[0]
    return [text_of(button) for button in re.findall(r"<(?:a|button)\s[^>]*>(.*?)</(?:a|button)>", buttons, re.S)]


BUTTONS = {"anonymous": [], "viewer": ["Follow"], "contributor": ["Follow"]}  # of a project of another organisation
OFFICE_BUTTONS = ["Report for", "Follow", "Edit facts"]


def test_each_page_of_a_project_has_the_same_buttons(clients, records, checked):
    hub, number = records["projects_hub"].get_absolute_url(), 0
    for reader, client in clients.items():
        for name in pages_for(reader):
            url = address(name, records)
            if url.startswith(hub):
                own = {"report": "Report for", "correct": "Report for", "facts": "Edit facts"}
                folder = url.removeprefix(hub).partition("/")[0]
                expected = [label for label in BUTTONS.get(reader, OFFICE_BUTTONS) if label != own.get(folder)]
                shown = buttons_of(client.get(url).content.decode())
                assert [re.sub("^(Report for) .*", r"\1", label) for label in shown] == expected, (reader, name)
                number += 1
    checked("pages of a project", number, at_least=60)


@pytest.mark.parametrize("reader", SECTIONS)
def test_pages_are_two_clicks_from_the_landing_page(clients, records, reader):
    client = clients[reader]
    landing = client.get("/" if reader == "anonymous" else reverse("projects:start"), follow=True)
    first = links_of(landing.content.decode())
    bare = dict(bare_addresses(reader))
    found = set(first)
    for url in sorted(first & {*bare, *(url for _label, url, _marked in navigation_of(landing.content.decode()))}):
        found |= links_of(client.get(url, follow=True).content.decode())
    found.add(landing.request["PATH_INFO"])
    assert {name for url, name in bare.items() if url not in found} <= FILTERS | CONDITIONAL


def bare_addresses(reader):
    """(address, name) of the reader's pages that are not of a record."""
    for name in pages_for(reader):
        try:
            yield reverse(name), name
        except NoReverseMatch:
            continue
