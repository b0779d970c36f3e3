"""CSV tables, read whole and checked cell by cell, so that one run names every fault in them."""

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import ValidationError

CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class CellError:
    """One thing that is wrong, and where. Column and line are empty when the whole line or file is at fault."""

    file: str
    line: int | None
    column: str
    reason: str

    def __str__(self):
        where = [self.file]
        if self.line is not None:
            where.append(f"line {self.line}")
        if self.column:
            where.append(f"column {self.column}")
        return f"{', '.join(where)}: {self.reason}"


class ImportErrors(Exception):
    """The files cannot be loaded; `faults` says why, in the order of the files and their lines."""

    def __init__(self, faults):
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


@dataclass(frozen=True)
class Reference:
    """A cell that names a row of another table by one of its columns."""

    table: str
    column: str
    required: bool = False
    many: bool = False

    def __call__(self, text):
        if self.required and not text:
            raise ValueError("is empty")
        return items(text) if self.many else text


@dataclass(frozen=True)
class Table:
    """What one file must hold: a parser for each column, columns that together are unique, and rules over a row.

    `lines` says how many rows it must have, where that is fixed.
    """

    path: str
    columns: dict[str, Callable[[str], object]]
    unique: tuple[tuple[str, ...], ...] = ()
    check: Callable[["Row"], Iterable[tuple[str, str]]] = lambda row: ()
    lines: int | None = None


@dataclass(frozen=True)
class Text:
    """A file that is one text; `check` raises ValueError with the reason where it is not good."""

    path: str
    check: Callable[[str], object] = lambda text: None


@dataclass
class Row:
    """The parsed cells of one line; `row["column"]`."""

    file: str
    line: int
    text: dict[str, str]
    cells: dict[str, object] = field(default_factory=dict)

    def __getitem__(self, column):
        return self.cells[column]

    def fault(self, column, reason):
        return CellError(self.file, self.line, column, reason)


# Cells. Each parser takes the stripped text and returns its value, or raises ValueError with the reason.


def like(model, name):
    """A cell that must be good for this field of the model: length, choices, URL, postcode, emptiness."""
    model_field = model._meta.get_field(name)

    def parse(text):
        try:
            return model_field.clean(None if text == "" and model_field.null else text, None)
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from error

    return parse


def whole_number(model, name):
    """A whole number above zero that fits the field, or an empty cell."""
    fits = like(model, name)

    def parse(text):
        if text and not re.fullmatch(r"[1-9][0-9]*", text):
            raise ValueError(f"“{text}” is not a whole number above zero, without separators or symbols")
        return fits(text) if text else None

    return parse


def day(text):
    """A date written yyyy-mm-dd, or an empty cell."""
    if not text:
        return None
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}” is not a date written yyyy-mm-dd") from None


def required_day(text):
    if not text:
        raise ValueError("is empty")
    return day(text)


def degrees(text):
    """A latitude or longitude to six decimal places, or an empty cell."""
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]+)?", text):
        raise ValueError(f"“{text}” is not a number of degrees")
    return round(Decimal(text), 6)


def one_of(meanings):
    """One of the keys of `meanings`; its value is the meaning."""

    def parse(text):
        if text not in meanings:
            raise ValueError(f"“{text}” is not one of: {', '.join(key or '(empty)' for key in meanings)}")
        return meanings[text]

    return parse


