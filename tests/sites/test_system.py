"""The record of the system: one row, neutral before it is loaded, kept in the admin."""

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
def test_before_a_system_is_loaded_the_portal_has_a_neutral_name():
    system = System.objects.current()
    assert (system.name, system.service_name, system.searches) == ("this area", "Estates portal", [])


@pytest.mark.django_db
def test_the_service_is_named_after_the_system():
    System.objects.create(name="Farshire", short_name="FAR", search_examples="Farside, , The  Wing ")
    system = System.objects.current()
    assert (system.service_name, system.searches) == ("FAR estates portal", ["Farside", "The  Wing"])


@pytest.mark.django_db
@pytest.mark.parametrize("key", [1, 2])
def test_the_database_holds_one_system_only(key):
    System.objects.create(name="Farshire", short_name="FAR")
    with pytest.raises(IntegrityError), transaction.atomic():
        System.objects.create(id=key, name="Nearshire", short_name="NEAR")


@pytest.mark.django_db
def test_the_organisation_of_the_system_cannot_be_deleted():
    board = OrganisationFactory(kind="icb")
    System.objects.create(name="Farshire", short_name="FAR", organisation=board)
    with pytest.raises(ProtectedError):
        board.delete()


@pytest.mark.django_db
def test_outlines_that_cannot_be_drawn_are_refused_beside_their_field():
    with pytest.raises(ValidationError) as refused:
        System(name="Farshire", short_name="FAR", boundary="{}").full_clean()
    assert list(refused.value.message_dict) == ["boundary"]


def test_the_programme_office_adds_the_system_once_changes_it_and_cannot_delete_it(office_client):
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


def test_a_contributor_does_not_reach_the_system(contributor_client):
    assertContains(contributor_client.get(LIST, follow=True), "You do not have permission", status_code=403)


def test_the_header_follows_a_new_name_of_the_system(client, db):
    System.objects.create(name="Farshire", short_name="FAR")
    assert "FAR estates portal" in client.get(reverse("home")).content.decode()
