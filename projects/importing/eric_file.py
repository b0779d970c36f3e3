"""Reads a year's file of the Estates Returns Information Collection (ERIC) into rows with our figures.

Headings are matched by what they mean, because their wording and order change from year to year. Ten of them occur
twice: first for the site, then for the part of it under a private finance initiative (PFI), which we do not read.
"""

import re
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal

from estates_portal.spreadsheets import UnreadableFile

AGGREGATE = "AGGRE"  # the site code of a trust's small sites together. Site types and names do not tell.
MAX_HEADING_ROWS = 60
MAX_HEADING = 300  # characters that are read of a heading
MAX_PROBLEMS = 1_000  # sentences about cells that are kept
NOT_IN_FILE = "not in this year’s file"
BLANK = "blank in the file"
NO_AGE_PROFILE = "age bands with a total of 0"
MAX_POUNDS = Decimal("999999999999.99")
MAX_PERCENT = Decimal(100)
PENCE = Decimal("0.01")

# Each column by a pattern of its heading, in lower case without punctuation and without the parts in brackets.
IDENTITY = {
    "organisation_code": r"(organisation|trust|provider) code",
    "organisation_name": r"(organisation|trust|provider) name",
    "site_code": r"site code",
    "site_name": r"site name",
    "site_type": r"site type",
    "postcode": r"(site )?post ?code",
}
FIGURES = {
    "gross_internal_area_m2": r"gross internal (site )?(floor )?area",
    "occupied_area_m2": r"occupied (floor )?area",
    "unsuitable_percent": r"not functionally suitable (of )?(occupied )?(floor )?area",
    "void_percent": r"un ?utilised (space|floor area)|(empty|void) (space|floor area)|(space|floor area) (empty|void)",
    "backlog_high_pounds": r"(cost to eradicate )?high risk backlog( cost)?",
    "backlog_significant_pounds": r"(cost to eradicate )?significant risk backlog( cost)?",
    "backlog_moderate_pounds": r"(cost to eradicate )?moderate risk backlog( cost)?",
    "backlog_low_pounds": r"(cost to eradicate )?low risk backlog( cost)?",
    "risk_adjusted_backlog_pounds": r"risk adjusted backlog( cost)?",
    "hard_fm_pounds": r"hard fm( costs?)?",
    "soft_fm_pounds": r"soft fm( costs?)?",
    "finance_cost_pounds": r"estates and facilities finance( costs?)?",
    "energy_cost_pounds": r"energy costs?",
}
AGE_BANDS = "age_bands"
AGE_BAND = r"age profile (?!total).+"
UNITS = {"percent": "%", "m2": "m2", "pounds": "£"}
PFI = re.compile(r"\bpfi\b|private finance")
# Headings that open the PFI part of a file without groups, where nothing else tells them from those of the site
OPENS_PFI = ("occupied floor area", "occupied beds")
WORDS_FOR_UNKNOWN = re.compile(
    r"not applicable|n/?a|no data provided|data not provided|not provided|not available|not known|not reported|none|"
    r"not relevant|commercial(ly)?( (in confidence|sensitive|confidential))?|exempt.*|-|–|yes|no|tbc",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ReturnRow:
    """One row of the file. `line` is its row as Excel counts it.

    `figures` has the value of every figure, None if it is unknown. `age_bands` are [band as published, its share]. Why
    a figure or the bands are unknown, in the text of the file, is in `why_unknown`.
    """

    line: int
    organisation_code: str
    organisation_name: str
    site_code: str
    site_name: str
    site_type: str
    postcode: str
    figures: dict
    age_bands: list
    why_unknown: dict

    @property
    def is_aggregate(self):
        return self.site_code == AGGREGATE

    @property
    def key(self):
        return self.organisation_code, self.site_code

    def as_json(self):
        """The row as JSON can store it, for `from_json`."""
        figures = {name: None if value is None else str(value) for name, value in self.figures.items()}
        return {**asdict(self), "figures": figures}

    @classmethod
    def from_json(cls, kept):
        figures = {name: None if value is None else Decimal(value) for name, value in kept["figures"].items()}
        return cls(**{**kept, "figures": figures})


@dataclass(frozen=True)
class EricFile:
    """`missing` are the figures without a column; `problems` are sentences about cells and rows for the user."""

    rows: list
    missing: list
    problems: list

    @property
    def trusts(self):
        """{code: name as published} of the organisations, in the order of the file."""
        return {row.organisation_code: row.organisation_name for row in self.rows}


def read_eric(sheets):
    """The `EricFile` in these `Sheet`s. Raises UnreadableFile if none has the columns of site data."""
    for sheet in sheets:
        for number, cells in enumerate(sheet.rows[:MAX_HEADING_ROWS]):
            headings = [cell[:MAX_HEADING] for cell in cells]
            groups = [cell[:MAX_HEADING] for cell in sheet.rows[number - 1]] if number else []
            columns = find_columns(headings, groups)
            if is_site_data(columns):
                return read_rows(sheet.rows, number, columns, headings)
    raise UnreadableFile(
        "The file has no row of headings with organisation code, site code, site name and gross internal floor area. "
        "Choose the site data of an ERIC return"
    )


def is_site_data(columns):
    return {"organisation_code", "site_code", "site_name", "gross_internal_area_m2"} <= set(columns)


# Headings


def unit_of(heading):
    """The unit in the brackets of a heading: "%", "m2", "£", or "" if it has none of these."""
    for brackets in re.findall(r"\(([^)]*)\)", heading.lower().replace("²", "2")):
        for unit in UNITS.values():
            if unit in brackets:
                return unit
    return "£" if "£" in heading else "%" if "%" in heading else ""


def simplified(heading):
    """The heading up to its first line break, in lower case, without brackets and punctuation."""
    first = heading.split("\n")[0].lower().replace("utilized", "utilised").replace("&", " and ")
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"\([^)]*\)", " ", first)).split())


