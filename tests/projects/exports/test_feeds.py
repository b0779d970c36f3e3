"""The Atom feed of public progress."""

import datetime

import feedparser
import pytest
import time_machine
from django.urls import reverse

from tests.factories import HubFactory, ProgressNoteFactory

pytestmark = pytest.mark.django_db
DAY = datetime.date


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC), tick=False) as clock:
        yield clock


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
