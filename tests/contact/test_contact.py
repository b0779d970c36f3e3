"""Readers write to the programme office, which answers."""

import pytest
from django.core import mail
from django.test import override_settings
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from estates_portal.accounts.models import AuditEvent, AuditKind
from estates_portal.contact import services
from estates_portal.contact.models import Message
from sites.models import System
from tests.factories import HubFactory, OrganisationFactory, PlaceFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
CONTACT = reverse("contact")
SENT = reverse("contact_sent")
MESSAGES = reverse("message_list")
WRONG = "The hub opened in March"


@pytest.fixture(autouse=True)
def office_address():
    with override_settings(CONTACT_EMAIL="office@example.org", PORTAL_URL="https://portal.example"):
        yield


def link_on(client, record):
    """The address of the form on the page of a record."""
    page = record.get_absolute_url()
    assertContains(client.get(page), "Is this wrong? Tell us")
    assertContains(client.get(page), f'href="{CONTACT}?page={page}"')
    return f"{CONTACT}?page={page}"


def test_reader_reports_error_on_project_page(client, office_client):
    hub = HubFactory(title="Town hub")
    form = link_on(client, hub)
    assertContains(client.get(form), "Town hub")
    typed = {"text": WRONG, "source": "https://news.example/", "email": "reader@example.org"}
    assertRedirects(client.post(form, typed), SENT)

    message = Message.objects.get()
    assert (message.page, message.page_title, message.text) == (hub.get_absolute_url(), "Town hub", WRONG)
    assertContains(office_client.get(MESSAGES), WRONG)
    assertContains(office_client.get(MESSAGES), "1 to answer")
    page = office_client.get(message.get_absolute_url())
    assertContains(page, WRONG)
    assertContains(page, f'href="{hub.get_absolute_url()}"')
    [email] = mail.outbox
    assert email.to == ["office@example.org"]
    assert email.reply_to == ["reader@example.org"]
    assert email.subject == "Message about Town hub"
    assert WRONG in email.body
    assert f"https://portal.example{hub.get_absolute_url()}" in email.body
    event = AuditEvent.objects.get(kind=AuditKind.MESSAGE_RECEIVED)
    assert (event.email, event.detail, event.actor) == ("reader@example.org", "Message about Town hub", None)


@pytest.mark.parametrize("make", [SiteFactory, OrganisationFactory, PlaceFactory])
def test_reader_reports_error_on_other_pages(client, make):
    record = make()
    client.post(link_on(client, record), {"text": WRONG})
    assert Message.objects.get().page_title == str(record)


def test_message_without_page_or_email_reaches_queue(client):
    assertRedirects(client.post(CONTACT, {"text": WRONG}), SENT)
    assert str(Message.objects.get()) == "Message about the portal"
    assert mail.outbox[0].reply_to == ["office@example.org"]


@pytest.mark.parametrize(
    "page", ["", "/", "/projects/nothing/", "/admin/", "https://evil.example/", "\0", "//", "x" * 5000, "/projects/é/"]
)
def test_page_that_is_no_record_is_ignored(client, page):
    response = client.post(f"{CONTACT}?page={page}", {"text": WRONG})
    assertRedirects(response, SENT)
    assert Message.objects.get().page == ""


def test_form_does_not_reveal_hidden_project(client, office_client):
    hub = HubFactory(title="Secret hub", published=False)
    form = f"{CONTACT}?page={hub.get_absolute_url()}"
    assertNotContains(client.get(form), "Secret hub")
    assertContains(office_client.get(form), "Secret hub")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"text": " "}, "Enter your message"),
        ({"text": "x" * 2001}, "Message must be 2,000 characters or less"),
        ({"text": WRONG, "email": "no address"}, "Enter an email address, for example name@example.com"),
        ({"text": WRONG, "source": "x" * 501}, "Source must be 500 characters or less"),
        ({"text": "\0\u200b"}, "Enter your message"),
    ],
)
def test_wrong_message_shows_error_and_keeps_text(client, typed, error):
    response = client.post(CONTACT, typed)
    assertContains(response, error)
    assert not Message.objects.exists()
    if "email" in typed:
        assertContains(response, WRONG)


def test_sixth_message_in_15_minutes_is_refused_and_its_text_kept(client):
    for _ in range(5):
        assertRedirects(client.post(CONTACT, {"text": WRONG}), SENT)
    response = client.post(CONTACT, {"text": WRONG})
    assertContains(response, "Wait 15 minutes, then try again", status_code=429)
    assertContains(response, WRONG, status_code=429)
    assert Message.objects.count() == 5


def test_address_that_no_email_reaches_is_refused(client):
    page = client.post(reverse("contact"), {"text": "The date is wrong", "email": f"a@{'ü' * 60}.org"})
    assertContains(page, "Enter an email address, for example name@example.com")
    assert not Message.objects.exists()


