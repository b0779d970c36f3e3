"""Emails about reports: recipients, dates, and that each is sent once."""

import datetime
import threading
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from estates_portal.accounts.models import Role
from estates_portal.mail import reply_to_office, shortened
from projects import notices
from projects.change_requests.services import decide_change, request_budget
from projects.digest.services import send_notices
from projects.models import Following, Hub, Notice, ReportingPeriod
from projects.notices import NoticeItem
from projects.reporting import workflow
from projects.reporting.reminders import recipients_of, send_reminders, suggested_text
from tests.factories import HubFactory, OrganisationFactory, UserFactory, reported
from tests.periods import month

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(trust):
    return UserFactory(name="Ann", role=Role.CONTRIBUTOR, organisation=trust)


@pytest.fixture
def hub(trust):
    return HubFactory(title="Acute Services Block", lead_organisation=trust)


def on(day, hour=8):
    return time_machine.travel(datetime.datetime(2026, *day, hour, tzinfo=datetime.UTC), tick=False)


def sent_on(*day, hour=8):
    """The emails that the command sends on this day."""
    before = len(mail.outbox)
    with on(day, hour):
        call_command("send_notices")
    return mail.outbox[before:]


def test_each_item_is_sent_once(ann, hub):
    month(10)  # open from 20 October, due on 5 November
    assert sent_on(10, 19) == []
    (opened,) = sent_on(10, 20)
    assert "Reports to complete" in opened.body
    assert sent_on(10, 20) == sent_on(10, 25) == sent_on(11, 1) == []
    (reminder,) = sent_on(11, 2)
    assert "Reports due soon" in reminder.body
    assert sent_on(11, 3) == sent_on(11, 5) == []
    (overdue,) = sent_on(11, 6)
    assert "Reports overdue" in overdue.body
    assert "due on Thursday 5 November 2026, 1 day overdue" in overdue.body
    assert sent_on(11, 7) == sent_on(11, 12) == []
    assert len(sent_on(11, 13)) == 1  # a week later
    assert Notice.objects.count() == 4


def test_days_are_in_london_time_when_clocks_change(ann, hub):
    """The clocks go back on 25 October 2026 at 02:00; 23:30 UTC on the 24th is the 25th in London, a day later not."""
    period = month(10)
    period.opens_on = datetime.date(2026, 10, 25)
    period.save()
    assert sent_on(10, 24, hour=22) == []
    assert len(sent_on(10, 24, hour=23)) == 1
    period = month(9)
    period.opens_on = datetime.date(2026, 10, 26)
    period.due_on = datetime.date(2026, 10, 31)
    period.save()
    assert sent_on(10, 25, hour=23) == []  # the 25th in London too now
    assert len(sent_on(10, 26, hour=0)) == 1


def test_contributor_gets_one_digest_of_due_reports(ann, hub, trust):
    HubFactory(title="Second hub", lead_organisation=trust)
    month(10)
    (message,) = sent_on(10, 20)
    assert message.to == [ann.email]
    assert "2 reports to complete" in message.subject
    assert message.body.count("/report/2026-10/") == 2
    assert message.alternatives[0][0].count("/report/2026-10/") == 2
    assert Notice.objects.filter(person=ann).count() == 2


def test_only_contributors_of_lead_organisation_get_emails(hub, trust, office):
    UserFactory(role=Role.VIEWER, organisation=trust)
    UserFactory(role=Role.CONTRIBUTOR, organisation=trust, is_active=False)
    UserFactory(role=Role.CONTRIBUTOR, organisation=OrganisationFactory())
    month(10)
    (message,) = sent_on(10, 20)
    assert message.to == [office.email] and "Organisations without reporters" in message.body


def test_submitted_report_gets_no_reminder(ann, hub):
    period = month(10)
    with on((10, 21)):
        reported(workflow.start_report(hub, period, ann), ann)
    assert sent_on(11, 6) == []


