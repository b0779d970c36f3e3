"""The data of the release: its records, and that loading twice changes nothing."""

import datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils.html import escape

from estates_portal.caching import current_revision
from projects.exports.open_data import identifier, package
from projects.exports.sheets import SHEETS
from projects.importing import REASON, load_system
from projects.importing.system_data import funding
from projects.management.commands.load_blmk import DATA
from projects.models import (
    CostEstimate,
    DeliveryState,
    FundingLine,
    HospitalScheme,
    Hub,
    Milestone,
    MilestoneStatement,
    Programme,
    ProgressNote,
    Project,
    Stage,
    StageBasis,
    StatementKind,
)
from projects.models.milestone import main_opening
from sites.map import picture
from sites.models import EstateReturn, Organisation, OrganisationIdentifier, OrganisationKind, Place, Site, System
from tests.deletions import delete_whole

TODAY = datetime.date(2026, 11, 26)
pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(scope="module")
def loaded(module_database):
    """The counts of the load. The records stay for all tests of this module; changes of a test are rolled back."""
    return load_system(DATA)


def project(slug):
    return Project.objects.get(slug=slug)


# Loaded records


def test_loader_loads_every_row(loaded):
    assert Project.objects.count() == 56
    assert (Hub.objects.count(), HospitalScheme.objects.count()) == (35, 21)
    assert Organisation.objects.exclude(kind=OrganisationKind.GP_PRACTICE).count() == 53
    assert Organisation.objects.filter(kind=OrganisationKind.GP_PRACTICE).count() == 96
    assert (Place.objects.count(), Site.objects.count(), Programme.objects.count()) == (4, 78, 6)
    assert (ProgressNote.objects.count(), MilestoneStatement.objects.count()) == (102, 118)
    assert loaded.added["projects"] == 56
    assert not loaded.left
    assert not Project.objects.filter(published=False).exists()
    assert not Project.objects.filter(is_example=True).exists()


def test_acute_services_block_is_found_under_all_its_names(loaded):
    block = project("lad-asb")
    assert block.reference == "LAD-ASB"
    assert [str(name) for name in block.other_names.all()] == ["Acute Service Block", "ASB", "Cedar Wing"]
    assert block.parent == project("lad-sdp")
    assert block.programme.name == "Luton and Dunstable Hospital Site Development Plan"
    assert block.programme == block.parent.programme


def test_leighton_buzzard_hub_is_on_hold_after_its_outline_case(loaded):
    hub = project("leighton-buzzard-hub")
    assert hub.delivery_state == DeliveryState.ON_HOLD
    assert hub.stage == Stage.SOC
    assert hub.stage_basis == StageBasis.INFERRED
    assert hub.stage_source_url.startswith("http")


def test_scheme_on_hold_without_known_stage_has_no_stage(loaded):
    hub = project("houghton-regis-hub")
    assert (hub.stage, hub.delivery_state, hub.stage_basis) == ("", DeliveryState.ON_HOLD, StageBasis.STATED)


def test_stage_and_delivery_state(loaded):
    for slug, stage, state in [
        ("lad-asb", Stage.OPERATIONAL, DeliveryState.COMPLETE),
        ("luton-mall-wellbeing-hub", Stage.CLOSED, DeliveryState.COMPLETE),
        ("kempston-hub", Stage.SOC, DeliveryState.ACTIVE),
        ("luton-cdc", Stage.CONSTRUCTION, DeliveryState.ACTIVE),
    ]:
        assert (project(slug).stage, project(slug).delivery_state) == (stage, state)


def test_stage_is_as_of_its_source(loaded):
    assert project("lad-asb").stage_known.label == "23 October 2025"
    assert project("luton-cdc").stage_known.label == "March 2026"
    assert project("lad-nwb").stage_known is None


