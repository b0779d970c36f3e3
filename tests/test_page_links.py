"""No page of a project offers a link that its reader cannot open."""

import re
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.urls import reverse

from projects.models import Document
from tests.conftest import signed_in
from tests.permission_table import make_readers, make_records

pytestmark = pytest.mark.django_db
PAGES = ("detail", "timeline", "history", "risks")
LISTS = ("milestone_list", "report_list", "report_compare", "finance")


def links_of(url, page):
    """The addresses of the portal that the page links to, without fragments."""
    hrefs = (unescape(href) for href in re.findall(r'<a\b[^>]*?\bhref="([^"]*)"', page))
    return {
        urldefrag(urljoin(url, href)).url for href in hrefs if not urlsplit(href).scheme and not href.startswith("//")
    }


def start_pages(records):
    """The main pages, and those of one project with a record of each kind."""
    hub = records["projects_hub"]
    Document.objects.filter(project=hub).update(public=True)
    names = [*(f"projects:project_{name}" for name in PAGES), *(f"projects:{name}" for name in LISTS)]
    pages = [reverse(name, args=[hub.slug]) for name in names]
    pages += [reverse("projects:register", args=[hub.slug, name]) for name in ("benefits", "decisions", "documents")]
    keys = ("projects_statusreport", "risk", "projects_programme", "sites_site", "sites_organisation", "sites_place")
    return ["/", *pages, *(records[key].get_absolute_url() for key in keys)]


def test_every_link_on_a_readers_pages_opens_for_them():
    records = make_records()
    readers = make_readers()
    del readers["administrator"]  # sees the links of the programme office
    readers["own_contributor"] = signed_in(role="contributor", organisation=records["projects_hub"].lead_organisation)
    broken, checked = [], 0
    for reader, client in readers.items():
        found = {}
        for url in start_pages(records):
            response = client.get(url)
            if response.status_code == 200:
                for link in links_of(url, response.content.decode()):
                    found.setdefault(urlsplit(link).path, (url, link))
        for url, link in found.values():
            response = client.get(link)
            checked += 1
            if response.status_code >= 400:
                broken.append((reader, url, link, response.status_code))
    assert checked > 100 and broken == []
