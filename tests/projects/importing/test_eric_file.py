"""Reading estate returns: the totals of 2014/15 as published, headings of other years, and cells without a number."""

from decimal import Decimal

import pytest

from estates_portal.spreadsheets import UnreadableFile
from projects.importing import eric_file
from projects.importing.eric_file import (
    AGE_BANDS,
    BLANK,
    FIGURES,
    MAX_HEADING,
    MAX_HEADING_ROWS,
    NO_AGE_PROFILE,
    NOT_IN_FILE,
    ReturnRow,
)
from tests.eric import (
    ACUTE,
    ALL_SEVEN,
    ENGLAND,
    SEVEN,
    TOTALS,
    as_csv,
    changed,
    csv_bytes,
    read,
    table,
    xls_bytes,
)

BANDS = ("backlog_high_pounds", "backlog_significant_pounds", "backlog_moderate_pounds", "backlog_low_pounds")
RISK_ADJUSTED = {
    "RC9": 20_831_373,
    "RD8": 6_147_949,
    "RC1": 4_791_801,
    "RYV": 425_637,
    "RV3": 130_356,
    "RWN": 1_242_802,
}


@pytest.fixture(scope="module")
def england():
    return read(xls_bytes())


@pytest.fixture(scope="module")
def seven():
    return read(csv_bytes())


def figures_of(rows):
    """As in TOTALS."""
    sums = [sum(row.figures[name] for row in rows) for name in ("gross_internal_area_m2", *BANDS)]
    return len(rows), sum(row.is_aggregate for row in rows), *sums


def of(eric, *codes):
    return [row for row in eric.rows if row.organisation_code in codes]


def row_of(eric, code):
    (row,) = [row for row in eric.rows if row.site_code == code]
    return row


# Totals


@pytest.mark.parametrize("file", ["england", "seven"])
def test_totals_of_each_trust_are_as_published(file, request):
    eric = request.getfixturevalue(file)
    assert {code: figures_of(of(eric, code)) for code in SEVEN} == TOTALS
    assert figures_of(of(eric, "RC9", "RD8", "RC1")) == ACUTE
    assert figures_of(of(eric, *SEVEN)) == ALL_SEVEN
    assert (eric.missing, eric.problems) == ([], [])


def test_totals_of_england_are_as_published(england):
    assert figures_of(england.rows) == ENGLAND
    assert len(england.trusts) == 240
    assert min(row.figures["gross_internal_area_m2"] for row in england.rows) == 38


@pytest.mark.parametrize("file", ["england", "seven"])
def test_risk_adjusted_backlog_is_as_published(file, request):
    eric = request.getfixturevalue(file)
    name = "risk_adjusted_backlog_pounds"
    assert {code: sum(row.figures[name] for row in of(eric, code)) for code in RISK_ADJUSTED} == RISK_ADJUSTED
    assert sum(row.figures[name] for row in of(eric, *SEVEN)) == 33_569_918
    if file == "england":
        assert sum(row.figures[name] for row in eric.rows) == 1_592_914_990


@pytest.mark.parametrize(
    ("code", "line", "figures"),
    [
        (
            "RC971",
            140,
            "59132 59074 10 0 8877570 11487280 10568470 3427240 8981223 13983827 10822079",
        ),
        ("RC110", 138, "58118 54733 15.46 0 196181 3988371 5046808 2649968 3618170 6620095 7400227"),
        ("RC111", 139, "2248 2248 77.78 0 0 44900 159111 32060 140887 183897 246769"),
        ("RD816", 164, "80581 57178 12.1 0.81 2099470 3991553 1720100 973350 6533524 9093970 9305065"),
    ],
)
def test_figures_of_acute_sites_are_as_published(england, seven, code, line, figures):
    names = ["gross_internal_area_m2", "occupied_area_m2", "unsuitable_percent", "void_percent", *BANDS]
    names += ["hard_fm_pounds", "soft_fm_pounds", "finance_cost_pounds"]
    row = row_of(england, code)
    assert row.line == line
    assert [row.figures[name] for name in names] == [Decimal(number) for number in figures.split()]
    assert row_of(seven, code).figures == row.figures


