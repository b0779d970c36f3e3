"""Emails about reports: to whom, when, once each."""

import datetime

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command

from estates_portal.accounts.models import Role
from projects.models import Following, Notice
from projects.reporting import workflow
from projects.reporting.notifications import send_notices
from tests.factories import HubFactory, OrganisationFactory, UserFactory, reported
from tests.periods import month

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(trust):
    return UserFactory(name="Ann", role=Role.CONTRIBUTOR, organisation=trust)


@pytest.fixture
def hub(trust):
    return HubFactory(title="Acute Services Block", lead_organisation=trust)


@pytest.fixture
def office(db):
    return UserFactory(role=Role.PROGRAMME_OFFICE)


def on(day, hour=8):
    return time_machine.travel(datetime.datetime(2026, *day, hour, tzinfo=datetime.UTC), tick=False)


def sent_on(*day, hour=8):
    """The emails that the command sends on a day."""
    before = len(mail.outbox)
    with on(day, hour):
        call_command("send_notices")
    return mail.outbox[before:]


def test_each_thing_is_told_once_at_its_time(ann, hub):
    month(10)  # open from 20 October, due on 5 November
    assert sent_on(10, 19) == []
    (opened,) = sent_on(10, 20)
    assert "Open for reporting" in opened.body
    assert sent_on(10, 20) == sent_on(10, 25) == sent_on(11, 1) == []
    (reminder,) = sent_on(11, 2)
    assert "Due soon" in reminder.body
    assert sent_on(11, 3) == sent_on(11, 5) == []
    (overdue,) = sent_on(11, 6)
    assert "Overdue" in overdue.body
    assert sent_on(11, 7) == sent_on(11, 12) == []
    assert len(sent_on(11, 13)) == 1  # a week later
    assert Notice.objects.count() == 4


def test_days_are_londons_when_the_clocks_change(ann, hub):
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


def test_one_digest_of_all_that_is_due(ann, hub, trust):
    HubFactory(title="Second hub", lead_organisation=trust)
    month(10)
    (message,) = sent_on(10, 20)
    assert message.to == [ann.email]
    assert "2 open for reporting" in message.subject
    assert message.body.count("/report/2026-10/") == 2
    assert message.alternatives[0][0].count("/report/2026-10/") == 2
    assert Notice.objects.filter(person=ann).count() == 2


def test_only_contributors_of_who_leads_hear_of_it(hub, trust, office):
    UserFactory(role=Role.VIEWER, organisation=trust)
    UserFactory(role=Role.CONTRIBUTOR, organisation=trust, is_active=False)
    UserFactory(role=Role.CONTRIBUTOR, organisation=OrganisationFactory())
    month(10)
    assert sent_on(10, 20) == []


def test_what_is_handed_in_is_asked_for_no_more(ann, hub):
    period = month(10)
    with on((10, 21)):
        reported(workflow.start_update(hub, period, ann), ann)
    assert sent_on(11, 6) == []


def test_reviews_are_told_to_who_handed_in(ann, hub, office):
    period = month(10)
    with on((10, 21)):
        update = reported(workflow.start_update(hub, period, ann), ann)
        workflow.return_update(update, office, "Say when it opens")
    (message,) = sent_on(10, 21, hour=9)
    assert message.to == [ann.email]
    assert "Say when it opens" in message.body
    assert "/report/2026-10/" in message.body
    with on((10, 22)):
        update.refresh_from_db()
        workflow.accept(workflow.submit(update, ann), office)
    (message,) = sent_on(10, 22, hour=9)
    assert "accepted by" in message.body


def test_followers_hear_of_new_reports_that_they_may_see(hub, office):
    follower, outsider, early = (UserFactory(organisation=OrganisationFactory()) for _ in range(3))
    period = month(10)
    with on((10, 21)):
        for person in (follower, outsider):
            Following.objects.create(person=person, project=hub)
        reported(workflow.start_update(hub, period, office), office, summary="On time so far")
    with on((10, 22)):
        Following.objects.create(person=early, project=hub)  # after the report
    (message, other) = sent_on(10, 22)
    assert {message.to[0], other.to[0]} == {follower.email, outsider.email}
    assert "On time so far" in message.body
    hub.published, hub.restricted = False, True
    hub.save()
    Notice.objects.all().delete()
    assert sent_on(10, 22) == []


def test_people_choose_what_they_hear(ann, hub, office):
    period = month(10)
    ann.hears_of_due_reports = False
    ann.save()
    assert sent_on(10, 20) == []
    ann.hears_of_due_reports, ann.hears_of_reviews = True, False
    ann.save()
    with on((10, 21)):
        update = reported(workflow.start_update(hub, period, ann), ann)
        workflow.return_update(update, office, "More")
    (message,) = sent_on(10, 21, hour=9)
    assert "Returned" not in message.body


def test_what_the_mail_server_refused_is_tried_again(ann, hub, settings):
    month(10)
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with on((10, 20)):
        sent = send_notices()
    assert (sent.digests, sent.failed, Notice.objects.count()) == (0, 1, 0)
    settings.EMAIL_BACKEND = backend
    assert len(sent_on(10, 20)) == 1


def test_another_run_at_the_same_moment_tells_it_not_twice(ann, hub, monkeypatch):
    """Both runs have asked what was told before either tells it."""
    month(10)
    with on((10, 20)):
        monkeypatch.setattr("projects.notices._told", lambda items: set())
        first, second = send_notices(), send_notices()
    assert (first.digests, second.digests, len(mail.outbox)) == (1, 0, 1)


def test_a_dry_run_sends_nothing(ann, hub, capsys):
    month(10)
    with on((10, 20)):
        call_command("send_notices", dry_run=True)
    assert "Would send 1 emails with 1 things" in capsys.readouterr().out
    assert not mail.outbox and not Notice.objects.exists()


def test_links_begin_with_the_portals_address(ann, hub, settings):
    settings.PORTAL_URL = "https://estates.example.nhs.uk"
    month(10)
    (message,) = sent_on(10, 20)
    assert "https://estates.example.nhs.uk/projects/" in message.body
    assert "https://estates.example.nhs.uk/account/" in message.body


def test_the_number_of_queries_does_not_grow_with_projects(ann, trust, django_assert_num_queries):
    month(10)
    for count in (1, 20):
        Notice.objects.all().delete()
        for _ in range(count):
            HubFactory(lead_organisation=trust)
        with on((10, 20)), django_assert_num_queries(9):
            send_notices()
