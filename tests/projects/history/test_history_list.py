"""The history of all records: who can see it, filters, and the CSV file."""

import csv
import datetime
import io

import pytest
from django.apps import apps
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from estates_portal.accounts.models import AuditEvent, AuditKind, Role, User
from estates_portal.deletion.services import delete_record, restore
from projects.handover.services import hand_over
from projects.history.kinds import KINDS
from projects.models import Hub, Programme, RiskAction
from projects.reporting import workflow
from projects.versions import opened_version
from sites.models import Site
from tests.conftest import rolled_back
from tests.factories import (
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    OtherNameFactory,
    PriorityFactory,
    ProgrammeFactory,
    ProgressNoteFactory,
    ReportingPeriodFactory,
    RiskFactory,
    SiteFactory,
    UserFactory,
    reported,
)
from tests.permission_table import address, clients_of, make_readers, make_records

pytestmark = pytest.mark.django_db
PAGE, CSV = reverse("projects:history_list"), reverse("projects:history_csv")


def save_as(person, record, **fields):
    for name, value in fields.items():
        setattr(record, name, value)
    record._history_user = person
    record.save()


def changes_on(response):
    """[(user, title, word, project)] of the changes of the page."""
    return [
        (entry.who, change.title, change.done, change.project.title if change.project else "")
        for entry in response.context["entries"]
        for change in entry.changes
    ]


def lines_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_every_history_of_the_portal_is_listed():
    histories = {model for model in apps.get_models() if hasattr(model, "history_type")}
    assert {kind.past for kind in KINDS if hasattr(kind, "past")} == histories


def test_office_sees_changes_of_all_records(office_client, rf):
    ann, trust = UserFactory(name="Ann", role=Role.PROGRAMME_OFFICE), OrganisationFactory(name="Ash Trust")
    hub = HubFactory(title="Wing", lead_organisation=trust, published=False, restricted=True)
    save_as(ann, hub, summary="New")
    save_as(ann, SiteFactory(name="Ash site"), postcode="LU4 0DZ")
    save_as(ann, UserFactory(name="Bob"), role=Role.CONTRIBUTOR)
    save_as(ann, trust, note="Moved")
    action = RiskAction.objects.create(risk=RiskFactory(project=hub, title="Prices"), what="Tender early")
    save_as(ann, action, owner="Cat")
    milestone = MilestoneFactory(project=hub, title="Opening", forecast=datetime.date(2099, 3, 1))
    save_as(ann, milestone.statements.get(), wording="in spring")
    workflow_done(hub, ann)
    request = rf.post("/")
    request.user = ann
    other = OrganisationFactory(name="New Trust")
    today = datetime.date(2026, 11, 1)
    hand_over(trust, other, on=today, chosen={"led": [hub]}, keep_as_partner=True, request=request)

    page = office_client.get(f"{PAGE}?who={ann.pk}")
    changes = changes_on(page)
    assert {
        ("Ann", "Project", "changed", "Wing"),
        ("Ann", "Site: Ash site", "changed", ""),
        ("Ann", "User: Bob", "changed", ""),
        ("Ann", "Organisation: Ash Trust", "changed", ""),
        ("Ann", "Risk action: Prices, Tender early", "changed", "Wing"),
        ("Ann", "Milestone date: Opening", "changed", "Wing"),
        ("Ann", "Status report: November 2026", "submitted", "Wing"),
        ("Ann", "Status report: November 2026", "accepted", "Wing"),
        ("Ann", "Hand-over or merger: Organisation handed over", "", ""),
        ("Ann", "Partner organisations", "", "Wing"),
    } <= set(changes)
    assertContains(page, f'href="{hub.get_absolute_url()}"')


def workflow_done(hub, office):
    period = ReportingPeriodFactory(
        name="November 2026", starts_on=datetime.date(2026, 11, 1), ends_on=datetime.date(2026, 11, 30)
    )
    reported(workflow.start_report(hub, period, office), office, accepted_by=office)


def test_choices_of_programmes_are_named(office_client):
    programme, priority = ProgrammeFactory(), PriorityFactory(title="Care closer to home")
    Programme.history.update(history_date=datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC))
    programme.priorities.add(priority)
    page = office_client.get(f"{PAGE}?what=Programme")
    fields = [field for entry in page.context["entries"] for change in entry.changes for field in change.fields]
    assert ("Priorities", "(empty)", "Care closer to home") in fields


def test_deleted_project_keeps_its_title(office_client):
    hub = HubFactory(title="Wing", published=False)
    Hub.history.update(published=False)
    OtherNameFactory(project=hub, name="Cedar")
    deletion = delete_record(hub, by=office_client.user, reason="Entered twice")
    page = office_client.get(f"{PAGE}?what=Other+name")
    assert changes_on(page)[0][1:] == ("Other name: Cedar", "deleted", "Wing")
    assertContains(page, "Wing (deleted)")
    restore(deletion, by=office_client.user)
    page = office_client.get(f"{PAGE}?what=Deletion+or+restoration")
    names = [change.name for entry in page.context["entries"] for change in entry.changes]
    assert names == ["Record restored", "Record deleted"]
    assertContains(page, "Entered twice")


