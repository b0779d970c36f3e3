"""The history of a project: users, fields and values, for users who can see them."""

import datetime
from decimal import Decimal

import pytest
from django.db import models
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from estates_portal.accounts.models import Role
from estates_portal.dates import DatePrecision, PartialDate
from projects.change_requests.services import decide_change, request_baseline
from projects.history.changes import SAVE_WINDOW, entries, group_into_saves
from projects.history.kinds import KINDS, RecordKind
from projects.history.queries import history_rows_of
from projects.history.values import columns_of, summary_value
from projects.models import (
    Benefit,
    ChangeRequest,
    DeliveryState,
    Document,
    FundingStatus,
    Hub,
    Milestone,
    MilestoneDependency,
    RiskAction,
    Stage,
    StatementKind,
)
from projects.reporting import workflow
from tests.conftest import signed_in
from tests.deletions import delete_whole
from tests.factories import (
    CostEstimateFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    OtherNameFactory,
    PlaceFactory,
    ProgressNoteFactory,
    RiskEscalationFactory,
    RiskFactory,
    UserFactory,
    reported,
)
from tests.periods import month

pytestmark = pytest.mark.django_db
HIDDEN = "A milestone you do not have access to"


def page_of(project):
    return reverse("projects:project_history", args=[project.slug])


def shown_saves(project, reader=None):
    """Every save as shown, newest first."""
    return entries(group_into_saves(history_rows_of(project)), reader or UserFactory(role=Role.PROGRAMME_OFFICE))


def apart(*querysets):
    """Move the history rows one minute apart, as separate saves."""
    start = datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.UTC)
    rows = sorted((row for rows in querysets for row in rows), key=lambda row: (row.history_date, row.history_id))
    for number, row in enumerate(rows):
        type(row).objects.filter(pk=row.pk).update(history_date=start + number * datetime.timedelta(minutes=1))


def save_as(project, person, **fields):
    for name, value in fields.items():
        setattr(project, name, value)
    project._history_user = person
    project.save()


def test_history_shows_old_and_new_values_as_labels():
    ann = UserFactory(name="Ann Archer")
    hub = HubFactory(place=PlaceFactory(name="Luton"), lead_organisation=None)
    mk = PlaceFactory(name="Milton Keynes")
    save_as(
        hub,
        ann,
        place=mk,
        stage=Stage.FBC,
        stage_as_of=datetime.date(2026, 1, 1),
        stage_as_of_precision=DatePrecision.QUARTER,
        delivery_state=DeliveryState.ON_HOLD,
        published=False,
        lead_organisation=OrganisationFactory(name="Luton Trust"),
        population_served=12000,
    )
    apart(Hub.history.filter(id=hub.pk))
    newest, first = shown_saves(hub)
    assert (newest.who, first.who) == ("Ann Archer", "System")
    assert newest.at == datetime.datetime(2026, 3, 2, 9, 1, tzinfo=datetime.UTC)
    (change,) = newest.changes
    assert (change.label, change.done) == ("Project", "changed")
    assert set(change.fields) == {
        ("Place", "Luton", "Milton Keynes"),
        ("Stage", "Outline business case", "Full business case"),
        ("Stage as at", "1 October 2025", "January to March 2026"),
        ("Delivery state", "Active", "On hold"),
        ("Published", "Yes", "No"),
        ("Lead organisation", "(empty)", "Luton Trust"),
        ("Population served", "(empty)", "12,000"),
    }
    assert [(change.label, change.done) for change in first.changes] == [("Project", "added")]


def test_history_includes_records_of_project():
    hub = HubFactory()
    cost = CostEstimateFactory(project=hub, amount_pounds=1_500_000)
    line = FundingLineFactory(project=hub, funder="NHS England")
    OtherNameFactory(project=hub, name="Cedar Wing")
    ProgressNoteFactory(project=hub, text="Steel frame finished.")
    opening = MilestoneFactory(project=hub, title="Opening")
    opening.record_date(StatementKind.FORECAST, datetime.date(2027, 3, 1), DatePrecision.MONTH)
    apart(*(model.history.all() for model in (type(hub), type(cost), type(line), type(opening))))
    line.status = FundingStatus.SECURED
    line.save()
    cost.delete()
    lines = [
        (change.label, change.name, change.done, change.summary, change.fields)
        for entry in shown_saves(hub)
        for change in entry.changes
    ]
    assert ("Cost", "", "added", "£1,500,000", []) in lines
    assert ("Cost", "", "deleted", "£1,500,000", []) in lines
    assert ("Funding", "NHS England", "changed", "", [("Status", "Not stated", "Secured")]) in lines
    assert ("Other name", "Cedar Wing", "added", "", []) in lines
    assert ("Milestone date", "Opening", "added", "Forecast; March 2027", []) in lines
    assert ("Milestone", "Opening", "changed", "", [("Current date", "(empty)", "March 2027")]) in lines
    assert any(line[0] == "Progress note" and "Steel frame" in line[3] for line in lines)


