"""The data that ship: what they become, that loading twice changes nothing, and what is said of broken files."""

import csv
import datetime
import io
import shutil
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estates_portal.caching import current_revision
from projects.importing import REASON, BrokenData, load_system
from projects.importing.system_data import TABLES, TEXTS, funding
from projects.importing.tables import read_table
from projects.management.commands.load_blmk import DATA
from projects.models import (
    DeliveryState,
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
from sites.map import picture
from sites.models import Organisation, OrganisationKind, Place, Site, System

pytestmark = pytest.mark.both_databases


@pytest.fixture
def loaded(db):
    return load_system(DATA)


@pytest.fixture
def files(tmp_path):
    """A copy of the data that a test may break."""
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


def change(folder, path, line, **cells):
    """Put other text into cells of one line of a file."""
    with open(folder / path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for column, text in cells.items():
        rows[line - 1][rows[0].index(column)] = text
    write(folder / path, rows)


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def line_of(path, column, text):
    with open(DATA / path, encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            if row[column] == text:
                return line
    raise AssertionError(f"no {text} in {path}")


def faults_of(folder):
    with pytest.raises(BrokenData) as broken:
        load_system(folder)
    return [str(fault) for fault in broken.value.faults]


def project(slug):
    return Project.objects.get(slug=slug)


# What is there afterwards


def test_everything_in_the_files_is_loaded(loaded):
    assert Project.objects.count() == 56
    assert (Hub.objects.count(), HospitalScheme.objects.count()) == (35, 21)
    assert Organisation.objects.exclude(kind=OrganisationKind.GP_PRACTICE).count() == 51
    assert Organisation.objects.filter(kind=OrganisationKind.GP_PRACTICE).count() == 96
    assert (Place.objects.count(), Site.objects.count(), Programme.objects.count()) == (4, 35, 5)
    assert (ProgressNote.objects.count(), MilestoneStatement.objects.count()) == (102, 118)
    assert loaded.added["projects"] == 56
    assert not loaded.left
    assert not Project.objects.filter(published=False).exists()
    assert not Project.objects.filter(is_example=True).exists()


def test_command_ends_with_one_line_of_counts(db, capsys):
    call_command("load_blmk")
    out = capsys.readouterr().out
    assert out.startswith("Loaded: places 4 new, 0 left; organisations 147 new")
    assert out.count("\n") == 1


def test_acute_services_block_is_found_under_all_its_names(loaded):
    block = project("lad-asb")
    assert block.reference == "LAD-ASB"
    assert [str(name) for name in block.other_names.all()] == ["ASB", "Acute Service Block", "Cedar Wing"]
    assert block.parent == project("lad-sdp")
    assert block.programme.name == "Luton and Dunstable Hospital Site Development Plan"
    assert block.programme == block.parent.programme


def test_leighton_buzzard_hub_is_on_hold_after_its_outline_case(loaded):
    hub = project("leighton-buzzard-hub")
    assert hub.delivery_state == DeliveryState.ON_HOLD
    assert hub.stage == Stage.SOC
    assert hub.stage_basis == StageBasis.INFERRED
    assert hub.stage_source_url.startswith("http")


def test_scheme_on_hold_has_no_stage_when_no_source_says_how_far_it_came(loaded):
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
    assert project("lad-asb").stage_as_of_words == "23 October 2025"
    assert project("luton-cdc").stage_as_of_words == "March 2026"
    assert project("lad-nwb").stage_as_of_words == ""


def test_loader_fills_the_system_with_its_name_texts_and_outlines(loaded):
    system = System.objects.get()
    assert (system.name, system.short_name) == ("Bedfordshire, Luton and Milton Keynes", "BLMK")
    assert system.organisation.ods_code == "S1Y5D"
    assert system.about_the_data.startswith("## What is missing")
    drawn = {place.gss_code for place in picture(system.boundary).places}
    assert drawn == set(Place.objects.values_list("gss_code", flat=True))


def test_system_that_was_corrected_stays_corrected_by_another_run(loaded):
    System.objects.update(short_name="B")
    load_system(DATA)
    assert System.objects.get().short_name == "B"


def test_board_that_ended_names_its_successor(loaded):
    board = Organisation.objects.get(short_name="BLMK ICB")
    assert board.valid_to == datetime.date(2026, 4, 1)
    assert board.successor.name == "NHS Central East Integrated Care Board"
    assert board.predecessors.get().short_name == "BLMK CCG"


def test_practice_belongs_to_its_network(loaded):
    practice = Organisation.objects.get(ods_code="E81014")
    assert practice.name == "Priory Gardens Surgery"
    assert practice.postcode == "LU5 4JD"
    assert practice.network.name == "Chiltern Hills PCN"
    assert practice.place.name == "Central Bedfordshire"
    assert Organisation.objects.get(ods_code="Y00522").network is None


def test_council_governs_its_place(loaded):
    luton = Place.objects.get(slug="luton")
    assert luton.council.label == "Luton Council"
    assert (luton.population, luton.gss_code) == (225_300, "E06000032")


def test_site_keeps_its_point(loaded):
    site = Site.objects.get(ods_code="RC971")
    assert (site.latitude, site.longitude) == (Decimal("51.894283"), Decimal("-0.474164"))


def test_scheme_over_several_sites(loaded):
    sites = project("luton-family-hubs").further_sites.all()
    assert [site.name for site in sites] == ["Hockwell Community Centre", "Park Town Centre"]


def test_date_is_shown_as_far_as_it_is_known(loaded):
    for slug, title, words in [
        ("mkuh-maple-centre", "Opening", "31 October 2022"),
        ("lad-asb", "Building completed and handed over", "August 2025"),
        ("mkuh-cancer-centre", "Opening", "January to March 2020"),
        ("whitehouse-health-centre", "Opening", "2020"),
    ]:
        milestone = project(slug).milestones.get(title=title)
        assert milestone.reached
        assert milestone.current_words == words


def test_planned_and_actual_rows_of_one_event_are_one_milestone(loaded):
    handover = project("lad-asb").milestones.get(title="Building completed and handed over")
    statements = [(s.kind, s.words, s.wording) for s in handover.statements.all()]
    assert statements == [
        (StatementKind.FORECAST, "2024", "Completion expected"),
        (StatementKind.FORECAST, "October to December 2024", "Completion expected at the end of the year"),
        (StatementKind.ACTUAL, "August 2025", "Building handed over to the trust"),
    ]
    assert Milestone.objects.count() == 97


def test_plan_that_was_replaced_is_the_first_and_not_the_forecast(loaded):
    opening = project("dunstable-hub").milestones.get(title="Opening")
    assert opening.statements.get(superseded=True).words == "October to December 2021"
    assert not opening.statements.filter(kind=StatementKind.BASELINE).exists()
    assert opening.current_words == "April to June 2023"
    completion = project("leighton-buzzard-hub").milestones.get()
    assert completion.current_words == "October to December 2024"


def test_cost_says_what_it_covers_and_where_it_is_from(loaded):
    cost = project("dunstable-hub").cost_estimates.get()
    assert cost.amount_pounds == 43_000_000
    assert cost.covers == "The hub and 98 apartments for over-55s"
    assert cost.source_url == project("dunstable-hub").stage_source_url


def test_money_is_secured_once_building_has_begun(loaded):
    assert {line.status for line in project("dunstable-hub").funding_lines.all()} == {"secured"}
    assert {line.status for line in project("great-barford-surgery").funding_lines.all()} == {"identified"}


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


def test_every_record_is_one_that_the_admin_would_accept(loaded):
    for label in ("sites", "projects"):
        for model in apps.get_app_config(label).get_models():
            if not model.__name__.startswith("Historical"):
                for record in model._base_manager.all():
                    record.full_clean()


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


def test_history_says_where_records_are_from(loaded):
    first = Hub.history.get(slug="leighton-buzzard-hub")
    assert (first.history_change_reason, first.history_user) == (REASON, None)
    reasons = Organisation.history.values_list("history_change_reason", flat=True)
    assert set(reasons) == {REASON}
    assert len(reasons) == 147


def test_correction_survives_another_run(loaded):
    hub = Hub.objects.get(slug="leighton-buzzard-hub")
    hub.title, hub.slug = "Leighton hub", "leighton-hub"
    hub.save()
    hub.milestones.all().delete()
    site = Site.objects.get(slug="kelvin-grove")
    site.name, site.address = "Kelvin Grove House", "1 Rothsay Road, Bedford"
    site.save()
    load_system(DATA)
    assert Project.objects.count() == 56
    assert Site.objects.count() == 35
    assert Project.objects.get(reference="LEIGHTON-BUZZARD-HUB").title == "Leighton hub"
    assert Site.objects.get(slug="kelvin-grove").address == "1 Rothsay Road, Bedford"
    assert not hub.milestones.exists()


def test_run_adds_what_is_missing_and_joins_it_to_what_is_there(loaded):
    rooms = project("leighton-buzzard-health-centre-rooms")
    rooms.delete()
    counts = load_system(DATA)
    assert counts.added["projects"] == 1
    assert project("leighton-buzzard-health-centre-rooms").parent == project("leighton-buzzard-additional-services")
    assert MilestoneStatement.objects.count() == 118


def test_dry_run_keeps_nothing(db, capsys):
    call_command("load_blmk", dry_run=True)
    assert capsys.readouterr().out.startswith("Would load: places 4 new")
    assert not Place.objects.exists()


# Broken files

LEIGHTON = line_of("schemes.csv", "reference", "leighton-buzzard-hub")

BROKEN_CELLS = [
    ("schemes.csv", 3, {"parent_reference": "lad-spd"}, "“lad-spd” is not a reference in schemes.csv"),
    ("schemes.csv", 3, {"lead_organisation": "L&D"}, "“L&D” is not a name in organisations.csv"),
    ("schemes.csv", 3, {"site_name": "Nowhere"}, "“Nowhere” is not a name in sites.csv"),
    ("schemes.csv", 3, {"other_site_names": "Kelvin Grove; Nil"}, "“Nil” is not a name in sites.csv"),
    ("schemes.csv", 3, {"stage": "opened"}, "“opened” is not one of: identified, strategic_outline_case"),
    ("schemes.csv", 3, {"hub_type": "maternity"}, "is for hubs, and every hub has one"),
    ("schemes.csv", 3, {"stage_source_date": "14/10/2025"}, "“14/10/2025” is not a date written yyyy-mm-dd"),
    ("schemes.csv", 3, {"stage_source_date": "2025-02-30"}, "“2025-02-30” is not a date"),
    ("schemes.csv", 3, {"capital_cost_gbp": "1,5 million"}, "“1,5 million” is not a whole number above zero"),
    ("schemes.csv", 3, {"capital_cost_gbp": "0"}, "“0” is not a whole number above zero"),
    ("schemes.csv", 3, {"capital_cost_gbp": "9" * 13}, "Ensure that there are no more than"),
    ("schemes.csv", 3, {"source_url": "lutontoday.co.uk"}, "Enter a valid URL."),
    ("schemes.csv", 3, {"other_source_urls": "https://a.example; javascript:alert(1)"}, "Enter a valid URL."),
    ("schemes.csv", 3, {"also_known_as": "ASB; ASB"}, "repeats “ASB”"),
    ("schemes.csv", 3, {"title": ""}, "This field cannot be blank."),
    ("schemes.csv", 3, {"title": "x" * 201}, "Ensure this value has at most 200 characters"),
    ("schemes.csv", 3, {"summary": "a\x00b"}, "holds a control character"),
    ("schemes.csv", 4, {"reference": "lad-asb"}, "“lad-asb” is already on line 3"),
    ("schemes.csv", 3, {"stage_reached": "identified"}, "is only for schemes on hold"),
    ("schemes.csv", 3, {"cost_covers": "Both"}, "is filled in without a cost"),
    ("sites.csv", 2, {"longitude": ""}, "is empty beside a latitude"),
    ("sites.csv", 2, {"latitude": ""}, "is empty beside a longitude"),
    ("sites.csv", 2, {"latitude": "15.1"}, "15.1 is outside the United Kingdom"),
    ("sites.csv", 2, {"latitude": "51.9N"}, "“51.9N” is not a number of degrees"),
    ("sites.csv", 2, {"postcode": "LU4"}, "Enter a full UK postcode, like MK6 5LD"),
    ("sites.csv", 2, {"place": ""}, "is empty"),
    ("sites.csv", 2, {"kind": "castle"}, "Value 'castle' is not a valid choice."),
    ("organisations.csv", 2, {"valid_to": "2020-01-01"}, "is not after valid_from"),
    ("organisations.csv", 3, {"code": "QHG"}, "“QHG” is already on line 2"),
    ("places.csv", 2, {"population": "lots"}, "“lots” is not a whole number above zero"),
    ("milestones.csv", 2, {"date": ""}, "is empty"),
    ("milestones.csv", 3, {"date": "2021-09-14"}, "2021-09-14 is not the first day of its month"),
    ("milestones.csv", 2, {"date_precision": "week"}, "“week” is not one of: day, month, quarter, year"),
    ("milestones.csv", 2, {"superseded": "yes"}, "is only for planned dates"),
    ("milestones.csv", 8, {"event_kind": "other"}, "differs from an earlier line about “Building completed"),
    ("updates.csv", 2, {"scheme_reference": ""}, "is empty"),
    ("ods/practices.csv", 2, {"network": "Luton Borough Council"}, "is not a primary care network"),
    ("ods/practices.csv", 2, {"code": "RC9"}, "“RC9” is already in organisations.csv"),
]


@pytest.mark.parametrize(("path", "line", "cells", "reason"), BROKEN_CELLS)
def test_broken_cell_is_named_and_nothing_is_loaded(db, files, path, line, cells, reason):
    change(files, path, line, **cells)
    [column] = cells
    faults = [fault for fault in faults_of(files) if fault.startswith(f"{path}, line {line}, column {column}: ")]
    assert len(faults) == 1
    assert reason in faults[0]
    assert not Organisation.objects.exists()


def test_every_fault_is_reported_at_once(db, files):
    change(files, "updates.csv", 2, date="yesterday", source_url="nowhere")
    change(files, "sites.csv", 2, owner_organisation="Nobody")
    assert [fault.split(":")[0] for fault in faults_of(files)] == [
        "sites.csv, line 2, column owner_organisation",
        "updates.csv, line 2, column date",
        "updates.csv, line 2, column source_url",
    ]


def test_command_reports_faults_and_loads_nothing(db, files):
    change(files, "schemes.csv", LEIGHTON, stage="stuck")
    with pytest.raises(CommandError) as refused:
        call_command("load_blmk", data=files)
    assert str(refused.value).startswith(
        f"Nothing was loaded: 1 fault.\nschemes.csv, line {LEIGHTON}, column stage: “stuck” is not one of"
    )
    assert not Place.objects.exists()


def test_circles_are_refused(db, files):
    change(files, "schemes.csv", 2, parent_reference="lad-asb")
    change(files, "organisations.csv", 3, successor_name="NHS England")
    england = line_of("organisations.csv", "name", "NHS England")
    change(files, "organisations.csv", england, successor_name="NHS Central East Integrated Care Board")
    assert faults_of(files) == [
        f"organisations.csv, line {line}, column successor_name: comes back to this row itself" for line in (3, england)
    ] + [f"schemes.csv, line {line}, column parent_reference: comes back to this row itself" for line in (2, 3)]


def test_missing_extra_and_doubled_columns(db, files):
    with open(files / "updates.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[0] = ["scheme_reference", "date", "date", "colour"]
    write(files / "updates.csv", rows)
    assert faults_of(files) == [
        "updates.csv, line 1, column note: the column is missing",
        "updates.csv, line 1, column source_url: the column is missing",
        "updates.csv, line 1, column date: the column is there twice",
        "updates.csv, line 1, column colour: is not a column of this file",
    ]


def test_line_with_a_cell_too_few(db, files):
    path = files / "priorities.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",seed\n", "\n", 1), encoding="utf-8")
    assert faults_of(files) == ["priorities.csv, line 2: has 4 cells where the header has 5"]


def test_wrong_encoding(db, files):
    path = files / "schemes.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))
    [fault] = faults_of(files)
    assert fault.startswith("schemes.csv, line 2: is not in UTF-8")


def test_second_system_and_texts_that_cannot_be_used_are_refused(db, files):
    line = "Other,OTH,,,,,\n"
    (files / "system.csv").write_text((files / "system.csv").read_text(encoding="utf-8") + line, encoding="utf-8")
    (files / "about.md").write_bytes(b"a\0b")
    (files / "boundary/places.geojson").write_text('{"features": [{}]}')
    assert faults_of(files) == [
        "system.csv: has 2 lines below the header, where it must have 1",
        "about.md: holds a control character",
        "boundary/places.geojson: This is not GeoJSON with a polygon for each place, named by properties that end in "
        "CD and NM",
    ]
    assert not System.objects.exists()


def test_missing_file_and_folder(db, files, tmp_path):
    (files / "sites.csv").unlink()
    assert faults_of(files) == ["sites.csv: cannot be read (No such file or directory)"]
    assert len(faults_of(tmp_path / "nowhere")) == len(TABLES) + len(TEXTS)


def test_unfinished_quote(db, files):
    with open(files / "updates.csv", "a", encoding="utf-8") as file:
        file.write('lad-asb,2025-01-01,"never closed')
    [fault] = faults_of(files)
    assert "is not a line of CSV" in fault


def test_byte_order_mark_and_windows_line_ends_do_no_harm(db, files):
    path = files / "places.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_system(files).added["places"] == 4


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8"))))
def test_any_bytes_are_read_or_refused_with_a_place(tmp_path, content):
    table = TABLES["updates"]
    path = tmp_path / table.path
    path.parent.mkdir(exist_ok=True)
    header = ",".join(table.columns).encode()
    path.write_bytes(header + b"\n" + content)
    rows, faults = read_table(tmp_path, table)
    assert all(fault.file == table.path and fault.reason for fault in faults)
    assert all(row.line > 1 for row in rows)


def test_files_are_as_their_readme_says():
    for table in TABLES.values():
        content = (DATA / table.path).read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"))))
        assert {len(row) for row in rows} == {len(table.columns)}
