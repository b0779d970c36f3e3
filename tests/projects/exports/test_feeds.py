"""The Atom feed of public progress."""

import datetime
import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

import feedparser
import pytest
from django.urls import reverse

from tests.factories import HubFactory, ProgressNoteFactory
from tests.release import load_release

NOW = datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
URL = reverse("projects:progress_feed")
ATOM = "{http://www.w3.org/2005/Atom}"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# RFC 4287: {element: (children that it must have once, children that it can have once, children that it can repeat)}
CHILDREN = {
    "feed": (
        {"id", "title", "updated"},
        {"generator", "icon", "logo", "rights", "subtitle"},
        {"author", "category", "contributor", "link", "entry"},
    ),
    "entry": (
        {"id", "title", "updated"},
        {"content", "published", "rights", "source", "summary"},
        {"author", "category", "contributor", "link"},
    ),
    "author": ({"name"}, {"uri", "email"}, set()),
}


def atom_errors(xml):
    """The rules of RFC 4287 (section 4) that the document breaks."""
    feed = ElementTree.fromstring(xml)  # noqa: S314 -- a file of ours
    errors = [] if feed.tag == f"{ATOM}feed" else ["The root is not atom:feed"]
    for element in feed.iter():
        name = element.tag.removeprefix(ATOM)
        errors += [f"{name}: {error}" for error in errors_of(name, element)]
    has_author = feed.find(f"{ATOM}author") is not None
    for entry in feed.findall(f"{ATOM}entry"):
        if not has_author and entry.find(f"{ATOM}author") is None:
            errors.append("entry: neither it nor the feed has an author")
        has_page = any(link.get("rel", "alternate") == "alternate" for link in entry.findall(f"{ATOM}link"))
        if entry.find(f"{ATOM}content") is None and not has_page:
            errors.append("entry: neither content nor an alternate link")
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    return errors + (["Two entries have the same id"] if len(set(ids)) < len(ids) else [])


def errors_of(name, element):
    children = [child.tag.removeprefix(ATOM) for child in element]
    once, at_most_once, any_number = CHILDREN.get(name, (set(), set(), set()))
    yield from (f"has {children.count(child)} {child}" for child in once if children.count(child) != 1)
    yield from (f"has {children.count(child)} {child}" for child in at_most_once if children.count(child) > 1)
    yield from (f"contains {child}" for child in set(children) - once - at_most_once - any_number)
    text = element.text or ""
    if name in {"updated", "published"} and not RFC_3339.fullmatch(text):
        yield f"{text} is not a date of RFC 3339"
    if name == "id" and not urlsplit(text).scheme:
        yield f"{text} is not an IRI"
    if name == "link" and not urlsplit(element.get("href", "")).scheme:
        yield f"{element.get('href')} is not an absolute address"
    if name in {"title", "summary", "subtitle", "rights"} and element.get("type", "text") not in {"text", "html"}:
        yield f"type {element.get('type')}"
    links = [
        (link.get("type"), link.get("hreflang"))
        for link in element.findall(f"{ATOM}link")
        if link.get("rel", "alternate") == "alternate"
    ]
    if len(set(links)) < len(links):
        yield "has two alternate links of one type"


def entries(client):
    feed = feedparser.parse(client.get(URL).content)
    assert not feed.bozo and feed.version == "atom10"
    return feed.entries


def test_feed_lists_public_progress_notes_as_atom(client):
    hub = HubFactory(title="Riverside & hub", slug="riverside")
    ProgressNoteFactory(project=hub, date=DAY(2026, 10, 1), text="Steel <frame> finished.")
    ProgressNoteFactory(project=HubFactory(published=False), text="Hidden")
    ProgressNoteFactory(project=hub, date=DAY(2027, 10, 1), text="Of the future")
    (entry,) = entries(client)
    assert entry.title == "Riverside & hub"
    assert "Steel <frame> finished." in entry.summary or "Steel &lt;frame&gt; finished." in entry.summary
    assert entry.link.endswith("/projects/riverside/")
    assert entry.published.startswith("2026-10-01")


def test_feed_of_release_keeps_every_rule_of_rfc_4287(client):
    load_release()
    xml = client.get(URL).content
    assert atom_errors(xml) == []
    assert len(feedparser.parse(xml).entries) == 50


def test_empty_feed_keeps_every_rule_of_rfc_4287(client):
    assert atom_errors(client.get(URL).content) == []


def test_broken_feeds_are_found():
    broken = f"""<feed xmlns="{ATOM[1:-1]}"><title>A</title><updated>today</updated><entry><id>note-1</id>
    <title>B</title><title>C</title><updated>2026-11-23T09:00:00Z</updated><guid/></entry></feed>"""
    assert sorted(atom_errors(broken)) == [
        "entry: contains guid",
        "entry: has 2 title",
        "entry: neither content nor an alternate link",
        "entry: neither it nor the feed has an author",
        "feed: has 0 id",
        "id: note-1 is not an IRI",
        "updated: today is not a date of RFC 3339",
    ]


def test_feed_has_author_rights_and_source_of_each_note(client, settings):
    settings.OPEN_DATA_PUBLISHER = "Farshire ICB"
    ProgressNoteFactory(source_url="https://www.bbc.co.uk/news/1")
    ProgressNoteFactory(source_url="")
    feed = feedparser.parse(client.get(URL).content)
    assert feed.feed.author == "Farshire ICB"
    assert "Open Government Licence" in feed.feed.rights and "not official" in feed.feed.rights
    via = [[link.href for link in entry.links if link.rel == "via"] for entry in feed.entries]
    assert sorted(via) == [[], ["https://www.bbc.co.uk/news/1"]]


def test_edited_note_moves_updated_and_keeps_its_id(client, clock):
    note = ProgressNoteFactory(date=DAY(2026, 10, 1))
    (before,) = entries(client)
    clock.move_to(datetime.datetime(2026, 11, 25, 9, tzinfo=datetime.UTC))
    note.text = "Steel frame finished."
    note.save()
    (after,) = entries(client)
    assert (before.updated[:10], after.updated[:10]) == ("2026-11-23", "2026-11-25")
    assert (after.id, after.published) == (before.id, before.published)


def test_note_of_today_is_not_of_the_future(client):
    ProgressNoteFactory(date=NOW.date())
    (entry,) = entries(client)
    assert datetime.datetime.fromisoformat(entry.updated) <= NOW


@pytest.mark.parametrize("rows", [2, 20])
def test_feed_query_count_is_constant(client, rows, django_assert_num_queries):
    for _ in range(rows):
        ProgressNoteFactory()
    client.get(reverse("projects:open_data"))  # reads the system
    with django_assert_num_queries(3):  # the change counter, the notes, sources
        client.get(URL)


def test_feed_with_characters_that_xml_does_not_allow_is_valid(client):
    ProgressNoteFactory(
        project=HubFactory(title="Hub\x07"), text="Walls\vand roof\ufffe", date=datetime.date(2026, 10, 1)
    )
    xml = client.get(URL).content
    assert atom_errors(xml) == []
    assert "Walls" in feedparser.parse(xml).entries[0].summary