def fits_unit(name, heading):
    """Whether the unit of the heading, if it has one, is that of the figure."""
    wanted = next((unit for ending, unit in UNITS.items() if name.endswith(f"_{ending}")), "")
    return unit_of(heading) in ("", wanted)


def groups_of(headings, groups):
    """The group of each heading, in simplified form: it is above the first of its headings."""
    found, group = [], ""
    for position in range(len(headings)):
        group = simplified(groups[position]) if position < len(groups) and groups[position] else group
        found.append(group)
    return found


def pfi_begins(simple, groups):
    """The position of the first heading of the PFI part; the number of headings if there is none.

    Without groups, it begins with the first heading that is repeated or names PFI, or just before.
    """
    for position, group in enumerate(groups):
        if PFI.search(group):
            return position
    begins = next(
        (at for at, heading in enumerate(simple) if heading and (heading in simple[:at] or PFI.search(heading))),
        len(simple),
    )
    after = set(simple[begins:])
    while after and begins and simple[begins - 1] in OPENS_PFI and simple[begins - 1] not in after:
        begins -= 1
    return begins


def find_columns(headings, groups):
    """{our name: position} of the columns that are found, each the first of the site with its meaning.

    For AGE_BANDS they are the positions of all bands.
    """
    simple = [simplified(heading) for heading in headings]
    site_headings = simple[: pfi_begins(simple, groups_of(headings, groups))]
    columns = {}
    for name, pattern in {**IDENTITY, **FIGURES}.items():
        for position, heading in enumerate(site_headings):
            if re.fullmatch(pattern, heading) and (name in IDENTITY or fits_unit(name, headings[position])):
                columns[name] = position
                break
    bands = [at for at, heading in enumerate(site_headings) if re.fullmatch(AGE_BAND, heading)]
    return columns | ({AGE_BANDS: bands} if bands else {})


# Rows


