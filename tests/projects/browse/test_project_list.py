import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from projects.filters import choices_among
from projects.models import Hub, Project
from tests.conftest import count_a_change
from tests.factories import (
    CostEstimateFactory,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    OtherNameFactory,
    PlaceFactory,
    PriorityFactory,
    ProgrammeFactory,
    SiteFactory,
)

pytestmark = pytest.mark.django_db
LIST = reverse("projects:project_list")


def titles(response):
    """The titles in the table, from top to bottom."""
    return [row.title for row in response.context["rows"]]


@pytest.fixture
def portfolio():
    luton, bedford = PlaceFactory(name="Luton", slug="luton"), PlaceFactory(name="Bedford Borough", slug="bedford")
    trust = OrganisationFactory(name="Bedfordshire Hospitals", slug="bedfordshire-hospitals")
    council = OrganisationFactory(name="Town Council", slug="luton-council", kind="council")
    programme = ProgrammeFactory(name="Site plan", slug="site-plan")
    priority = PriorityFactory(slug="heart-of-places")
    block = HospitalSchemeFactory(
        title="Acute Services Block", place=luton, lead_organisation=trust, programme=programme, stage="operational"
    )
    OtherNameFactory(project=block, name="Cedar Wing")
    CostEstimateFactory(project=block, amount_pounds=168_600_000)
    MilestoneFactory(project=block, actual=datetime.date(2025, 8, 1))
    hub = HubFactory(
        title="Town hub", place=luton, lead_organisation=council, stage="", delivery_state="on_hold",
        site=SiteFactory(name="Central Library", address="High Street, Dunstable"),
    )  # fmt: skip
    hub.priorities.add(priority)
    CostEstimateFactory(project=hub, amount_pounds=525_000)
    wide = HubFactory(title="Family hubs", hub_type="childrens", place=None, lead_organisation=None, stage="obc")
    MilestoneFactory(project=wide, forecast=datetime.date(2036, 4, 1))
    centre = HubFactory(title="Bedford centre", place=bedford, lead_organisation=council, stage="construction")
    MilestoneFactory(project=centre, kind="works", forecast=datetime.date(2020, 4, 1))


ALL = ["Acute Services Block", "Bedford centre", "Family hubs", "Town hub"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ALL),
        ("q=cedar", ["Acute Services Block"]),
        ("q=luton", ["Acute Services Block", "Town hub"]),
        ("q=town+council", ["Bedford centre", "Town hub"]),
        ("q=central+library", ["Town hub"]),
        ("q=dunstable", ["Town hub"]),
        ("q=site+plan", ["Acute Services Block"]),
        ("q=100%25", []),
        ("kind=hub", ["Bedford centre", "Family hubs", "Town hub"]),
        ("kind=hub&kind=hospital_scheme", ALL),
        ("hub_type=childrens", ["Family hubs"]),
        ("hub_type=diagnostic", []),
        ("place=luton", ["Acute Services Block", "Town hub"]),
        ("place=several", ["Family hubs"]),
        ("place=bedford&place=several", ["Bedford centre", "Family hubs"]),
        ("stage=unknown", ["Town hub"]),
        ("stage=obc&stage=construction", ["Bedford centre", "Family hubs"]),
        ("state=on_hold", ["Town hub"]),
        ("programme=site-plan", ["Acute Services Block"]),
        ("priority=heart-of-places", ["Town hub"]),
        ("lead=luton-council", ["Bedford centre", "Town hub"]),
        ("year=2036", ["Family hubs"]),
        ("place=luton&stage=operational&q=wing", ["Acute Services Block"]),
        ("sort=-title", ALL[::-1]),
        ("sort=place", ["Bedford centre", "Acute Services Block", "Town hub", "Family hubs"]),
        ("sort=stage", ["Family hubs", "Bedford centre", "Acute Services Block", "Town hub"]),
        ("sort=-stage", ["Acute Services Block", "Bedford centre", "Family hubs", "Town hub"]),
        ("sort=cost", ["Town hub", "Acute Services Block", "Bedford centre", "Family hubs"]),
        ("sort=-cost", ["Acute Services Block", "Town hub", "Bedford centre", "Family hubs"]),
        ("sort=next", ["Family hubs", "Acute Services Block", "Bedford centre", "Town hub"]),
        ("sort=lead", ["Acute Services Block", "Bedford centre", "Town hub", "Family hubs"]),
        ("sort=cost&view=table", ["Town hub", "Acute Services Block", "Bedford centre", "Family hubs"]),
    ],
)
def test_project_list_filters_and_sorts(client, portfolio, query, expected):
    response = client.get(f"{LIST}?{query}")
    assert titles(response) == expected
    assert response.context["page_obj"].paginator.count == len(expected)