@pytest.fixture
def three_days():
    """Changes of a site by Ann in April, by Bob in May and by no user in June."""
    ann, bob = UserFactory(name="Ann"), UserFactory(name="Bob")
    site = SiteFactory(name="Ash site")
    HubFactory(title="Cedar wing")
    for model in (model for model in apps.get_models() if hasattr(model, "history_type")):
        model.objects.all().delete()
    for number, person in ((4, ann), (5, bob), (6, None)):
        save_as(person, site, note=f"Month {number}")
        newest = Site.history.first()
        newest.history_date = datetime.datetime(2026, number, 10, 22, 30, tzinfo=datetime.UTC)
        newest.save()
    return ann, bob


@pytest.mark.parametrize(
    ("query", "people"),
    [
        ({}, ["System", "Bob", "Ann"]),
        ({"who": "Ann"}, ["Ann"]),
        ({"who": "0"}, ["System"]),
        ({"what": "Site"}, ["System", "Bob", "Ann"]),
        ({"what": "Place"}, []),
        ({"what": "Site", "project": "wing"}, []),
        ({"since": "2026-05-10"}, ["System", "Bob"]),
        ({"until": "10/5/2026"}, ["Bob", "Ann"]),
        ({"since": "2026-05-11", "until": "2026-06-09"}, []),
        ({"since": "2026-05-10", "until": "2026-05-10", "what": "Site"}, ["Bob"]),
    ],
)
def test_office_filters_by_user_record_and_day(office_client, three_days, query, people):
    ann, _bob = three_days
    query = {name: str(ann.pk) if value == "Ann" else value for name, value in query.items()}
    page = office_client.get(PAGE, query)
    assert [entry.who for entry in page.context["entries"]] == people
    assert [line["Changed by"] for line in lines_of(office_client.get(CSV, query))] == people
    if not people:
        assertContains(page, "No changes match these filters")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"who": "99999999999999999999"}, "Select a user from the list"),
        ({"who": "Ann"}, "Select a user from the list"),
        ({"what": "Planets"}, "Select a record from the list"),
        ({"since": "soon"}, "Enter a date, for example 14/3/2027"),
        ({"since": "2026-05-02", "until": "2026-05-01"}, "To must be the same as or after From"),
        ({"until": "9999-12-31"}, "Enter a year from 1900 to 2100"),
        ({"who": "\0"}, "Select a user from the list"),
        ({"organisation": "nowhere"}, "Select an organisation from the list"),
        ({"project": "Nowhere"}, "No project has this title or reference"),
        ({"project": "x" * 201}, "Project must be 200 characters or less"),
    ],
)
def test_invalid_filter_matches_nothing(office_client, three_days, query, message):
    page = office_client.get(PAGE, query)
    assert page.context["entries"] == []
    assertContains(page, message)
    events = AuditEvent.objects.count()
    answer = office_client.get(CSV, query)
    assert answer.status_code == 302 and answer.url.startswith(f"{PAGE}?")
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"project": "cedar"}, ["Cedar wing", "Cedar wing"]),
        ({"project": "ced-1"}, ["Cedar wing", "Cedar wing"]),
        ({"organisation": "luton-trust"}, ["Cedar wing", "Cedar wing"]),
        ({"organisation": "other-trust"}, ["Ash hub"]),
        ({"organisation": "partners"}, ["Ash hub", "Cedar wing", "Cedar wing"]),
        ({"organisation": "partners", "project": "Ash"}, ["Ash hub"]),
        ({"organisation": "other-trust", "who": "Ann"}, []),
        ({"organisation": "luton-trust", "who": "Ann", "what": "Milestone"}, ["Cedar wing"]),
    ],
)
def test_office_filters_by_project_and_by_organisation_of_the_user(office_client, trust, other_trust, query, titles):
    """A user of several organisations counts for each."""
    ann, bob = UserFactory(organisation=trust), UserFactory(other_organisations=[other_trust])
    cedar, ash = HubFactory(title="Cedar wing", reference="CED-1"), HubFactory(title="Ash hub", summary="Near the elm")
    opening = MilestoneFactory(project=cedar)
    for model in (model for model in apps.get_models() if hasattr(model, "history_type")):
        model.objects.all().delete()
    for user, record in ((ann, cedar), (ann, opening), (bob, ash), (office_client.user, SiteFactory())):
        save_as(user, record)
    page = office_client.get(PAGE, query | ({"who": ann.pk} if "who" in query else {}))
    changes = [change for entry in page.context["entries"] for change in entry.changes]
    assert sorted(change.project.title for change in changes) == titles


@pytest.mark.parametrize("number", ["0", "x", "2", "-1", "9" * 40])
def test_unknown_page_is_the_nearest(office_client, three_days, number):
    assert len(office_client.get(PAGE, {"page": number}).context["entries"]) == 3


