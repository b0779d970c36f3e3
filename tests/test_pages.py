import datetime
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.views.defaults import server_error
from pytest_django.asserts import assertContains

from estates_portal.pages import ACCESSIBILITY_CHECKED_ON, safe_html
from projects.management.commands.load_blmk import DATA
from sites.models import System
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (
            "glossary",
            [
                "Strategic outline case".lower(),
                "15 to 25 extreme",
                '<dt id="soc-strategic-outline-case">',
                "Backlog maintenance",
            ],
        ),
        (
            "accessibility",
            ["Web Content Accessibility Guidelines (WCAG)", "Equality Advisory"],
        ),
        ("about_the_data", ["How to read it", "Not official status", "Example data"]),
    ],
)
def test_text_pages_show_their_text(client, name, parts):
    text = client.get(reverse(name)).content.decode()
    for word in parts:
        assert word in text


def test_about_the_data_shows_sources_and_licences(client):
    about = (DATA / "about.md").read_text(encoding="utf-8")
    System.objects.create(name="Farshire", short_name="FAR", about_the_data=about)
    text = client.get(reverse("about_the_data")).content.decode()
    for part in ("Open Government Licence", "Royal Mail data", "OS data", "Source: Office for National Statistics"):
        assert part in text
    assert '<h2 class="nhsuk-heading-m">Licences</h2>' in text


def test_markdown_from_administrator_contains_no_html_or_script_links():
    html = safe_html("<script>x</script> <b>bold</b> [a](javascript:x) [b](https://b.example)\n\n<div>d</div>")
    assert "<script" not in html
    assert "<b>" not in html
    assert "<div" not in html
    assert '<a rel="noreferrer">a</a>' in html
    assert 'href="https://b.example"' in html


def test_glossary_explains_every_stage(client):
    from projects.models import Stage

    text = client.get(reverse("glossary")).content.decode().lower()
    for stage in Stage:
        assert stage.label.lower() in text