def items(text):
    """The parts of a list inside a cell, separated by semicolons; none may be repeated."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    repeated = {part for part in parts if parts.count(part) > 1}
    if repeated:
        raise ValueError(f"repeats “{'”, “'.join(sorted(repeated))}”")
    return parts


def many(parse):
    """A list inside a cell, each part read by `parse`."""
    return lambda text: [parse(part) for part in items(text)]


# Files.


def read_file(folder, path):
    """Return the file as text, and why it cannot be read."""
    try:
        content = (folder / path).read_bytes()
    except OSError as error:
        return "", [CellError(path, None, "", f"cannot be read ({error.strerror})")]
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return "", [CellError(path, line, "", "is not in UTF-8: save the file as “CSV UTF-8”")]


def read_text(folder, text):
    """Return the text of one file, and the faults found in it."""
    content, faults = read_file(folder, text.path)
    if "\0" in content:
        faults.append(CellError(text.path, None, "", "holds a control character"))
    try:
        text.check(content)
    except ValueError as error:
        faults.append(CellError(text.path, None, "", str(error)))
    return content, faults


def read_table(folder, table):
    """Return the rows of one file and the faults found in it. A row with a faulty cell lacks that cell."""
    content, faults = read_file(folder, table.path)
    if faults:
        return [], faults

    rows, faults = [], []
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        faults += header_faults(table, header)
        if faults:
            return [], faults
        line = reader.line_num + 1
        for values in reader:
            if any(value.strip() for value in values):
                if len(values) == len(header):
                    row = Row(table.path, line, dict(zip(header, map(str.strip, values), strict=True)))
                    faults += parse_cells(table, row)
                    rows.append(row)
                else:
                    reason = f"has {len(values)} cells where the header has {len(header)}"
                    faults.append(CellError(table.path, line, "", reason))
            line = reader.line_num + 1
    except csv.Error as error:
        faults.append(CellError(table.path, reader.line_num, "", f"is not a line of CSV ({error})"))
    if not faults and table.lines not in {None, len(rows)}:
        faults.append(
            CellError(table.path, None, "", f"has {len(rows)} lines below the header, where it must have {table.lines}")
        )
    return rows, faults + repeated_keys(table, rows)


def header_faults(table, header):
    faults = [CellError(table.path, 1, name, "the column is missing") for name in table.columns if name not in header]
    for position, name in enumerate(header):
        if name in header[:position]:
            faults.append(CellError(table.path, 1, name, "the column is there twice"))
        elif name not in table.columns:
            faults.append(CellError(table.path, 1, name or "(no name)", "is not a column of this file"))
    return faults


def parse_cells(table, row):
    """Fill `row.cells`; return the faults. The rules over the row are asked only of whole ones."""
    faults = []
    for column, parse in table.columns.items():
        text = row.text[column]
        if CONTROL_CHARACTER.search(text):
            faults.append(row.fault(column, "holds a control character"))
            continue
        try:
            row.cells[column] = parse(text)
        except ValueError as error:
            faults.append(row.fault(column, str(error)))
    return faults or [row.fault(column, reason) for column, reason in table.check(row)]


def repeated_keys(table, rows):
    """Faults of rows whose key an earlier row already has; keys with an empty first part do not count."""
    faults = []
    for columns in table.unique:
        seen = {}
        for row in rows:
            key = tuple(row.text[column] for column in columns)
            if key[0] and key in seen:
                faults.append(row.fault(columns[0], f"“{key[0]}” is already on line {seen[key]}"))
            seen.setdefault(key, row.line)
    return faults


def unknown_references(tables, rows_of, unread):
    """Faults of cells that name a row which is not there, except in files not wholly read."""
    faults = []
    for name, table in tables.items():
        for column, reference in table.columns.items():
            if isinstance(reference, Reference) and tables[reference.table].path not in unread:
                known = {row.text[reference.column] for row in rows_of[reference.table]}
                for row in rows_of[name]:
                    wanted = row.cells.get(column) or []
                    for value in wanted if reference.many else [wanted]:
                        if value and value not in known:
                            source = tables[reference.table].path
                            faults.append(row.fault(column, f"“{value}” is not a {reference.column} in {source}"))
    return faults


def circles(rows, key, pointer):
    """Faults of rows that come back to themselves by following `pointer` to another row's `key`."""
    onward = {row.text[key]: row.text[pointer] for row in rows}
    faults = []
    for row in rows:
        seen, at = set(), row.text[pointer]
        while at and at not in seen:
            seen.add(at)
            at = onward.get(at, "")
        if row.text[key] in seen:
            faults.append(row.fault(pointer, "comes back to this row itself"))
    return faults


def read_tables(folder, tables, texts, further_checks):
    """Return the rows of every table and the content of every text, each by its name.

    Raises ImportErrors with every fault, when there is any.
    """
    rows_of, content_of, faults = {}, {}, []
    for name, table in tables.items():
        rows_of[name], found = read_table(folder, table)
        faults += found
    for name, text in texts.items():
        content_of[name], found = read_text(folder, text)
        faults += found
    unread = {fault.file for fault in faults if not fault.column or fault.line == 1}
    faults += unknown_references(tables, rows_of, unread)
    faults += further_checks(rows_of)
    if faults:
        order = [file.path for file in (*tables.values(), *texts.values())]
        raise ImportErrors(sorted(faults, key=lambda fault: (order.index(fault.file), fault.line or 0)))
    return rows_of, content_of