def test_author_gets_email_when_report_is_reviewed(ann, hub, office):
    period = month(10)
    with on((10, 21)):
        report = reported(workflow.start_report(hub, period, ann), ann)
        workflow.return_report(report, office, "Say when it opens")
    (message,) = sent_on(10, 21, hour=9)
    assert message.to == [ann.email]
    assert "Say when it opens" in message.body
    assert "/report/2026-10/" in message.body
    with on((10, 22)):
        report.refresh_from_db()
        workflow.accept(workflow.submit(report, ann), office)
    (message,) = sent_on(10, 22, hour=9)
    assert "accepted by" in message.body


def test_email_has_only_the_last_event_of_a_report(ann, hub, office):
    period = month(10)
    with on((10, 21)):
        report = reported(workflow.start_report(hub, period, ann), ann)
        workflow.accept(workflow.submit(workflow.return_report(report, office, "Say when"), ann), office)
    (message,) = sent_on(10, 21, hour=9)
    assert message.body.count("Acute Services Block") == 1
    assert "accepted by" in message.body and "returned by" not in message.body


def test_next_run_does_not_send_return_that_was_answered_since(ann, hub, office, mail_server):
    """The mail server is down when the report is returned, and up after it was accepted."""
    period = month(10)
    with at(0):
        report = reported(workflow.start_report(hub, period, ann), ann)
        workflow.return_report(report, office, "Say when it opens")
    mail_server(refuse)
    sent_at(1)
    with at(2):
        report.refresh_from_db()
        workflow.accept(workflow.submit(report, ann), office)
    mail_server()
    sent_at(60)
    (message,) = mail.outbox
    assert "accepted by" in message.subject
    assert "returned" not in message.body and "Say when it opens" not in message.body


def test_skipped_report_is_not_sent_as_overdue(ann, hub):
    """October has no report when November is submitted."""
    period = month(11)
    with on((11, 25)):
        reported(workflow.start_report(hub, period, ann), ann)
    month(10)
    assert sent_on(12, 1) == []


def test_reminder_is_not_sent_after_period_is_closed(ann, hub, office, mail_server):
    period = month(10)
    mail_server(refuse)
    with at(0):
        send_reminders(period, "", by=office, today=datetime.date(2026, 10, 20))
        workflow.close_period(period, office)
    mail_server()
    assert sent_at(20).digests == 0
    assert not mail.outbox


def test_report_is_due_soon_three_working_days_before(ann, hub):
    """Due on Monday 7 December; a weekend does not count."""
    month(11)
    sent_on(11, 20)
    ReportingPeriod.objects.update(due_on=datetime.date(2026, 12, 7))
    assert sent_on(12, 1) == []
    (reminder,) = sent_on(12, 2)
    assert "Reports due soon" in reminder.body


def test_author_gets_email_when_change_request_is_decided(ann, hub, office):
    with on((10, 21)):
        for person, project in ((ann, hub), (office, HubFactory())):
            change = request_budget(project, person, pounds=Decimal(12_000_000), why="Steel")
            decided_on = datetime.date(2026, 10, 20)
            decide_change(
                change, office, approve=False, approver="Capital Board", decided_on=decided_on, conditions="Too much"
            )
    (message,) = sent_on(10, 21, hour=9)
    assert message.to == [ann.email]
    text = "Acute Services Block, Approved budget to £12m: declined by Capital Board. Too much"
    assert text in message.body and f"/projects/{hub.slug}/money/#changes" in message.body
    assert sent_on(10, 22) == []


def test_followers_get_emails_about_visible_reports(hub, office):
    follower, outsider, early = (UserFactory(organisation=OrganisationFactory()) for _ in range(3))
    period = month(10)
    with on((10, 21)):
        for person in (follower, outsider):
            Following.objects.create(person=person, project=hub)
        reported(workflow.start_report(hub, period, office), office, summary="On time so far")
    with on((10, 22)):
        Following.objects.create(person=early, project=hub)  # after the report
    (message, other) = sent_on(10, 22)
    assert {message.to[0], other.to[0]} == {follower.email, outsider.email}
    assert "On time so far" in message.body
    hub.published, hub.restricted = False, True
    hub.save()
    Notice.objects.all().delete()
    assert sent_on(10, 22) == []