def test_glossary_page_shows_every_term_of_its_file(client, settings):
    lines = (settings.BASE_DIR / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    terms = [term for term, meaning in pairwise(lines) if meaning.startswith(": ")]
    assert len(terms) > 50
    text = client.get(reverse("glossary")).content.decode()
    assert [term for term in terms if f">{escape(term)}</dt>" not in text] == []


def test_former_admin_address_redirects_to_same_record(admin_client):
    response = admin_client.get("/admin/projects/statusupdate/7/change/?back=1")
    assert (response.status_code, response.url) == (301, "/admin/projects/statusreport/7/change/?back=1")


def test_healthz_is_200_if_database_responds_else_503(client, monkeypatch):
    assert client.get("/healthz").content == b"ok"

    class Broken:
        def cursor(self):
            raise DatabaseError("gone")

    monkeypatch.setattr("estates_portal.health.connection", Broken())
    assert client.get("/healthz").status_code == 503


@pytest.mark.parametrize("path", ["/nothing-here/", "/projects/no-such/", "/projects/a%00b/", "/sites/%F0%9F%92%A9/"])
def test_404_page_is_plain_and_has_search(client, path):
    response = client.get(path)
    assert response.status_code == 404
    text = response.content.decode()
    assert "Page not found" in text
    assert 'name="q"' in text


def test_500_page_makes_no_queries(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert "There is a problem with the portal" in response.content.decode()


def test_400_page_is_plain(client):
    response = client.get("/", headers={"host": "not.ours.example"})
    assert response.status_code == 400
    assert "We could not understand the request" in response.content.decode()


def test_every_response_has_security_headers(client):
    response = client.get("/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


class TestSignIn:
    URL = "/account/sign-in/"

    def test_user_signs_in_in_any_case_and_reaches_page(self, client):
        UserFactory(email="ann@example.org")
        response = client.post(f"{self.URL}?next=/hubs/", {"login": " Ann@Example.org ", "password": PASSWORD})
        assert response.status_code == 302
        assert response["Location"] == "/hubs/"

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
    def test_sign_in_redirects_only_within_this_host(self, client, target):
        UserFactory(email="ann@example.org")
        response = client.post(self.URL, {"login": "ann@example.org", "password": PASSWORD, "next": target})
        assert response["Location"] == "/start/"

    def test_password_reset_does_not_reveal_accounts(self, client):
        UserFactory(email="ann@example.org")
        UserFactory(email="gone@example.org", is_active=False)
        answers = set()
        for email, password in (
            ("ann@example.org", "wrong"), ("nobody@example.org", "wrong"), ("gone@example.org", PASSWORD),
        ):  # fmt: skip
            response = client.post(self.URL, {"login": email, "password": password})
            assert response.status_code == 200
            answers.add(str(response.context["form"].errors))
        assert len(answers) == 1

    def test_missing_value_is_an_error_with_its_field(self, client):
        text = client.post(self.URL, {"login": "", "password": ""}).content.decode()
        assert "<title> Error: Sign in" in " ".join(text.split())
        assert text.count("Enter your email address") == 2
        assert text.count("Enter your password") == 2

    @pytest.mark.parametrize("login", ["\0", "x" * 400, "a b"])
    def test_sign_in_with_invalid_input_shows_error(self, client, login):
        page = client.post(self.URL, {"login": login, "password": "p"})
        assert page.context["form"].errors
        assertContains(page, "There is a problem")

    def test_sign_out_needs_post(self, viewer_client):
        asks = viewer_client.get("/account/sign-out/")
        assertContains(asks, 'action="/account/sign-out/"', count=2)  # a script asks about unsaved text in both forms
        assert "Sign in" not in viewer_client.get("/").content.decode()
        assert viewer_client.post("/account/sign-out/").status_code == 302
        assert "Sign in" in viewer_client.get("/").content.decode()

    def test_csrf_failure_page_is_plain(self):
        from django.test import Client

        response = Client(enforce_csrf_checks=True).post(self.URL, {"login": "a", "password": "b"})
        assert response.status_code == 403
        assert "Try again" in response.content.decode()


def test_security_txt_shows_contact(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@example.nhs.uk"
    response = client.get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert lines["Contact"] == "mailto:security@example.nhs.uk"
    assert lines["Canonical"] == "http://testserver/.well-known/security.txt"
    expires = datetime.datetime.strptime(lines["Expires"], "%Y-%m-%dT%H:%M:%S%z")
    assert timedelta(days=30) < expires - timezone.now() < timedelta(days=365)  # RFC 9116 advises under a year


@pytest.mark.parametrize(
    ("is_open", "words"),
    [
        (
            lambda root: not any("forced-colors" in css.read_text() for css in (root / "static").glob("*.css")),
            "contrast themes",
        ),
        (lambda root: True, "map of sites is a picture with links"),
        (lambda root: True, "Sources are pages of other organisations"),
    ],
)
def test_accessibility_statement_names_each_open_problem(client, settings, is_open, words):
    text = " ".join(client.get(reverse("accessibility")).content.decode().split())
    assert (words in text) == is_open(settings.BASE_DIR)


def test_accessibility_statement_has_contact_and_date_of_last_check(client, settings):
    settings.CONTACT_EMAIL = "office@example.org"
    System.objects.create(name="Farshire", office_telephone="01234 567890", office_address="1 Quay Road")
    text = client.get(reverse("accessibility")).content.decode()
    for part in ('href="mailto:office@example.org"', "01234 567890", "1 Quay Road"):
        assert part in text
    assert f"{ACCESSIBILITY_CHECKED_ON:%-d %B %Y}" in text


def test_security_txt_without_contact_is_404(client, settings):
    settings.SECURITY_CONTACT = ""
    assertContains(client.get("/.well-known/security.txt"), "Page not found", status_code=404)


def test_every_page_has_security_headers(client):
    headers = client.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in headers["Permissions-Policy"]


def test_too_large_request_is_413(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = client.post(reverse("account_login"), {"login": "a" * 2000, "password": "x"})
    assertContains(response, "Your changes are too long", status_code=413)
