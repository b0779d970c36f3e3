"""Limits of failed sign-ins do not lock colleagues out, and stop guessing (ADR 0030)."""

import datetime
import re

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from estates_portal.accounts import browsers
from estates_portal.accounts.attempts import Attempt, TooManyAttempts
from estates_portal.accounts.checks import check_proxy
from estates_portal.accounts.models import AuditEvent
from tests.factories import PASSWORD, InvitationFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SIGN_IN = reverse("account_login")
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def pat():
    return UserFactory(email="pat@example.org")


def signs_in(person, password=PASSWORD, *, at=HERE, client=None):
    """The response to a sign-in from this IP address, by default on a new browser."""
    typed = {"login": person if isinstance(person, str) else person.email, "password": password}
    return (client or Client()).post(SIGN_IN, typed, REMOTE_ADDR=at)


def fails(person, times, at=HERE):
    for number in range(times):
        assertContains(signs_in(person, f"guess {number}", at=at), "not correct")


@pytest.fixture
def fill(clock):
    """Counts failures without checking passwords. Returns how many were within the limits."""

    def count(email, at, times):
        request = Client().get(SIGN_IN, REMOTE_ADDR=at).wsgi_request
        request.method = "POST"
        counted = 0
        for _ in range(times):
            clock.shift(datetime.timedelta(milliseconds=1))  # allauth tells attempts apart by their time
            try:
                Attempt(request, email).count()
            except TooManyAttempts:
                continue
            counted += 1
        return counted

    return count


def known_browser_of(person):
    """A browser on which the user has signed in before, and signed out."""
    client = Client()
    assert signs_in(person, client=client, at=ELSEWHERE).status_code == 302
    client.post(reverse("account_logout"))
    assert browsers.COOKIE in client.cookies
    return client


def test_failures_of_others_behind_one_address_lock_no_one_out(pat, fill):
    for number in range(40):
        assert fill(f"colleague-{number}@example.org", HERE, 5) == 5
    assert signs_in(pat).status_code == 302


def test_account_is_refused_where_the_failures_were_until_the_time_it_says(pat, clock):
    fails(pat, 5)
    clock.shift(datetime.timedelta(minutes=1))
    page = signs_in(pat)
    assertContains(page, "Too many failed sign-ins to this account. Try again after 09:16, or reset your password")
    assertContains(page, pat.email)
    assert signs_in(pat, at=ELSEWHERE).status_code == 302
    clock.shift(datetime.timedelta(minutes=15))
    assert signs_in(pat).status_code == 302


@pytest.mark.parametrize("at", [HERE, ELSEWHERE])
def test_known_browser_can_sign_in_despite_failures_of_others(pat, at):
    client = known_browser_of(pat)
    fails(pat, 5)
    assert signs_in(pat, client=client, at=at).status_code == 302


def test_known_browser_has_a_limit_too(pat):
    client, colleague = known_browser_of(pat), UserFactory()
    for _ in range(5):
        signs_in(pat, "guess", client=client)
    assertContains(signs_in(pat, client=client), "Try again after 09:16")
    assert signs_in(colleague, client=client).status_code == 302


def test_failures_on_one_known_browser_leave_the_others_alone(pat):
    ward, own, colleague = known_browser_of(pat), known_browser_of(pat), UserFactory()
    for _ in range(5):
        signs_in(pat, "guess", client=ward)
    assert signs_in(pat, client=own).status_code == 302
    signs_in(colleague, client=ward)
    ward.post(reverse("account_logout"))
    assertContains(signs_in(pat, client=ward), "Try again after")


