import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from estates_portal.accounts.models import Role, User
from estates_portal.accounts.rules import require
from tests.factories import HubFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.both_databases
def test_email_address_is_one_account_in_any_case():
    user = User.objects.create_user(" Ann@Example.ORG ", "correct horse battery", name="Ann")
    assert user.email == "ann@example.org"
    assert User.objects.get_by_natural_key("ANN@example.org") == user
    with pytest.raises(ValidationError):
        User.objects.create_user("ann@example.org", name="Ann again")


def test_createsuperuser_creates_administrator():
    user = User.objects.create_superuser("root@example.org", "correct horse battery", name="Root")
    assert user.role == Role.ADMINISTRATOR
    assert user.is_staff
    assert user.is_superuser


@pytest.mark.both_databases
def test_database_refuses_unknown_role():
    UserFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.update(role="king")


@pytest.mark.parametrize(
    ("role", "staff", "edits", "changes_people"),
    [
        (Role.VIEWER, False, False, False),
        (Role.CONTRIBUTOR, False, False, False),
        (Role.PROGRAMME_OFFICE, True, True, False),
        (Role.ADMINISTRATOR, True, True, True),
    ],
)
def test_permissions_of_each_role(role, staff, edits, changes_people):
    user = UserFactory(role=role)
    assert user.is_staff is staff
    assert user.has_perm("projects.change_hub") is edits
    assert user.has_perm("projects.delete_costestimate") is edits
    assert user.has_perm("sites.delete_site") is changes_people
    assert user.has_perm("accounts.view_user") is edits
    assert user.has_perm("accounts.change_user") is changes_people
    assert user.has_module_perms("projects") is staff
    assert not user.has_perm("projects.nothing_of_the_kind")


def test_contributor_reports_for_led_and_partnered_projects(trust, other_trust):
    user = UserFactory(role=Role.CONTRIBUTOR, organisation=trust)
    led, partnered, other = HubFactory(lead_organisation=trust), HubFactory(), HubFactory(lead_organisation=other_trust)
    partnered.partner_organisations.add(trust)
    may = {project: user.has_perm("projects.report_on_project", project) for project in (led, partnered, other)}
    assert may == {led: True, partnered: True, other: False}
    assert not user.has_perm("projects.report_on_project")
    assert not UserFactory(role=Role.CONTRIBUTOR).has_perm("projects.report_on_project", led)
    assert not UserFactory(organisation=trust).has_perm("projects.report_on_project", led)
    require(user, "projects.report_on_project", led)
    with pytest.raises(PermissionDenied):
        require(user, "projects.report_on_project", other)


def test_deactivated_user_has_no_permissions(client):
    user = UserFactory(role=Role.ADMINISTRATOR, is_active=False)
    assert not user.has_perm("projects.change_hub")
    assert not user.has_module_perms("projects")
    assert not user.sees_everything
    client.force_login(user)
    hub = HubFactory(published=False)
    assert client.get(hub.get_absolute_url()).status_code == 404


def test_sign_in_adds_no_history(client):
    user = UserFactory()
    client.force_login(user)
    user.refresh_from_db()
    assert user.last_login is not None
    assert user.history.count() == 1


def test_history_contains_no_password():
    user = UserFactory()
    user.name = "New name"
    user.save()
    assert user.history.count() == 2
    assert not hasattr(user.history.first(), "password")
