"""What signed-in users see leaves no copy in their browser (ADR 0029)."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
HERE = reverse("account_here")
SIGN_OUT = reverse("account_logout")


@pytest.mark.parametrize("path", ["/", "/nothing-here/", "/projects/nothing-here/", "/export/projects.csv", HERE])
def test_every_answer_to_signed_in_user_is_private(viewer_client, path):
    assert viewer_client.get(path)["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/", "/projects/", "/nothing-here/", "/account/sign-in/"])
def test_answers_to_the_public_do_not_ask_who_is_signed_in(client, path):
    page = client.get(path)
    assert "private-page.js" not in page.content.decode()
    assert "Clear-Site-Data" not in page.headers


def test_answer_to_sign_out_is_private_and_clears_the_cache(viewer_client):
    signed_out = viewer_client.post(SIGN_OUT)
    assert signed_out.status_code == 302
    assert signed_out["Cache-Control"] == "private, no-store"
    assert signed_out["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in viewer_client.get("/").headers


def test_end_of_session_clears_the_cache():
    start = datetime.datetime(2026, 11, 2, 9, tzinfo=datetime.UTC)
    with time_machine.travel(start, tick=False) as clock:
        client = signed_in()
        assert "Clear-Site-Data" not in client.get("/").headers
        for _ in range(14):  # used within SESSION_IDLE_MINUTES, until SESSION_HOURS have passed
            clock.shift(datetime.timedelta(minutes=55))
            ended = client.get("/")
    assert ended["Cache-Control"] == "private, no-store"
    assert ended["Clear-Site-Data"] == '"cache"'


def test_public_file_does_not_look_like_signing_out(viewer_client):
    answer = viewer_client.get(reverse("projects:open_data_json"))
    assert answer["Cache-Control"] == "private, no-store"
    assert "Clear-Site-Data" not in answer.headers


def test_portal_says_who_is_here(client, viewer_client, office_client):
    assert client.get(HERE).status_code == 401
    marks = [reader.get(HERE)["Portal-User"] for reader in (viewer_client, office_client)]
    assert marks == [viewer_client.user.page_mark, office_client.user.page_mark]
    assert len(set(marks)) == 2
    assert f'content="{marks[0]}"' in viewer_client.get("/glossary/").content.decode()


@pytest.mark.parametrize("path", ["/", "/account/", "/admin/"])
def test_page_carries_the_mark_of_its_user(office_client, path):
    page = office_client.get(path).content.decode()
    assert f'<meta name="portal-user" content="{office_client.user.page_mark}">' in page