def test_csv_has_a_row_for_each_field_and_is_recorded(office_client, three_days):
    _ann, bob = three_days
    save_as(bob, Site.objects.get(), note="=1+1", postcode="LU4 0DZ")
    rows = lines_of(office_client.get(CSV, {"who": bob.pk, "what": "Site"}))
    newest = {row["Field"]: (row["Before"], row["After"]) for row in rows[:2]}
    assert newest == {"Note": ("Month 6", "'=1+1"), "Postcode": (newest["Postcode"][0], "LU4 0DZ")}
    assert rows[0] | {"When": ""} == {
        "When": "",
        "Changed by": "Bob",
        "Record": "Site",
        "Name": "Ash site",
        "Project": "",
        "Change": "changed",
        "Details": "",
        "Reason": "",
        **{name: rows[0][name] for name in ("Field", "Before", "After")},
    }
    event = AuditEvent.objects.get(kind=AuditKind.EXPORTED)
    assert event.actor == office_client.user
    assert event.detail == "History: 2 changes. Record: Site; Changed by: Bob"


def test_csv_reads_more_rows_than_a_batch(office_client, three_days, monkeypatch):
    monkeypatch.setattr("projects.history.csv_rows.BATCH", 2)
    assert len(lines_of(office_client.get(CSV))) == 3


def test_page_without_changes_says_so(office_client):
    User.history.all().delete()
    for model in (model for model in apps.get_models() if hasattr(model, "history_type")):
        model.objects.all().delete()
    page = office_client.get(PAGE)
    assertContains(page, "No changes yet")
    assert "Download CSV" not in page.content.decode()


@pytest.mark.parametrize("url", [PAGE, CSV])
def test_only_office_and_administrators_see_all_changes(
    client, viewer_client, contributor_client, office_client, admin_client, url
):
    HubFactory(title="Secret", published=False, restricted=True)
    assertRedirects(client.get(url), f"{reverse('account_login')}?next={url}")
    for reader in (viewer_client, contributor_client):
        assertContains(reader.get(f"{url}?what=nothing"), "You cannot open this page", status_code=403)
    assert {reader.get(url).status_code for reader in (office_client, admin_client)} == {200}
    assert not AuditEvent.objects.filter(kind=AuditKind.EXPORTED, actor=viewer_client.user).exists()


def test_office_finds_the_page_from_my_work_and_admin(office_client, viewer_client):
    assertContains(office_client.get(reverse("projects:my_work")), f'href="{PAGE}"')
    assertContains(office_client.get(reverse("admin:index")), f'href="{PAGE}"')
    assert f'href="{PAGE}"' not in viewer_client.get(reverse("projects:my_work")).content.decode()


@pytest.mark.parametrize("number", [3, 30])
def test_query_count_is_constant(office_client, django_assert_num_queries, number):
    for model in (model for model in apps.get_models() if hasattr(model, "history_type")):
        model.objects.all().delete()
    for _ in range(number):
        hub = HubFactory()
        save_as(UserFactory(), hub, lead_organisation=OrganisationFactory())
        hub.partner_organisations.add(OrganisationFactory())
        scheme = HospitalSchemeFactory(site=None)
        ProgressNoteFactory(project=scheme)
    Hub.history.filter(history_type="+").delete()
    with django_assert_num_queries(20):  # eight for what waits
        page = office_client.get(f"{PAGE}?what=Project")
    assert page.context["page_obj"].paginator.count == 2 * number


ACTS = {
    "projects:note_decide": {"action": "decline"},
    "projects:date_decide": {"action": "accept"},
    "projects:public_decide": {"action": "publish"},
    "projects:period_close": {},
    "projects:hand_over_undo": {},
    "people:invitation_resend": {},
    "people:invitation_withdraw": {},
}


def test_acts_of_the_office_are_listed():
    records, readers = make_records(), make_readers()
    office, listed = readers["office"].user, {}
    for name, data in ACTS.items():
        with rolled_back():
            client = clients_of(readers)["office"]
            data = data | {"opened_version": opened_version(records["proposed_document"])}
            client.post(address(name, records), data)
            page = client.get(PAGE, {"who": office.pk})
            listed[name] = [
                (change.title, change.done, entry.reason)
                for entry in page.context["entries"]
                for change in entry.changes
            ]
    milestone, invitation = records["projects_milestone"].title, f"Invitation: {records['accounts_invitation'].name}"
    assert {name: changes[0] for name, changes in listed.items()} == {
        "projects:note_decide": ("Proposed progress note", "declined", ""),
        "projects:date_decide": (f"Milestone: {milestone}", "changed", "Forecast: 1 April 2030 accepted"),
        "projects:public_decide": ("Document: Outline case", "changed", ""),
        "projects:period_close": ("Reporting period: March 2020", "changed", ""),
        "projects:hand_over_undo": ("Hand-over or merger: Hand-over undone", "", ""),
        "people:invitation_resend": (invitation, "changed", ""),
        "people:invitation_withdraw": (invitation, "changed", ""),
    }
