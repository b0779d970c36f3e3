"""Invitation, second factor, passkey, lock-out and guessed addresses in a browser."""

import re
import time
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail

from estates_portal.accounts.models import AuditEvent, Role, User
from tests.factories import PASSWORD, HubFactory, OrganisationFactory, UserFactory

from .conftest import PHONE

pytestmark = pytest.mark.django_db(transaction=True)
NEW_PASSWORD = "willow anchor teapot"


def app_code(secret, steps=0):
    """The code that an authenticator app shows now, or `steps` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def path_in(message, visitor):
    """The address in an email, on the portal of the test."""
    link = re.search(r"http://\S+", message.body)[0]
    assert link.startswith(visitor.base), link
    return link.removeprefix(visitor.base)


class Person:
    """A visitor who signs in step by step and checks each page on the way."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page
        self.main = visitor.page.get_by_role("main")

    def chooses(self, name):
        """Press the button or follow the link of that name."""
        link = self.main.get_by_role("link", name=name, exact=True)
        self.visitor.follows(self.main.get_by_role("button", name=name, exact=True).or_(link))
        self.visitor.looks()

    def goes_to(self, path, status=200):
        self.visitor.goes_to(path, status)
        self.visitor.looks()

    def types(self, **typed):
        for label, value in typed.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(value)

    def signs_in(self, email, password):
        self.visitor.signs_in(email, password)

    def signs_out(self):
        self.visitor.follows(self.page.get_by_role("banner").get_by_role("button", name="Sign out"))

    def sees(self, text):
        assert text in self.main.inner_text(), self.main.inner_text()


