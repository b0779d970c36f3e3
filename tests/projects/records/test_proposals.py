"""Facts that contributors propose, and the programme office's decision."""

import datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from estates_portal.merging import as_sent
from projects.models import Hub, Project, Proposal, Service
from projects.records import proposals
from projects.records.facts import GROUPS
from tests.conftest import clean_caches, signed_in
from tests.factories import (
    HospitalSchemeFactory,
    HubFactory,
    OrganisationFactory,
    PlaceFactory,
    ProgrammeFactory,
    ProposalFactory,
    SiteFactory,
)
from tests.form_inputs import posted_by
from tests.permission_table import make_records
from tests.public_pages import public_texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ROLES = {"office": "programme_office", "administrator": "administrator"}
LEAD, PARTNER = "contributor of the lead", "contributor of a partner"

# What each user can do with the facts of each group.
WHO_MAY = {
    "people": {LEAD: "saved", PARTNER: "proposed", "office": "saved", "administrator": "saved"},
    "public": {LEAD: "proposed", PARTNER: "proposed", "office": "saved", "administrator": "saved"},
    "place": {LEAD: "proposed", PARTNER: "proposed", "office": "saved", "administrator": "saved"},
    "stage": {LEAD: "refused", PARTNER: "refused", "office": "saved", "administrator": "saved"},
    "organisations": {LEAD: "refused", PARTNER: "refused", "office": "saved", "administrator": "saved"},
    "visibility": {LEAD: "refused", PARTNER: "refused", "office": "saved", "administrator": "saved"},
}
# Another value of each fact, where that is not a text.
OTHER_VALUES = {
    "hub_type": "maternity",
    "population_served": "12000",
    "homes_planned": "40",
    "beds_added": "-4",
    "theatres_added": "2",
    "floor_area_m2": "1200.5",
    "place": "several",
    "reporting": "quarterly",
    "restricted": "on",
    "published": "on",
    "stage": "fbc",
    "stage_as_of": "2 November 2026",
    "stage_basis": "office",
    "stage_source_url": "https://example.org/stage",
    "delivery_state": "on_hold",
    "state_as_of": "2 November 2026",
    "state_basis": "stated",
    "state_source_url": "https://example.org/state",
}
RECORDS = {
    "services": lambda: Service.objects.create(name="Physiotherapy"),
    "primary_care_networks": lambda: OrganisationFactory(kind="primary_care_network"),
    "site": SiteFactory,
    "further_sites": SiteFactory,
    "lead_organisation": OrganisationFactory,
    "programme": ProgrammeFactory,
    "parent": HubFactory,
    "partner_organisations": OrganisationFactory,
}


def url(project, key="public"):
    return reverse("projects:project_facts", args=[project.slug, key])


def send(client, project, key, **typed):
    """Open the form of a group, change these fields and send it."""
    _action, data = posted_by(client.get(url(project, key)), "opened")
    return client.post(url(project, key), data | typed)


def decide(client, proposal, action, **typed):
    """Open the page of a proposal and send its form."""
    page = proposal.get_absolute_url()
    _action, data = posted_by(client.get(page), "reply")
    return client.post(page, data | {"action": action} | typed)


def client_of(who, project):
    if who in ROLES:
        return signed_in(role=ROLES[who])
    organisation = project.lead_organisation if who == LEAD else project.partner_organisations.get()
    return signed_in(role="contributor", organisation=organisation)


def values(group, project, reader):
    """{fact: its saved value} of a group."""
    form = group.form(None, Project.objects.get(pk=project.pk).as_its_kind(), reader)
    return {bound.name: as_sent(bound.field, bound.initial) for bound in form}


def other_values(names):
    """Another value of each of these facts."""
    record_values = {name: RECORDS[name]() for name in names if name in RECORDS}
    several = {"services", "primary_care_networks", "further_sites", "partner_organisations"}
    typed = {name: [record.pk] if name in several else record.pk for name, record in record_values.items()}
    return {name: typed.get(name, OTHER_VALUES.get(name, "Another value")) for name in names}