def test_followers_hear_that_a_report_is_not_reviewed_and_of_its_return(ann, hub, office):
    follower = UserFactory(organisation=OrganisationFactory())
    with on((10, 20)):
        Following.objects.create(person=follower, project=hub)
    with on((10, 21)):
        report = reported(workflow.start_report(hub, month(10), ann), ann, summary="On time so far")
    (message,) = [message for message in sent_on(10, 21, hour=9) if message.to == [follower.email]]
    assert ", not yet reviewed. On time so far" in message.body
    with on((10, 22)):
        workflow.return_report(report, office, "Say more")
    (message,) = [message for message in sent_on(10, 22, hour=9) if message.to == [follower.email]]
    assert "returned for changes" in message.body and "Say more" not in message.body
    with on((10, 23)):
        workflow.accept(workflow.submit(report, ann), office)
    (message,) = [message for message in sent_on(10, 23, hour=9) if message.to == [follower.email]]
    assert "On time so far" in message.body and "not yet reviewed" not in message.body
    assert [message for message in sent_on(10, 24) if message.to == [follower.email]] == []


def test_followers_hear_nothing_of_a_report_returned_before_they_were_told(ann, hub, office):
    follower = UserFactory(organisation=OrganisationFactory())
    with on((10, 20)):
        Following.objects.create(person=follower, project=hub)
    with on((10, 21)):
        report = reported(workflow.start_report(hub, month(10), ann), ann)
        workflow.return_report(report, office, "Say more")
    assert follower.email not in [message.to[0] for message in sent_on(10, 21, hour=9)]


def test_user_turns_off_each_kind_of_email(ann, hub, office):
    period = month(10)
    ann.notify_due_reports = False
    ann.save()
    assert sent_on(10, 20) == []
    ann.notify_due_reports, ann.notify_reviews = True, False
    ann.save()
    with on((10, 21)):
        report = reported(workflow.start_report(hub, period, ann), ann)
        workflow.return_report(report, office, "More")
    (message,) = sent_on(10, 21, hour=9)
    assert "Returned" not in message.body


class MailServer(BaseEmailBackend):
    """A mail server that calls `while_sending` before it accepts an email; set by the `mail_server` fixture."""

    while_sending = None

    def send_messages(self, email_messages):
        if MailServer.while_sending:
            MailServer.while_sending()
        mail.outbox.extend(email_messages)
        return len(email_messages)


@pytest.fixture
def mail_server(settings, monkeypatch):
    """A function that sets what the mail server does before it accepts an email."""
    settings.EMAIL_BACKEND = f"{__name__}.MailServer"
    return lambda action=None: monkeypatch.setattr(MailServer, "while_sending", action and staticmethod(action))


def refuse():
    raise ConnectionRefusedError


def at(minutes):
    """A time on 20 October 2026, this many minutes after 8:00."""
    return time_machine.travel(
        datetime.datetime(2026, 10, 20, 8, tzinfo=datetime.UTC) + datetime.timedelta(minutes=minutes), tick=False
    )


def sent_at(minutes):
    with at(minutes):
        return send_notices()


def test_run_sends_once_what_mail_server_refused_before(ann, hub, mail_server):
    month(10)
    mail_server(refuse)
    result = sent_at(0)
    assert (result.digests, result.waiting, Notice.objects.get().sent_at) == (0, 1, None)
    mail_server()
    result = sent_at(14)  # another run could still be sending it
    assert (result.digests, result.waiting, len(mail.outbox)) == (0, 1, 0)
    result = sent_at(15)
    assert (result.digests, result.items, result.waiting, len(mail.outbox)) == (1, 1, 0, 1)
    assert Notice.objects.get().sent_at == datetime.datetime(2026, 10, 20, 8, 15, tzinfo=datetime.UTC)
    assert sent_at(60).digests == 0
    assert len(mail.outbox) == 1