def test_invited_user_joins_with_authenticator_app(visitor):
    trust = OrganisationFactory(name="Bedfordshire Hospitals NHS Foundation Trust", short_name="Bedfordshire Hospitals")
    other = OrganisationFactory(name="Milton Keynes Trust")
    OrganisationFactory(name="Joint Trust")
    HubFactory(title="Our unpublished hub", slug="ours", published=False, restricted=True, lead_organisation=trust)
    HubFactory(title="Their restricted hub", slug="theirs", published=False, restricted=True, lead_organisation=other)
    UserFactory(email="office@example.org", role=Role.PROGRAMME_OFFICE, name="Olive Office")

    office = Person(visitor())
    office.signs_in("office@example.org", PASSWORD)
    office.page.get_by_role("banner").get_by_role("button", name="More").click()
    office.visitor.follows(office.page.get_by_role("banner").get_by_role("link", name="Users"))
    office.visitor.looks()
    office.chooses("Invite users")
    office.types(People_to_invite="Bea Brown <nowhere>")
    office.page.get_by_label("Organisation", exact=True).select_option("Bedfordshire Hospitals NHS Foundation Trust")
    office.page.get_by_role("group", name="Also works for").get_by_label("Joint Trust").check()
    office.page.get_by_label("Contributor").check()
    office.chooses("Check")
    office.sees("There is a problem")
    office.visitor.looks()
    assert office.page.get_by_label("Full name, row 1").input_value() == "Bea Brown"
    office.page.get_by_label("Email address, row 1").fill("bea.brown@example.org")
    office.chooses("Send invitations")
    office.sees("Invitation sent to bea.brown@example.org")
    assert office.page.locator(".nhsuk-notification-banner").bounding_box()["height"] < 60
    assert "Open" in office.page.get_by_role("row", name="Bea Brown").inner_text()

    bea = Person(visitor(PHONE))
    link = path_in(mail.outbox[-1], bea.visitor)
    bea.goes_to(link)
    bea.types(Password="short")
    bea.chooses("Create account")
    bea.sees("There is a problem")
    bea.types(Password=NEW_PASSWORD)
    bea.chooses("Create account")
    bea.sees("Welcome, Bea")
    bea.sees("Reports due")
    bea.goes_to("/account/")
    bea.sees("Bedfordshire Hospitals NHS Foundation Trust\nJoint Trust")

    bea.visitor.follows(bea.main.get_by_role("link", name="Set up two-step verification"))
    bea.chooses("Set up authenticator app")
    bea.types(Password=NEW_PASSWORD)
    bea.chooses("Continue")
    shown = bea.page.locator(".app-secret").inner_text()
    assert {len(group) for group in shown.split()} == {4}
    secret = shown.replace(" ", "")
    assert f"secret={secret}" in bea.page.get_by_role("link", name="open your authenticator app").get_attribute("href")
    bea.visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bea.page.get_by_role("button", name="Copy key").click()
    bea.page.get_by_text("Key copied").wait_for()
    assert bea.page.evaluate("navigator.clipboard.readText()") == shown
    bea.types(Code_from_the_app="000000")
    bea.chooses("Turn on authenticator app")
    bea.sees("That code is not right. Check your phone’s clock and use the next code")
    bea.types(Code_from_the_app=app_code(secret))
    bea.chooses("Turn on authenticator app")
    bea.sees("We only show them once")
    recovery = bea.page.locator(".app-codes code").all_inner_texts()
    assert len(recovery) == 10
    bea.page.get_by_role("button", name="Copy codes").click()
    bea.page.get_by_text("Codes copied").wait_for()
    assert bea.page.evaluate("navigator.clipboard.readText()").split() == recovery
    with bea.page.expect_download() as download:
        bea.page.get_by_role("link", name="Download codes").click()
    assert Path(download.value.path()).read_text().splitlines()[1:] == recovery
    bea.page.evaluate("window.print = () => { window.printed = true }")
    bea.page.get_by_role("button", name="Print codes").click()
    assert bea.page.evaluate("window.printed")
    bea.chooses("I have saved these codes")
    bea.signs_out()

    bea.signs_in("bea.brown@example.org", NEW_PASSWORD)
    bea.sees("Two-step verification")
    bea.visitor.looks()
    bea.types(Code="123456")
    bea.chooses("Continue")
    bea.sees("There is a problem")
    bea.types(Code=app_code(secret, steps=1))
    bea.chooses("Continue")
    assert "Bea Brown" in bea.page.get_by_role("banner").inner_text()
    bea.goes_to("/projects/?q=hub")
    bea.sees("Our unpublished hub")
    assert "Their restricted hub" not in bea.main.inner_text()
    bea.goes_to("/projects/ours/")
    bea.goes_to("/projects/theirs/", 404)
    bea.goes_to("/account/sessions/")
    bea.signs_out()

    bea.signs_in("bea.brown@example.org", NEW_PASSWORD)
    bea.types(Code=recovery[0])
    bea.chooses("Continue")
    assert "Bea Brown" in bea.page.get_by_role("banner").inner_text()
    bea.signs_out()
    bea.goes_to(link, 410)
    bea.sees("already been used")

    kinds = list(AuditEvent.objects.filter(email="bea.brown@example.org").order_by("pk").values_list("kind", flat=True))
    assert kinds[:3] == ["invited", "invitation_accepted", "signed_in"]
    assert {"second_step_added", "recovery_codes_made", "sign_in_failed", "recovery_code_used"} <= set(kinds)
    bea.visitor.errors = [error for error in bea.visitor.errors if "404" not in error and "410" not in error]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_office_invites_eight_people_in_five_clicks(visitor, scripts):
    """More, Users, Invite users, Check, Send. Without scripts the header shows all its links, and it is four."""
    trust = OrganisationFactory(name="Luton Trust")
    UserFactory(email="someone@luton.example", organisation=trust)
    office = visitor(scripts=scripts, person=UserFactory(role=Role.PROGRAMME_OFFICE))
    page, banner = office.page, office.page.get_by_role("banner")
    office.goes_to("/")
    if scripts:
        banner.get_by_role("button", name="More").click()
    office.follows(banner.get_by_role("link", name="Users"))
    office.follows(page.get_by_role("button", name="Invite users"))
    people = [f"Person {letter} <{letter}@luton.example>, viewer" for letter in "abcdefgh"]
    page.get_by_label("People to invite").fill("\n".join(people))
    office.follows(page.get_by_role("button", name="Check"))
    office.follows(page.get_by_role("button", name="Send 8 invitations"))
    assert "8 invitations sent" in page.get_by_role("main").inner_text()