def test_message_is_kept_if_email_fails(client, monkeypatch):
    monkeypatch.setattr("estates_portal.contact.services.mail.send", lambda *args, **kwargs: False)
    assertRedirects(client.post(CONTACT, {"text": WRONG}), SENT)
    assert Message.objects.exists()


def test_office_answers_message_by_email(client, office_client):
    client.post(CONTACT, {"text": WRONG, "email": "reader@example.org"})
    message = Message.objects.get()
    mail.outbox.clear()
    typed = {"answer": "Thank you. We corrected it.", "note": "Changed the date"}
    assertRedirects(office_client.post(message.get_absolute_url(), typed), MESSAGES)
    message.refresh_from_db()
    assert (message.answered_by, message.note) == (office_client.user, "Changed the date")
    [email] = mail.outbox
    assert (email.to, email.reply_to) == (["reader@example.org"], ["office@example.org"])
    assert "Thank you. We corrected it." in email.body
    assert "Changed the date" not in email.body
    assert AuditEvent.objects.get(kind=AuditKind.MESSAGE_ANSWERED).actor == office_client.user
    assertContains(office_client.get(MESSAGES), "0 to answer")
    assertContains(office_client.get(f"{MESSAGES}?state=answered"), WRONG)
    assertContains(office_client.get(message.get_absolute_url()), "Changed the date")


def test_message_without_email_is_answered_with_note_only(office_client):
    message = Message.objects.create(text=WRONG)
    url = message.get_absolute_url()
    assertNotContains(office_client.get(url), "We email it to the sender")
    assertContains(office_client.post(url, {"note": ""}), "Enter a note")
    assertRedirects(office_client.post(url, {"note": "Corrected"}), MESSAGES)
    assert mail.outbox == []


def test_message_is_answered_once(office_client, admin_client):
    message = Message.objects.create(text=WRONG, email="reader@example.org")
    url = message.get_absolute_url()
    office_client.post(url, {"note": "First"})
    response = admin_client.post(url, {"answer": "Second", "note": ""})
    assertContains(response, "Another user has already answered", status_code=409)
    assertContains(response, "Second", status_code=409)
    message.refresh_from_db()
    assert (message.note, message.answer) == ("First", "")
    assert mail.outbox == []


def test_answer_given_at_the_same_time_is_refused(office_client, rf):
    message = Message.objects.create(text=WRONG)
    request = rf.post("/")
    request.user = office_client.user
    stale = Message.objects.get()
    services.answer(message, answer="", note="First", request=request)
    with pytest.raises(services.AlreadyAnswered):
        services.answer(stale, answer="", note="Second", request=request)


def test_office_is_told_if_answer_is_not_sent(office_client, monkeypatch):
    monkeypatch.setattr("estates_portal.contact.services.mail.send", lambda *args, **kwargs: False)
    message = Message.objects.create(text=WRONG, email="reader@example.org")
    response = office_client.post(message.get_absolute_url(), {"answer": "Thanks", "note": ""}, follow=True)
    assertContains(response, "Email reader@example.org yourself")


def test_my_work_shows_number_of_messages_to_office_alone(office_client, contributor_client):
    Message.objects.create(text=WRONG)
    my_work = reverse("projects:my_work")
    assertContains(office_client.get(my_work), "Messages to answer (1)")
    assertNotContains(contributor_client.get(my_work), "Messages to answer")


def test_contact_page_shows_details_of_system(client):
    System.objects.create(
        name="Farshire",
        office_team="Estates team",
        office_telephone="01234 567890",
        office_address="1 Quay Road\nFarside",
        data_protection_contact="Data protection officer, dpo@farshire.example",
        contact_checked_on="2026-11-27",
    )
    page = client.get(CONTACT)
    for text in ("Estates team", "01234 567890", "Farside", "dpo@farshire.example", "Checked on 27 November 2026"):
        assertContains(page, text)
    assertContains(page, 'href="mailto:office@example.org"')


def test_email_of_system_replaces_that_of_settings(client):
    System.objects.create(name="Farshire", office_email="estates@farshire.example")
    assertContains(client.get(CONTACT), 'href="mailto:estates@farshire.example"')
    assertNotContains(client.get(CONTACT), "office@example.org")


@pytest.mark.parametrize("name", ["contact", "privacy", "cookies", "accessibility", "about_the_data", "glossary"])
def test_footer_links_to_page(client, name):
    assertContains(client.get("/"), f'href="{reverse(name)}"')
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("rows", [1, 25])
def test_message_list_query_count_is_constant(office_client, django_assert_num_queries, rows):
    Message.objects.bulk_create(Message(text=WRONG) for _ in range(rows))
    with django_assert_num_queries(13):  # session, user; unanswered, count, messages; eight for what waits
        office_client.get(MESSAGES)


def test_answers_to_emails_about_accounts_go_to_programme_office(client):
    client.post(reverse("account_reset_password"), {"email": UserFactory().email})
    assert mail.outbox[0].reply_to == ["office@example.org"]
