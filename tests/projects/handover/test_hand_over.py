"""Handing over an organisation's records, and undoing it."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from estates_portal.accounts.models import AuditEvent, AuditKind, Invitation, Role, User
from projects.handover.services import KINDS, hand_over
from projects.models import DeliveryState, HandOver, Project, SavedView
from sites.models import Site
from tests.conftest import signed_in
from tests.factories import (
    HospitalSchemeFactory,
    HubFactory,
    InvitationFactory,
    OrganisationFactory,
    ProgrammeFactory,
    SiteFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TODAY = datetime.date(2026, 11, 23)
ENDED = datetime.date(2026, 11, 1)


@pytest.fixture
def new_trust(db):
    return OrganisationFactory(name="New Trust", slug="new-trust")


@pytest.fixture
def url(trust):
    return reverse("projects:hand_over", args=[trust.slug])


@pytest.fixture
def estate(trust, new_trust):
    """10 projects, 3 sites, 4 users and more of the Luton Trust, which ended on 1 November."""
    trust.valid_to, trust.successor = ENDED, new_trust
    trust.save()
    led = [HubFactory(title=f"Hub {number}", lead_organisation=trust) for number in range(6)]
    led += [HospitalSchemeFactory(title=f"Scheme {number}", lead_organisation=trust) for number in range(2)]
    partnered = [HubFactory(title=f"Partnered {number}") for number in range(2)]
    for hub in partnered:
        hub.partner_organisations.add(trust)
    partnered[1].partner_organisations.add(new_trust)
    HubFactory(title="Done", lead_organisation=trust, delivery_state=DeliveryState.COMPLETE)
    ProgrammeFactory(lead_organisation=trust).projects.set(led)
    SiteFactory.create_batch(3, owner=trust)
    UserFactory.create_batch(4, role=Role.CONTRIBUTOR, organisation=trust)
    UserFactory(organisation=OrganisationFactory(), other_organisations=[trust])
    UserFactory(organisation=new_trust, other_organisations=[trust])
    UserFactory(organisation=OrganisationFactory(), other_organisations=[trust, new_trust])
    InvitationFactory(organisation=trust)
    InvitationFactory().other_organisations.add(trust)
    owner = UserFactory(organisation=new_trust)
    SavedView.objects.create(owner=owner, name="Luton", path="/projects/", query="lead=luton-trust&stage=obc")
    SavedView.objects.create(owner=owner, name="Other", path="/projects/", query="lead=luton-trust-2")
    return trust


def everything(client, url, **changes):
    """What the form sends if nothing is unticked."""
    form = client.get(url).context["form"]
    data = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    return {**data, **changes}


def state():
    """Who has what."""
    return (
        {(project.pk, project.lead_organisation_id) for project in Project.objects.all()},
        set(Project.partner_organisations.through.objects.values_list("project_id", "organisation_id")),
        set(Site.objects.values_list("pk", "owner")),
        set(User.objects.values_list("pk", "organisation", "other_organisations")),
        set(Invitation.objects.values_list("pk", "organisation", "other_organisations")),
        set(SavedView.objects.values_list("pk", "query")),
    )


def test_form_selects_successor_day_and_all_records(office_client, url, estate, new_trust):
    data = everything(office_client, url)
    assert (data["successor"], data["on"]) == (new_trust.pk, ENDED)
    numbers = {name: len(ids) for name, ids in data.items() if isinstance(ids, list)}
    assert numbers == {
        "led": 8,
        "partnered": 2,
        "programmes": 1,
        "sites": 3,
        "people": 4,
        "other_people": 3,
        "invitations": 1,
        "other_invitations": 1,
        "views": 1,
    }


def test_office_confirms_counts_before_anything_moves(office_client, url, estate):
    before = state()
    page = office_client.post(url, everything(office_client, url))
    assert page.context["counts"] == [
        "8 projects led",
        "2 projects partnered",
        "1 programme",
        "3 sites",
        "4 users",
        "3 users who also work for it",
        "1 invitation",
        "1 invitation to also work for it",
        "1 saved view",
    ]
    assertContains(page, "Hand over Luton Trust to New Trust?")
    assert state() == before


def test_hand_over_moves_records_and_undo_gives_them_back(office_client, url, estate, new_trust):
    before = state()
    response = office_client.post(url, everything(office_client, url, confirm="yes", keep_as_partner=True))
    act = HandOver.objects.get()
    assertRedirects(response, act.get_absolute_url())
    assert estate.led_projects.get().title == "Done"
    assert new_trust.led_projects.count() == 8
    assert new_trust.partnered_projects.count() == 2
    assert set(estate.partnered_projects.all()) == set(new_trust.led_projects.all())
    assert (new_trust.owned_sites.count(), new_trust.people.count(), new_trust.invitations.count()) == (3, 6, 1)
    assert (new_trust.other_people.count(), new_trust.other_invitations.count()) == (3, 1)
    assert (estate.other_people.count(), estate.other_invitations.count()) == (0, 0)
    assert set(SavedView.objects.values_list("query", flat=True)) == {"lead=new-trust&stage=obc", "lead=luton-trust-2"}
    assert AuditEvent.objects.filter(kind=AuditKind.ORGANISATION_CHANGED).count() == 7
    assert "8 projects led" in AuditEvent.objects.get(kind=AuditKind.HANDED_OVER).detail
    office_client.post(reverse("projects:hand_over_undo", args=[act.pk]))
    assert state() == before
    assert AuditEvent.objects.filter(kind=AuditKind.HAND_OVER_UNDONE).exists()
    again = office_client.post(reverse("projects:hand_over_undo", args=[act.pk]), follow=True)
    assertContains(again, "This hand-over has already been undone")


def test_history_of_each_record_names_the_act(office_client, url, estate):
    versions = dict(Project.objects.values_list("pk", "version"))
    office_client.post(url, everything(office_client, url, confirm="yes"))
    act = HandOver.objects.get()
    rows = [project.as_its_kind() for project in Project.objects.exclude(title="Done")]
    rows += [*Site.objects.all(), *User.objects.filter(pk__in=act.moved["people"] + act.moved["other_people"])]
    assert len(rows) == 20
    for row in rows:
        newest = row.history.first()
        assert (newest.history_change_reason, newest.history_user) == (str(act), office_client.user)
    for project in Project.objects.exclude(title="Done"):
        assert project.version == versions[project.pk] + 1
    page = office_client.get(reverse("projects:project_history", args=[Project.objects.get(title="Hub 0").slug]))
    assertContains(page, "Luton Trust to New Trust")
    partnered = Project.objects.get(title="Partnered 0")
    saves = office_client.get(reverse("projects:project_history", args=[partnered.slug])).context["entries"]
    links = [(entry.who, entry.reason, change.summary) for entry in saves for change in entry.changes]
    assert (office_client.user.name, str(act), "added New Trust; removed Luton Trust") in links


def test_part_is_handed_over_and_changed_records_stay(office_client, url, estate, new_trust):
    first, second = estate.led_projects.order_by("title")[1:3]
    data = {"successor": new_trust.pk, "on": "2026-11-01", "led": [first.pk, second.pk], "confirm": "yes"}
    office_client.post(url, data)
    assert set(new_trust.led_projects.all()) == {first, second}
    assert estate.people.count() == 4
    third = OrganisationFactory()
    Project.objects.filter(pk=first.pk).update(lead_organisation=third)
    undo = reverse("projects:hand_over_undo", args=[HandOver.objects.get().pk])
    assertContains(office_client.post(undo, follow=True), "1 record not given back, because they have changed since")
    assert (third.led_projects.get(), new_trust.led_projects.count()) == (first, 0)


def test_person_of_old_organisation_loses_or_keeps_access(office_client, url, estate, new_trust):
    hub = HubFactory(title="Secret", lead_organisation=estate, published=False, restricted=True)
    moved, left = signed_in(organisation=estate), signed_in(organisation=estate)
    data = {"successor": new_trust.pk, "on": "2026-11-01", "led": [hub.pk], "people": [moved.user.pk], "confirm": "y"}
    office_client.post(url, data)
    assert moved.get(hub.get_absolute_url()).status_code == 200
    assert left.get(hub.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"successor": ""}, "Select an organisation"),
        ({"successor": "self"}, "Select an organisation from the list"),
        ({"on": "2026-11-24"}, "From must be today or in the past"),
        ({"on": ""}, "Enter a date"),
        ({"led": [0]}, "Some of these records have changed. Check the list"),
        ({"led": ["9" * 30]}, "Some of these records have changed. Check the list"),
        ({"led": ["x"]}, "Some of these records have changed. Check the list"),
        ({key: [] for key in KINDS}, "Select at least one record to hand over"),
    ],
)
def test_bad_input_is_refused(office_client, url, estate, changes, error):
    if changes.get("successor") == "self":
        changes = {"successor": estate.pk}
    before = state()
    page = office_client.post(url, everything(office_client, url, confirm="yes", **changes))
    assert error in str(page.context["form"].errors)
    assert state() == before


def test_office_does_not_move_administrators(office_client, admin_client, url, trust):
    UserFactory(role=Role.ADMINISTRATOR, organisation=trust)
    assert "people" not in office_client.get(url).context["form"].fields
    assert "people" in admin_client.get(url).context["form"].fields


def test_organisation_page_links_to_hand_over_for_office(office_client, viewer_client, url, trust):
    assert url in office_client.get(trust.get_absolute_url()).content.decode()
    assert url not in viewer_client.get(trust.get_absolute_url()).content.decode()


def test_services_refuse_other_users(rf, contributor_client, trust, new_trust):
    request = rf.post("/")
    request.user = contributor_client.user
    with pytest.raises(PermissionDenied):
        hand_over(trust, new_trust, on=TODAY, chosen={}, keep_as_partner=False, request=request)


def test_query_count_of_form_is_constant(office_client, url, trust, django_assert_max_num_queries):
    for number in (1, 20):
        for _ in range(number):
            SiteFactory(owner=trust)
            HubFactory(lead_organisation=trust)
        with django_assert_max_num_queries(25):
            office_client.get(url)