def test_history_shows_values_with_their_units():
    hub = HubFactory(approved_budget=10_000_000)
    waits = Benefit.objects.create(project=hub, title="Waits", unit="patients a year", baseline=1450, target=300)
    Document.objects.create(project=hub, title="Board paper", url="https://example.org/paper", public=True)
    hub.approved_budget = Decimal("12000000.40")
    hub.save()
    waits.target, waits.unit = 250, "patients"
    waits.save()
    apart(type(hub).history.all(), Benefit.history.all())
    changes = [change for entry in shown_saves(hub) for change in entry.changes]
    summaries = {change.name: change.summary for change in changes if change.done == "added"}
    assert summaries["Waits"] == "1,450 patients a year; 300 patients a year"
    assert summaries["Board paper"] == "Other; https://example.org/paper; Shown to the public: yes"
    fields = [row for change in changes for row in change.fields]
    assert ("Approved budget (£)", "£10,000,000", "£12,000,000.40") in fields
    assert ("Target", "300 patients a year", "250 patients") in fields


POUNDS, NUMBER = "£1,450.50", "1,450.50"
# {column: its value as text, with 1,450.50 or a tick}
TEXTS = {
    **dict.fromkeys(["approved_budget", "amount_pounds", "budget", "forecast", "actual", "final_cost"], POUNDS),
    **dict.fromkeys(["old_pounds", "new_pounds"], POUNDS),
    **dict.fromkeys([f"backlog_{band}_pounds" for band in ("high", "significant", "moderate", "low")], POUNDS),
    **dict.fromkeys(["risk_adjusted_backlog_pounds", "hard_fm_pounds", "soft_fm_pounds"], POUNDS),
    **dict.fromkeys(["finance_cost_pounds", "energy_cost_pounds"], POUNDS),
    **dict.fromkeys(["baseline", "target", "latest"], "1,450.50 patients"),
    **dict.fromkeys(
        ["floor_area_m2", "gross_internal_area_m2", "occupied_area_m2"], NUMBER
    ),  # the heading has the unit
    **dict.fromkeys(["unsuitable_percent", "void_percent"], NUMBER),
    **dict.fromkeys(["latitude", "longitude"], "1,450.500000"),
    "published": "Published: yes",
    "restricted": "Restricted: yes",
    "public": "Shown to the public: yes",
    "proposed_public": "Proposed for the public: yes",
    "reached": "Reached: yes",
    "superseded": "Superseded: yes",
    "source_confirmed": "Source confirmed: yes",
    "accepted": "Accepted: yes",
    "outside_area": "Outside the area: yes",
    "in_use": "In use: yes",
    "is_active": "Active: yes",
}


def test_every_number_and_tick_has_its_text():
    """A new column of a type of record in the history needs a text here, with its unit."""
    texts = {}
    for kind in (kind for kind in KINDS if isinstance(kind, RecordKind)):
        for column in columns_of(kind):
            if isinstance(column, models.BooleanField | models.DecimalField):
                value = True if isinstance(column, models.BooleanField) else Decimal("1450.50")
                row = kind.past(**{column.attname: value}, **({"unit": "patients"} if kind.model is Benefit else {}))
                texts.setdefault(column.name, set()).add(summary_value(row, column, {}))
    emails = {name: texts.pop(name) for name in list(texts) if name.startswith("notify_")}
    assert all(text.startswith("Email me ") for found in emails.values() for text in found)
    texts["superseded"].remove("Earlier code: yes")
    assert texts == {name: {text} for name, text in TEXTS.items()}


def test_history_shows_area_without_pounds():
    scheme = HospitalSchemeFactory(floor_area_m2=Decimal("1450.50"))
    scheme.floor_area_m2 = 2000
    scheme.save()
    apart(type(scheme).history.all())
    assert shown_saves(scheme)[0].changes[0].fields == [("Floor area (m2)", "1,450.50", "2,000")]


