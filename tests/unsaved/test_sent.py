"""A form that is sent twice is used once."""

import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.http import HttpResponseRedirect
from django.test import Client
from django.urls import reverse

from estates_portal.accounts.models import Role
from estates_portal.contact.models import Message
from estates_portal.unsaved import sent
from estates_portal.unsaved.models import SentForm
from estates_portal.unsaved.posted import new_form_key
from projects.models import Benefit, Decision, Document, Milestone, Risk
from tests.conftest import signed_in
from tests.factories import HubFactory, UserFactory
from tests.form_inputs import posted_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
FORMS = {
    "risk": (Risk, "projects:risk_add", [], {"title": "Ground", "likelihood": "3", "consequence": "4"}),
    "decision": (
        Decision,
        "projects:register_add",
        ["decisions"],
        {"title": "Go on", "decided_on": "2026-01-05", "decided_by": "Board"},
    ),
    "benefit": (
        Benefit,
        "projects:register_add",
        ["benefits"],
        {"title": "Wait for a first appointment", "unit": "days", "baseline": "48", "target": "28"},
    ),
    "document": (
        Document,
        "projects:register_add",
        ["documents"],
        {"title": "Case", "kind": "obc", "url": "https://example.org/obc"},
    ),
    "milestone": (Milestone, "projects:milestone_add", [], {"title": "Topping out"}),
}


@pytest.fixture
def client(db):
    return signed_in(role=Role.PROGRAMME_OFFICE)


@pytest.fixture
def decision(client):
    url = reverse("projects:register_add", args=[HubFactory().slug, "decisions"])
    return url, FORMS["decision"][3] | {"form_key": new_form_key()}


@pytest.mark.parametrize("kind", FORMS)
def test_form_sent_twice_makes_one_row_and_two_forms_make_two(kind, client):
    model, name, arguments, data = FORMS[kind]
    url = reverse(name, args=[HubFactory().slug, *arguments])
    _address, opened = posted_by(client.get(url))
    first, second = (client.post(url, {**opened, **data}) for _ in range(2))
    assert (first.status_code, first["Location"]) == (302, second["Location"])
    assert model.objects.count() == 1
    assert "You sent this form twice. We used it once" in client.get(first["Location"]).content.decode()
    client.post(url, {**opened, **data, "form_key": new_form_key()})
    assert model.objects.count() == 2


def test_message_of_signed_out_reader_is_received_once():
    client = Client()
    url = reverse("contact")
    _address, data = posted_by(client.get(url))
    for _ in range(2):
        client.post(url, {**data, "text": "The date is wrong"})
    assert Message.objects.count() == 1
    assert sent.SAVED not in client.cookies, "signed-out readers have no copies"


def test_browser_learns_which_forms_are_saved(client, decision):
    url, data = decision
    client.cookies[sent.SAVED] = f"{'a' * 32}.nonsense"
    page = client.post(url, {**data, "title": ""})
    assert sent.SAVED not in page.cookies
    assert f'<meta name="portal-unsaved" content="{data["form_key"]}">' in page.content.decode()
    for _first_or_again in range(2):
        cookie = client.post(url, data).cookies[sent.SAVED]
        assert cookie.value.startswith(f"{'a' * 32}.{data['form_key']}")
        assert (cookie["max-age"], cookie["httponly"]) == (86400, "")
    assert "portal-unsaved" not in client.get(url).content.decode()
    assert f">{sent.SAVED}</td>" in client.get(reverse("cookies")).content.decode()


def test_changed_form_with_same_key_is_used(client, decision):
    url, data = decision
    client.post(url, data)
    client.post(url, {**data, "title": "Stop"})
    assert Decision.objects.count() == 2


def test_other_users_form_with_same_key_is_used(client, decision):
    url, data = decision
    for sender in (client, signed_in(role=Role.PROGRAMME_OFFICE)):
        sender.post(url, data)
    assert Decision.objects.count() == 2


def test_form_with_errors_can_be_sent_again(client, decision):
    url, data = decision
    for _ in range(2):
        assert client.post(url, {**data, "title": ""}).status_code == 200
    assert not SentForm.objects.exists()


def test_form_that_failed_can_be_sent_again(client, decision, monkeypatch):
    url, data = decision
    with monkeypatch.context() as patch:
        patch.setattr("projects.registers.views.save_row", lambda *args, **more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            client.post(url, data)
    client.raise_request_exception = False
    assert client.post(url, data).status_code == 302
    assert Decision.objects.count() == 1


def test_second_request_waits_for_the_first(client, decision, monkeypatch):
    url, data = decision
    client.post(url, data)
    SentForm.objects.update(location="")
    naps = []

    def nap(seconds):
        naps.append(seconds)
        if len(naps) == 3:
            SentForm.objects.update(location="/my-work/")

    monkeypatch.setattr(sent.time, "sleep", nap)
    assert client.post(url, data)["Location"] == "/my-work/"
    assert len(naps) == 3


def test_user_sees_text_if_the_first_request_takes_too_long(client, decision, monkeypatch, clock):
    url, data = decision
    client.post(url, data)
    SentForm.objects.update(location="")
    monkeypatch.setattr(sent.time, "sleep", lambda seconds: None)
    page = client.post(url, data)
    assert page.status_code == 409
    assert "still saving your changes" in page.content.decode()
    clock.shift(datetime.timedelta(minutes=3))  # its process has ended
    sent_to, again = posted_by(page)
    assert client.post(sent_to, again).status_code == 302
    assert Decision.objects.count() == 2


def test_sign_in_is_not_remembered():
    client, person = Client(), UserFactory()
    url = reverse("account_login")
    _address, data = posted_by(client.get(url), containing="login")
    client.post(url, {**data, "login": person.email, "password": "wrong"})
    assert not SentForm.objects.exists()


def test_sent_forms_are_deleted_after_a_day(client, decision, clock):
    client.post(*decision)
    call_command("apply_retention")
    assert SentForm.objects.count() == 1
    clock.shift(datetime.timedelta(hours=25))
    call_command("apply_retention")
    assert not SentForm.objects.exists()


@pytest.mark.parametrize(("address", "is_kept"), [("/projects/", True), ("https://identity.example/authorize", False)])
def test_redirect_to_another_site_is_not_repeated(rf, address, is_kept):
    request = rf.post("/")
    request.user, request.sent_form = AnonymousUser(), SentForm.objects.create(digest="x")
    sent.finish(request, HttpResponseRedirect(address), None)
    assert SentForm.objects.filter(location=address).exists() is is_kept
    assert SentForm.objects.exists() is is_kept