CASES = [(HubFactory, group, who) for group in WHO_MAY for who in WHO_MAY[group]]
CASES += [(HospitalSchemeFactory, "public", PARTNER), (HospitalSchemeFactory, "public", "office")]


@pytest.mark.parametrize(("factory", "key", "who"), CASES)
def test_every_fact_is_saved_proposed_or_refused(factory, key, who):
    assert WHO_MAY.keys() == GROUPS.keys()
    project = factory(published=False)
    project.partner_organisations.add(OrganisationFactory())
    client, group = client_of(who, project), GROUPS[key]
    before = values(group, project, client.user)
    typed = other_values(before)
    expected = WHO_MAY[key][who]
    if expected == "refused":
        assert client.get(url(project, key)).status_code == 403
        assert client.post(url(project, key), typed).status_code == 403
    else:
        response = send(client, project, key, **typed)
        project.refresh_from_db()  # its address follows a new title
        assertRedirects(response, project.get_absolute_url())
    after = values(group, project, client.user)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == (set(before) if expected == "saved" else set())
    proposed = set(Proposal.objects.values_list("field", flat=True))
    assert proposed == (set(before) if expected == "proposed" else set())


def test_public_sees_proposed_facts_once_approved(office_client):
    with time_machine.travel(datetime.datetime(2026, 10, 20, 1, tzinfo=datetime.UTC), tick=False):
        records = make_records()
    hub = records["projects_hub"]
    Proposal.objects.all().delete()
    client = signed_in(role="contributor", organisation=hub.lead_organisation)
    place = PlaceFactory(name="Ampthill")
    before = public_texts(records)
    typed = {"title": "Quayside Xanadu", "summary": "It has a spa.", "other_names": "The Spa"}
    assert send(client, hub, "public", **typed, reason="Board paper").status_code == 302
    assert send(client, hub, "place", place=place.pk).status_code == 302
    assert Proposal.objects.waiting().count() == 4
    assert public_texts(records) == before
    search = reverse("projects:search")
    assertNotContains(Client().get(search, {"q": "Xanadu"}), hub.get_absolute_url())
    for proposal in Proposal.objects.all():
        assert decide(office_client, proposal, "approve").status_code == 302
    clean_caches()
    assertContains(Client().get(search, {"q": "Xanadu"}), hub.get_absolute_url())
    after = public_texts(records)
    changed = {name for name in after if after[name] != before[name]}
    assert {"projects:project_detail", "projects:project_list", "projects:open_data_json"} <= changed
    saved = Hub.objects.get(pk=hub.pk)
    assert (saved.title, saved.summary, saved.place) == ("Quayside Xanadu", "It has a spa.", place)
    assert {name.name for name in saved.other_names.all()} >= {"The Spa", hub.title}
    newest = saved.history.first()
    assert newest.history_user == office_client.user
    assert newest.history_change_reason == f"Proposed by {client.user}"