def test_run_sends_new_and_waiting_items_in_one_email(ann, hub, trust, mail_server):
    month(10)
    mail_server(refuse)
    sent_at(0)
    HubFactory(title="Second hub", lead_organisation=trust)
    mail_server()
    assert sent_at(15).items == 2
    assert mail.outbox[0].body.count("/report/2026-10/") == 2
    assert Notice.objects.sent().count() == 2


def test_run_retries_five_times_then_gives_up(ann, hub, mail_server):
    month(10)
    mail_server(refuse)
    waiting = [sent_at(minutes).waiting for minutes in range(0, 6 * 15, 15)]
    assert waiting == [1, 1, 1, 1, 1, 0]
    mail_server()
    assert sent_at(6 * 15).digests == 0
    assert not mail.outbox
    assert list(Notice.objects.given_up().values_list("retries", flat=True)) == [5]


def test_next_run_sends_what_run_left_when_its_process_ended(ann, hub, mail_server):
    month(10)

    def end_process():
        raise SystemExit

    mail_server(end_process)
    with pytest.raises(SystemExit):
        sent_at(0)
    assert Notice.objects.waiting().count() == 1
    mail_server()
    assert sent_at(15).digests == 1
    assert sent_at(30).digests == 0
    assert len(mail.outbox) == 1


def test_run_does_not_send_waiting_reminder_of_report_submitted_since(ann, hub, mail_server):
    period = month(10)
    mail_server(refuse)
    sent_at(0)
    with at(5):
        reported(workflow.start_report(hub, period, ann), ann)
    mail_server()
    assert sent_at(15).digests == 0
    assert not mail.outbox


def test_second_run_while_first_sends_new_items_sends_nothing(ann, hub, mail_server):
    month(10)
    results = []
    mail_server(lambda: results or results.append(send_notices()))
    assert sent_at(0).digests == 1
    assert (results[0].digests, len(mail.outbox)) == (0, 1)


def test_second_run_while_first_retries_sends_nothing(ann, hub, mail_server):
    month(10)
    mail_server(refuse)
    sent_at(0)
    results = []
    mail_server(lambda: results or results.append(send_notices()))
    assert sent_at(20).digests == 1
    assert (results[0].digests, len(mail.outbox)) == (0, 1)


@pytest.mark.parametrize("state", ["new", "waiting"])
def test_two_runs_that_read_same_items_send_them_once(ann, hub, mail_server, monkeypatch, state):
    """The second run has read what was sent before the first has saved anything."""
    month(10)
    if state == "waiting":
        mail_server(refuse)
        sent_at(0)
        mail_server()
    with at(15):
        read = notices._notices_of([ann])
        assert send_notices().digests == 1
        monkeypatch.setattr(notices, "_notices_of", lambda people: read)
        assert send_notices().digests == 0
    assert len(mail.outbox) == 1


def test_run_sends_emails_by_one_connection_and_opens_none_without_emails(ann, hub, trust, monkeypatch):
    UserFactory(role=Role.CONTRIBUTOR, organisation=trust)
    month(10)
    opened = []
    monkeypatch.setattr(EmailBackend, "open", lambda backend: opened.append(backend))
    assert len(sent_on(10, 20)) == 2
    assert sent_on(10, 20) == [] and len(opened) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time: see the test above")
@pytest.mark.django_db(transaction=True)
def test_two_runs_at_same_time_send_items_once(ann, hub, mail_server, monkeypatch):
    """Each run has its own thread and connection. Both read the sent notices before either saves."""
    month(10)
    both = threading.Barrier(2, timeout=20)
    read = notices._notices_of
    digests, errors = [], []

    def read_together(people):
        found = read(people)
        both.wait()
        return found

    def run():
        try:
            digests.append(send_notices().digests)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    monkeypatch.setattr(notices, "_notices_of", read_together)
    threads = [threading.Thread(target=run) for _ in range(2)]
    with at(0):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert errors == []
    assert sorted(digests) == [0, 1]
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_user_saves_while_run_waits_for_mail_server(ann, hub, mail_server):
    """On SQLite an open transaction of the run would have the only write lock."""
    month(10)
    errors = []

    def save():
        try:
            Hub.objects.filter(pk=hub.pk).update(title="Saved meanwhile")
        except DatabaseError as error:
            errors.append(error)
        finally:
            connection.close()

    def another_user_saves():
        thread = threading.Thread(target=save)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()

    mail_server(another_user_saves)
    assert sent_at(0).digests == 1
    assert errors == []
    hub.refresh_from_db()
    assert hub.title == "Saved meanwhile"


