"""The registers of all projects: pages, filters, visibility and CSV."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from estates_portal.accounts.models import AuditEvent
from projects.models import Benefit, Decision, Document, Risk, RiskAction
from projects.registers.tables import TABLES
from tests.conftest import clean_caches, count_a_change
from tests.factories import (
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    PlaceFactory,
    ProgrammeFactory,
    RiskFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
KEYS = list(TABLES)
QUERIES = dict.fromkeys(KEYS, 9) | {"decisions": 8}  # one less: it has no numbers of each status


def add(key, project, name, **values):
    """A row of a register."""
    if key == "decisions":
        return Decision.objects.create(
            project=project, title=name, **{"decided_by": "Board", "decided_on": DAY(2026, 6, 1)} | values
        )
    if key == "actions":
        return RiskAction.objects.create(risk=RiskFactory(project=project), what=name, **values)
    if key == "benefits":
        return Benefit.objects.create(project=project, title=name, unit="days", **values)
    if key == "evaluations":
        return MilestoneFactory(project=project, title=name, gate="evaluation", **values)
    return Document.objects.create(project=project, title=name, url="https://www.example.org/paper", **values)


def url(key):
    return reverse("projects:register_table", args=[key])


def names(client, key, **query):
    """The names of the rows on the page."""
    return [row.name for row in client.get(url(key), query).context["rows"]]


def csv_of(client, key, **query):
    answer = client.get(reverse("projects:register_table_csv", args=[key]), query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def hub(trust):
    return HubFactory(title="Riverside hub", lead_organisation=trust)


def test_registers_lead_to_the_first(viewer_client):
    assertRedirects(viewer_client.get(reverse("projects:registers")), url("decisions"))


@pytest.mark.parametrize("key", KEYS)
def test_row_links_to_its_project(viewer_client, hub, key):
    add(key, hub, "The row")
    page = viewer_client.get(url(key))
    assertContains(page, f'<a href="{hub.get_absolute_url()}">Riverside hub</a>', html=True)
    for row in page.context["rows"]:
        if row.url.startswith("/"):
            assert viewer_client.get(row.url).status_code == 200


@pytest.mark.parametrize("key", ["decisions", "benefits", "documents"])
def test_register_of_project_links_to_that_of_all_projects(viewer_client, hub, key):
    page = viewer_client.get(reverse("projects:register", args=[hub.slug, key]))
    assertContains(page, f'href="{url(key)}"')


@pytest.mark.parametrize("rows", [3, 30])
@pytest.mark.parametrize("key", KEYS)
def test_query_count_does_not_grow(viewer_client, django_assert_num_queries, key, rows):
    for number in range(rows):
        add(key, HubFactory(), f"Row {number}")
    viewer_client.get(url(key))
    with django_assert_num_queries(QUERIES[key]):
        page = viewer_client.get(url(key))
    assert len(page.context["rows"]) == min(rows, 25)


@pytest.mark.parametrize("key", KEYS)
def test_register_without_rows_says_so(viewer_client, hub, key):
    assertContains(viewer_client.get(url(key)), f"No {key} yet")
    add(key, hub, "The row")
    page = viewer_client.get(url(key), {"q": "nothing like it"})
    assertContains(page, f"No {key} match these filters")


@pytest.mark.parametrize("key", KEYS)
def test_reader_sees_rows_of_visible_projects(client, viewer_client, office_client, other_trust, trust, key):
    restricted = {"published": False, "restricted": True}
    add(key, HubFactory(**restricted, lead_organisation=other_trust), "Hidden")
    add(key, HubFactory(**restricted, lead_organisation=trust), "Our own")
    assert names(viewer_client, key) == ["Our own"]
    assert sorted(names(office_client, key)) == ["Hidden", "Our own"]
    assert [row["Project"] for row in csv_of(viewer_client, key)] != []
    assert len(csv_of(viewer_client, key)) == 1
    assertRedirects(client.get(url(key)), f"{reverse('account_login')}?next={url(key)}")
    assert list(TABLES[key].visible_to(AnonymousUser(), TODAY)) == []


@pytest.mark.parametrize("key", [key for key in KEYS if key != "evaluations"])  # of which a project has one
def test_csv_has_filtered_rows_in_order_of_page(viewer_client, hub, key):
    other = HubFactory(title="Annexe", place=PlaceFactory(name="Northtown", slug="northtown"))
    for number in range(30):
        add(key, other if number % 2 else hub, f"Row {number}")
    heading = TABLES[key].own_columns[0].label
    query = {"sort": "-project", "q": "row"}
    both = [names(viewer_client, key, page=page, **query) for page in (1, 2)]
    rows = csv_of(viewer_client, key, **query)
    assert [row[heading] for row in rows] == both[0] + both[1]
    assert [row["Project"] for row in rows] == ["Riverside hub"] * 15 + ["Annexe"] * 15
    assert len(csv_of(viewer_client, key, place="northtown")) == 15
    assert AuditEvent.objects.filter(kind="exported", detail__contains="as CSV: 15 ").exists()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", ["place", "programme", "lead", "q"])
def test_filters_of_project_and_text(viewer_client, hub, key, name):
    place, programme = PlaceFactory(name="Northtown", slug="northtown"), ProgrammeFactory(slug="new-hubs")
    lead = OrganisationFactory(slug="north-trust")
    other = HubFactory(title="Annexe", place=place, programme=programme, lead_organisation=lead)
    add(key, hub, "First")
    add(key, other, "Second")
    values = {"place": "northtown", "programme": "new-hubs", "lead": "north-trust", "q": "annexe"}
    assert names(viewer_client, key, **{name: values[name]}) == ["Second"]


@pytest.mark.parametrize(("key", "field"), [("decisions", "decided_by"), ("actions", "owner"), ("benefits", "owner")])
def test_filter_by_owner(viewer_client, hub, key, field):
    add(key, hub, "First", **{field: "The director"})
    add(key, hub, "Second", **{field: "The board"})
    assert names(viewer_client, key, owner="director") == ["First"]


@pytest.mark.parametrize("query", [{"place": "atlantis"}, {"state": "wrong"}, {"owner": "x" * 101}])
def test_invalid_filter_shows_error_and_no_rows(viewer_client, hub, query):
    add("actions", hub, "Test the generator")
    page = viewer_client.get(url("actions"), query)
    assert page.context["form"].errors.keys() == query.keys()
    assert page.context["rows"] == []
    answer = viewer_client.get(reverse("projects:register_table_csv", args=["actions"]), query)
    assert answer.status_code == 400


def test_invalid_order_is_ignored(viewer_client, hub):
    add("decisions", hub, "Go ahead")
    assert names(viewer_client, "decisions", sort="wrong") == ["Go ahead"]


def test_states_of_actions(viewer_client, hub):
    add("actions", hub, "Late", due_on=DAY(2026, 11, 22))
    add("actions", hub, "Today", due_on=TODAY)
    add("actions", hub, "Some day")
    add("actions", hub, "Of a closed risk", due_on=DAY(2026, 11, 1))
    Risk.objects.filter(actions__what="Of a closed risk").update(closed_on=DAY(2026, 11, 2), closed_why="Gone")
    add("actions", hub, "Done late", due_on=DAY(2026, 1, 1), done_on=DAY(2026, 2, 1))
    page = viewer_client.get(url("actions"))
    assert [(row.name, row.state.label) for row in page.context["rows"]] == [
        ("Late", "Overdue"),
        ("Today", "Open"),
        ("Some day", "Open"),
        ("Of a closed risk", "Risk or issue closed"),
        ("Done late", "Done"),
    ]
    assert [(count.label, count.number) for count in page.context["counts"]] == [
        ("Overdue", 1),
        ("Open", 2),
        ("Risk or issue closed", 1),
        ("Done", 1),
    ]
    for count in page.context["counts"]:
        linked = viewer_client.get(url("actions") + count.url)
        assert linked.context["page_obj"].paginator.count == count.number
        assert [other.number for other in linked.context["counts"]] == [1, 2, 1, 1]


@pytest.mark.parametrize(
    ("figures", "met"),
    [
        ((48, 28, 28), True),
        ((48, 28, 29), False),
        ((10, 20, 20), True),
        ((10, 20, 19), False),
        ((10, 10, 10), True),
        ((10, 10, 9), False),
        ((None, 20, 25), True),
        ((None, 20, 15), False),
        ((10, None, 15), None),
        ((10, 20, None), None),
        ((20, 10, None), None),
    ],
)
def test_benefit_is_met_the_same_in_queries(hub, figures, met):
    baseline, target, latest = (figure if figure is None else Decimal(figure) for figure in figures)
    measured_on = None if latest is None else TODAY
    benefit = add(
        "benefits", hub, "Length of stay", baseline=baseline, target=target, latest=latest, latest_on=measured_on
    )
    assert benefit.is_met is met
    assert Benefit.objects.with_met().get().met is bool(met)


def test_states_of_benefits(viewer_client, hub):
    measured = {"target": 20, "latest": 10, "latest_on": TODAY}
    add("benefits", hub, "Met", **measured | {"latest": 20}, due_on=DAY(2026, 1, 1))
    add("benefits", hub, "Late", **measured, due_on=DAY(2026, 11, 22))
    add("benefits", hub, "Measured", **measured, due_on=TODAY)
    add("benefits", hub, "New")
    page = viewer_client.get(url("benefits"))
    assert [(row.name, row.state.label) for row in page.context["rows"]] == [
        ("Met", "Met"),
        ("Late", "Overdue"),
        ("Measured", "Measured"),
        ("New", "Not measured"),
    ]
    assert names(viewer_client, "benefits", state="overdue") == ["Late"]
    assert [row["Status"] for row in csv_of(viewer_client, "benefits", state="overdue")] == ["Overdue"]


def test_filters_of_documents(viewer_client, hub):
    add("documents", hub, "Outline case", kind="obc", public=True)
    add("documents", hub, "Board paper", kind="board", proposed_public=True)
    assert names(viewer_client, "documents", kind="board") == ["Board paper"]
    assert names(viewer_client, "documents", state="public") == ["Outline case"]
    (row,) = csv_of(viewer_client, "documents", state="partners")
    assert (row["Type"], row["Visible to"], row["Proposed for the public"]) == (
        "Board or committee paper",
        "Partners",
        "Yes",
    )


def test_order_has_missing_dates_last(viewer_client, hub):
    for name, due_on in (("Later", DAY(2027, 2, 1)), ("No date", None), ("Sooner", DAY(2027, 1, 1))):
        add("actions", hub, name, due_on=due_on)
    assert names(viewer_client, "actions", sort="due_on") == ["Sooner", "Later", "No date"]
    assert names(viewer_client, "actions", sort="-due_on") == ["Later", "Sooner", "No date"]


def test_change_of_a_row_shows_at_once(viewer_client, hub):
    decision = add("decisions", hub, "Go ahead")
    assertContains(viewer_client.get(url("decisions")), "Go ahead")
    decision.title = "Stop"
    decision.save()
    count_a_change()
    clean_caches()
    assertNotContains(viewer_client.get(url("decisions")), "Go ahead")
