import datetime
import os
import shutil
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.messages import constants
from django.urls import reverse
from pytest_django.asserts import assertContains

from estates_portal.caching import hash_of_contents
from tests.factories import HubFactory

pytestmark = pytest.mark.both_databases

LIST = reverse("projects:project_list")


@pytest.mark.django_db
def test_browser_gets_304_for_unchanged_page(client):
    HubFactory()
    first = client.get(LIST)
    again = client.get(LIST, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert not again.content
    assert again["Cache-Control"] == "private, no-cache"
    assert "Cookie" in again["Vary"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", [LIST, reverse("glossary")])
def test_signed_in_user_always_gets_the_page(client, viewer_client, path):
    tag = client.get(path)["ETag"]
    page = viewer_client.get(path, headers={"if-none-match": tag})
    assert page.status_code == 200
    assert page["Cache-Control"] == "private, no-store"
    assert not page.has_header("ETag")


@pytest.mark.django_db
def test_page_tag_changes_with_address_and_day(client, monkeypatch):
    first = client.get(LIST)["ETag"]
    assert client.get(f"{LIST}?page=2")["ETag"] != first
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: datetime.date(2030, 1, 1))
    assert client.get(LIST)["ETag"] != first


@pytest.mark.django_db(transaction=True)
def test_page_tag_changes_with_data(client):
    first = client.get(LIST)
    HubFactory(title="Riverside hub")
    assertContains(client.get(LIST, headers={"if-none-match": first["ETag"]}), "Riverside hub")


@pytest.mark.django_db
def test_page_with_message_is_never_304(client, rf):
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.messages.storage.cookie import CookieStorage

    from estates_portal.caching import page_tag

    request = rf.get(LIST)
    request.user = AnonymousUser()
    request._messages = CookieStorage(request)
    assert page_tag(request)
    request._messages.add(constants.INFO, "Saved")
    assert page_tag(request) is None


def page_sources(base):
    """A small release: one file of each pattern of PAGE_SOURCES."""
    for name in ("templates/base.html", "docs/glossary.md", "projects/labels.py", "staticfiles/staticfiles.json"):
        path = base / name
        path.parent.mkdir(parents=True)
        path.write_text(f"Contents of {name}")
    return base


def test_release_changes_with_contents_of_files(tmp_path):
    first = page_sources(tmp_path / "first")
    second = shutil.copytree(first, tmp_path / "second")
    for path in second.rglob("*.*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    (second / "projects" / "labels.cpython-312.pyc").write_bytes(b"compiled")
    assert hash_of_contents(first) == hash_of_contents(second)
    for changed in ("templates/base.html", "projects/labels.py", "staticfiles/staticfiles.json"):
        path = second / changed
        before = path.read_text()
        path.write_text(f"{before}, changed")
        assert hash_of_contents(second) != hash_of_contents(first), changed
        path.write_text(before)
    (second / "templates" / "base.html").rename(second / "templates" / "other.html")
    assert hash_of_contents(second) != hash_of_contents(first)


def test_release_covers_templates_and_code(tmp_path):
    copied = tmp_path / "copy"
    for folder in ("templates", "projects", "sites", "estates_portal"):
        shutil.copytree(settings.BASE_DIR / folder, copied / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = hash_of_contents(copied)
    for name in ("templates/projects/detail/project_detail.html", "projects/detail/page.py"):
        with (copied / name).open("a") as file:
            file.write(" ")
        assert hash_of_contents(copied) != before
        before = hash_of_contents(copied)


@pytest.mark.parametrize("named", ["2026-11-26", ""])
def test_release_is_from_environment_or_hash_of_files(named):
    code = "import django; django.setup(); from estates_portal.caching import RELEASE; print(RELEASE)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "estates_portal.settings.test", "RELEASE": named}
    started = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert started.stdout.strip() == (named or hash_of_contents(settings.BASE_DIR))