@pytest.mark.django_db(transaction=True)
def test_run_inside_transaction_fails_before_it_sends(ann, hub, mail_server):
    month(10)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        sent_at(0)
    assert not mail.outbox


class TestSendReminders:
    @pytest.fixture
    def period(self):
        return month(10)

    def remind(self, period, office, minutes):
        with at(minutes):
            return send_reminders(period, "", by=office, today=datetime.date(2026, 10, 20))

    def test_reminder_waits_while_mail_server_is_down_and_next_run_sends_it(
        self, ann, hub, office, period, mail_server
    ):
        sent_at(0)
        mail_server(refuse)
        result = self.remind(period, office, 1)
        assert (result.digests, result.waiting) == (0, 1)
        again = self.remind(period, office, 2)
        assert (again.digests, again.waiting) == (0, 1)
        mail_server()
        assert sent_at(20).digests == 1
        assert str(office) in mail.outbox[-1].body
        assert sent_at(40).digests == self.remind(period, office, 41).digests == 0
        assert len(mail.outbox) == 2

    def test_failed_reminder_is_named_and_sent_with_the_next(self, ann, hub, office, period, trust, mail_server):
        """The mail server refuses one of two emails."""
        bea = UserFactory(name="Bea", role=Role.CONTRIBUTOR, organisation=trust)
        mail_server(refuse)
        self.remind(period, office, 0)
        Notice.objects.filter(person=bea).delete()
        mail_server()
        with at(1):
            before = recipients_of(period, "", today=datetime.date(2026, 10, 20))
        assert [recipient.person for recipient in before.unsent] == [ann]
        assert [recipient.person for recipient in before.new] == [bea]
        result = self.remind(period, office, 2)
        assert (result.people, result.unsent) == ([bea.email], [ann])
        result = self.remind(period, office, 20)
        assert (result.people, result.unsent) == ([ann.email], [])
        with at(21):
            after = recipients_of(period, "", today=datetime.date(2026, 10, 20))
        assert [recipient.person for recipient in after.reminded] == [ann, bea] and not after.can_send

    def test_reminder_has_the_message_of_the_office_now_and_next_month(self, ann, hub, office, period, mail_server):
        mail_server(refuse)
        with at(0):
            send_reminders(period, "", by=office, today=datetime.date(2026, 10, 20), text="Boards meet on the 9th.")
        mail_server()
        sent_at(20)
        (message,) = mail.outbox
        assert "Boards meet on the 9th." in message.body and "Boards meet on the 9th." in message.alternatives[0][0]
        assert f"{office} asks for these reports." in message.body
        assert message.reply_to == reply_to_office()
        assert suggested_text(month(11)) == "Boards meet on the 9th."

    def test_reminder_is_not_sent_after_report_is_submitted(self, ann, hub, office, period, mail_server):
        mail_server(refuse)
        self.remind(period, office, 0)
        with at(5):
            reported(workflow.start_report(hub, period, ann), ann)
        mail_server()
        assert sent_at(20).digests == 0
        assert not mail.outbox


