import datetime
import re

import pytest
from django.contrib.messages import constants
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD, HubFactory, PlaceFactory, UserFactory

LIST = reverse("projects:project_list")


@pytest.mark.django_db
def test_a_page_that_is_as_it_was_is_not_sent_again(client):
    HubFactory()
    first = client.get(LIST)
    again = client.get(LIST, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert not again.content
    assert again["Cache-Control"] == "private, no-cache"
    assert "Cookie" in again["Vary"]


@pytest.mark.django_db
def test_nobody_is_answered_with_anothers_page(client, viewer_client, office_client):
    tags = {reader.get(LIST)["ETag"] for reader in (client, viewer_client, office_client)}
    assert len(tags) == 3
    assert client.get(LIST, headers={"if-none-match": ", ".join(tags)}).status_code == 304
    others = tags - {client.get(LIST)["ETag"]}
    assert client.get(LIST, headers={"if-none-match": ", ".join(others)}).status_code == 200


@pytest.mark.django_db
def test_another_address_or_day_is_another_page(client, monkeypatch):
    first = client.get(LIST)["ETag"]
    assert client.get(f"{LIST}?page=2")["ETag"] != first
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: datetime.date(2030, 1, 1))
    assert client.get(LIST)["ETag"] != first


@pytest.mark.django_db(transaction=True)
def test_a_change_makes_it_another_page(client):
    first = client.get(LIST)
    PlaceFactory()
    assert client.get(LIST, headers={"if-none-match": first["ETag"]}).status_code == 200


@pytest.mark.django_db
def test_a_page_with_a_message_is_always_sent(client, rf):
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.messages.storage.cookie import CookieStorage

    from estates_portal.caching import page_tag

    request = rf.get(LIST)
    request.user = AnonymousUser()
    request._messages = CookieStorage(request)
    assert page_tag(request)
    request._messages.add(constants.INFO, "Saved")
    assert page_tag(request) is None


@pytest.mark.django_db
def test_a_page_kept_from_an_earlier_sign_in_is_sent_again_with_a_good_token():
    UserFactory(email="ann@example.org")
    client = Client(enforce_csrf_checks=True)

    def token(response):
        return re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.content.decode())[-1]

    def sign_in():
        typed = {"login": "ann@example.org", "password": PASSWORD}
        given = {**typed, "csrfmiddlewaretoken": token(client.get(reverse("account_login")))}
        assert client.post(reverse("account_login"), given).status_code == 302

    sign_in()
    page = client.get(LIST)
    assert client.get(LIST, headers={"if-none-match": page["ETag"]}).status_code == 304
    assert client.post(reverse("account_logout"), {"csrfmiddlewaretoken": token(page)}).status_code == 302
    sign_in()
    again = client.get(LIST, headers={"if-none-match": page["ETag"]})
    assert again.status_code == 200
    assert client.post(reverse("account_logout"), {"csrfmiddlewaretoken": token(again)}).status_code == 302