def test_loader_fills_the_system_with_its_name_texts_and_outlines(loaded):
    system = System.objects.get()
    assert (system.name, system.short_name) == ("Bedfordshire, Luton and Milton Keynes", "BLMK")
    assert system.organisation.ods_code == "S1Y5D"
    assert system.about_the_data.startswith("## Gaps and conflicts")
    drawn = {place.gss_code for place in picture(system.boundary).places}
    assert drawn == set(Place.objects.values_list("gss_code", flat=True))


def test_second_run_keeps_corrections_of_system(loaded):
    System.objects.update(short_name="B")
    load_system(DATA)
    assert System.objects.get().short_name == "B"


def test_ended_board_has_successor(loaded):
    board = Organisation.objects.get(short_name="BLMK ICB")
    assert board.valid_to == datetime.date(2026, 4, 1)
    assert board.successor.name == "NHS Central East Integrated Care Board"
    assert board.predecessors.get().short_name == "BLMK CCG"


def test_projects_of_ended_board_follow_its_successor(loaded):
    board = Organisation.objects.get(short_name="BLMK ICB")
    led = Project.objects.of_organisations([board.successor.pk], datetime.date(2026, 4, 1))
    assert led.filter(lead_organisation=board).count() == 9
    assert not Project.objects.of_organisations([board.successor.pk], datetime.date(2026, 3, 31)).exists()


def test_practice_belongs_to_its_network(loaded):
    practice = Organisation.objects.with_ods_code("E81014", TODAY).get()
    assert practice.name == "Priory Gardens Surgery"
    assert practice.postcode == "LU5 4JD"
    assert practice.network.name == "Chiltern Hills PCN"
    assert practice.place.name == "Central Bedfordshire"
    assert Organisation.objects.with_ods_code("Y00522", TODAY).get().network is None


def test_council_governs_its_place(loaded):
    luton = Place.objects.get(slug="luton")
    assert luton.council.label == "Luton Council"
    assert (luton.population, luton.gss_code) == (225_300, "E06000032")


def test_site_has_its_location(loaded):
    site = Site.objects.get(identifiers__value="RC971")
    assert (site.latitude, site.longitude) == (Decimal("51.894283"), Decimal("-0.474164"))


def test_scheme_over_several_sites(loaded):
    sites = project("luton-family-hubs").further_sites.all()
    assert [site.name for site in sites] == ["Hockwell Community Centre", "Park Town Centre"]


def test_date_has_its_precision(loaded):
    for slug, title, label in [
        ("mkuh-maple-centre", "Opening", "31 October 2022"),
        ("lad-asb", "Building completed and handed over", "August 2025"),
        ("mkuh-cancer-centre", "Opening", "January to March 2020"),
        ("whitehouse-health-centre", "Opening", "2020"),
    ]:
        milestone = project(slug).milestones.get(title=title)
        assert milestone.reached
        assert milestone.current_label == label


def test_planned_and_actual_rows_of_one_event_are_one_milestone(loaded):
    handover = project("lad-asb").milestones.get(title="Building completed and handed over")
    statements = [(s.kind, s.date.label, s.wording) for s in handover.statements.all()]
    assert statements == [
        (StatementKind.FORECAST, "2024", "Completion expected"),
        (StatementKind.FORECAST, "October to December 2024", "Completion expected at the end of the year"),
        (StatementKind.ACTUAL, "August 2025", "Building handed over to the trust"),
    ]
    assert Milestone.objects.count() == 97


def test_plan_that_was_replaced_is_the_first_and_not_the_forecast(loaded):
    opening = project("dunstable-hub").milestones.get(title="Opening")
    assert opening.statements.get(superseded=True).date.label == "October to December 2021"
    assert not opening.statements.filter(kind=StatementKind.BASELINE).exists()
    assert opening.current_label == "April to June 2023"
    completion = project("leighton-buzzard-hub").milestones.get()
    assert completion.current_label == "October to December 2024"


def test_cost_says_what_it_covers_and_where_it_is_from(loaded):
    cost = project("dunstable-hub").cost_estimates.get()
    assert cost.amount_pounds == 43_000_000
    assert cost.covers == "The hub and 98 apartments for over-55s"
    assert (cost.dated.label, cost.basis_label) == ("26 August 2021", "Stated by the source")