@pytest.mark.parametrize(
    ("code", "line", "area", "bands"),
    [
        ("RV3", 693, 48_666, [0, 0, 1_666_000, 814_000]),
        ("RWK", 859, 42_529, [0, 0, 0, 0]),
        ("RWN", 866, 67_706, [137_457, 675_492, 1_901_807, 967_118]),
        ("RYV", 1195, 18_217, [0, 93_246, 21_150, 37_322]),
    ],
)
def test_aggregates_are_as_published(england, code, line, area, bands):
    (row,) = [row for row in of(england, code) if row.is_aggregate]
    assert (row.line, row.figures["gross_internal_area_m2"]) == (line, area)
    assert [row.figures[name] for name in BANDS] == bands


def test_aggregates_are_known_by_code_not_by_type_or_name(england):
    by_type = [row.site_code for row in england.rows if row.site_type == "AGGREGATE SITE" and not row.is_aggregate]
    assert sorted(by_type) == ["R1EAH", "RM103", "RNUDQ"]
    assert not row_of(england, "R1EAH").is_aggregate


def test_age_bands_are_as_published(england):
    bands = row_of(england, "RC971").age_bands
    assert bands[1] == ["2005 to 2014", 2.3]
    assert bands[-1] == ["pre 1948", 22.4]
    assert len(bands) == 9
    totals = [sum(share for _band, share in row.age_bands) for row in england.rows if row.age_bands]
    assert sum(99.85 < total < 99.995 for total in totals) == 4
    (without,) = [row for row in england.rows if not row.age_bands]
    assert without.why_unknown == {AGE_BANDS: NO_AGE_PROFILE}


def test_row_comes_back_from_json(england):
    for row in england.rows[:50]:
        assert ReturnRow.from_json(row.as_json()) == row


# Headings


def test_headings_are_found_by_meaning_in_any_order():
    rows = table()
    order = [14, 4, 0, 42, *[at for at in range(86) if at not in {14, 4, 0, 42}]]
    rows = [[row[at] for at in order] for row in rows]
    rename = {
        "Organisation Code": "Trust Code",
        "Organisation Name": "Trust Name",
        "Gross internal site floor area (m²)": "Gross internal floor area (m²)",
        "Un-utilised space (%)": "Floor area - empty (%)",
        "Hard FM (Estates) costs (£)": "Hard FM (Estates) Costs (£)\nof the site",
        "Cost to eradicate low risk backlog (£)": "Low risk backlog cost (£)",
    }
    rows[0] = [rename.get(heading, heading) for heading in rows[0]]
    eric = read(as_csv([["ERIC"], [], *rows]))
    assert figures_of(eric.rows) == ALL_SEVEN
    assert row_of(eric, "RD816").figures == row_of(read(csv_bytes()), "RD816").figures
    assert eric.missing == []


@pytest.mark.parametrize(
    ("heading", "figure"),
    [
        ("Occupied floor area (m²)", "occupied_area_m2"),
        ("Hard FM (Estates) costs (£)", "hard_fm_pounds"),
        ("Energy cost (all energy supplies) (£)", "energy_cost_pounds"),
        ("Risk adjusted backlog cost (£)", "risk_adjusted_backlog_pounds"),
    ],
)
def test_missing_column_is_unknown_and_not_that_of_the_pfi_part(heading, figure):
    eric = read(changed(without=[heading]))
    assert eric.missing == [figure]
    for row in eric.rows:
        assert row.figures[figure] is None
        assert row.why_unknown[figure] == NOT_IN_FILE


def test_workbook_without_a_column_does_not_read_that_of_the_pfi_group(england):
    from estates_portal.spreadsheets import Sheet, read_sheets
    from projects.importing.eric_file import read_eric

    rows = [row[:15] + row[16:] for row in read_sheets(xls_bytes())[1].rows]
    assert read_eric([Sheet("Site Data", rows)]).missing == ["occupied_area_m2"]


def test_missing_age_profile_is_unknown():
    bands = [heading for heading in table()[0] if heading.startswith("Age profile")]
    eric = read(changed(without=bands))
    assert eric.missing == [AGE_BANDS]
    assert eric.rows[0].age_bands == []


@pytest.mark.parametrize(
    "content",
    [
        as_csv([["Site Code", "Site Name"], ["RC110", "Bedford"]]),
        as_csv([row[:14] for row in table()]),
        b"nothing like it",
    ],
)
def test_file_without_site_data_is_refused(content):
    with pytest.raises(UnreadableFile, match="no row of headings"):
        read(content)


def test_file_without_rows_is_refused():
    with pytest.raises(UnreadableFile, match="no rows"):
        read(as_csv(table()[:1]))