@pytest.mark.parametrize(
    ("kinds", "subject"),
    [
        ("chased", "1 report needed by 5 November 2026"),
        ("chased chased overdue", "2 reports needed by 5 November 2026"),
        ("late late", "2 reports overdue"),
        ("late chased chased", "3 reports needed, 1 overdue"),
        ("overdue", "Text"),
        ("overdue overdue followed", "2 reports overdue"),
        ("opened " * 12, "12 reports to complete"),
        ("opened opened reminder reminder", "2 reports due soon"),
        ("returned returned accepted chased", "1 report needed by 5 November 2026"),
        ("accepted accepted", "2 reports accepted"),
        ("decided decided followed followed", "2 change requests decided"),
        ("followed followed", "2 new reports on projects you follow"),
    ],
)
def test_subject_counts_the_most_urgent_items(ann, kinds, subject):
    due = {"chased": False, "late": True}
    items = [
        NoticeItem("chased" if kind == "late" else kind, "", "Text", "/", datetime.date(2026, 11, 5), due.get(kind))
        for kind in kinds.split()
    ]
    assert notices._context(ann, items)["subject"] == subject


class TestAdminList:
    @pytest.mark.parametrize(
        ("delivery", "shown"),
        [("sent", ["Sent one"]), ("waiting", ["Waiting one"]), ("given-up", ["Lost one"])]
        + [("", ["Sent one", "Waiting one", "Lost one"]), ("x", ["Sent one", "Waiting one", "Lost one"])],
    )
    def test_administrator_filters_notices_by_delivery(self, admin_client, ann, delivery, shown):
        now = timezone.now()
        for text, fields in {
            "Sent one": {"sent_at": now},
            "Waiting one": {"retries": 4},
            "Lost one": {"retries": 5},
        }.items():
            Notice.objects.create(person=ann, kind="opened", dedupe_key=text, text=text, url="/", **fields)
        page = admin_client.get(reverse("admin:projects_notice_changelist"), {"delivery": delivery} if delivery else {})
        html = page.content.decode()
        assert [text for text in ("Sent one", "Waiting one", "Lost one") if f">{text}<" in html] == shown


def test_dry_run_sends_no_emails(ann, hub, capsys):
    month(10)
    with on((10, 20)):
        call_command("send_notices", dry_run=True)
    assert "Would send 1 email with 1 item" in capsys.readouterr().out
    assert not mail.outbox and not Notice.objects.exists()


def test_command_says_how_many_emails_were_sent_and_how_many_wait(ann, hub, trust, mail_server, capsys):
    month(10)
    mail_server(refuse)
    with at(0):
        call_command("send_notices")
    assert "Sent 0 emails with 0 items; 1 waiting." in capsys.readouterr().out
    HubFactory(lead_organisation=trust)
    mail_server()
    with at(15):
        call_command("send_notices")
    assert "Sent 1 email with 2 items; 0 waiting." in capsys.readouterr().out


def test_links_start_with_portal_url(ann, hub, settings):
    settings.PORTAL_URL = "https://estates.example.nhs.uk"
    month(10)
    (message,) = sent_on(10, 20)
    assert "https://estates.example.nhs.uk/projects/" in message.body
    assert "https://estates.example.nhs.uk/account/" in message.body
    assert message.message()["List-Unsubscribe"] == "<https://estates.example.nhs.uk/account/>"


def test_notices_query_count_is_constant(ann, trust, django_assert_num_queries):
    month(10)
    for count in (1, 20):
        Notice.objects.all().delete()
        for _ in range(count):
            HubFactory(lead_organisation=trust)
        with on((10, 20)), django_assert_num_queries(19):
            send_notices()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Short", "Short"),
        ("word " * 100, "word " * 56 + "word … Read the rest"),
        ("x" * 400, "x" * 284 + " … Read the rest"),
    ],
)
def test_long_text_of_email_is_cut_between_words(text, shown):
    assert shortened(text) == shown
    assert len(shown) <= 300


def test_email_about_returned_report_links_to_the_whole_comment(ann, hub, office):
    period = month(10)
    with on((10, 21)):
        report = reported(workflow.start_report(hub, period, ann), ann)
        workflow.return_report(report, office, "Name the second crew. " * 30)
    (returned,) = [message for message in sent_on(10, 22) if "returned" in message.subject]
    line = next(line for line in returned.body.splitlines() if "Name the second crew" in line)
    assert line.endswith(" … Read the rest")
    assert f"{settings.PORTAL_URL}/projects/{hub.slug}/report/2026-10/" in returned.body
