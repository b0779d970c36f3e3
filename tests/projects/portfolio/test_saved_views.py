"""Saved views and the start page."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from projects.models import SavedView
from tests.conftest import signed_in
from tests.factories import PASSWORD, OrganisationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


class TestSavedViews:
    ADD, LIST = reverse("projects:saved_view_add"), reverse("projects:saved_view_list")

    def test_viewer_saves_view_and_sets_start_page(self, viewer_client, trust, client):
        page = "/projects/?place=luton&stage=construction"
        assert "with its current filters" in viewer_client.get(self.ADD, {"page": page}).content.decode()
        sent = {"page": page, "name": "Being built in Luton", "audience": "organisation", "is_start": "on"}
        assert viewer_client.post(self.ADD, sent).status_code == 302
        assert SavedView.objects.get().get_absolute_url() == page
        assert "Being built in Luton" in viewer_client.get(self.LIST).content.decode()
        assert viewer_client.get(reverse("projects:start"))["Location"] == page
        colleague = signed_in(organisation=trust)
        assert "Being built in Luton" in colleague.get(self.LIST).content.decode()
        stranger = signed_in(organisation=OrganisationFactory())
        assert "Being built in Luton" not in stranger.get(self.LIST).content.decode()
        fresh = Client()
        response = fresh.post(
            reverse("account_login"), {"login": viewer_client.user.email, "password": PASSWORD}, follow=True
        )
        assert response.redirect_chain[-1][0] == page

    def test_user_has_at_most_one_start_page(self, viewer_client):
        assert viewer_client.get(reverse("projects:start"))["Location"] == reverse("home")
        for name in ("One", "Two"):
            viewer_client.post(self.ADD, {"page": f"/hubs/?q={name}", "name": name, "is_start": "on"})
        assert SavedView.objects.get(is_start=True).name == "Two"
        view = SavedView.objects.get(name="One")
        viewer_client.post(reverse("projects:saved_view_change", args=[view.pk]), {"action": "start"})
        assert SavedView.objects.get(is_start=True) == view
        viewer_client.post(reverse("projects:saved_view_change", args=[view.pk]), {"action": "no_start"})
        assert not SavedView.objects.filter(is_start=True).exists()
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedView.objects.update(is_start=True)

    ELSEWHERE = ["", "https://evil.example/projects/", "//evil.example/projects/", "javascript:alert(1)", "/admin/"]

    @pytest.mark.parametrize(
        "page", [*ELSEWHERE, "/nowhere/", "/projects/\0", "/projects/?" + "x" * 2000, "/account/sign-out/"]
    )
    def test_other_addresses_cannot_be_saved(self, viewer_client, page):
        assert viewer_client.get(self.ADD, {"page": page})["Location"] == self.LIST
        assert viewer_client.post(self.ADD, {"page": page, "name": "x"})["Location"] == self.LIST
        assert not SavedView.objects.exists()

    def test_view_needs_unique_name(self, viewer_client):
        assert "Enter a name" in viewer_client.post(self.ADD, {"page": "/hubs/", "name": " "}).content.decode()
        viewer_client.post(self.ADD, {"page": "/hubs/", "name": "Mine"})
        assert (
            "You already have a view with this name"
            in viewer_client.post(self.ADD, {"page": "/hubs/", "name": "Mine"}).content.decode()
        )
        assert SavedView.objects.count() == 1

    def test_user_cannot_change_views_of_others(self, viewer_client, trust):
        colleague = signed_in(organisation=trust)
        colleague.post(self.ADD, {"page": "/hubs/", "name": "Theirs", "audience": "organisation"})
        url = reverse("projects:saved_view_change", args=[SavedView.objects.get().pk])
        assert viewer_client.post(url, {"action": "remove"}).status_code == 404
        assert colleague.post(url, {"action": "remove"}).status_code == 302
        assert not SavedView.objects.exists()

    @pytest.mark.parametrize(
        ("audience", "readers"),
        [
            ("private", set()),
            ("organisation", {"colleague"}),
            ("office", {"office"}),
            ("everyone", {"colleague", "stranger", "office"}),
        ],
    )
    def test_audience_sees_view_with_its_owner(self, viewer_client, office_client, trust, audience, readers):
        viewer_client.post(self.ADD, {"page": "/hubs/", "name": "Our hubs", "audience": audience})
        clients = {
            "colleague": signed_in(organisation=trust),
            "stranger": signed_in(organisation=OrganisationFactory()),
            "office": office_client,
        }
        pages = {name: client.get(self.LIST).content.decode() for name, client in clients.items()}
        assert {name for name, page in pages.items() if "Our hubs" in page} == readers
        assert all(str(viewer_client.user) in pages[name] for name in readers)
        viewer_client.user.is_active = False
        viewer_client.user.save()
        assert not [name for name, client in clients.items() if "Our hubs" in client.get(self.LIST).content.decode()]

    def test_office_pins_one_view_that_is_shared_with_everyone(self, viewer_client, office_client, contributor_client):
        for name, audience in (("One", "everyone"), ("Two", "everyone"), ("Three", "office")):
            viewer_client.post(self.ADD, {"page": "/hubs/", "name": name, "audience": audience})
        urls = {view.name: reverse("projects:saved_view_change", args=[view.pk]) for view in SavedView.objects.all()}
        assert viewer_client.post(urls["One"], {"action": "pin"}).status_code == 403
        for name in ("One", "Two", "Three"):
            office_client.post(urls[name], {"action": "pin"})
        assert contributor_client.get(self.LIST).context["pinned"].name == "Two"
        assertContains(contributor_client.get(self.LIST), "Pinned by the programme office")
        office_client.post(urls["Two"], {"action": "unpin"})
        assert contributor_client.get(self.LIST).context["pinned"] is None

    def test_wrong_audience_is_shown_with_its_field(self, client, office_client):
        page = office_client.post(self.ADD, {"page": "/hubs/", "name": "One", "audience": "organisation"})
        assertContains(page, "Select who to share with from the list")  # the office has no organisation
        assert not SavedView.objects.exists()
