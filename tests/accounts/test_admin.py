"""Users in the admin, and sign-in to the admin."""

import datetime

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from estates_portal.accounts.models import Role, User
from projects.models import Project
from tests.admin_forms import filled_in
from tests.factories import PASSWORD, OrganisationFactory, UserFactory

USERS = reverse("admin:accounts_user_changelist")
ADD = reverse("admin:accounts_user_add")
INDEX = reverse("admin:index")


def change_page(user):
    return reverse("admin:accounts_user_change", args=[user.pk])


# Sign-in ----------------------------------------------------------------------------------------------------------


def test_anonymous_user_signs_in_and_reaches_admin(client, db):
    UserFactory(email="ada@example.org", role=Role.ADMINISTRATOR)
    page = client.get(INDEX, follow=True)
    assert page.redirect_chain[-1][0] == f"{reverse('account_login')}?next={INDEX}"

    page = client.post(page.redirect_chain[-1][0], {"login": "ada@example.org", "password": PASSWORD}, follow=True)

    assert page.redirect_chain == [(INDEX, 302)]
    assert "Estates portal</a>" in page.content.decode()


@pytest.mark.parametrize("client_name", ["viewer_client", "contributor_client"])
def test_user_without_access_to_admin_gets_403(request, client_name):
    page = request.getfixturevalue(client_name).get(INDEX, follow=True)

    assertContains(page, "You cannot open this page", status_code=403)


@pytest.mark.parametrize(
    ("next_page", "reached"), [(USERS, USERS), ("https://evil.example/", INDEX), ("//evil.example", INDEX), ("", INDEX)]
)
def test_signed_in_user_is_redirected_only_within_this_host(admin_client, next_page, reached):
    assert admin_client.get(reverse("admin:login"), {"next": next_page}).url == reached


def test_admin_links_to_portal_and_its_sign_out(admin_client):
    page = admin_client.get(INDEX).content.decode()

    assert f'<a href="{reverse("home")}">View the portal</a>' in page
    assert f'action="{reverse("account_logout")}"' in page


def test_front_page_has_a_line_for_every_kind_of_record(admin_client):
    page = admin_client.get(INDEX)
    shown = {entry["model"] for _section, lines in page.context["sections"] for entry, line in lines if line}
    hidden = {Project}  # its pages redirect to the hub or hospital scheme
    assert shown == set(admin.site._registry) - hidden
    assertContains(page, f'<a href="{reverse("people:invite")}">Invite users</a>')


def test_admin_pages_have_no_inline_script_or_style(admin_client):
    for url in (INDEX, USERS, change_page(admin_client.user)):
        page = admin_client.get(url).content.decode()
        assert "<style" not in page and " style=" not in page and "onclick=" not in page
        assert page.count("<script") == page.count("<script src=") + page.count('<script id="')


# Users ------------------------------------------------------------------------------------------------------------


def test_admin_user_list_query_count_is_constant(
    admin_client, django_assert_num_queries, django_assert_max_num_queries
):
    UserFactory(organisation=OrganisationFactory())
    admin_client.get(USERS)
    with django_assert_max_num_queries(8) as few:
        admin_client.get(USERS)
    for _ in range(23):
        UserFactory(organisation=OrganisationFactory())
    with django_assert_num_queries(len(few)):
        assert len(admin_client.get(USERS).context["cl"].result_list) == 25


def change(client, person, **typed):
    """Save the user's admin form with these values."""
    return client.post(change_page(person), filled_in(client.get(change_page(person)), **typed))


def test_administrator_changes_user_and_email_address(admin_client, client):
    person, trust = UserFactory(), OrganisationFactory()

    typed = {"name": "Bea", "email": "Bea@Example.org ", "role": Role.CONTRIBUTOR, "organisation": trust.pk}
    assert change(admin_client, person, **typed).status_code == 302

    person.refresh_from_db()
    assert (person.email, person.role, person.organisation) == ("bea@example.org", Role.CONTRIBUTOR, trust)
    assert person.history.first().history_user == admin_client.user
    assert [(address.email, address.verified) for address in EmailAddress.objects.filter(user=person)] == [
        (person.email, True)
    ]
    assert client.login(username="bea@example.org", password=PASSWORD)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nowhere"),
        ("email", "TAKEN@example.org"),
        ("email", ""),
        ("name", "\0"),
        ("role", "queen"),
        ("organisation", "abc"),
        ("organisation", "9" * 30),
    ],
)
def test_error_is_shown_with_its_field(admin_client, field, value):
    UserFactory(email="taken@example.org")
    person = UserFactory(name="Ada")

    page = change(admin_client, person, **{"name": "Bea", field: value})

    assert list(page.context["adminform"].form.errors) == [field]
    person.refresh_from_db()
    assert person.name == "Ada"