def test_row_says_what_its_cost_estimate_covers_and_part_has_none_of_its_plan(client):
    plan = HospitalSchemeFactory(title="Plan")
    CostEstimateFactory(project=plan, amount_pounds=500_000_000, covers="As quoted nationally")
    HospitalSchemeFactory(title="Part", parent=plan)
    response = client.get(LIST)
    assert [(row.title, row.cost, row.cost_covers) for row in response.context["rows"]] == [
        ("Part", "", ""),
        ("Plan", "£500m", "As quoted nationally"),
    ]
    text = " ".join(response.content.decode().split())
    assert '<span title="As quoted nationally">£500m</span>' in text
    assert '<span class="nhsuk-u-visually-hidden">covers: As quoted nationally</span>' in text
    assert "> Cost estimate </a>" in text


def test_hub_and_scheme_lists_are_project_list_of_one_type(client, portfolio):
    assert titles(client.get(reverse("projects:hub_list"))) == ["Bedford centre", "Family hubs", "Town hub"]
    schemes = client.get(reverse("projects:hospital_scheme_list"))
    assert titles(schemes) == ["Acute Services Block"]
    assert "hub_type" not in schemes.context["form"].fields
    assert "1</strong> hospital scheme" in " ".join(schemes.content.decode().split())


def test_each_selected_filter_has_link_to_remove_it(client, portfolio):
    response = client.get(f"{LIST}?place=luton&place=bedford&stage=construction&q=centre&sort=place&page=1")
    chips = {chip.label: chip.url for chip in response.context["chips"]}
    assert set(chips) == {"Luton", "Bedford Borough", "Construction", "“centre”"}
    assert chips["Luton"] == "?place=bedford&stage=construction&q=centre&sort=place"


def test_empty_result_offers_filters_to_remove(client, portfolio):
    response = client.get(f"{LIST}?place=bedford&stage=operational")
    text = response.content.decode()
    assert "No projects match" in text
    assert "Remove Bedford Borough" in text
    assert "Remove Operational" in text


def test_project_list_without_projects_says_so(client):
    assert "There are no projects to show." in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("place=atlantis", "place"),
        ("place=luton&place=atlantis", "place"),
        ("stage=nearly", "stage"),
        ("year=soon", "year"),
        ("lead=%00", "lead"),
        ("q=" + "x" * 101, "q"),
        ("hub_type=maternity'--", "hub_type"),
        ("sort=nonsense", "sort"),
    ],
)
def test_invalid_filter_shows_error_and_no_rows(client, portfolio, query, field):
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert titles(response) == (ALL if field == "sort" else [])
    assert "Select a valid choice" not in response.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "99999999999999999999", "abc", "%00", "1.5"])
def test_unknown_page_number_shows_existing_page(client, portfolio, page):
    assert titles(client.get(f"{LIST}?page={page}")) == titles(client.get(LIST)) != []


def test_rows_counts_and_choices_exclude_hidden_projects(client, viewer_client):
    hidden = HubFactory(
        title="Secret", published=False, restricted=True, programme=ProgrammeFactory(name="Hidden plan")
    )
    for reader in (client, viewer_client):
        response = reader.get(LIST)
        assert response.context["page_obj"].paginator.count == 0
        text = response.content.decode()
        for secret in ("Secret", "Hidden plan", hidden.place.name, hidden.lead_organisation.name):
            assert secret not in text


def test_row_shows_known_facts_and_date_precision(client, portfolio):
    block = client.get(LIST).context["rows"][0]
    assert (block.place, block.stage, block.cost, block.lead) == (
        "Luton", "Operational", "£168.6m", "Bedfordshire Hospitals",
    )  # fmt: skip
    hub = client.get(LIST).context["rows"][3]
    assert (hub.stage, hub.state, hub.cost, hub.next_on) == ("Not known", "On hold", "£525,000", "")
    family = client.get(LIST).context["rows"][2]
    assert (family.next_on, family.latest) == ("1 Apr 2036", "")


