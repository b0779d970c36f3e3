"""The first steps of a new programme office."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.accounts.models import Role
from sites.models import System
from tests.conftest import clean_caches
from tests.factories import HubFactory, InvitationFactory, UserFactory
from tests.periods import month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
PAGE, HOME = reverse("projects:first_steps"), reverse("home")


def done(client):
    return [step.is_done for step in client.get(PAGE).context["steps"]]


def test_steps_are_done_by_records_and_the_link_goes(office_client, viewer_client):
    assert done(office_client) == [False, False, True, False, False, False]  # meanings of ratings come with the portal
    assertContains(office_client.get(HOME), "<strong>5</strong> first steps")
    assertNotContains(viewer_client.get(HOME), "first steps")

    HubFactory(is_example=True)
    UserFactory(role=Role.CONTRIBUTOR, is_example=True)
    InvitationFactory(role=Role.VIEWER)
    month(1)  # has ended
    hub = HubFactory(published=False)
    assert done(office_client) == [False, False, True, True, False, False]

    System.objects.update_or_create(defaults={"name": "Here", "short_name": "H", "office_email": "o@example.org"})
    month(11)
    InvitationFactory(role=Role.CONTRIBUTOR)
    hub.published = True
    hub.save()
    clean_caches()
    assert done(office_client) == [True] * 6
    assertContains(office_client.get(PAGE), "All 6 steps are done")
    assertNotContains(office_client.get(HOME), "first steps")


def test_number_of_steps_follows_invitations_at_once(office_client):
    HubFactory()
    assertContains(office_client.get(HOME), "<strong>3</strong> first steps")
    UserFactory(role=Role.CONTRIBUTOR)
    assertContains(office_client.get(HOME), "<strong>2</strong> first steps")