class TestDeciding:
    @pytest.fixture
    def hub(self, trust, other_trust):
        hub = HubFactory(title="Riverside Hub", summary="A hub by the river.", lead_organisation=trust)
        hub.partner_organisations.add(other_trust)
        return hub

    @pytest.fixture
    def proposal(self, hub, contributor_client):
        send(contributor_client, hub, "public", summary="A hub by the old river.", reason="Board paper, 3 November")
        return Proposal.objects.get()

    def test_partners_see_waiting_proposal_and_public_does_not(
        self, proposal, hub, office_client, viewer_client, other_contributor_client, contributor_client, client
    ):
        shown = f"Proposed by {contributor_client.user} on 23 November 2026"
        for reader in (viewer_client, office_client, other_contributor_client):
            assertContains(reader.get(hub.get_absolute_url()), shown)
        for reader in (office_client, contributor_client, other_contributor_client):
            assertContains(reader.get(url(hub)), f"{shown}: “A hub by the old river.”")
        assertNotContains(client.get(hub.get_absolute_url()), "old river")

    def test_office_sees_marked_change_and_badge(self, proposal, office_client):
        page = office_client.get(reverse("projects:public_updates"))
        assertContains(page, '<ins><span class="nhsuk-u-visually-hidden">added: </span>old </ins>', html=True)
        for text in ("Summary", "Board paper, 3 November", proposal.get_absolute_url(), 'class="app-waiting">1<'):
            assertContains(page, text)

    def test_office_approves_with_other_text_and_proposer_sees_it(self, proposal, office_client, contributor_client):
        page = decide(office_client, proposal, "approve", summary="By the old river.", reply="Shorter")
        assertRedirects(page, reverse("projects:public_updates"))
        proposal.refresh_from_db()
        assert (proposal.state, proposal.approved_text, proposal.decided_by) == (
            "approved",
            "By the old river.",
            office_client.user,
        )
        assert Hub.objects.get().summary == "By the old river."
        work = contributor_client.get(reverse("projects:my_work"))
        for text in ("Facts you proposed", "Approved as “By the old river.”", "Shorter", "23 November 2026"):
            assertContains(work, text)
        assert list(Proposal.objects.decided_for(contributor_client.user)) == [proposal]
        assert not Proposal.objects.decided_for(office_client.user).exists()

    def test_office_declines_with_reason(self, proposal, hub, office_client, contributor_client):
        page = decide(office_client, proposal, "decline", summary="Typed by the office")
        assertContains(page, "Enter a reason for declining")
        assertContains(page, "Typed by the office")
        assert decide(office_client, proposal, "decline", reply="The name is wrong").status_code == 302
        assert Hub.objects.get().summary == hub.summary
        assertContains(contributor_client.get(reverse("projects:my_work")), "The name is wrong")
        assertContains(office_client.get(reverse("projects:project_history", args=[hub.slug])), "The name is wrong")
        assertContains(office_client.get(proposal.get_absolute_url()), f"Declined by {office_client.user}")
        assert decide_again(office_client, proposal).status_code == 409

    def test_bad_input_changes_nothing(self, proposal, hub, office_client):
        assertContains(decide(office_client, proposal, "approve", summary=""), "Enter a summary")
        assertContains(decide(office_client, proposal, "maybe"), "Select Approve or Decline")
        assert (Hub.objects.get().summary, Proposal.objects.waiting().count()) == (hub.summary, 1)

    @pytest.mark.parametrize(
        ("choice", "summary", "state"),
        [
            ("mine", "A hub by the old river.", "approved"),
            ("theirs", "A hub on the quay.", "declined"),
            ("both", "A hub by the old river.\n\nA hub on the quay.", "approved"),
        ],
    )
    def test_stale_proposal_asks_for_a_version(self, proposal, hub, office_client, choice, summary, state):
        send(office_client, hub, "public", summary="A hub on the quay.")
        page = office_client.get(proposal.get_absolute_url())
        for text in ("When proposed", "A hub by the river.", "Saved now", "A hub on the quay.", "A hub by the old"):
            assertContains(page, text)
        assertNotContains(page, "checked")
        assertContains(decide(office_client, proposal, "approve"), "Select which version to save: Summary")
        assert Hub.objects.get().summary == "A hub on the quay."
        assert decide(office_client, proposal, "approve", **{"choose-summary": choice}).status_code == 302
        proposal.refresh_from_db()
        assert (Hub.objects.get().summary.replace("\r", ""), proposal.state) == (summary, state)

    def test_one_proposal_of_a_fact_waits(self, proposal, hub, contributor_client, other_contributor_client):
        _action, opened = posted_by(other_contributor_client.get(url(hub)), "opened")
        assert "summary" not in opened
        page = other_contributor_client.post(url(hub), opened | {"summary": "Mine", "title": "Mine too"})
        assertContains(page, "has already proposed another value. It awaits a decision")
        assertContains(page, "Mine")
        assert send(other_contributor_client, hub, "public", title="Wharf Hub").status_code == 302
        assert set(Proposal.objects.values_list("field", flat=True)) == {"summary", "title"}
        with pytest.raises(IntegrityError):
            ProposalFactory(project=hub)

    def test_contributor_withdraws_own_proposal(
        self, proposal, hub, office_client, contributor_client, other_contributor_client
    ):
        address = reverse("projects:proposal_withdraw", args=[hub.slug, proposal.pk])
        assertContains(contributor_client.get(url(hub)), f'action="{address}"')
        assertNotContains(other_contributor_client.get(url(hub)), address)
        assert other_contributor_client.post(address).status_code == 403
        assertRedirects(contributor_client.post(address), hub.get_absolute_url())
        assert not Proposal.objects.waiting().exists()
        with pytest.raises(ValidationError, match="withdrawn"):
            proposals.decline(proposal, office_client.user, "No")
        assert send(contributor_client, hub, "public", summary="Again").status_code == 302

    def test_sending_nothing_or_wrong_values_is_refused(self, hub, contributor_client):
        assertContains(send(contributor_client, hub, "public"), "Change at least one fact")
        page = send(contributor_client, hub, "public", title="", reason="x" * 1001)
        for text in ("Enter a title", "Reason must be 1,000 characters or less", "There is a problem"):
            assertContains(page, text)
        assert not Proposal.objects.exists()

    def test_value_saved_meanwhile_is_merged_into_proposal(self, hub, contributor_client, office_client):
        _action, opened = posted_by(contributor_client.get(url(hub)), "opened")
        send(office_client, hub, "public", title="Wharf Hub", summary="On the quay.")
        sent = opened | {"title": "Mine", "description": "Three floors."}
        assertContains(contributor_client.post(url(hub), sent), "Select which version", status_code=409)
        contributor_client.post(url(hub), opened | {"description": "Three floors."})
        assert Proposal.objects.get().field == "description"

    def test_waiting_list_of_records_leaves_other_facts_open(self, hub, contributor_client, other_contributor_client):
        gym, clinic = Service.objects.create(name="Gym"), Service.objects.create(name="Clinic")
        hub.services.add(gym)
        _action, opened = posted_by(other_contributor_client.get(url(hub)), "opened")
        assert send(contributor_client, hub, "public", services=[gym.pk, clinic.pk]).status_code == 302
        assert send(contributor_client, hub, "public", title="Wharf Hub").status_code == 302
        assert set(Proposal.objects.values_list("field", flat=True)) == {"services", "title"}
        page = other_contributor_client.post(url(hub), {**opened, "services": [], "description": "Three floors."})
        assertContains(page, "has already proposed another value. It awaits a decision")

    def test_former_title_stays_when_other_names_are_approved_after_it(self, hub, contributor_client, office_client):
        former = hub.title
        send(contributor_client, hub, "public", title="Wharf Hub", other_names="The Spa")
        title, names = Proposal.objects.get(field="title"), Proposal.objects.get(field="other_names")
        decide(office_client, title, "approve")
        decide(office_client, names, "approve")
        decide(office_client, names, "approve", **{"choose-other_names": "mine"})
        assert set(hub.other_names.values_list("name", flat=True)) == {former, "The Spa"}

    def test_proposals_of_hidden_projects_do_not_exist(self, proposal, hub, client):
        Project.objects.update(published=False, restricted=True)
        stranger = signed_in(role="contributor", organisation=OrganisationFactory())
        assert stranger.get(proposal.get_absolute_url()).status_code == 404
        assert stranger.post(reverse("projects:proposal_withdraw", args=[hub.slug, proposal.pk])).status_code == 404


def decide_again(client, proposal):
    return client.post(proposal.get_absolute_url(), {"action": "approve", "summary": "x", "reply": "y"})


@pytest.mark.parametrize("rows", [1, 12])
def test_query_count_of_queue_is_constant(office_client, django_assert_num_queries, rows):
    for _row in range(rows):
        ProposalFactory()
    with django_assert_num_queries(18):
        office_client.get(reverse("projects:public_updates"))