@pytest.mark.parametrize(
    ("state", "latest"),
    [
        ("active", "Overdue: 1 Apr 2020, Opening"),
        ("complete", "Not recorded as reached: 1 Apr 2020, Opening"),
        ("on_hold", "Last planned: 1 Apr 2020, Opening"),
        ("cancelled", "Last planned: 1 Apr 2020, Opening"),
    ],
)
def test_next_milestone_is_never_in_the_past(client, state, latest):
    reached, past = HubFactory(title="A"), HubFactory(title="B", delivery_state=state)
    MilestoneFactory(project=reached, title="Opening", actual=datetime.date(2025, 8, 1))
    MilestoneFactory(project=past, title="Opening", forecast=datetime.date(2020, 4, 1))
    rows = client.get(LIST).context["rows"]
    assert [(row.next_on, row.latest) for row in rows] == [("", "Latest: 1 Aug 2025, Opening"), ("", latest)]
    assert "No date known" in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("on", "precision", "years"),
    [
        (datetime.date(2027, 2, 1), "month", ["2026-27", "2027"]),
        (datetime.date(2027, 1, 1), "year", ["2026-27", "2027", "2027-28"]),
        (datetime.date(2026, 4, 1), "financial", ["2026", "2026-27", "2027"]),
    ],
)
def test_opening_is_found_in_the_years_in_which_it_can_be(client, on, precision, years):
    opening = MilestoneFactory(project=HubFactory(title="Spring hub"), kind="opening")
    opening.record_date("forecast", on, precision)
    MilestoneFactory(project=opening.project, kind="works", forecast=datetime.date(2030, 1, 1))
    page = client.get(LIST)
    offered = [value for value, _label in page.context["form"].fields["year"].choices if value]
    assert offered == years
    for year in years:
        assert titles(client.get(f"{LIST}?year={year}")) == ["Spring hub"]


def test_example_data_is_labelled(client):
    HubFactory(is_example=True)
    response = client.get(LIST)
    assert response.context["example_data"]
    assert "Example data" in response.content.decode()


def test_project_list_shows_25_rows_a_page(client):
    HubFactory.create_batch(27, place=None, lead_organisation=None)
    assert len(titles(client.get(LIST))) == 25
    assert len(titles(client.get(f"{LIST}?page=2"))) == 2


@pytest.mark.parametrize("rows", [1, 25])
def test_project_list_query_count_is_constant(viewer_client, client, django_assert_num_queries, rows):
    place, trust, programme = PlaceFactory(), OrganisationFactory(), ProgrammeFactory()
    for _ in range(rows):
        hub = HubFactory(place=place, lead_organisation=trust, programme=programme, site=SiteFactory(place=place))
        MilestoneFactory(project=hub, forecast=datetime.date(2036, 1, 1))
        CostEstimateFactory(project=hub)
    # filter choices are read once after a change
    with django_assert_num_queries(13):  # revision, successions, sources, 6 of choices, count, ids, rows, milestones
        client.get(LIST)
    with django_assert_num_queries(3):  # revision, count, ids; the rows are known
        client.get(f"{LIST}?place={place.slug}")
    with django_assert_num_queries(15):  # and session, user, periods overdue; the sources are known
        viewer_client.get(LIST)
    with django_assert_num_queries(3):  # session, user, revision
        viewer_client.get(LIST)


def test_filter_choices_have_plain_keys_and_distinct_years(portfolio):
    for on in (datetime.date(2036, 9, 1), datetime.date(2035, 1, 1)):
        MilestoneFactory(project=Hub.objects.get(title="Town hub"), title=str(on), forecast=on)
    choices = choices_among(Project.objects.all(), AnonymousUser(), {})
    years = ["2025", "2025/26", "2034/35", "2035", "2036", "2036/37"]
    assert [label for _value, label, _year in choices["year"]] == years
    assert [label for _value, label, _key in choices["lead"]] == ["Bedfordshire Hospitals", "Town Council"]
    assert {type(key) for options in (choices["place"], choices["lead"]) for *_label, key in options} == {int}


@pytest.mark.parametrize("first", ["client", "viewer_client"])
def test_users_with_other_filters_get_their_own_list(request, client, viewer_client, first):
    HubFactory()  # both see the same projects and choices
    request.getfixturevalue(first).get(LIST)
    assert "Delivery confidence, red first" not in client.get(LIST).content.decode()
    assert "Delivery confidence, red first" in viewer_client.get(LIST).content.decode()


def test_filter_choices_change_with_projects(client, portfolio):
    page = client.get(LIST)
    for name in page.context["form"].fields:
        assert f'id="id_{name}' in page.content.decode()
    ProgrammeFactory(name="Empty plan")  # not a choice: it has no projects
    HubFactory(programme=ProgrammeFactory(name="New plan"), place=None, lead_organisation=None)
    count_a_change()
    html = client.get(LIST, {"q": "town"}).content.decode()
    assert 'value="town"' in html
    assert "New plan</option>" in html
    assert "Empty plan" not in html
