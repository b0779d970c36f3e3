"""Decisions, benefits and documents of a project."""

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from projects.models import Benefit, Decision, Document
from projects.models.register import benefit_prompt
from tests.factories import HubFactory, MilestoneFactory
from tests.forms import fields_of
from tests.periods import month, report_form_url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date

GOOD = {
    "decisions": {"title": "Go on to full business case", "decided_by": "Capital Board", "decided_on": "2026-11-05"},
    "benefits": {"title": "Wait for a first appointment", "unit": "days", "baseline": "48", "target": "28"},
    "documents": {"title": "Outline business case", "kind": "obc", "url": "https://www.example.org/obc.pdf"},
}
BAD = {
    "decisions": ({"decided_on": "2099-01-01", "url": "ftp//no"}, {"decided_on", "url"}),
    "benefits": ({"latest": "30", "target": "many"}, {"latest_on", "target"}),
    "documents": ({"url": "javascript:alert(1)", "kind": "secret"}, {"url", "kind"}),
}
MODELS = {"decisions": Decision, "benefits": Benefit, "documents": Document}


@pytest.fixture
def hub(trust):
    return HubFactory(title="Riverside hub", lead_organisation=trust)


def url(hub, key, *rest, page="register"):
    return reverse(f"projects:{page}", args=[hub.slug, key, *rest])


@pytest.mark.parametrize("key", GOOD)
class TestRegisters:
    def test_empty_register_explains_its_purpose(self, contributor_client, viewer_client, hub, key):
        assert f"No {key} yet" in contributor_client.get(url(hub, key)).content.decode()
        assert "Contributors add these." in viewer_client.get(url(hub, key)).content.decode()

    def test_contributor_adds_edits_and_deletes_a_row(self, contributor_client, hub, key):
        assert contributor_client.post(url(hub, key, page="register_add"), GOOD[key]).status_code == 302
        row = MODELS[key].objects.get()
        assert GOOD[key]["title"] in contributor_client.get(url(hub, key)).content.decode()
        edit = url(hub, key, row.pk, page="register_edit")
        assert contributor_client.post(edit, {**GOOD[key], "title": "Another"}).status_code == 302
        assert MODELS[key].objects.get().title == "Another"
        remove = url(hub, key, row.pk, page="register_remove")
        assert "Delete Another?" in contributor_client.get(remove).content.decode()
        assert contributor_client.post(remove, {}).status_code == 302
        assert not MODELS[key].objects.exists()
        history = contributor_client.get(reverse("projects:project_history", args=[hub.slug])).content.decode()
        assert "Another" in history and "deleted" in history

    def test_saving_unchanged_row_adds_no_history(self, contributor_client, hub, key):
        contributor_client.post(url(hub, key, page="register_add"), GOOD[key])
        row = MODELS[key].objects.get()
        edit = url(hub, key, row.pk, page="register_edit")
        assert contributor_client.post(edit, fields_of(contributor_client.get(edit))).status_code == 302
        assert row.history.count() == 1

    def test_errors_are_shown_with_their_fields_and_typed_text(self, contributor_client, hub, key):
        typed, fields = BAD[key]
        page = contributor_client.post(url(hub, key, page="register_add"), {**GOOD[key], **typed})
        assert set(page.context["form"].errors) == fields
        assert GOOD[key]["title"] in page.content.decode()
        assert not MODELS[key].objects.exists()
        empty = contributor_client.post(url(hub, key, page="register_add"), {"title": ""})
        assert "title" in empty.context["form"].errors

    def test_two_people_change_one_row(self, contributor_client, office_client, hub, key):
        contributor_client.post(url(hub, key, page="register_add"), GOOD[key])
        row = MODELS[key].objects.get()
        edit = url(hub, key, row.pk, page="register_edit")
        sent = fields_of(contributor_client.get(edit))
        other = next(name for name in GOOD[key] if name != "title")
        theirs = {"decisions": "Another board", "benefits": "weeks", "documents": "fbc"}[key]
        office_client.post(edit, sent | {other: theirs})
        assert contributor_client.post(edit, sent | {"title": "Mine"}).status_code == 302
        row.refresh_from_db()
        assert (row.title, getattr(row, other)) == ("Mine", theirs)
        page = office_client.post(edit, sent | {"title": "Theirs"})
        assertContains(page, f"{contributor_client.user} changed this {row._meta.verbose_name} at", status_code=409)
        assert office_client.post(edit, fields_of(page) | {"choose-title": "mine"}).status_code == 302
        row.refresh_from_db()
        assert row.title == "Theirs"

    def test_users_without_permission_cannot_edit_register(
        self, viewer_client, other_contributor_client, client, hub, key
    ):
        for reader in (viewer_client, other_contributor_client):
            answer = reader.post(url(hub, key, page="register_add"), GOOD[key])
            assertContains(answer, "You can view this, but not change it", status_code=403)
        assert not MODELS[key].objects.exists()
        assertRedirects(client.get(url(hub, key)), f"{reverse('account_login')}?next={url(hub, key)}")
        hidden = HubFactory(published=False, restricted=True)
        assertContains(viewer_client.get(url(hidden, key)), "Page not found", status_code=404)

    def test_row_of_another_project_is_404(self, contributor_client, office_client, hub, key):
        other = HubFactory()
        office_client.post(url(other, key, page="register_add"), GOOD[key])
        row = MODELS[key].objects.get()
        for page in ("register_edit", "register_remove"):
            answer = contributor_client.post(url(hub, key, row.pk, page=page), {**GOOD[key], "title": "Taken"})
            assertContains(answer, "Page not found", status_code=404)
        row.refresh_from_db()
        assert (row.title, row.project_id) == (GOOD[key]["title"], other.pk)

    def test_register_is_in_the_admin(self, admin_client, hub, key):
        page = admin_client.get(reverse("admin:projects_hub_change", args=[hub.pk])).content.decode()
        assert f'id="{key}-group"' in page