def test_new_password_ends_the_limits_of_known_browsers(pat):
    ward, phone, new = known_browser_of(pat), Client(), "willow anchor teapot"
    for _ in range(5):
        signs_in(pat, "guess", client=ward)
    phone.post(reverse("account_reset_password"), {"email": pat.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]
    form = phone.get(link, follow=True).redirect_chain[-1][0]
    phone.post(form, {"password1": new})
    assert signs_in(pat, new, client=ward).status_code == 302


def test_browser_of_a_colleague_is_not_a_known_one(pat):
    client = known_browser_of(UserFactory())
    fails(pat, 5)
    assertContains(signs_in(pat, client=client), "Try again after")


def test_guesser_with_many_addresses_gets_as_far_as_the_limit_of_the_account(pat, fill):
    assert sum(fill(pat.email, f"198.51.100.{number}", 20) for number in range(50)) == 20
    page = signs_in(pat, at=ELSEWHERE)
    assertContains(page, "open the link that we have emailed to you")
    assert "_auth_user_id" not in page.client.session
    assert AuditEvent.objects.latest("pk").detail == "Link by email"
    assert len(mail.outbox) == 3, "a guesser cannot fill the mailbox"


class TestLink:
    """The second proof, after too many failures of an account."""

    @pytest.fixture(autouse=True)
    def _too_many(self, pat, fill):
        for number in range(4):
            fill(pat.email, f"198.51.100.{number}", 5)

    def link(self, pat):
        signs_in(pat)
        (message,) = mail.outbox
        assert message.to == [pat.email]
        return re.search(r"http://testserver(/\S+)", message.body)[1]

    def test_user_signs_in_on_the_device_on_which_they_open_the_link(self, pat):
        client, link = Client(), self.link(pat)
        assertContains(client.get(link, follow=True), "Email address confirmed. Sign in with your password")
        assertContains(signs_in(pat, "guess", client=client), "not correct")
        assert signs_in(pat, client=client).status_code == 302
        assertContains(signs_in(pat), "open the link that we have emailed to you")

    def test_link_alone_does_not_sign_in(self, pat):
        client = Client()
        client.get(self.link(pat))
        assert client.get(reverse("account")).status_code == 302

    @pytest.mark.parametrize("wrong", ["late", "changed", "deactivated"])
    def test_link_stops_working(self, pat, clock, wrong):
        link, client = self.link(pat), Client()
        if wrong == "late":
            clock.shift(datetime.timedelta(minutes=61))
        elif wrong == "changed":
            link = link[:-3] + "x/"
        else:
            pat.is_active = False
            pat.save()
        assertContains(client.get(link, follow=True), "This link has expired")
        assert browsers.COOKIE not in client.cookies

    def test_page_does_not_tell_who_has_an_account(self, pat, fill):
        fill("nobody@example.org", HERE, 5)
        for number in range(3):
            fill("nobody@example.org", f"198.51.100.{number}", 5)
        known, unknown = signs_in(pat), signs_in("nobody@example.org")
        assert known.context["form"].errors == unknown.context["form"].errors
        assert [message.to for message in mail.outbox] == [[pat.email]]

    def test_page_does_not_tell_that_an_email_could_not_be_sent(self, pat, monkeypatch):
        monkeypatch.setattr("estates_portal.accounts.attempts.mail.send", lambda *args: False)
        assert not list(signs_in(pat).context["messages"])

    def test_new_password_ends_the_limits(self, pat):
        client = Client()
        client.post(reverse("account_reset_password"), {"email": pat.email})
        link = re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]
        form = client.get(link, follow=True).redirect_chain[-1][0]
        new = "willow anchor teapot"
        assert client.post(form, {"password1": new}).status_code == 302
        assert signs_in(pat, new).status_code == 302


def test_network_with_very_many_failures_is_slowed(pat, fill, clock):
    for number in range(64):
        fill(f"colleague-{number}@example.org", HERE, 5)
    assertContains(signs_in(pat), "Too many failed sign-ins from your network. Wait 1 minute, then try again")
    assert signs_in(pat, at=ELSEWHERE).status_code == 302
    clock.shift(datetime.timedelta(minutes=1))
    assert signs_in(UserFactory()).status_code == 302


def test_course_of_forty_joins_from_one_address():
    typed = {"name": "Bea", "password1": "willow anchor teapot"}
    for _ in range(40):
        link = reverse("account_invitation", args=[InvitationFactory().token])
        assert Client().post(link, typed, REMOTE_ADDR=HERE).status_code == 302


@pytest.mark.parametrize(("trusted", "ids"), [(True, []), (False, ["accounts.W001"])])
def test_deployment_check_warns_without_trusted_proxy(settings, trusted, ids):
    settings.TRUST_PROXY = trusted
    assert [warning.id for warning in check_proxy(None)] == ids


def test_deployment_check_is_registered(capsys, monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)  # set by browser tests
    call_command("check", deploy=True)
    assert "accounts.W001" in capsys.readouterr().err
