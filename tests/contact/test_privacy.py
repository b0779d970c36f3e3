"""The privacy and cookies pages say what the code and the settings do."""

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalChanges

from estates_portal.accounts import browsers
from estates_portal.accounts.models import User
from estates_portal.contact.cookies import age_label
from estates_portal.contact.privacy import personal_data
from tests.factories import PASSWORD, HubFactory, UserFactory
from tests.permission_table import TABLE, address, make_records

pytestmark = pytest.mark.django_db
# Columns of text that name a person, beside email addresses and links to users
NAMES = {"senior_responsible_owner", "project_manager", "owner", "decided_by"}
NO_PERSON = {"sites.System": "the address of the programme office"}


def holds_a_person(model):
    for field in model._meta.get_fields():
        if isinstance(field, (models.EmailField, models.GenericIPAddressField)):
            return True
        if field.is_relation and field.concrete and field.related_model is User:
            return True
        if field.name in NAMES and isinstance(field, models.CharField):
            return True
    return model is User


def test_every_model_that_holds_a_person_is_on_privacy_page(client):
    listed = {label.lower() for row in personal_data() for label in row.models}
    holders = {
        model._meta.label_lower
        for model in apps.get_models()
        if holds_a_person(model) and not issubclass(model, HistoricalChanges) and not model._meta.proxy
    }
    assert holders - listed - {label.lower() for label in NO_PERSON} == set()
    text = client.get(reverse("privacy")).content.decode()
    for row in personal_data():
        assert row.title in text
        assert row.records in text


def test_privacy_page_shows_retention_periods_of_settings(client, settings):
    settings.RETENTION_MONTHS = {**settings.RETENTION_MONTHS, "messages": 7, "audit": 13}
    text = client.get(reverse("privacy")).content.decode()
    assert "7 months after we answer" in text
    assert "13 months" in text


def test_every_cookie_is_on_cookies_page_with_its_age(client):
    """Walks every page as a reader and as a user who signs in, and collects the cookies."""
    HubFactory()
    records = make_records()
    ages = {}

    def note(response):
        for cookie in response.cookies.values():
            if cookie.value and cookie["max-age"] != 0:
                ages[cookie.key] = max(int(cookie["max-age"] or 0), ages.get(cookie.key, 0))

    for signed_in in (False, True):
        if signed_in:
            UserFactory(email="ann@example.org", role="administrator")
            note(client.post(reverse("account_login"), {"login": "ann@example.org", "password": PASSWORD}))
        for name in TABLE:
            if "logout" not in name:
                note(client.get(address(name, records)))
    assert {settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_NAME, browsers.COOKIE} <= set(ages)
    text = client.get(reverse("cookies")).content.decode()
    for name, age in ages.items():
        assert f">{name}</td>" in text
        assert age_label(age or None) in text
        assert age <= 90 * 86400


@pytest.mark.parametrize(
    ("seconds", "label"),
    [(None, "When you close your browser"), (60, "1 minute"), (5400, "90 minutes"), (43200, "12 hours")]
    + [(7776000, "90 days"), (61, "61 seconds")],
)
def test_age_is_in_largest_whole_unit(seconds, label):
    assert age_label(seconds) == label


@pytest.mark.parametrize(
    ("change", "ids"),
    [
        ({}, set()),
        ({"CONTACT_EMAIL": ""}, {"contact.W001"}),
        ({"SECURITY_CONTACT": ""}, {"contact.W002"}),
    ],
)
def test_deployment_check_warns_of_missing_contact(settings, change, ids):
    from estates_portal.contact.checks import check_contacts

    settings.CONTACT_EMAIL, settings.SECURITY_CONTACT = "a@example.org", "mailto:b@example.org"
    for name, value in change.items():
        setattr(settings, name, value)
    assert {warning.id for warning in check_contacts(None)} == ids


def test_deployment_check_names_missing_contact_details(capsys, monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)  # set by browser tests
    call_command("check", deploy=True, databases=["default"])
    assert "contact.W003) Contact details are missing: programme office name" in capsys.readouterr().err
