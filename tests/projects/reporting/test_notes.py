"""Published progress notes are corrected or withdrawn by the programme office, not deleted."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from tests.conftest import clean_caches
from tests.factories import HubFactory, ProgressNoteFactory
from tests.form_inputs import posted_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def note():
    return ProgressNoteFactory(project=HubFactory(title="Riverside hub"), text="The roof is on")


def public_pages(client, note):
    clean_caches()
    return [
        client.get(url) for url in (note.project.get_absolute_url(), reverse("home"), reverse("projects:progress_feed"))
    ]


def address(page, note):
    return reverse(f"projects:{page}", args=[note.project.slug, note.pk])


def test_withdrawn_note_leaves_public_pages_and_stays_in_history(client, office_client, note):
    for page in public_pages(client, note):
        assertContains(page, "The roof is on")
    answer = office_client.post(address("note_withdraw", note), {"reason": "It was another roof"}, follow=True)
    assertContains(answer, "Progress note withdrawn")
    for page in public_pages(client, note):
        assertNotContains(page, "The roof is on")
    note.refresh_from_db()
    assert (note.withdrawn_by, note.withdrawn_reason) == (office_client.user, "It was another roof")
    assert note.history.first().withdrawn_reason == "It was another roof"
    assert office_client.get(address("note_withdraw", note)).status_code == 404


def test_withdrawing_needs_a_reason(office_client, note):
    page = office_client.post(address("note_withdraw", note), {"reason": " "})
    assertContains(page, "Enter a reason for withdrawing the note")
    note.refresh_from_db()
    assert note.withdrawn_at is None


def test_corrected_note_says_so(client, office_client, note):
    url = address("note_correct", note)
    typed = posted_by(office_client.get(url), "text")[1] | {"text": "The roof is half on"}
    office_client.post(url, typed)
    clean_caches()
    shown = client.get(note.project.get_absolute_url())
    assertContains(shown, "The roof is half on")
    assertContains(shown, "Corrected on 23 November 2026")
    asked = office_client.post(url, typed | {"text": "No roof"})
    for text in ("The roof is half on", "No roof"):
        assertContains(asked, text, status_code=409)
    answer = posted_by(asked)[1] | {"choose-text": "mine"}
    assertContains(office_client.post(url, answer, follow=True), "No roof")


def test_project_page_offers_it_to_the_office_only(client, contributor_client, office_client, note):
    url = note.project.get_absolute_url()
    assertContains(office_client.get(url), address("note_withdraw", note))
    for reader in (client, contributor_client):
        assertNotContains(reader.get(url), address("note_withdraw", note))
