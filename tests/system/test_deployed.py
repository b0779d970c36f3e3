"""A deployed portal: single sign-on with a real provider, and rate limits that workers share."""

import json
import re
import shutil
import sys
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar

import pytest

from tests.databases import migrated_file

from .conftest import Visitor
from .process import DeployedPortal, free_port, process

pytestmark = pytest.mark.django_db
ANN = {"sub": "ann", "name": "Ann Archer", "email": "Ann.Archer@example.nhs.uk", "email_verified": True}
UNVERIFIED = {"sub": "eve", "name": "Eve", "email": "ann.archer@example.nhs.uk", "email_verified": False}
IN_WORDS = {"sub": "mallory", "name": "Mallory", "email": "ann.archer@example.nhs.uk", "email_verified": "false"}
STRANGER = {"sub": "sam", "name": "Sam Stranger", "email": "sam@elsewhere.example", "email_verified": True}
GONE = {"sub": "gil", "name": "Gil Gone", "email": "gil@example.nhs.uk", "email_verified": True}
PREPARE = """
from django.core.management import call_command
call_command("createcachetable")  # other tests do not need it
from estates_portal.accounts.models import User, Role
User.objects.create_user("ann.archer@example.nhs.uk", name="Ann Archer", role=Role.PROGRAMME_OFFICE)
User.objects.create_user("gil@example.nhs.uk", name="Gil Gone", is_active=False)
User.objects.create_user("pat@example.nhs.uk", "quiet-harbour-lamp-42", name="Pat Password")
"""


@pytest.fixture(scope="module")
def provider():
    """The address of an OpenID Connect provider in another process."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce"]
    for claims in (ANN, UNVERIFIED, IN_WORDS, STRANGER, GONE):
        command += ["--user-claims", json.dumps(claims)]
    address = f"http://localhost:{port}"
    with process(command, None, f"{address}/.well-known/openid-configuration"):
        yield address


@pytest.fixture(scope="module")
def portal(tmp_path_factory, databases, provider):
    """A running portal with single sign-on by that provider, and three users."""
    folder = tmp_path_factory.mktemp("portal")
    with migrated_file(databases) as path:
        shutil.copy(path, folder / "portal.sqlite3")
    made = DeployedPortal(
        folder,
        OIDC_SERVER_URL=provider,
        OIDC_CLIENT_ID="portal",
        OIDC_CLIENT_SECRET="secret",
        OIDC_NAME="NHS single sign-on",
    )
    made.shell(PREPARE)
    with made.running():
        yield made


@pytest.fixture
def person(chromium, portal):
    """A visitor of the deployed portal."""
    visitor = Visitor(chromium, portal.url, 1280)
    yield visitor
    visitor.context.close()
    assert not visitor.errors, visitor.errors


def goes_to_the_provider(person):
    person.goes_to("/account/sign-in/?next=/hubs/")
    person.follows(person.page.get_by_role("button", name="NHS single sign-on"))
    person.page.wait_for_url("**/oauth2/authorize**")


def signs_in_there(person, name):
    goes_to_the_provider(person)
    with person.page.expect_navigation(url=f"{person.base}/**"):
        person.page.get_by_role("button", name=name, exact=True).first.click()


def test_user_with_verified_address_signs_in_and_reaches_page(person):
    signs_in_there(person, "ann")
    assert person.page.url == f"{person.base}/hubs/"
    assert "Ann Archer" in person.page.get_by_role("banner").inner_text()
    person.page.get_by_role("button", name="Sign out").click()
    person.page.wait_for_url("**/oauth2/end_session?**")
    with person.page.expect_navigation(url=f"{person.base}/"):
        person.page.get_by_role("button", name="End session").click()
    assert person.page.get_by_role("banner").get_by_role("link", name="Sign in").count()
    signs_in_there(person, "ann")  # matched by the provider's id from now on
    assert person.page.url == f"{person.base}/hubs/"


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("eve", "has not confirmed"),
        ("mallory", "has not confirmed"),
        ("sam", "sam@elsewhere.example"),
        ("gil", "gil@example.nhs.uk"),
    ],
)
def test_other_addresses_are_refused_with_advice(person, who, message):
    signs_in_there(person, who)
    main = person.page.get_by_role("main").inner_text()
    assert message in main
    assert "programme office" in main
    assert not person.barriers()
    assert person.page.get_by_role("link", name="Sign in", exact=True).count()
    person.errors = [error for error in person.errors if "403" not in error]  # the browser's message about the response


def test_user_who_cancels_at_provider_returns_to_sign_in(person):
    goes_to_the_provider(person)
    with person.page.expect_navigation(url=f"{person.base}/**"):
        person.page.get_by_role("button", name="Deny").click()
    assert person.page.get_by_role("main").get_by_role("link", name="Sign in").count()
    person.errors.clear()  # the browser's message about the 401


def test_forged_provider_response_is_refused(person):
    person.page.goto(f"{person.base}/account/single-sign-on/sso/login/callback/?code=made-up&state=made-up")
    assert person.page.get_by_role("banner").get_by_role("link", name="Sign in").count()
    person.errors.clear()


class Attacker:
    """Posts sign-ins without a browser."""

    def __init__(self, url):
        self.url = f"{url}/account/sign-in/"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        page = self.opener.open(self.url).read().decode()
        self.token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]

    def tries(self, email, password):
        """The text of the response."""
        typed = {"login": email, "password": password, "csrfmiddlewaretoken": self.token}
        request = urllib.request.Request(self.url, urllib.parse.urlencode(typed).encode())
        try:
            return self.opener.open(request).read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()


def test_rate_limit_counts_across_workers(portal):
    attackers = [Attacker(portal.url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda attacker: [attacker.tries("pat@example.nhs.uk", f"guess-{n}") for n in range(3)], attackers)
        )
    locked = Attacker(portal.url).tries("pat@example.nhs.uk", "quiet-harbour-lamp-42")
    assert "Sign out" not in locked
    assert "Too many" in locked
