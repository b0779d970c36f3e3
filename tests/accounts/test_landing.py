"""Where people land after signing in, for each way to sign in, role and state of their work."""

import datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.urls import reverse
from django.utils import timezone

from estates_portal.accounts.models import Role
from projects.models import ReportingPeriod, SavedView
from projects.reporting import workflow
from tests.accounts.test_single_sign_on import provider, returns  # noqa: F401, a fixture
from tests.conftest import count_a_change, signed_in
from tests.factories import HubFactory, InvitationFactory, ReportingPeriodFactory, UserFactory, reported

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-harbour-lamp-42"
TODAY = timezone.localdate()
MY_WORK, PORTFOLIO = reverse("projects:my_work"), reverse("home")
REPORTING = reverse("projects:reporting")


def by_password(client, person, next_page):
    person.set_password(PASSWORD)
    person.save()
    typed = {"login": person.email, "password": PASSWORD, "next": next_page}
    return client.post(reverse("account_login"), typed)


def by_passkey(client, person, next_page, monkeypatch):
    passkey = Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone"})
    for name in ("parse_authentication_response", "extract_user_from_response", "complete_authentication"):
        monkeypatch.setattr(auth, name, lambda *args, name=name: passkey if name.startswith("complete") else person)
    sent = {"credential": '{"id": 1}', "next": next_page}
    return client.post(reverse("mfa_login_webauthn"), sent)


@pytest.fixture(params=["password", "passkey", "single sign-on", "invitation"])
def sign_in(request, client, monkeypatch):
    """Sign `client` in, with the address of the page that was asked for. Returns the response."""

    def way(person, next_page=""):
        if request.param == "password":
            return by_password(client, person, next_page)
        if request.param == "passkey":
            return by_passkey(client, person, next_page, monkeypatch)
        if request.param == "single sign-on":
            provider = request.getfixturevalue("provider")
            return returns(client, provider, next_page=next_page)
        about = {"email": person.email, "organisation": person.organisation, "role": person.role}
        person.delete()
        invitation = InvitationFactory(**about)
        token = invitation.renew()
        invitation.save()
        joined = {"name": "Ann", "password1": "willow anchor teapot"}
        return client.post(reverse("account_invitation", args=[token]), joined)

    way.name = request.param
    return way


@pytest.fixture
def person():
    """A function that makes the user of single sign-on."""
    return lambda role, organisation=None: UserFactory(email="ann@example.org", role=role, organisation=organisation)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR, Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR])
def test_each_way_in_leads_to_the_start_page(sign_in, person, trust, role):
    assert sign_in(person(role, trust))["Location"] == reverse("projects:start")


def test_page_that_was_asked_for_comes_first(sign_in, person, trust):
    if sign_in.name != "invitation":  # which no other page leads to
        assert sign_in(person(Role.CONTRIBUTOR, trust), "/hubs/")["Location"] == "/hubs/"


def test_second_step_comes_before_the_start_page(sign_in, person, client, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    sign_in(person(Role.PROGRAMME_OFFICE))
    shown = client.get(reverse("projects:start"))
    has_passkey = sign_in.name == "passkey"
    assert shown["Location"] == (PORTFOLIO if has_passkey else reverse("mfa_index"))


# (role, state, the page of `start`)
LANDINGS = [
    (Role.VIEWER, "nothing due", PORTFOLIO),
    (Role.VIEWER, "overdue", PORTFOLIO),
    (Role.CONTRIBUTOR, "nothing due", MY_WORK),
    (Role.CONTRIBUTOR, "due", MY_WORK),
    (Role.CONTRIBUTOR, "overdue", MY_WORK),
    (Role.PROGRAMME_OFFICE, "nothing due", PORTFOLIO),
    (Role.PROGRAMME_OFFICE, "due", PORTFOLIO),
    (Role.PROGRAMME_OFFICE, "submitted", REPORTING),
    (Role.PROGRAMME_OFFICE, "submitted, closed", PORTFOLIO),
    (Role.ADMINISTRATOR, "submitted", REPORTING),
    *((role, "start view", "/hubs/") for role in Role.values),
]


@pytest.mark.parametrize(("role", "state", "expected"), LANDINGS)
def test_start_page_follows_role_and_state(trust, role, state, expected):
    client = signed_in(role=role, organisation=trust)
    hub = HubFactory(lead_organisation=trust)
    if state == "start view":
        SavedView.objects.create(owner=client.user, name="Mine", path="/hubs/", is_start=True)
    elif state != "nothing due":
        first = TODAY.replace(day=1) - datetime.timedelta(days=1 if state == "overdue" else 0)
        period = ReportingPeriodFactory(starts_on=first.replace(day=1), opens_on=first.replace(day=1), due_on=first)
        ReportingPeriod.objects.update(due_on=TODAY + datetime.timedelta(days=-1 if state == "overdue" else 9))
        if "submitted" in state:
            reporter = UserFactory(role=Role.CONTRIBUTOR, organisation=trust)
            reported(workflow.start_report(hub, period, reporter), reporter)
        if "closed" in state:
            workflow.close_period(period, UserFactory(role=Role.PROGRAMME_OFFICE))
    count_a_change()
    location = client.get(reverse("projects:start"))["Location"]
    assert location == expected