def test_each_reported_figure_is_kept_with_its_date_and_source(loaded, client):
    plan = project("lad-sdp")
    figures = [(int(cost.amount_pounds), cost.dated.label, cost.basis_label) for cost in plan.cost_estimates.all()]
    assert figures == [
        (168_600_000, "14 October 2025", "Source not confirmed"),
        (170_000_000, "2025", "Source not confirmed"),
        (150_000_000, "30 May 2023", "Stated by the source"),
        (168_000_000, "19 January 2022", "Stated by the source"),
        (99_500_000, "5 August 2019", "Stated by the source"),
    ]
    text = " ".join(client.get(plan.get_absolute_url()).content.decode().split())
    first, _, others = text.partition("<summary>Other reported figures</summary>")
    assert "<strong>£168.6m</strong>" in first and "Source not confirmed" in first
    for part in ("£170m", "As at 2025. ", "£150m", "As at 30 May 2023", "£168m", "£99.5m", "As at 5 August 2019"):
        assert part in others.partition("</details>")[0], part


def test_costs_have_the_date_of_their_source_if_any_row_has_it(loaded):
    assert project("luton-cdc").cost_estimates.first().dated.label == "March 2026"
    assert project("mkuh-maple-centre").cost_estimates.get().dated.label == "31 October 2022"
    costs = CostEstimate.objects.all()
    assert (costs.count(), costs.filter(as_of=None).count()) == (33, 6)
    assert costs.filter(source_confirmed=True).count() == 15


def test_every_funding_line_has_a_type(loaded):
    lines = FundingLine.objects.all()
    assert lines.count() == 48 and not lines.filter(funder_kind="not_stated").exists()


def test_page_of_funder_lists_what_it_funds(loaded, client):
    page = client.get(Organisation.objects.get(name="Homes England").get_absolute_url()).content.decode()
    section = page.partition('id="funding"')[2].partition("</section>")[0]
    assert project("dunstable-hub").get_absolute_url() in section and "£3,634,000" in section
    assert "Source not confirmed" in section


PARTS_WITHOUT_COST = [
    "lad-asb",
    "lad-nwb",
    "lad-energy-centre",
    "whitehouse-cdc",
    "whitehouse-renal-unit",
    "north-bedfordshire-cdc",
]


@pytest.mark.parametrize("slug", PARTS_WITHOUT_COST)
def test_part_without_cost_shows_cost_of_its_plan_as_that_of_the_plan(loaded, client, slug):
    text = " ".join(client.get(project(slug).get_absolute_url()).content.decode().split())
    own, _, of_plan = text.partition("<dt>Cost of the plan that it is part of</dt>")
    assert "<dt>Cost estimate</dt> <dd> Not known </dd>" in own
    cost = project(slug).parent.cost_estimates.first()
    assert escape(cost.covers) in of_plan.partition("</dd>")[0]
    assert "whole plan" not in text


def test_loaded_funding_has_no_stated_status_and_no_total_of_secured_funding(loaded, client, viewer_client):
    assert {line.status for line in FundingLine.objects.all()} == {"not_stated"}
    unit = project("whitehouse-renal-unit")
    text = " ".join(client.get(unit.get_absolute_url()).content.decode().split())
    funding = text.partition(">Funding</h2>")[2].partition("</section>")[0]
    for part in ("advance repaid through rent", "Status not stated", "Source not confirmed", unit.stage_source_url):
        assert part in funding, part
    assert "£1.3m with no stated status" in funding
    assert "ecured" not in funding
    finance = viewer_client.get(reverse("projects:finance", args=[unit.slug])).context["finance"]
    assert (finance.secured, finance.funding_gap) == (None, None)


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("NHS England", ("NHS England", None, "")),
        ("Homes England 3,634,000", ("Homes England", Decimal(3_634_000), "")),
        (
            "Milton Keynes City Council 1,300,000 advance repaid through rent",
            ("Milton Keynes City Council", Decimal(1_300_000), "advance repaid through rent"),
        ),
        ("Section 106 developer contributions", ("Section 106 developer contributions", None, "")),
    ],
)
def test_funder_amount_and_note(cell, line):
    assert funding(cell) == line


