"""The account page: name and email preferences."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from tests.forms import fields_of

pytestmark = pytest.mark.django_db
ACCOUNT = reverse("account")


def test_user_saves_email_preferences(viewer_client):
    page = viewer_client.get(ACCOUNT)
    on = {field.html_name: "on" for field in page.context["form"] if field.name.startswith("notify_")}
    assert len(on) == 4

    on.pop(page.context["form"]["notify_reviews"].html_name)
    response = viewer_client.post(ACCOUNT, {"name": "Vera Viewer", **on}, follow=True)

    assertContains(response, "Details saved")
    user = viewer_client.user
    user.refresh_from_db()
    assert user.name == "Vera Viewer"
    assert [user.notify_due_reports, user.notify_reviews, user.notify_followed, user.notify_new_sign_ins] == [
        True, False, True, True,
    ]  # fmt: skip


def test_page_left_open_during_upgrade_keeps_email_preferences(viewer_client):
    """The names of the fields are those of the release before."""
    viewer_client.post(ACCOUNT, {"name": "Vera Viewer", "hears_of_due_reports": "on", "hears_of_followed": "on"})

    user = viewer_client.user
    user.refresh_from_db()
    assert (user.notify_due_reports, user.notify_followed) == (True, True)
    assert (user.notify_reviews, user.notify_new_sign_ins) == (False, False)


def test_page_left_open_during_upgrade_keeps_email_preferences_of_the_office(office_client):
    """The release before had none for the office."""
    office_client.post(ACCOUNT, {"name": "Olive Office", "hears_of_due_reports": "on"})

    user = office_client.user
    user.refresh_from_db()
    assert (user.notify_decisions, user.notify_escalations, user.notify_reviews) == (True, True, False)


def test_office_switches_off_an_email_and_an_unchanged_form_adds_no_history(office_client):
    typed = fields_of(office_client.get(ACCOUNT))
    rows = office_client.user.history.count()
    office_client.post(ACCOUNT, typed)
    assert office_client.user.history.count() == rows

    typed.pop("hears_of_decisions")
    office_client.post(ACCOUNT, typed)
    user = office_client.user
    user.refresh_from_db()
    assert (user.notify_decisions, user.notify_problems) == (False, True)
    assert user.history.count() == rows + 1