def test_history_has_steps_of_reports(contributor_client, office, trust, viewer_client, time_machine):
    hub, writer = HubFactory(lead_organisation=trust), contributor_client.user
    hours = iter(range(9, 20))

    def after_an_hour(step, *args, **kwargs):
        time_machine.move_to(datetime.datetime(2026, 11, 20, next(hours), tzinfo=datetime.UTC))
        return step(*args, **kwargs)

    report = after_an_hour(workflow.start_report, hub, month(11), writer)
    report = after_an_hour(reported, report, writer)
    report = after_an_hour(workflow.withdraw, report, writer)
    report = after_an_hour(workflow.submit, report, writer)
    report = after_an_hour(workflow.return_report, report, office, "Say which contractor")
    report = after_an_hour(workflow.submit, report, writer)
    rating = {"independent_rating": "amber", "independent_reason": "No contractor yet"}
    report = after_an_hour(workflow.accept, report, office, "Thank you", **rating)
    correction = after_an_hour(workflow.start_correction, report, writer)
    after_an_hour(reported, correction, writer, summary="Corrected")

    page = viewer_client.get(page_of(hub), {"what": "Status report"})
    steps = [
        (entry.who, change.title, change.done, change.summary)
        for entry in reversed(page.context["entries"])
        for change in entry.changes
        if change.label == "Status report"
    ]
    name = "Status report: November 2026"
    assert steps == [
        (writer.name, name, "submitted", ""),
        (writer.name, name, "withdrawn", ""),
        (writer.name, name, "submitted", ""),
        (office.name, name, "returned", "Say which contractor"),
        (writer.name, name, "submitted", ""),
        (office.name, name, "accepted", "Programme office rating: Amber; Thank you"),
        (writer.name, f"{name} (correction)", "created", ""),
        (writer.name, f"{name} (correction)", "submitted", ""),
    ]
    assertContains(page, "returned")


def test_history_shows_decisions_on_notes_and_change_requests(office, office_client, contributor_client, trust):
    hub, writer = HubFactory(lead_organisation=trust), contributor_client.user
    report = reported(workflow.start_report(hub, month(11), writer), writer, public_note="The roof is on")
    workflow.decide_note(report.proposed_note, office, publish=False)
    opening = MilestoneFactory(project=hub, title="Opening", forecast=datetime.date(2027, 3, 1))
    change = request_baseline(opening, writer, date=PartialDate(datetime.date(2028, 1, 1)), why="Land")
    decide_change(
        change, office, approve=False, approver="Capital Board", decided_on=datetime.date(2026, 1, 5), conditions=""
    )
    apart(ChangeRequest.history.all())
    changes = [change for entry in shown_saves(hub) for change in entry.changes]
    assert ("Proposed progress note", "declined", "The roof is on") in [
        (change.label, change.done, change.summary) for change in changes
    ]
    fields = [field for change in changes if change.label == "Change request" for field in change.fields]
    assert ("State", "Awaiting decision", "Declined") in fields


def test_parts_of_a_moved_risk_stay_in_the_history_of_each_project():
    """Readers of one project do not see what was saved in the other, which can be restricted."""
    first, second = HubFactory(), HubFactory(published=False, restricted=True)
    risk = RiskFactory(project=first)
    action = RiskAction.objects.create(risk=risk, what="Tender early", owner="Ann")
    escalation = RiskEscalationFactory(risk=risk)
    risk.project = second
    risk.save()
    action.owner, escalation.answer = "Bob", "Paid"
    action.save()
    escalation.save()
    RiskAction.objects.create(risk=risk, what="Buy steel")
    apart(*(model.history.all() for model in (type(risk), RiskAction, type(escalation))))

    def listed(hub):
        changes = [change for entry in shown_saves(hub) for change in entry.changes]
        return [(change.label, change.done) for change in changes if change.label in {"Risk action", "Escalation"}]

    assert listed(first) == [("Escalation", "added"), ("Risk action", "added")]
    assert listed(second) == [("Risk action", "added"), ("Escalation", "changed"), ("Risk action", "changed")]


def test_history_names_deleted_milestone():
    hub = HubFactory()
    opening = MilestoneFactory(project=hub, title="Opening of the wing", forecast=datetime.date(2027, 3, 1))
    delete_whole(opening)
    names = {change.name for entry in shown_saves(hub) for change in entry.changes if change.label == "Milestone date"}
    assert names == {"Opening of the wing"}


def test_history_groups_changes_of_one_save():
    ann, bob = UserFactory(), UserFactory()
    hub = HubFactory()
    Hub.history.filter(id=hub.pk).delete()
    save_as(hub, ann, summary="One")
    save_as(hub, ann, summary="Two")
    save_as(hub, bob, summary="Three")
    assert [len(group) for group in group_into_saves(history_rows_of(hub))] == [1, 2]
    older = Hub.history.filter(id=hub.pk).order_by("history_date").first()
    older.history_date -= SAVE_WINDOW + datetime.timedelta(seconds=1)
    older.save()
    assert [len(group) for group in group_into_saves(history_rows_of(hub))] == [1, 1, 1]


def test_history_names_only_visible_projects(trust):
    plan = HospitalSchemeFactory(title="Secret plan", published=False, restricted=True, lead_organisation=trust)
    hub = HubFactory()
    save_as(hub, None, parent=plan)
    apart(Hub.history.filter(id=hub.pk))
    outsider, insider = UserFactory(organisation=OrganisationFactory()), UserFactory(organisation=trust)
    for reader, value in ((outsider, "Restricted project"), (insider, "Secret plan")):
        fields = [row for entry in shown_saves(hub, reader) for change in entry.changes for row in change.fields]
        assert ("Parent", "(empty)", value) in fields
    page = signed_in(organisation=OrganisationFactory()).get(page_of(hub)).content.decode()
    assert "Secret plan" not in page


