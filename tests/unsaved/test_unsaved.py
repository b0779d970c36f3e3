"""What users type is shown again after their session ends, with an old token, and where it cannot be saved."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from estates_portal.accounts.models import Role
from estates_portal.unsaved.middleware import SIGNED_OUT
from estates_portal.unsaved.pages import DELETED
from estates_portal.unsaved.posted import label_of, page_before, typed, writer_of
from estates_portal.unsaved.stored import MAX_CHARACTERS, STORED
from projects.milestones.forms import GridRow
from projects.models import Decision, ProgressNote, Risk, Service
from tests.conftest import rolled_back, signed_in
from tests.factories import PASSWORD, HubFactory, MilestoneFactory, UserFactory
from tests.form_inputs import opened_by, posted_by
from tests.permission_table import POSTS, address, make_records

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2030, 1, 7, 9, tzinfo=datetime.UTC)  # after every date of the records
TEXT = "Typed on the train, with <b> & “quotes”"
SHOWN = "Typed on the train, with &lt;b&gt; &amp; “quotes”"
PAGES_WITH_FORMS = [
    "account",
    "message_detail",
    "people:invite",
    "people:person_action",
    "people:person_change",
    "projects:budget_request_add",
    "projects:calendar_links",
    "projects:change_request_add",
    "projects:change_request_decide",
    "projects:correction",
    "projects:estate_import_add",
    "projects:estate_import_preview",
    "projects:estate_import_questions",
    "projects:estate_import_trusts",
    "projects:estate_return_list",
    "projects:finance_edit",
    "projects:funding_add",
    "projects:funding_edit",
    "projects:funding_remove",
    "projects:gates_add",
    "projects:hand_over",
    "projects:milestone_add",
    "projects:milestone_edit",
    "projects:milestone_grid",
    "projects:note_correct",
    "projects:note_withdraw",
    "projects:organisation_merge",
    "projects:period_close",
    "projects:period_list",
    "projects:period_remind",
    "projects:project_add",
    "projects:project_add_details",
    "projects:project_close",
    "projects:project_facts",
    "projects:proposal_decide",
    "projects:register_add",
    "projects:register_edit",
    "projects:register_remove",
    *(f"projects:{noun}_{act}" for noun in ("site", "organisation", "programme") for act in ("add", "edit")),
    "projects:report",
    "projects:report_delete",
    "projects:review_report",
    "projects:risk_add",
    "projects:risk_edit",
    "projects:risk_escalate",
    "projects:risk_return",
    "projects:escalation_answer",
    "projects:saved_view_add",
    "admin:projects_hub_change",
    "admin:projects_hub_delete",
    "admin:projects_datechangereason_add",
]
ADDRESSES = sorted({*PAGES_WITH_FORMS, *POSTS} - {"admin:logout"})
FEW = ["projects:risk_add", "projects:note_decide", "admin:projects_hub_change"]


@pytest.fixture(scope="module")
def records(module_database):
    return make_records()


@pytest.fixture(scope="module")
def person(module_database):
    return UserFactory(role=Role.ADMINISTRATOR)


@pytest.fixture(scope="module")
def other(module_database):
    return UserFactory(role=Role.ADMINISTRATOR)


def post_signed_out(url, person, **more):
    """A client that has posted a form after the session of its user ended."""
    client = Client()
    response = client.post(url, {"writer": writer_of(person), "text": TEXT, **more})
    assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("account_login"))
    return client


def test_user_gets_unsaved_text_back_after_signing_in_on_every_page(records, person, subtests, checked):
    for name in ADDRESSES:
        with subtests.test(address=name), rolled_back():
            url = address(name, records)
            client = post_signed_out(url, person)
            client.force_login(person)
            page = client.get(url)
            assert SHOWN in page.content.decode()
            message = DELETED if page.status_code == 404 else SIGNED_OUT  # imports are their user's own
            assert message in page.content.decode()
    checked("addresses that show unsaved text", len(ADDRESSES), at_least=50)


@pytest.mark.parametrize("name", FEW)
def test_other_user_does_not_get_unsaved_text_and_it_is_deleted(name, records, person, other):
    url = address(name, records)
    client = post_signed_out(url, person)
    client.force_login(other)
    assert SHOWN not in client.get(url).content.decode()
    assert STORED not in client.session


@pytest.mark.parametrize("name", FEW)
@pytest.mark.parametrize(("hours", "is_shown"), [(11, True), (13, False)])
def test_unsaved_text_is_there_for_12_hours(name, hours, is_shown, records, person, clock):
    url = address(name, records)
    client = post_signed_out(url, person)
    clock.shift(datetime.timedelta(hours=hours))
    client.force_login(person)
    assert (SHOWN in client.get(url).content.decode()) is is_shown


def test_old_token_shows_text_again_on_every_page(records, person, other, subtests, checked):
    for name in ADDRESSES:
        with subtests.test(address=name), rolled_back():
            url = address(name, records)
            client = Client(enforce_csrf_checks=True)
            client.force_login(person)
            page = client.post(url, {"writer": writer_of(person), "text": TEXT, "csrfmiddlewaretoken": "old"})
            assert page.status_code == 403
            assert SHOWN in page.content.decode()
            forged = client.post(url, {"writer": writer_of(other), "text": TEXT, "csrfmiddlewaretoken": "old"})
            assert forged.status_code == 403
            assert SHOWN not in forged.content.decode()
    checked("addresses that show text after an old token", len(ADDRESSES), at_least=50)


def decision(records):
    hub = records["projects_hub"]
    typed = {"title": TEXT, "decided_on": "5/1/2026", "decided_by": "Board"}
    return reverse("projects:register_add", args=[hub.slug, "decisions"]), typed, Decision.objects.filter(title=TEXT)


def note(records):
    typed = {"text": TEXT, "action": "publish"}
    return address("projects:note_decide", records), typed, ProgressNote.objects.filter(text=TEXT)


def service_in_admin(records):
    typed = {"name": "Feet & <b>"}
    return address("admin:projects_service_change", records), typed, Service.objects.filter(name="Feet & <b>")


@pytest.mark.parametrize("form", [decision, note, service_in_admin])
@pytest.mark.parametrize("way", ["signed out", "old token"])
def test_page_with_unsaved_text_saves_it(form, way, records, person):
    with rolled_back():
        url, data, saved = form(records)
        client = Client(enforce_csrf_checks=way == "old token")
        data = {"writer": writer_of(person), **data}
        if way == "signed out":
            client.post(url, data)
            client.force_login(person)
            page = client.get(url)
        else:
            client.force_login(person)
            page = client.post(url, {**data, "csrfmiddlewaretoken": "old"})
        assert not saved.exists()
        sent_to, data = posted_by(page)
        assert client.post(sent_to or url, data).status_code == 302
        assert saved.count() == 1
        assert STORED not in client.session


def test_two_forms_posted_while_signed_out_are_both_shown(records, person):
    client = Client()
    urls = [address("projects:risk_add", records), address("projects:saved_view_add", records) + "?page=/hubs/"]
    for number, url in enumerate(urls):
        client.post(url, {"writer": writer_of(person), "title": f"Title {number}", "name": f"Name {number}"})
    client.force_login(person)
    assert "Title 0" in client.get(urls[0]).content.decode()
    assert "Name 1" in client.get(urls[1]).content.decode()


def test_passwords_are_never_stored(records, person):
    client = post_signed_out(address("projects:risk_add", records), person, password="secret-one", code="123456")
    assert "secret-one" not in client.session[STORED][0]["data"]
    assert "123456" not in client.session[STORED][0]["data"]


def test_user_is_told_to_select_a_file_again(records, person):
    url = reverse("projects:estate_import_add")
    client = post_signed_out(url, person, file=SimpleUploadedFile("eric.csv", b"x"), source_words=TEXT)
    client.force_login(person)
    assert "Select the file again: eric.csv" in client.get(url).content.decode()


def test_text_too_long_to_store_is_shown_at_once(records, person):
    long = "word " * (MAX_CHARACTERS // 4)
    page = Client().post(address("projects:risk_add", records), {"writer": writer_of(person), "cause": long})
    assert page.status_code == 413
    assert long.strip() in page.content.decode()


def test_forged_writer_is_not_stored(records):
    client = Client()
    client.post(address("projects:risk_add", records), {"writer": "forged", "title": TEXT})
    assert STORED not in client.session


def test_text_stored_by_earlier_release_is_shown(records, person):
    client = Client()
    client.force_login(person)
    url = address("projects:risk_add", records)
    session = client.session
    data = f"writer={writer_of(person)}&title=Typed+before"
    session[STORED] = {"path": url, "data": data, "at": int(datetime.datetime.now(datetime.UTC).timestamp())}
    session.save()
    assert "Typed before" in client.get(url).content.decode()


def test_signed_in_session_expires_as_others_do(records, person):
    client = post_signed_out(address("projects:risk_add", records), person)
    assert client.session.get_expiry_age() == 12 * 3600
    client.force_login(person)
    client.get("/")
    assert client.session.get_expiry_age() == 3600


def test_autosave_with_old_token_gets_new_one(records, person, other):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    url = address("projects:report", records)
    data = {"action": "autosave", "csrfmiddlewaretoken": "old"}
    answer = client.post(url, {**data, "writer": writer_of(person)})
    assert (answer.status_code, list(answer.json())) == (403, ["csrf"])
    again = {**data, "writer": writer_of(person), "csrfmiddlewaretoken": answer.json()["csrf"]}
    assert client.post(url, again).status_code != 403
    answer = client.post(url, {**data, "writer": writer_of(other)})
    assert (answer.status_code, answer.json()) == (401, {"signed_out": True})


def test_signing_in_again_on_another_page_leads_to_next_page(person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    data = {"login": person.email, "password": PASSWORD, "csrfmiddlewaretoken": "old"}
    for next_page, location in (("/hubs/", "/hubs/"), ("https://example.org/", reverse("projects:start"))):
        response = client.post(reverse("account_login"), {**data, "next": next_page})
        assert (response.status_code, response["Location"]) == (302, location)


def test_user_who_lost_permission_sees_what_they_typed():
    hub = HubFactory()
    client = signed_in(role=Role.VIEWER)
    data = {"writer": writer_of(client.user), "title": TEXT, "actions-0-action": "Call"}
    page = client.post(reverse("projects:risk_add", args=[hub.slug]), data)
    assert page.status_code == 403
    for text in ("You no longer have permission to change this", SHOWN, "Actions 1: action", "Call"):
        assert text in page.content.decode()


def test_text_for_deleted_record_is_shown(records, person):
    client = Client()
    client.force_login(person)
    url = reverse("projects:risk_edit", args=[records["projects_hub"].slug, Risk.objects.count() + 1000])
    page = client.post(url, {"writer": writer_of(person), "title": TEXT})
    assert page.status_code == 404
    assert SHOWN in page.content.decode()


@pytest.mark.parametrize(
    ("name", "label"),
    [("next_steps", "Next steps"), ("actions-0-due_on", "Actions 1: due on"), ("m12-forecast", "M12: forecast")],
)
def test_field_names_are_labels(name, label):
    assert label_of(name) == label


def test_rows_that_cannot_be_saved_have_their_names():
    opening = MilestoneFactory(title="Doors open", project=HubFactory(title="Hub one"))
    row = GridRow(None, milestone=opening, reasons=[])
    client = signed_in(role=Role.VIEWER)
    typed = {row.add_prefix("forecast"): "June 2040", row.add_prefix("opened"): "not JSON"}
    for opened, label in (({}, f"M{opening.pk}: forecast"), (opened_by(row), "Hub one, Doors open: forecast")):
        page = client.post(reverse("projects:milestone_grid"), {"writer": writer_of(client.user), **typed, **opened})
        assert page.status_code == 403
        assert page.context["answers"] == [(label, "June 2040")]


def test_only_typed_answers_are_listed():
    data = QueryDict("summary=Late&version=3&_save=Save&a-TOTAL_FORMS=1&public=on&empty=+&writer=x")
    assert typed(data) == [("Summary", "Late"), ("Public", "Yes")]


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("http://testserver/projects/?q=ward", "/projects/?q=ward"),
        ("http://testserver//other.example/x", "/"),
        ("https://other.example/projects/", "/"),
        ("", "/"),
    ],
)
def test_link_back_stays_on_the_portal(rf, referer, page):
    assert page_before(rf.post("/", headers={"referer": referer})) == page