@pytest.mark.parametrize("client_name", ["admin_client", "office_client"])
def test_admin_cannot_add_users_or_set_passwords(request, client_name):
    client, person = request.getfixturevalue(client_name), UserFactory()
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"email": "new@example.org", "name": "New"}).status_code == 403
    password = client.post(f"/admin/accounts/user/{person.pk}/password/", {"password1": "x"})
    assertRedirects(password, f"/admin/accounts/user/{person.pk}/password/change/", target_status_code=302)
    assert not User.objects.filter(email="new@example.org").exists()
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)


def test_adding_user_redirects_to_invitation(office_client):
    response = office_client.get(reverse("admin:accounts_invitation_add"))
    assert response["Location"] == reverse("people:invite")


def test_administrator_deactivates_user(admin_client):
    person = UserFactory()

    admin_client.post(change_page(person), filled_in(admin_client.get(change_page(person)), is_active=None))

    person.refresh_from_db()
    assert person.is_active is False
    assert person.check_password(PASSWORD)


def test_administrator_selects_existing_organisation_for_contributor(admin_client):
    user = UserFactory(role=Role.CONTRIBUTOR, organisation=OrganisationFactory())
    ended = OrganisationFactory(name="Old trust", valid_to=datetime.date(2020, 4, 1))
    url = change_page(user)
    for organisation, message in [("", "Select the organisation they work for"), (ended.pk, "Old trust has ended")]:
        data = filled_in(admin_client.get(url), organisation=str(organisation))
        assertContains(admin_client.post(url, data), message)
    assert User.objects.get(pk=user.pk).organisation == user.organisation


def test_administrator_cannot_change_own_role_or_deactivate_self(admin_client):
    me = admin_client.user
    data = filled_in(admin_client.get(change_page(me)), name="New name", role=Role.VIEWER, is_active=None)

    admin_client.post(change_page(me), data)

    me.refresh_from_db()
    assert (me.name, me.role, me.is_active) == ("New name", Role.ADMINISTRATOR, True)


def test_administrator_cannot_change_own_role_through_history(admin_client):
    me = admin_client.user
    me.history.update(role=Role.VIEWER)
    url = reverse("admin:accounts_user_simple_history", args=[me.pk, me.history.last().pk])

    response = admin_client.post(url, {**filled_in(admin_client.get(url)), "role": Role.VIEWER})

    assert response.status_code == 403
    me.refresh_from_db()
    assert me.role == Role.ADMINISTRATOR


def test_office_views_users_but_cannot_change_them(office_client):
    person = UserFactory(name="Bea")

    page = office_client.get(change_page(person))

    assert page.status_code == 200 and "Bea" in page.content.decode()
    assert "password" not in page.content.decode().lower()
    assert office_client.post(change_page(person), {"name": "Changed"}).status_code == 403
    record = person.history.get()
    url = reverse("admin:accounts_user_simple_history", args=[person.pk, record.pk])
    assert office_client.post(url, {"name": "Changed"}).status_code == 403
    person.refresh_from_db()
    assert (person.name, person.check_password(PASSWORD)) == ("Bea", True)


@pytest.mark.parametrize("client_name", ["admin_client", "office_client"])
def test_users_cannot_be_deleted(request, client_name):
    client, person = request.getfixturevalue(client_name), UserFactory()

    assert client.post(reverse("admin:accounts_user_delete", args=[person.pk]), {"post": "yes"}).status_code == 403
    client.post(USERS, {"action": "delete_selected", "_selected_action": [person.pk], "post": "yes"})

    assert User.objects.filter(pk=person.pk).exists()


@pytest.mark.parametrize(
    "query", ["password__startswith=a", "invitation__token_hash__startswith=a", "q=%00", "role__exact=%00"]
)
def test_user_list_refuses_filter_by_password(admin_client, query):
    assertContains(admin_client.get(f"{USERS}?{query}"), "We could not understand the request", status_code=400)