def read_rows(sheet_rows, heading_row, columns, headings):
    rows, problems, lines = [], [], {}
    for number, cells in enumerate(sheet_rows[heading_row + 1 :], start=heading_row + 2):
        identity = {name: cell_of(cells, columns.get(name))[:200] for name in IDENTITY}
        for name in ("organisation_code", "site_code"):
            identity[name] = identity[name].upper()
        if not is_return(identity):
            continue
        reading = Reading(cells, columns, headings)
        if len(problems) < MAX_PROBLEMS:
            problems += [f"Row {number}, {problem}" for problem in reading.problems]
        row = ReturnRow(number, **identity, **reading.result)
        lines.setdefault(row.key, []).append(number)
        rows.append(row)
    for (organisation, site), numbers in lines.items():
        if len(numbers) > 1:
            where = " and ".join([", ".join(map(str, numbers[:-1])), str(numbers[-1])])
            problems.append(f"Rows {where} have the same codes, {organisation} and {site}: none of them is imported")
    rows = [row for row in rows if len(lines[row.key]) == 1]
    if not rows:
        raise UnreadableFile("The file has no rows with an organisation code and a site code below its headings")
    return EricFile(rows, [name for name in (*FIGURES, AGE_BANDS) if name not in columns], problems)


def cell_of(cells, position):
    """The cell in one line; "" if there is none."""
    return " ".join(cells[position].split()) if position is not None and position < len(cells) else ""


def is_return(identity):
    """Whether a row is of a site or an aggregate. Totals, notes and blank rows are not: they lack a code."""
    codes = identity["organisation_code"], identity["site_code"]
    return bool(
        re.fullmatch(r"[A-Z0-9]{2,10}", codes[0])
        and re.fullmatch(r"[A-Z0-9][A-Z0-9 ./-]{1,19}", codes[1])
        and "TOTAL" not in " ".join(codes)
    )


class Reading:
    """The figures of one row: `result` has the arguments of `ReturnRow` for them."""

    def __init__(self, cells, columns, headings):
        self.cells, self.columns, self.headings = cells, columns, headings
        self.why_unknown, self.problems = {}, []
        figures = {name: self.figure(name) for name in FIGURES}
        self.result = {"figures": figures, "age_bands": self.age_bands(), "why_unknown": self.why_unknown}

    def figure(self, name):
        if name not in self.columns:
            self.why_unknown[name] = NOT_IN_FILE
            return None
        at_most = MAX_PERCENT if name.endswith("_percent") else MAX_POUNDS
        return self.number(name, self.columns[name], at_most)

    def age_bands(self):
        """The bands with their shares; [] if none is known, as where their total is 0."""
        if AGE_BANDS not in self.columns:
            self.why_unknown[AGE_BANDS] = NOT_IN_FILE
            return []
        bands = [
            [band_label(self.headings[position]), self.number(AGE_BANDS, position, MAX_PERCENT)]
            for position in self.columns[AGE_BANDS]
        ]
        if any(share for _band, share in bands):
            return [[band, None if share is None else float(share)] for band, share in bands]
        self.why_unknown.setdefault(AGE_BANDS, NO_AGE_PROFILE)
        return []

    def number(self, name, position, at_most):
        text = cell_of(self.cells, position)
        number = number_of(text, at_most)
        if number is None:
            self.why_unknown[name] = text[:200] or BLANK
            if text and not WORDS_FOR_UNKNOWN.fullmatch(text):
                heading = " ".join(self.headings[position].split())[:120]
                self.problems.append(f"{heading}: “{text[:80]}” is not a figure that can be used, so it is not known")
        return number


def band_label(heading):
    """The band of a heading such as “Age profile - 2005 to 2014 (%)”: “2005 to 2014”."""
    label = re.sub(r"\(.*?\)", "", " ".join(heading.split()))
    return re.sub(r"^age profile[\s:–-]*", "", label, flags=re.IGNORECASE).strip()[:60]


def number_of(text, at_most):
    """The number in the cell, to two decimal places; None if it is no number from 0 to `at_most`."""
    plain = text.replace("£", "").replace("%", "").replace(",", "").replace(" ", "")
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,20})?", plain):
        return None
    number = Decimal(plain).quantize(PENCE, ROUND_HALF_UP)
    return number if number <= at_most else None