def test_every_record_is_valid(loaded):
    for label in ("sites", "projects"):
        for model in apps.get_app_config(label).get_models():
            if not model.__name__.startswith("Historical"):
                for record in model._base_manager.all():
                    record.full_clean()


# Estate returns


def test_loader_adds_the_estate_returns_accepted_and_with_their_source(loaded):
    returns = EstateReturn.objects.filter(year=2014, accepted=True)
    assert (returns.filter(site=None).count(), returns.exclude(site=None).count()) == (4, 47)
    assert not Site.objects.filter(name__icontains="aggregate").exists()
    assert sum(row.cir_pounds for row in returns) == 32_006_937
    assert {row.source_words for row in returns} == {"Estates Returns Information Collection (ERIC) 2014/15"}
    assert all(row.source_url.startswith("https://github.com/tstephen/srp/") for row in returns)


@pytest.mark.parametrize(
    ("site", "code", "reporter", "cir"),
    [
        ("luton-and-dunstable-university-hospital", "RC971", "Luton and Dunstable", 20_364_850),
        ("bedford-hospital-south-wing", "RC110", "Bedford Hospital", 4_184_552),
        ("gilbert-hitchcock-house", "RC111", "Bedford Hospital", 44_900),
        ("milton-keynes-university-hospital", "RD816", "MKUH", 6_091_023),
    ],
)
def test_returns_are_of_todays_sites_and_of_the_trusts_of_that_year(loaded, site, code, reporter, cir):
    site = Site.objects.get(slug=site)
    estate_return = site.estate_returns.get()
    assert site.identifiers.filter(value=code).exists()
    assert (estate_return.reported_by.short_name, estate_return.cir_pounds) == (reporter, cir)


def test_sites_elsewhere_are_outside_the_area(loaded):
    assert Site.objects.in_area().count() == 43
    assert Site.objects.filter(outside_area=True, place=None).count() == 35
    assert not Site.objects.filter(outside_area=False, place=None).exists()


# Again


def every_row():
    models = [model for label in ("sites", "projects") for model in apps.get_app_config(label).get_models()]
    return {model.__name__: list(model._base_manager.order_by("pk").values()) for model in models}


def test_second_run_changes_nothing(loaded):
    before, revision = every_row(), current_revision()
    again = load_system(DATA)
    assert every_row() == before
    assert current_revision() == revision
    assert not again.added
    assert again.left == loaded.added


def test_history_names_the_load(loaded):
    first = Hub.history.get(slug="leighton-buzzard-hub")
    assert (first.history_change_reason, first.history_user) == (REASON, None)
    reasons = Organisation.history.values_list("history_change_reason", flat=True)
    assert set(reasons) == {REASON}
    assert len(reasons) == 149


def test_second_run_keeps_corrections(loaded):
    hub = Hub.objects.get(slug="leighton-buzzard-hub")
    hub.title, hub.slug = "Leighton hub", "leighton-hub"
    hub.save()
    for milestone in hub.milestones.all():
        delete_whole(milestone)
    site = Site.objects.get(slug="kelvin-grove")
    site.name, site.address = "Kelvin Grove House", "1 Rothsay Road, Bedford"
    site.save()
    load_system(DATA)
    assert Project.objects.count() == 56
    assert Site.objects.count() == 78
    assert Project.objects.get(reference="LEIGHTON-BUZZARD-HUB").title == "Leighton hub"
    assert Site.objects.get(slug="kelvin-grove").address == "1 Rothsay Road, Bedford"
    assert not hub.milestones.exists()


