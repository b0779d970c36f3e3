"""The load command: counts, dry run, and errors of invalid files."""

import csv
import io
import shutil

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.importing import ImportErrors, load_system
from projects.importing.system_data import TABLES, TEXTS
from projects.importing.tables import read_table
from projects.management.commands.load_blmk import DATA
from sites.models import Organisation, Place, System


@pytest.fixture
def files(tmp_path):
    """A copy of the data that a test can change."""
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


def change_cells(folder, path, line, **cells):
    """Change cells of one line of a file."""
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


def errors_in(folder):
    with pytest.raises(ImportErrors) as broken:
        load_system(folder)
    return [str(error) for error in broken.value.errors]


@pytest.mark.both_databases
def test_command_prints_line_of_counts(db, capsys):
    call_command("load_blmk")
    out = capsys.readouterr().out
    assert out.startswith("Loaded: sources 168 new, 0 left; places 4 new, 0 left; organisations 149 new")
    assert out.count("\n") == 1


@pytest.mark.both_databases
def test_dry_run_saves_nothing(db, capsys):
    call_command("load_blmk", dry_run=True)
    assert capsys.readouterr().out.startswith("Would load: sources 168 new, 0 left; places 4 new")
    assert not Place.objects.exists()


# Invalid files

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
    ("schemes.csv", 3, {"summary": "a\x00b"}, "contains a control character"),
    ("schemes.csv", 4, {"reference": "lad-asb"}, "“lad-asb” is already on line 3"),
    ("schemes.csv", 3, {"stage_reached": "identified"}, "is only for schemes on hold"),
    ("schemes.csv", 3, {"hold_reason": "No money"}, "is only for schemes on hold"),
    ("schemes.csv", 3, {"cost_covers": "Both"}, "is filled in without a cost"),
    ("sites.csv", 2, {"longitude": ""}, "is empty but has a latitude"),
    ("sites.csv", 2, {"latitude": ""}, "is empty but has a longitude"),
    ("sites.csv", 2, {"latitude": "15.1"}, "15.1 is outside the United Kingdom"),
    ("sites.csv", 2, {"latitude": "51.9N"}, "“51.9N” is not a number of degrees"),
    ("sites.csv", 2, {"postcode": "LU4"}, "Enter a full UK postcode, for example MK6 5LD"),
    ("sites.csv", 2, {"outside_area": "yes"}, "is only for sites without a place"),
    ("estate_returns.csv", 2, {"file": ""}, "is empty"),
    ("estate_returns.csv", 2, {"file": "nowhere.csv"}, "cannot be read (No such file or directory)"),
    ("estate_returns.csv", 2, {"file": "places.csv"}, "no row of headings"),
    ("estate_returns.csv", 2, {"year": "1066"}, "greater than or equal to 1990"),
    ("sites.csv", 2, {"kind": "castle"}, "Value 'castle' is not a valid choice."),
    ("organisations.csv", 2, {"valid_to": "2020-01-01"}, "is not after valid_from"),
    ("organisations.csv", 9, {"code": "RD8"}, "“RD8” is already on line 8 for the same period"),
    ("site_codes.csv", 2, {"code": "aggre"}, "means several sites together"),
    ("site_codes.csv", 3, {"code": "RC971"}, "“RC971” is already on line 2"),
    ("site_codes.csv", 2, {"site_name": "Nowhere"}, "“Nowhere” is not a name in sites.csv"),
    ("places.csv", 2, {"population": "lots"}, "“lots” is not a whole number above zero"),
    ("milestones.csv", 2, {"date": ""}, "is empty"),
    ("milestones.csv", 3, {"date": "2021-09-14"}, "2021-09-14 is not the first day of its month"),
    ("milestones.csv", 2, {"date_precision": "week"}, "“week” is not one of: day, month, quarter, year, financial"),
    ("milestones.csv", 2, {"superseded": "yes"}, "is only for planned dates"),
    ("milestones.csv", 8, {"event_kind": "other"}, "differs from an earlier line about “Building completed"),
    ("updates.csv", 2, {"scheme_reference": ""}, "is empty"),
    ("ods/practices.csv", 2, {"network": "Luton Borough Council"}, "is not a primary care network"),
    ("ods/practices.csv", 2, {"code": "RC9"}, "“RC9” is already in organisations.csv"),
]


def test_estate_return_of_unknown_site_is_reported(db, files):
    change_cells(files, "site_codes.csv", 12, code="RC112")
    assert errors_in(files) == [
        "estate_returns.csv, line 2, column file: has codes of no organisation or site in that year: RC111"
    ]


def test_two_estate_returns_of_one_site_are_reported(db, files):
    change_cells(files, "site_codes.csv", 12, site_name="Bedford Hospital South Wing", superseded="yes")
    (error,) = errors_in(files)
    assert error.startswith(
        "estate_returns.csv, line 2, column file: Rows 2 (RC110 of RC1) and 3 (RC111 of RC1) are both of Bedford"
    )


