import datetime

import pytest
from pytest_django.asserts import assertContains

from tests.factories import (
    CostEstimateFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    OtherNameFactory,
    ProgressNoteFactory,
)

pytestmark = pytest.mark.django_db


def page(client, project):
    response = client.get(project.get_absolute_url())
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_project_page_shows_facts_stage_and_source(client):
    hub = HubFactory(
        title="Leighton Buzzard hub",
        summary="A hub for the town.",
        stage="soc",
        delivery_state="on_hold",
        stage_as_of=datetime.date(2023, 1, 1),
        stage_as_of_precision="month",
        stage_source_url="https://www.example.org/board-paper",
    )
    OtherNameFactory(project=hub, name="Leighton-Linslade Hub")
    FundingLineFactory(project=hub, funder="Section 106", amount_pounds=3_500_000)
    FundingLineFactory(project=hub, funder="Land sale", amount_pounds=None)
    CostEstimateFactory(project=hub, amount_pounds=12_000_000, covers="Includes 98 flats", source_url="https://x.org/a")
    ProgressNoteFactory(project=hub, text="The board found it unaffordable.")
    text = page(client, hub)
    for part in (
        "A hub for the town.",
        "Leighton-Linslade Hub",
        "Strategic outline case",
        "On hold",
        "As at January 2023",
        "Stated by <a",
        "https://www.example.org/board-paper",
        "£12m",
        "Includes 98 flats",
        "Section 106",
        "Amount not known",
        "Total of known amounts: £3.5m with no stated status",
        "The board found it unaffordable.",
        "1 October 2025",
    ):
        assert part in text, part


def test_project_page_shows_missing_stage_and_place(client):
    text = page(client, HubFactory(stage="", place=None))
    assert "Stage: Not known" in text and " hub · Several places " in text


def test_project_page_shows_planned_and_actual_dates_with_every_statement(client):
    milestone = MilestoneFactory(title="Building handed over")
    milestone.record_date("forecast", datetime.date(2024, 1, 1), "year", stated_on=datetime.date(2022, 1, 19))
    milestone.record_date("actual", datetime.date(2025, 8, 1), "month", source_url="https://www.bbc.com/news/1")
    text = page(client, milestone.project)
    assert "First planned 2024" in text
    assert "at least 7 months later" in text
    assert "Actual: August 2025" in text
    assert "As at 19 January 2022. Source not stated" in text
    assert ">BBC News<" in text


def test_page_of_part_shows_no_cost_of_its_own_and_names_plan_and_scope_of_its_cost(client):
    plan = HospitalSchemeFactory(title="Site plan")
    CostEstimateFactory(
        project=plan,
        amount_pounds=168_600_000,
        covers="The two new blocks together",
        as_of=datetime.date(2025, 10, 14),
        source_url="https://www.bbc.com/news/1",
    )
    block = HospitalSchemeFactory(title="Block", parent=plan)
    text = page(client, block)
    own, _, rest = text.partition("<dt>Cost of the plan that it is part of</dt>")
    assert "<dt>Cost estimate</dt> <dd> Not known </dd>" in own
    assert "£168.6m" not in own
    for part in ("Site plan", "£168.6m", "The two new blocks together", "As at 14 October 2025", ">BBC News<"):
        assert part in rest.partition("</dd>")[0], part
    assert "whole plan" not in text
    assert "Block" in page(client, plan)


def test_page_of_part_hides_name_and_cost_of_hidden_project(client, office_client):
    plan = HospitalSchemeFactory(title="Hidden plan", published=False)
    CostEstimateFactory(project=plan, amount_pounds=168_600_000)
    block = HospitalSchemeFactory(parent=plan)
    HospitalSchemeFactory(title="Hidden ward", parent=block, published=False)
    text = page(client, block)
    assert "Hidden" not in text
    assert "£168" not in text
    assert "Hidden plan" in page(office_client, block)
    assert "Hidden ward" in page(office_client, block)


def test_anonymous_user_does_not_see_milestone_for_partners(client, viewer_client):
    milestone = MilestoneFactory(title="Contract award", public=False, forecast=datetime.date(2036, 1, 1))
    assert "Contract award" not in page(client, milestone.project)
    assert "Contract award" in page(viewer_client, milestone.project)


def test_project_page_names_ended_lead_and_its_successor(client):
    new = OrganisationFactory(name="NHS Central East ICB")
    old = OrganisationFactory(name="NHS BLMK ICB", valid_to=datetime.date(2026, 4, 1), successor=new)
    text = page(client, HubFactory(lead_organisation=old))
    assert "NHS BLMK ICB" in text
    assert "Ended on 1 April 2026" in text
    assert f'Replaced by <a href="{new.get_absolute_url()}">NHS Central East ICB</a>' in text


def test_project_page_escapes_html(client):
    hub = HubFactory(title="<script>alert(1)</script>", summary="<img src=x onerror=alert(1)>")
    ProgressNoteFactory(project=hub, text="<b>bold</b>")
    text = page(client, hub)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;b&gt;bold" in text


def test_anonymous_user_gets_404_for_unpublished_project(client, viewer_client, other_contributor_client, trust):
    hub = HubFactory(published=False, lead_organisation=trust)
    assertContains(client.get(hub.get_absolute_url()), "Page not found", status_code=404)
    assertContains(viewer_client.get(hub.get_absolute_url()), hub.title)
    restricted = HubFactory(published=False, restricted=True, lead_organisation=trust)
    assertContains(other_contributor_client.get(restricted.get_absolute_url()), "Page not found", status_code=404)


def test_only_office_sees_link_to_admin(client, viewer_client, office_client):
    hub = HubFactory()
    assert "Edit in admin" not in page(client, hub)
    assert "Edit in admin" not in page(viewer_client, hub)
    assert f"/admin/projects/hub/{hub.pk}/change/" in page(office_client, hub)


def test_only_signed_in_users_see_reference_above_title(client, viewer_client):
    hub = HubFactory(reference="WING-SURGERY-ROOMS")
    for address in (hub.get_absolute_url(), "/projects/"):
        assert "WING-SURGERY-ROOMS" not in client.get(address).content.decode()
        assert "WING-SURGERY-ROOMS" in viewer_client.get(address).content.decode()