def test_second_run_keeps_corrections_of_estate_returns_and_organisations(loaded):
    site = Site.objects.get(slug="bedford-hospital-south-wing")
    estate_return = site.estate_returns.get()
    estate_return.reported_by = Organisation.objects.get(short_name="MKUH")
    estate_return.save()
    site.identifiers.filter(value="RC110").delete()
    delete_whole(EstateReturn.objects.filter(year=2014, site=None).first())
    OrganisationIdentifier.objects.filter(value="RC1").update(value="RC1X")
    counts = load_system(DATA)
    assert not counts.added["estate returns"]
    assert site.estate_returns.get().reported_by.short_name == "MKUH"
    assert EstateReturn.objects.count() == 50


def test_shipped_returns_are_of_the_organisations_of_the_files(loaded):
    """Also if the dates of their codes were corrected."""
    luton = Organisation.objects.get(short_name="Luton and Dunstable")
    EstateReturn.objects.all().delete()
    EstateReturn.history.all().delete()
    OrganisationIdentifier.objects.filter(organisation=luton).update(valid_to=datetime.date(2014, 1, 1))
    assert load_system(DATA).added["estate returns"] == 51
    assert luton.estate_returns.count() == 1


def test_second_run_adds_missing_records(loaded):
    rooms = project("leighton-buzzard-health-centre-rooms")
    delete_whole(rooms)
    counts = load_system(DATA)
    assert counts.added["projects"] == 1
    assert project("leighton-buzzard-health-centre-rooms").parent == project("leighton-buzzard-additional-services")
    assert MilestoneStatement.objects.count() == 118


NOT_RECORDED = [
    "bedford-sdec", "brooklands-health-centre", "dunstable-hub", "lad-asb", "lad-nwb", "mkuh-cancer-centre",
    "north-bedfordshire-cdc", "whitehouse-cdc",
]  # fmt: skip


@pytest.mark.parametrize("slug", NOT_RECORDED)
def test_past_plan_of_complete_project_is_not_recorded_as_reached(client, loaded, slug):
    page = client.get(project(slug).get_absolute_url())
    states = {line.state for line in page.context["page"].milestones}
    assert "not_recorded" in states and "overdue" not in states
    assert "was expected" not in page.content.decode()


def test_project_on_hold_has_no_lateness(client, loaded):
    page = client.get(project("leighton-buzzard-hub").get_absolute_url()).content.decode()
    assert "Last planned for" in page
    assert "late<" not in page and "later<" not in page


def test_active_project_says_since_when_its_date_has_passed(client, loaded):
    page = client.get(project("luton-cdc").get_absolute_url()).content.decode()
    assert "Date passed" in page and "No news since" in page


def test_every_reader_has_the_same_opening_of_each_project(loaded):
    openings = {milestone.project_id: milestone for milestone in Milestone.objects.main_openings()}
    ids = list(Project.objects.values_list("pk", flat=True))
    exported = {record["project"]: record for record in SHEETS["projects"].records(ids, TODAY)}
    published = {record["id"]: record.get("period", {}).get("endDate") for record in package()["projects"]}
    assert len(ids) == 56
    for project in Project.objects.prefetch_related("milestones"):
        opening = main_opening(project.milestones.all())
        assert opening == openings.get(project.pk)
        date = opening and opening.current
        column = "opening_actual" if opening and opening.reached else "opening_planned"
        assert exported[project.pk].get(column) == (date and date.first)
        is_day = date is not None and date.precision == "day"
        assert published[identifier(project)] == (f"{date.last}T00:00:00Z" if is_day else None)


@pytest.mark.parametrize("slug", ["lad-emergency-department", "lad-asb"])
def test_project_with_several_openings_has_one_only_with_the_gate(loaded, slug):
    milestones = list(project(slug).milestones.all())
    openings = [milestone for milestone in milestones if milestone.kind == "opening"]
    opening = main_opening(milestones)
    assert len(openings) > 1
    assert opening is None or opening.gate == "opening"