@pytest.mark.parametrize(("path", "line", "cells", "reason"), BROKEN_CELLS)
def test_invalid_cell_is_reported_and_nothing_is_loaded(db, files, path, line, cells, reason):
    change_cells(files, path, line, **cells)
    [column] = cells
    errors = [error for error in errors_in(files) if error.startswith(f"{path}, line {line}, column {column}: ")]
    assert len(errors) == 1
    assert reason in errors[0]
    assert not Organisation.objects.exists()


def test_all_errors_are_reported_at_once(db, files):
    change_cells(files, "updates.csv", 2, date="yesterday", source_url="nowhere")
    change_cells(files, "sites.csv", 2, owner_organisation="Nobody")
    assert [error.split(":")[0] for error in errors_in(files)] == [
        "sites.csv, line 2, column owner_organisation",
        "updates.csv, line 2, column date",
        "updates.csv, line 2, column source_url",
    ]


@pytest.mark.both_databases
def test_command_prints_errors_and_loads_nothing(db, files):
    change_cells(files, "schemes.csv", LEIGHTON, stage="stuck")
    with pytest.raises(CommandError) as refused:
        call_command("load_blmk", data=files)
    assert str(refused.value).startswith(
        f"Nothing was loaded: 1 error.\nschemes.csv, line {LEIGHTON}, column stage: “stuck” is not one of"
    )
    assert not Place.objects.exists()


def test_circular_references_are_rejected(db, files):
    change_cells(files, "schemes.csv", 2, parent_reference="lad-asb")
    change_cells(files, "organisations.csv", 3, successor_name="NHS England")
    england = line_of("organisations.csv", "name", "NHS England")
    change_cells(files, "organisations.csv", england, successor_name="NHS Central East Integrated Care Board")
    assert errors_in(files) == [
        f"organisations.csv, line {line}, column successor_name: leads back to this row" for line in (3, england)
    ] + [f"schemes.csv, line {line}, column parent_reference: leads back to this row" for line in (2, 3)]


def test_missing_extra_and_duplicate_columns_are_rejected(db, files):
    with open(files / "updates.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[0] = ["scheme_reference", "date", "date", "colour"]
    write(files / "updates.csv", rows)
    assert errors_in(files) == [
        "updates.csv, line 1, column note: the column is missing",
        "updates.csv, line 1, column source_url: the column is missing",
        "updates.csv, line 1, column date: the column is repeated",
        "updates.csv, line 1, column colour: is not a column of this file",
    ]


def test_row_with_missing_cell_is_rejected(db, files):
    path = files / "priorities.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",2026-11-27\n", "\n", 1), encoding="utf-8")
    assert errors_in(files) == ["priorities.csv, line 2: has 5 cells where the header has 6"]


def test_wrong_encoding_is_rejected(db, files):
    path = files / "schemes.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))
    [error] = errors_in(files)
    assert error.startswith("schemes.csv, line 2: is not in UTF-8")


def test_second_system_and_invalid_texts_are_rejected(db, files):
    line = "Other,OTH,,,,,,\n"
    (files / "system.csv").write_text((files / "system.csv").read_text(encoding="utf-8") + line, encoding="utf-8")
    (files / "about.md").write_bytes(b"a\0b")
    (files / "boundary/places.geojson").write_text('{"features": [{}]}')
    assert errors_in(files) == [
        "system.csv: has 2 lines below the header, where it must have 1",
        "about.md: contains a control character",
        "boundary/places.geojson: This is not GeoJSON with a polygon for each place, named by properties that end in "
        "CD and NM",
    ]
    assert not System.objects.exists()


def test_missing_file_and_folder_are_rejected(db, files, tmp_path):
    (files / "sites.csv").unlink()
    assert errors_in(files) == ["sites.csv: cannot be read (No such file or directory)"]
    assert len(errors_in(tmp_path / "nowhere")) == len(TABLES) + len(TEXTS)


def test_unfinished_quote_is_rejected(db, files):
    with open(files / "updates.csv", "a", encoding="utf-8") as file:
        file.write('lad-asb,2025-01-01,"never closed')
    [error] = errors_in(files)
    assert "is not a line of CSV" in error


def test_byte_order_mark_and_windows_line_ends_are_accepted(db, files):
    path = files / "places.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_system(files).added["places"] == 4


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8"))))
def test_any_bytes_are_loaded_or_reported_with_line(tmp_path, content):
    table = TABLES["updates"]
    path = tmp_path / table.path
    path.parent.mkdir(exist_ok=True)
    header = ",".join(table.columns).encode()
    path.write_bytes(header + b"\n" + content)
    rows, errors = read_table(tmp_path, table)
    assert all(error.file == table.path and error.reason for error in errors)
    assert all(row.line > 1 for row in rows)


def test_files_match_their_readme():
    for table in TABLES.values():
        content = (DATA / table.path).read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"))))
        assert {len(row) for row in rows} == {len(table.columns)}
