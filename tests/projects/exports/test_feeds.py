"""The Atom feed of public progress."""

import datetime

import feedparser
import pytest
from django.urls import reverse

from tests.factories import HubFactory, ProgressNoteFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date


def test_feed_lists_public_progress_notes_as_atom(client):
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
