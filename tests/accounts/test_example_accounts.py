"""Example people: one for each role, made once, never in production."""

import pytest
from django.core.management import CommandError, call_command

from estates_portal.accounts.management.commands.make_example_accounts import PASSWORD
from estates_portal.accounts.models import Role, User
from tests.factories import OrganisationFactory


@pytest.fixture
def trusts(db):
    return [
        OrganisationFactory(name=name, slug=slug)
        for name, slug in [
            ("Bedfordshire Hospitals NHS Foundation Trust", "bedfordshire-hospitals-nhs-foundation-trust"),
            (
                "Milton Keynes University Hospital NHS Foundation Trust",
                "milton-keynes-university-hospital-nhs-foundation-trust",
            ),
        ]
    ]


def test_one_person_for_each_role_can_sign_in(trusts, client):
    call_command("make_example_accounts")
    people = User.objects.filter(is_example=True)
    assert {person.role for person in people} == set(Role.values)
    assert all(client.login(username=person.email, password=PASSWORD) for person in people)
    assert User.objects.get(email="contributor@example.org").organisation == trusts[0]
    assert User.objects.get(email="viewer@example.org").organisation == trusts[1]


def test_sign_in_details_are_printed(trusts, capsys):
    call_command("make_example_accounts")
    out = capsys.readouterr().out
    assert out.count(PASSWORD) == 4
    assert "admin@example.org" in out
    assert out.endswith("Example accounts: 4 new, 0 already there.\n")


def test_second_run_resets_nothing_and_tells_no_password_that_was_changed(trusts, capsys):
    call_command("make_example_accounts")
    admin = User.objects.get(email="admin@example.org")
    admin.set_password("something of my own")
    admin.save()
    User.objects.filter(email="viewer@example.org").update(role=Role.CONTRIBUTOR, is_active=False)
    before = list(User.objects.order_by("pk").values())
    capsys.readouterr()

    call_command("make_example_accounts")
    out = capsys.readouterr().out
    assert list(User.objects.order_by("pk").values()) == before
    assert out.count(PASSWORD) == 2
    assert "(changed since)" in out
    assert "(may not sign in)" in out
    assert out.endswith("Example accounts: 0 new, 4 already there.\n")


def test_refused_where_the_settings_do_not_allow_them(trusts, settings):
    settings.EXAMPLE_ACCOUNTS_ALLOWED = False
    with pytest.raises(CommandError, match="do not allow them"):
        call_command("make_example_accounts")
    assert not User.objects.exists()
    call_command("make_example_accounts", force=True)
    assert User.objects.count() == 4


def test_base_settings_do_not_allow_them():
    from estates_portal.settings import base

    assert base.EXAMPLE_ACCOUNTS_ALLOWED is False


def test_needs_the_organisations_first(db):
    with pytest.raises(CommandError, match="run load_blmk first"):
        call_command("make_example_accounts")
    assert not User.objects.exists()
