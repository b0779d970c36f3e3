"""Public files are compressed, can be kept by any cache, and are sent again only after a change."""

import gzip

import pytest
from django.urls import reverse

from tests.factories import HubFactory, ProgressNoteFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
FILES = ["open_data_json", "open_data_csv", "progress_feed", "sitemap"]


def content(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture(autouse=True)
def hub():
    hub = HubFactory(title="Riverside hub", slug="riverside")
    for number in range(5):
        ProgressNoteFactory(project=hub, text=f"Note {number}")
    return hub


@pytest.mark.parametrize("name", FILES)
def test_file_is_compressed_for_those_who_read_gzip(client, name):
    url = reverse(f"projects:{name}")
    plain = client.get(url)
    packed = client.get(url, headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain
    assert b"iverside" in gzip.decompress(content(packed))
    assert "Accept-Encoding" in packed["Vary"]
    assert "public" in packed["Cache-Control"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", FILES)
def test_unchanged_file_answers_304(client, office_client, hub, name):
    url = reverse(f"projects:{name}")
    first = client.get(url, headers={"accept-encoding": "gzip"})
    content(first)
    tag = {"if-none-match": first["ETag"], "accept-encoding": "gzip"}
    for reader, kept in ((client, "public, no-cache"), (office_client, "private, no-store")):
        again = reader.get(url, headers=tag)
        assert again.status_code == 304 and not again.content
        assert set(again["Cache-Control"].split(", ")) == set(kept.split(", "))
    hub.summary = "Changed"
    hub.save()
    assert client.get(url, headers=tag).status_code == 200


@pytest.mark.parametrize("name", FILES)
def test_file_is_the_same_for_signed_in_users(client, office_client, name):
    HubFactory(title="Hidden hub", published=False)
    url = reverse(f"projects:{name}")
    assert content(client.get(url)) == content(office_client.get(url))