def test_office_finds_organisation_by_typing(visitor):
    for name in ("Bedford Trust", "Milton Keynes Trust", "Mïlton Practice", "Luton Council"):
        OrganisationFactory(name=name)
    office = visitor(person=UserFactory(role=Role.PROGRAMME_OFFICE))
    office.goes_to("/people/invite/")
    select, find = (
        office.page.get_by_label("Organisation", exact=True),
        office.page.get_by_label("Find an organisation"),
    )
    find.fill("mil tru")
    assert select.locator("option").all_inner_texts() == [
        "Worked out from each address",
        "Milton Keynes Trust",
    ]
    assert office.looks() is not None  # with the list open
    find.press("Enter")
    assert select.locator("option:checked").inner_text() == "Milton Keynes Trust"
    assert office.page.get_by_role("status").first.inner_text() == "Milton Keynes Trust selected"
    find.fill("")
    assert select.locator("option").count() == 5

    others = office.page.get_by_role("group", name="Also works for")
    others.get_by_label("Luton Council").check()
    others.get_by_label("Find another organisation").fill("milton")
    boxes = others.get_by_role("checkbox").all()
    assert [box.get_attribute("id") and box.is_checked() for box in boxes] == [True, False, False]

    plain = visitor(scripts=False, person=UserFactory(role=Role.PROGRAMME_OFFICE))
    plain.goes_to("/people/invite/")
    assert plain.page.get_by_label("Organisation", exact=True).locator("option").count() == 5
    assert plain.page.get_by_label("Find an organisation").count() == 0


