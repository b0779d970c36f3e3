"""Emails to the programme office: what each event causes, when, once, and only for those who want it."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from estates_portal.accounts.models import Role
from projects.change_requests.services import request_budget
from projects.digest.services import send_notices
from projects.models import Document, Notice, NoticeKind, Proposal, ProposedNote
from projects.notices import MAX_LINES, NOTICE_TYPES, OFFICE, Timing
from projects.reporting import workflow
from projects.risks import escalations
from tests.conftest import signed_in
from tests.factories import (
    HubFactory,
    InvitationFactory,
    MilestoneFactory,
    OrganisationFactory,
    RiskFactory,
    UserFactory,
    reported,
)
from tests.forms import fields_of
from tests.periods import month

pytestmark = pytest.mark.django_db
RED = {"overall": "red", "path_to_green": "Work", "summary": "The steel is late"}


def at(day, hour=9):
    """A time in October 2026. The 20th is a Tuesday."""
    return time_machine.travel(datetime.datetime(2026, 10, day, hour, tzinfo=datetime.UTC), tick=False)


def sent_on(day, hour=8):
    """{address: body} of the emails of a run."""
    before = len(mail.outbox)
    with at(day, hour):
        send_notices()
    new = mail.outbox[before:]
    assert len({message.to[0] for message in new}) == len(new)
    return {message.to[0]: message.body for message in new}


@pytest.fixture
def ann(trust):
    with at(1):
        return UserFactory(name="Ann", role=Role.CONTRIBUTOR, organisation=trust)


@pytest.fixture
def hub(trust):
    with at(1):
        return HubFactory(title="Acute Services Block", lead_organisation=trust, approved_budget=1_000_000)


@pytest.fixture
def period(db):
    return month(10)


@pytest.fixture
def on_commit(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


def escalate(hub, ann):
    risk = RiskFactory(project=hub, title="Ground is wet")
    return escalations.escalate(risk, ann, tier="portfolio", why="Too costly", wanted="Pumps")


def report(hub, ann, **answers):
    return reported(workflow.start_report(hub, month(10), ann), ann, **answers)


def propose_document(hub, ann):
    document = Document(project=hub, title="Outline case", url="https://example.org/", public=False)
    document.proposed_public, document._history_user = True, ann
    document.save()


def fail(hub, ann):
    Notice.objects.create(person=ann, kind="opened", dedupe_key="x", text="X", url="/", retries=5)


def expect_approval(hub, ann):
    milestone = MilestoneFactory(project=hub, title="Outline business case", kind="approval")
    milestone.record_date("forecast", datetime.date(2026, 10, 23), stated_on=datetime.date(2026, 10, 1))


def remove_reporter(hub, ann):
    month(10)
    ann.is_active = False
    ann.save()


def change_last_week(hub, ann):
    with at(13):
        hub.summary, hub._history_user = "New", ann
        hub.save()


# {kind: (what happens on Tuesday 20 October, text of its item)}
EVENTS = {
    "escalated": (
        escalate,
        "Acute Services Block: Ground is wet, escalated to portfolio level by Ann. Pumps",
    ),
    "turned_red": (
        lambda hub, ann: report(hub, ann, **RED),
        "Acute Services Block, October 2026: rated red in its first report. The steel is late",
    ),
    "submitted": (report, "Acute Services Block, October 2026: green, submitted by Ann"),
    "requested": (
        lambda hub, ann: request_budget(hub, ann, pounds=Decimal(12_000_000), why="Steel"),
        "Acute Services Block, Approved budget to £12m: requested by Ann. Steel",
    ),
    "proposed": (propose_document, "Acute Services Block: document “Outline case”, by Ann"),
    "approval": (expect_approval, "Acute Services Block: Outline business case, expected on Friday 23 October 2026"),
    "noreporter": (remove_reporter, "Luton Trust: 1 report due for October 2026, and no reporter has an account"),
    "invitation": (
        lambda hub, ann: InvitationFactory(name="Ivy", email="ivy@example.org", expires_at=timezone.now()),
        "Ivy (ivy@example.org): invitation expired on 20 October 2026",
    ),
    "failed": (fail, "1 item in an email that could not be sent, most recently on 20 October 2026"),
    "partners": (change_last_week, "Luton Trust: 1 change by 1 user, 12 October 2026 to 18 October 2026"),
}


def test_table_has_every_kind_and_every_event_of_the_office_has_a_test():
    assert set(NOTICE_TYPES) == set(NoticeKind)
    assert {kind for kind, notice_type in NOTICE_TYPES.items() if notice_type.audience == OFFICE} == set(EVENTS)


def test_documentation_has_every_row_of_the_table():
    text = Path(settings.BASE_DIR, "docs/operations.md").read_text()
    for notice_type in NOTICE_TYPES.values():
        assert f"| {notice_type.heading} | {notice_type.audience} | {notice_type.timing.value} |" in text


@pytest.mark.parametrize("kind", EVENTS)
def test_office_hears_of_each_event_once(hub, ann, office, kind):
    administrator = UserFactory(role=Role.ADMINISTRATOR)
    viewer = UserFactory(organisation=hub.lead_organisation)
    happen, text = EVENTS[kind]
    with at(20):
        happen(hub, ann)
    Notice.objects.filter(kind=kind).delete()  # as if the attempt at once had failed
    sent = sent_on(21)
    for person in (office, administrator):
        assert sent[person.email].count(text) == 1
    assert viewer.email not in sent and text not in sent.get(ann.email, "")
    again = [*sent_on(21, hour=9).values(), *sent_on(22).values()]
    assert not any(text in body for body in again)


@pytest.mark.parametrize("kind", EVENTS)
def test_office_switches_off_each_kind(hub, ann, office, kind):
    happen, text = EVENTS[kind]
    office.notify_decisions = False  # else it would have those sent at once in the morning
    setattr(office, NOTICE_TYPES[kind].preference, False)
    office.save()
    with at(20):
        happen(hub, ann)
    assert text not in sent_on(21).get(office.email, "")


WITHOUT_TIME = {"approval", "noreporter", "partners"}  # states, not events of a moment


@pytest.mark.parametrize(
    "kind", [kind for kind, row in NOTICE_TYPES.items() if row.audience == OFFICE and kind not in WITHOUT_TIME]
)
def test_events_of_today_wait_for_the_morning_unless_sent_at_once(hub, ann, office, kind):
    happen, text = EVENTS[kind]
    with at(20, 10):
        happen(hub, ann)
    assert (text in sent_on(20, 11).get(office.email, "")) == (NOTICE_TYPES[kind].timing == Timing.AT_ONCE)


def test_office_gets_one_morning_email_a_day(hub, ann, office):
    with at(20):
        report(hub, ann)
        InvitationFactory(invited_by=office, expires_at=timezone.now())
    assert list(sent_on(21)) == [office.email]
    assert "2 new items for the programme office" in mail.outbox[-1].subject
    expect_approval(hub, ann)
    assert sent_on(21, hour=9) == {}
    assert "Outline business case" in sent_on(22)[office.email]


def test_event_sent_at_once_comes_in_the_morning_if_switched_off(hub, ann, office):
    office.notify_escalations = False
    office.save()
    with at(20):
        escalate(hub, ann)
    assert sent_on(20, hour=10) == {}
    assert "Ground is wet" in sent_on(21)[office.email]
    assert sent_on(22) == {}


def test_escalation_is_emailed_at_once(hub, office, trust, on_commit):
    client = signed_in(role=Role.CONTRIBUTOR, organisation=trust)
    risk = RiskFactory(project=hub, title="Ground is wet")
    page = reverse("projects:risk_escalate", args=[hub.slug, risk.pk])
    with on_commit(execute=True):
        assert client.post(page, {"tier": "portfolio", "why": "Too costly", "wanted": "Pumps"}).status_code == 302
    (message,) = mail.outbox
    assert message.to == [office.email] and "Ground is wet, escalated to portfolio level" in message.body
    send_notices()
    assert len(mail.outbox) == 1


def test_escalation_of_risk_that_was_closed_or_answered_since_is_not_news(hub, ann, office):
    with at(20):
        closed, answered = escalate(hub, ann), escalate(hub, ann)
        closed.risk.closed_on, closed.risk.closed_why = datetime.date(2026, 10, 20), "Drained"
        closed.risk.save()
        escalations.accept(answered, office, review_on=datetime.date(2026, 12, 1))
    assert list(sent_on(20, hour=10)) == [ann.email]


def test_author_hears_the_answer_to_an_escalation(hub, ann, office):
    with at(20):
        escalation = escalate(hub, ann)
        escalations.accept(escalation, office, review_on=datetime.date(2026, 12, 1), answer="Two pumps")
    text = "Acute Services Block: escalation of Ground is wet {} by Olive Office. {}"
    assert text.format("accepted", "Two pumps") in sent_on(20, hour=10)[ann.email]
    with at(21):
        escalations.return_to_project(escalation.risk, office, reason="It is dry")
    assert text.format("sent back", "It is dry") in sent_on(21, hour=10)[ann.email]
    assert ann.email not in sent_on(22)


@pytest.mark.parametrize(
    ("before", "now", "text"),
    [
        ("amber", "red", "rated red, previously amber"),
        ("red", "red", None),
        ("red", "green", None),
    ],
)
def test_only_report_that_turned_red_is_emailed_at_once(hub, trust, office, before, now, text, on_commit):
    client = signed_in(role=Role.CONTRIBUTOR, organisation=trust)
    with at(1):
        reported(workflow.start_report(hub, month(9), client.user), client.user, office, **RED | {"overall": before})
    october = month(10)
    with at(20), on_commit(execute=True):
        page = reverse("projects:report", args=[hub.slug, october.slug])
        answers = fields_of(client.get(page)) | RED | {"overall": now, "action": "submit"}
        assert client.post(page, answers).status_code == 302
    assert [message.to[0] for message in mail.outbox] == ([office.email] if text else [])
    assert not text or text in mail.outbox[0].body


def test_red_report_that_was_withdrawn_is_not_news(hub, ann, office):
    with at(20):
        workflow.withdraw(report(hub, ann, **RED), ann)
    assert office.email not in sent_on(20, hour=10)


def test_submitting_works_while_mail_server_is_down(hub, trust, office, settings, on_commit):
    settings.EMAIL_BACKEND = "tests.projects.digest.test_digest.NoServer"
    client = signed_in(role=Role.CONTRIBUTOR, organisation=trust)
    october = month(10)
    with at(20), on_commit(execute=True):
        page = reverse("projects:report", args=[hub.slug, october.slug])
        client.post(page, fields_of(client.get(page)) | RED | {"action": "submit"})
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert "rated red" in sent_on(20, hour=10)[office.email]


class NoServer:
    def __init__(self, **options):
        pass

    def open(self):
        raise ConnectionRefusedError

    close = send_messages = open


@pytest.mark.parametrize(("publish", "state"), [(True, "published"), (False, "declined")])
def test_writer_hears_what_was_decided_about_a_note(hub, ann, office, publish, state):
    with at(20):
        written = report(hub, ann, public_note="The frame is up")
        workflow.decide_note(written.proposed_note, office, publish=publish)
    sent = sent_on(20, hour=10)
    assert f"progress note {state} by Olive Office. The frame is up" in sent[ann.email]
    assert sent_on(20, hour=11) == {}


def test_writer_who_cannot_see_the_project_any_more_hears_nothing(hub, ann, office):
    with at(20):
        written = report(hub, ann, public_note="The frame is up")
        workflow.decide_note(written.proposed_note, office, publish=False)
    hub.published, hub.restricted, hub.lead_organisation = False, True, OrganisationFactory()
    hub.save()
    assert ann.email not in sent_on(20, hour=10)


def test_office_hears_of_a_note_and_of_a_report_that_was_submitted_again(hub, ann, office):
    with at(20):
        written = report(hub, ann, public_note="The frame is up")
    body = sent_on(21)[office.email]
    assert "Acute Services Block: progress note, by Ann" in body
    with at(21):
        workflow.submit(workflow.return_report(written, office, "Say more"), ann)
    body = sent_on(22)[office.email]
    assert "submitted again by Ann" in body and "progress note" not in body
    assert ProposedNote.objects.count() == 1


def test_office_hears_of_a_proposed_fact(hub, ann, office):
    with at(20):
        fact = {"field": "summary", "old": "Old", "new": "New wards", "new_text": "New wards"}
        Proposal.objects.create(project=hub, proposed_by=ann, **fact)
    assert "Acute Services Block: Summary, “New wards”, by Ann" in sent_on(21)[office.email]


def test_decided_request_is_not_news(hub, ann, office):
    with at(20):
        workflow.accept(report(hub, ann), office)
    assert office.email not in sent_on(21)


def test_user_does_not_hear_of_what_they_did(hub, office):
    with at(20):
        report(hub, office)
    assert sent_on(21) == {}


def test_long_group_links_to_the_page_with_all(ann, office, period, trust):
    with at(20):
        for number in range(MAX_LINES + 2):
            hub = HubFactory(title=f"Hub {number:02}", lead_organisation=trust)
            reported(workflow.start_report(hub, period, ann), ann)
    body = sent_on(21)[office.email]
    assert body.count("submitted by Ann") == MAX_LINES
    assert "2 more items: see all reports to review" in body and reverse("projects:review_queue") in body
    assert Notice.objects.filter(kind="submitted").count() == MAX_LINES + 2
    assert sent_on(22) == {}


@pytest.mark.parametrize("number", [1, 6])
def test_query_count_is_constant(ann, office, period, trust, number, django_assert_num_queries):
    with at(20):
        for _ in range(number):
            hub = HubFactory(lead_organisation=trust)
            reported(workflow.start_report(hub, period, ann), ann, public_note="Up", **RED)
            for happen in (escalate, propose_document, change_last_week, expect_approval):
                happen(hub, ann)
    with at(21), django_assert_num_queries(34):
        send_notices()


def test_account_page_has_the_kinds_of_the_office_for_the_office_alone(office_client, viewer_client):
    preferences = {row.preference for row in NOTICE_TYPES.values() if row.audience == OFFICE}
    assert preferences <= set(office_client.get(reverse("account")).context["form"].fields)
    assert not preferences & set(viewer_client.get(reverse("account")).context["form"].fields)
