"""Example users: one for each role, never in production."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from estates_portal.accounts.management.commands.make_example_accounts import PASSWORD
from estates_portal.accounts.models import Role, User
from tests.factories import OrganisationFactory, SiteFactory


@pytest.fixture
def trusts(db):
    """The trusts that own most sites. Others own none, have ended or are example data."""
    OrganisationFactory(name="A small trust")
    ended = OrganisationFactory(name="An old trust", valid_to=datetime.date(2020, 4, 1))
    example = OrganisationFactory(name="An example trust", is_example=True)
    most, next_most = OrganisationFactory(name="Northern Hospitals"), OrganisationFactory(name="Eastern Hospital")
    for owner, number in ((ended, 4), (example, 4), (most, 3), (next_most, 2)):
        SiteFactory.create_batch(number, owner=owner)
    return [most, next_most]


def make_accounts():
    """Run the command; PostgreSQL needs the name of the database."""
    name = str(connection.settings_dict["NAME"])
    call_command("make_example_accounts", force=None if connection.vendor == "sqlite" else name)


def test_example_user_of_each_role_can_sign_in(trusts, client):
    make_accounts()
    people = User.objects.filter(is_example=True)
    assert {person.role for person in people} == set(Role.values)
    assert all(client.login(username=person.email, password=PASSWORD) for person in people)
    assert User.objects.get(email="contributor@example.org").organisation == trusts[0]
    assert User.objects.get(email="viewer@example.org").organisation == trusts[1]


def test_sign_in_details_are_printed(trusts, capsys):
    make_accounts()
    out = capsys.readouterr().out
    assert out.count(PASSWORD) == 4
    assert "admin@example.org" in out
    assert out.endswith("Example accounts: 4 new, 0 already there.\n")


def test_second_run_keeps_and_hides_changed_password(trusts, capsys):
    make_accounts()
    admin = User.objects.get(email="admin@example.org")
    admin.set_password("something of my own")
    admin.save()
    User.objects.filter(email="viewer@example.org").update(role=Role.CONTRIBUTOR, is_active=False)
    before = list(User.objects.order_by("pk").values())
    capsys.readouterr()

    make_accounts()
    out = capsys.readouterr().out
    assert list(User.objects.order_by("pk").values()) == before
    assert out.count(PASSWORD) == 2
    assert "(changed)" in out
    assert "(deactivated)" in out
    assert out.endswith("Example accounts: 0 new, 4 already there.\n")


def test_command_fails_without_database_name_if_settings_forbid_it(trusts, settings):
    settings.EXAMPLE_ACCOUNTS_ALLOWED = False
    with pytest.raises(CommandError, match="everyone knows"):
        call_command("make_example_accounts")
    with pytest.raises(CommandError, match="--force names portal, but the database is"):
        call_command("make_example_accounts", force="portal")
    assert not User.objects.exists()
    call_command("make_example_accounts", force=str(connection.settings_dict["NAME"]))
    assert User.objects.count() == 4


def test_command_fails_on_postgresql_without_database_name(trusts, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "vendor", "postgresql")
        with pytest.raises(CommandError, match="only for SQLite"):
            call_command("make_example_accounts")
    assert not User.objects.exists()


def test_base_settings_forbid_example_accounts():
    from estates_portal.settings import base

    assert base.EXAMPLE_ACCOUNTS_ALLOWED is False


def test_command_fails_without_organisations(db):
    with pytest.raises(CommandError, match="run load_blmk first"):
        make_accounts()
    assert not User.objects.exists()
