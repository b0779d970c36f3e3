"""Following a project."""

import datetime

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from projects.models import Following
from tests.factories import HubFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)


class TestFollowing:
    def test_viewer_follows_and_unfollows_project(self, viewer_client):
        hub = HubFactory()
        url = reverse("projects:follow", args=[hub.slug])
        for _ in range(2):
            viewer_client.post(url, {"action": "follow"})
        assert Following.objects.count() == 1
        assert "Unfollow<" in viewer_client.get(hub.get_absolute_url()).content.decode()
        viewer_client.post(url, {"action": "unfollow"})
        assert not Following.objects.exists()

    def test_following_returns_to_the_page_of_the_button(self, viewer_client):
        hub = HubFactory()
        page = reverse("projects:milestone_list", args=[hub.slug])
        assertContains(viewer_client.get(page), f'name="next" value="{page}"')
        for following, location in (
            (page, page),
            *((other, hub.get_absolute_url()) for other in ("https://example.org/", "home")),
        ):
            sent = {"action": "follow", "next": following}
            answer = viewer_client.post(reverse("projects:follow", args=[hub.slug]), sent)
            assert answer["Location"] == location

    def test_viewer_cannot_follow_hidden_project(self, viewer_client):
        hidden = HubFactory(published=False, restricted=True)
        answer = viewer_client.post(reverse("projects:follow", args=[hidden.slug]), {"action": "follow"})
        assertContains(answer, "Page not found", status_code=404)
        assert not Following.objects.exists()