class TestBenefits:
    @pytest.mark.parametrize(
        ("baseline", "target", "latest", "met", "share"),
        [
            (48, 28, 30, False, 90),  # waits fall: 18 of 20 days
            (48, 28, 28, True, 100),
            (48, 28, 50, False, -10),
            (0, 4000, 4100, True, 102),  # journeys saved rise
            (54, 80, 67, False, 50),
            (10, 10, 10, True, None),  # to be held
            (None, 10, 12, True, None),
            (1, None, 5, None, None),
            (1, 5, None, None, None),
        ],
    )
    def test_benefit_progress_is_share_of_target(self, baseline, target, latest, met, share):
        benefit = Benefit(baseline=baseline, target=target, latest=latest)
        assert (benefit.is_met, benefit.share) == (met, share)

    def test_figures_with_commas_are_saved_exactly(self, contributor_client, hub):
        typed = {**GOOD["benefits"], "target": "4,000.25", "latest": "1,000", "latest_on": "2026-11-01"}
        contributor_client.post(url(hub, "benefits", page="register_add"), typed)
        benefit = Benefit.objects.get()
        assert (benefit.target, benefit.latest, benefit.latest_on) == (Decimal("4000.25"), 1000, DAY(2026, 11, 1))
        assert "4,000.25" in contributor_client.get(url(hub, "benefits")).content.decode()

    def test_only_signed_in_users_see_benefits_on_project_page(self, client, viewer_client, hub):
        Benefit.objects.create(project=hub, title="Waits fall", unit="days", baseline=48, target=28)
        assert "Waits fall" in viewer_client.get(hub.get_absolute_url()).content.decode()
        assert "Waits fall" not in client.get(hub.get_absolute_url()).content.decode()

    def test_contributor_is_asked_for_benefits_after_opening(self, contributor_client, hub):
        period = month(11)
        opening = MilestoneFactory(project=hub, forecast=DAY(2026, 12, 1))
        assert benefit_prompt(hub) is None
        assert "Benefits since opening" not in contributor_client.get(report_form_url(hub, period)).content.decode()
        opening.record_date("actual", DAY(2026, 10, 1), stated_on=DAY(2026, 10, 2))
        Benefit.objects.create(project=hub, title="Old", unit="days", latest=4, latest_on=DAY(2026, 9, 1))
        Benefit.objects.create(project=hub, title="New", unit="days", latest=4, latest_on=DAY(2026, 11, 1))
        prompt = benefit_prompt(hub)
        assert (prompt.opened_on, prompt.number, prompt.measured) == (DAY(2026, 10, 1), 2, 1)
        page = " ".join(contributor_client.get(report_form_url(hub, period)).content.decode().split())
        assert "1 of 2 benefits measured since October 2026" in page

    def test_database_refuses_latest_value_without_its_date(self, hub):
        with pytest.raises(IntegrityError), transaction.atomic():
            Benefit.objects.create(project=hub, title="x", unit="y", latest=3)


class TestDocuments:
    def test_anonymous_user_sees_only_public_documents(self, client, viewer_client, hub):
        for title, public in (("Open paper", True), ("Closed paper", False)):
            Document.objects.create(project=hub, title=title, url="https://www.example.org/", public=public)
        shown = client.get(hub.get_absolute_url()).content.decode()
        assert "Open paper" in shown and "Closed paper" not in shown
        assert "Closed paper" in viewer_client.get(hub.get_absolute_url()).content.decode()

    def test_web_address_without_scheme_is_accepted(self, contributor_client, hub):
        typed = {**GOOD["documents"], "url": "www.example.org/paper"}
        contributor_client.post(url(hub, "documents", page="register_add"), typed)
        assert Document.objects.get().url == "https://www.example.org/paper"


def test_decisions_are_listed_newest_first(viewer_client, hub):
    for day, title in ((1, "First"), (20, "Last")):
        Decision.objects.create(project=hub, decided_on=DAY(2026, 10, day), title=title, decided_by="Board")
    page = viewer_client.get(url(hub, "decisions")).content.decode()
    assert page.index("Last") < page.index("First")
