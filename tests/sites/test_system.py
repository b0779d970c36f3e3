"""The record of the system: one row, neutral before it is loaded, edited in the admin."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.urls import reverse
from pytest_django.asserts import assertContains

from sites.models import System
from tests.admin_forms import filled_in
from tests.factories import OrganisationFactory

ADD = reverse("admin:sites_system_add")
LIST = reverse("admin:sites_system_changelist")


@pytest.mark.django_db
def test_portal_without_system_has_neutral_name():
    system = System.objects.current()
    assert (system.name, system.service_name, system.searches) == ("this area", "Estates portal", [])


@pytest.mark.django_db
def test_service_name_contains_short_name_of_system():
    System.objects.create(name="Farshire", short_name="FAR", search_examples="Farside, , The  Wing ")
    system = System.objects.current()
    assert (system.service_name, system.searches) == ("FAR estates portal", ["Farside", "The  Wing"])


@pytest.mark.django_db
@pytest.mark.parametrize("key", [1, 2])
def test_database_refuses_second_system(key):
    System.objects.create(name="Farshire", short_name="FAR")
    with pytest.raises(IntegrityError), transaction.atomic():
        System.objects.create(id=key, name="Nearshire", short_name="NEAR")


@pytest.mark.django_db
def test_organisation_of_system_cannot_be_deleted():
    board = OrganisationFactory(kind="icb")
    System.objects.create(name="Farshire", short_name="FAR", organisation=board)
    with pytest.raises(ProtectedError):
        board.delete()


@pytest.mark.django_db
def test_invalid_outlines_are_an_error_with_their_field():
    with pytest.raises(ValidationError) as refused:
        System(name="Farshire", short_name="FAR", boundary="{}").full_clean()
    assert list(refused.value.message_dict) == ["boundary"]


def test_office_adds_and_changes_but_cannot_delete_system(office_client):
    data = filled_in(office_client.get(ADD), name="Farshire", short_name="FAR", office_email="office@far.example")
    assert office_client.post(ADD, data).status_code == 302
    system = System.objects.get()
    assert system.history.get().history_user == office_client.user
    assert office_client.get(ADD).status_code == 403
    change = reverse("admin:sites_system_change", args=[system.pk])
    office_client.post(change, filled_in(office_client.get(change), short_name="FSH"))
    assert System.objects.get().short_name == "FSH"
    assert (
        office_client.post(reverse("admin:sites_system_delete", args=[system.pk]), {"post": "yes"}).status_code == 403
    )
    assert "FSH" in office_client.get(LIST).content.decode()


def test_contributor_gets_403_for_system(contributor_client):
    assertContains(contributor_client.get(LIST, follow=True), "You cannot open this page", status_code=403)


def test_header_shows_new_name_of_system(client, db):
    System.objects.create(name="Farshire", short_name="FAR")
    assert "FAR estates portal" in client.get(reverse("home")).content.decode()
