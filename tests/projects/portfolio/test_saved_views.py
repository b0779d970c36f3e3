"""Saved views and the start page."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from projects.models import SavedView
from tests.conftest import signed_in
from tests.factories import PASSWORD, OrganisationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


class TestSavedViews:
    ADD, LIST = reverse("projects:saved_view_add"), reverse("projects:saved_view_list")

    def test_viewer_saves_view_and_sets_start_page(self, viewer_client, trust, client):
        page = "/projects/?place=luton&stage=construction"
        assert "with its current filters" in viewer_client.get(self.ADD, {"page": page}).content.decode()
        sent = {"page": page, "name": "Being built in Luton", "shared": "on", "is_start": "on"}
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
        colleague.post(self.ADD, {"page": "/hubs/", "name": "Theirs", "shared": "on"})
        url = reverse("projects:saved_view_change", args=[SavedView.objects.get().pk])
        assert viewer_client.post(url, {"action": "remove"}).status_code == 404
        assert colleague.post(url, {"action": "remove"}).status_code == 302
        assert not SavedView.objects.exists()