def test_user_adds_passkey_and_signs_in_with_it(visitor):
    person = UserFactory(email="pat@example.org", name="Pat Passkey")
    pat = Person(visitor())
    devices = pat.visitor.context.new_cdp_session(pat.page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    pat.signs_in("pat@example.org", PASSWORD)
    pat.goes_to("/account/second-step/")
    pat.chooses("Add a passkey")
    pat.types(Password=PASSWORD)
    pat.chooses("Continue")
    pat.types(Passkey_name="Work laptop")
    pat.chooses("Add passkey")
    assert person.authenticator_set.filter(type="webauthn").exists()
    pat.goes_to("/account/second-step/webauthn/")
    pat.sees("Work laptop")
    pat.signs_out()

    pat.signs_in("pat@example.org", PASSWORD)  # as the second factor
    pat.sees("Two-step verification")
    pat.visitor.looks()
    pat.chooses("Use your passkey")
    assert "Pat Passkey" in pat.page.get_by_role("banner").inner_text()
    pat.signs_out()

    pat.goes_to("/account/sign-in/?next=/hubs/")  # by itself
    with pat.page.expect_navigation(url="**/hubs/"):
        pat.main.get_by_role("button", name="Sign in with a passkey").click()
    assert "Pat Passkey" in pat.page.get_by_role("banner").inner_text()
    ways = list(AuditEvent.objects.filter(kind="signed_in").order_by("pk").values_list("detail", flat=True))
    assert ways == ["Password", "Password and passkey", "Passkey"]


def test_repeated_wrong_passwords_lock_account(visitor):
    UserFactory(email="pat@example.org")
    guesser = Person(visitor())
    for number in range(5):
        guesser.signs_in("pat@example.org", f"guess {number}")
    guesser.signs_in("pat@example.org", PASSWORD)
    guesser.sees("Too many failed sign-ins to this account. Try again after")
    guesser.visitor.looks()
    assert guesser.page.get_by_role("banner").get_by_role("link", name="Sign in").count()
    other = Person(visitor())
    UserFactory(email="sam@example.org", name="Sam Someone")
    other.signs_in("sam@example.org", PASSWORD)
    assert "Sam Someone" in other.page.get_by_role("banner").inner_text()


def test_administrator_must_set_up_second_factor(visitor, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    UserFactory(email="ada@example.org", role=Role.ADMINISTRATOR)
    ada = Person(visitor(PHONE))
    ada.signs_in("ada@example.org", PASSWORD)
    ada.goes_to("/projects/")
    ada.sees("Set up two-step verification to continue")
    assert ada.page.url.endswith("/account/second-step/")
    ada.goes_to("/admin/")
    assert ada.page.url.endswith("/account/second-step/")


def test_visitor_resets_forgotten_password(visitor):
    UserFactory(email="pat@example.org", name="Pat Forgetful")
    pat = Person(visitor(PHONE))
    pat.goes_to("/account/sign-in/")
    pat.chooses("Forgotten or not yet set your password?")
    pat.types(Email_address="pat@example.org")
    pat.chooses("Send link")
    pat.goes_to(path_in(mail.outbox[-1], pat.visitor))
    pat.types(New_password=NEW_PASSWORD)
    pat.chooses("Set password")
    pat.signs_in("pat@example.org", NEW_PASSWORD)
    assert "Pat Forgetful" in pat.page.get_by_role("banner").inner_text()


def test_user_changes_email_address_after_confirming_it(visitor):
    person = UserFactory(email="old@example.org")
    pat = Person(visitor())
    pat.signs_in("old@example.org", PASSWORD)
    pat.goes_to("/account/email/")
    pat.types(New_email_address="new@example.org")
    pat.chooses("Send link to new address")
    if pat.main.get_by_label("Password", exact=True).count():  # after confirming the password
        pat.types(Password=PASSWORD)
        pat.chooses("Continue")
    pat.sees("To change it to new@example.org")
    assert User.objects.get(pk=person.pk).email == "old@example.org"
    email = next(message for message in mail.outbox if message.to == ["new@example.org"])
    pat.goes_to(path_in(email, pat.visitor))
    pat.chooses("Confirm email address")
    assert User.objects.get(pk=person.pk).email == "new@example.org"


class TestGuessedAddresses:
    """The response to a user who types the address of another user's data."""

    def test_contributor_cannot_reach_pages_of_others(self, visitor):
        trust, other = OrganisationFactory(), OrganisationFactory()
        contributor = UserFactory(role=Role.CONTRIBUTOR, organisation=trust)
        victim = UserFactory(role=Role.ADMINISTRATOR)
        hidden = HubFactory(published=False, restricted=True, lead_organisation=other, title="Secret hub")
        con = visitor(person=contributor)
        statuses = {
            f"/projects/{hidden.slug}/": 404,
            f"/projects/{hidden.slug}/history/": 404,
            f"/people/{victim.pk}/": 403,
            f"/people/{victim.pk}/change/": 403,
            f"/people/{victim.pk}/deactivate/": 403,
            "/people/": 403,
            "/people/invite/": 403,
            "/admin/": 403,
            f"/admin/accounts/user/{victim.pk}/change/": 403,
            f"/admin/projects/hub/{hidden.pk}/change/": 403,
            "/admin/accounts/auditevent/": 403,
        }
        for path, status in statuses.items():
            con.goes_to(path, status)
            html = con.page.content()
            assert "Secret hub" not in html and victim.email not in html, path
        con.errors = [error for error in con.errors if "403" not in error and "404" not in error]

    def test_sign_in_never_redirects_to_another_site(self, visitor):
        UserFactory(email="con@example.org")
        con = visitor()
        for address in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
            con.goes_to(f"/account/sign-in/?next={address}")
            con.page.get_by_label("Email address").fill("con@example.org")
            con.page.get_by_label("Password", exact=True).fill(PASSWORD)
            con.follows(con.page.get_by_role("main").get_by_role("button", name="Sign in", exact=True))
            assert con.page.url == f"{con.base}/"
            con.follows(con.page.get_by_role("banner").get_by_role("button", name="Sign out"))