@pytest.mark.parametrize(("above", "is_read"), [(MAX_HEADING_ROWS - 1, True), (MAX_HEADING_ROWS, False)])
def test_headings_are_looked_for_in_the_first_rows(above, is_read):
    content = as_csv([*[["Instructions"]] * above, *table()])
    if is_read:
        assert row_of(read(content), "RC110").line == above + 2
    else:
        with pytest.raises(UnreadableFile, match="no row of headings"):
            read(content)


def test_long_heading_is_read_up_to_its_limit():
    heading = "Un-utilised space (%)"
    known, cut = heading + " " * MAX_HEADING + "x", "x" * MAX_HEADING + heading
    assert row_of(read(changed(rename={heading: known})), "RC110").figures["void_percent"] == 0
    assert read(changed(rename={heading: cut})).missing == ["void_percent"]


def test_problems_are_kept_up_to_their_limit(monkeypatch):
    monkeypatch.setattr(eric_file, "MAX_PROBLEMS", 2)
    high = "Cost to eradicate high risk backlog (£)"
    eric = read(changed(*[(code, high, "much") for code in ("RC110", "RC111", "RC971")]))
    assert [problem[:6] for problem in eric.problems] == ["Row 2,", "Row 3,"]


@pytest.mark.parametrize(
    ("cell", "figure"), [("999999999999.99", Decimal("999999999999.99")), ("999999999999.995", None)]
)
def test_figure_is_at_most_what_a_return_can_hold(cell, figure):
    eric = read(changed(("RC110", "Cost to eradicate high risk backlog (£)", cell)))
    assert row_of(eric, "RC110").figures["backlog_high_pounds"] == figure


# Rows and cells


@pytest.mark.parametrize(
    ("cell", "figure", "why"),
    [
        ("Not Applicable", None, "Not Applicable"),
        ("No Data Provided", None, "No Data Provided"),
        ("commercial in confidence", None, "commercial in confidence"),
        ("", None, BLANK),
        ("0", 0, None),
        ("£1,234.50", Decimal("1234.50"), None),
    ],
)
def test_cell_without_number_is_unknown_in_its_words(cell, figure, why):
    eric = read(changed(("RC110", "Cost to eradicate high risk backlog (£)", cell)))
    row = row_of(eric, "RC110")
    assert row.figures["backlog_high_pounds"] == figure
    assert row.why_unknown.get("backlog_high_pounds") == why
    assert eric.problems == []


@pytest.mark.parametrize("cell", ["-5", "about 5", "1e9", "9" * 14, "٣"])
def test_cell_that_is_no_figure_is_a_problem(cell):
    eric = read(changed(("RC110", "Cost to eradicate high risk backlog (£)", cell)))
    assert row_of(eric, "RC110").figures["backlog_high_pounds"] is None
    assert eric.problems == [
        f"Row 2, Cost to eradicate high risk backlog (£): “{cell}” is not a figure that can be used, so it is not known"
    ]


def test_share_over_100_is_a_problem():
    eric = read(changed(("RC110", "Un-utilised space (%)", "101")))
    assert row_of(eric, "RC110").figures["void_percent"] is None
    assert len(eric.problems) == 1


def test_totals_notes_and_blank_rows_are_not_returns():
    rows = table()
    total = ["", "Total", *[""] * 12, "577608", *[""] * 89]
    of_trust = ["RC1", "BEDFORD HOSPITAL NHS TRUST total", "", "", "", "", "", *["1"] * 97]
    named = ["TOTAL", "England", "", "", "TOTAL", "", "", *["1"] * 97]
    eric = read(as_csv([*rows, [], total, of_trust, named, ["Source: ERIC"]]))
    assert figures_of(eric.rows) == ALL_SEVEN


def test_rows_with_the_same_codes_are_left_out_and_named():
    rows = table()
    eric = read(as_csv([*rows, rows[1]]))
    assert len(eric.rows) == 50
    assert eric.problems == ["Rows 2 and 53 have the same codes, RC1 and RC110: none of them is imported"]


def test_site_code_with_a_space_is_kept(england):
    assert row_of(england, "RE9 13").site_name == "CLARENDON"


def test_every_figure_is_a_column_of_a_return():
    from sites.models import EstateReturn

    for name in (*FIGURES, AGE_BANDS):
        EstateReturn._meta.get_field(name)