def test_anonymous_user_is_redirected_to_sign_in(client):
    page = page_of(HubFactory())
    assertRedirects(client.get(page), f"{reverse('account_login')}?next={page}")


def test_history_of_hidden_project_is_404(viewer_client):
    page = page_of(HubFactory(published=False, restricted=True))
    assertContains(viewer_client.get(page), "Page not found", status_code=404)


def test_only_signed_in_users_see_link_to_history(client, viewer_client):
    hub = HubFactory()
    assert page_of(hub) in viewer_client.get(hub.get_absolute_url()).content.decode()
    assert page_of(hub) not in client.get(hub.get_absolute_url()).content.decode()


class TestHiddenMilestone:
    """The history names the milestones of other projects to readers who can see these projects."""

    @pytest.fixture
    def hub(self):
        hub = HubFactory(title="Wing surgery")
        other = HubFactory(title="Cedar", published=False, restricted=True, lead_organisation=OrganisationFactory())
        secret = MilestoneFactory(project=other, title="Land bought", public=False)
        MilestoneFactory(project=hub, title="Opening").dependencies.create(depends_on=secret)
        return hub

    def summaries(self, hub, reader):
        changes = [change for entry in shown_saves(hub, reader) for change in entry.changes]
        return [change.summary for change in changes if change.label == "Milestone dependency"]

    @pytest.mark.parametrize("is_deleted", [False, True])
    def test_milestone_of_restricted_project(self, hub, is_deleted):
        lead = UserFactory(organisation=Hub.objects.get(title="Cedar").lead_organisation)
        assert self.summaries(hub, lead) == ["Land bought"]
        if is_deleted:
            MilestoneDependency.objects.get().delete()
            Milestone.objects.get(title="Land bought").delete()
            assert self.summaries(hub, lead) == ["Land bought", "Land bought"]
        for reader, name in ((UserFactory(), HIDDEN), (UserFactory(role=Role.ADMINISTRATOR), "Land bought")):
            assert set(self.summaries(hub, reader)) == {name}

    def test_milestone_of_deleted_project(self, hub):
        MilestoneDependency.objects.get().delete()
        delete_whole(Hub.objects.get(title="Cedar"))
        assert set(self.summaries(hub, UserFactory())) == {HIDDEN}
        assert set(self.summaries(hub, UserFactory(role=Role.PROGRAMME_OFFICE))) == {"Land bought"}

    def test_page_hides_name_and_shows_own_milestone(self, viewer_client, hub):
        page = viewer_client.get(page_of(hub))
        assertContains(page, HIDDEN)
        assertContains(page, "Opening")
        assertNotContains(page, "Land bought")


def test_history_without_changes_says_so(viewer_client):
    hub = HubFactory()
    Hub.history.all().delete()
    assert "No changes yet" in viewer_client.get(page_of(hub)).content.decode()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?what=Funding", 1),
        ("?what=Site", 3),
        ("?who=999999999999999999999", 3),
        ("?page=x", 3),
        ("?q=%00", 3),
    ],
)
def test_history_filters_by_user_record_and_date(viewer_client, query, count):
    ann = UserFactory(name="Ann")
    hub = HubFactory()
    line = FundingLineFactory(project=hub)
    save_as(hub, ann, summary="New")
    apart(Hub.history.filter(id=hub.pk), type(line).history.filter(id=line.pk))
    Hub.history.filter(history_user=ann).update(history_date=datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC))
    hub_rows = Hub.history.filter(history_user=None)
    hub_rows.update(history_date=datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC))
    page = viewer_client.get(page_of(hub) + query)
    assert len(page.context["entries"]) == count
    only = viewer_client.get(f"{page_of(hub)}?who={ann.pk}")
    assert [entry.who for entry in only.context["entries"]] == ["Ann"]


@pytest.mark.parametrize("changes", [2, 60])
def test_history_query_count_is_constant(viewer_client, django_assert_num_queries, changes):
    hub = HubFactory()
    for number in range(changes):
        save_as(hub, UserFactory(), lead_organisation=OrganisationFactory(), place=PlaceFactory())
        milestone = MilestoneFactory(project=hub, forecast=datetime.date(2027, 3, 1))
        FundingLineFactory(project=hub, amount_pounds=number + 1)
    apart(Hub.history.filter(id=hub.pk), milestone.history.model.objects.filter(project_id=hub.pk))
    with django_assert_num_queries(17):
        response = viewer_client.get(page_of(hub))
    assert len(response.context["entries"]) == min(25, response.context["page_obj"].paginator.count)
