"""Reads CSV tables and checks every cell, so that one run reports all errors."""

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import ValidationError

from estates_portal.text import clean_text

CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class CellError:
    """An error with its position. Line is None and column is "" for an error of the whole file or line."""

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
    """The files cannot be loaded. `errors` are `CellError`s in the order of the files and their lines."""

    def __init__(self, errors):
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


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
    """The format of one file: a parser for each column, columns that are unique together, and a check of a row.

    `lines` is the number of rows it must have, or None.
    """

    path: str
    columns: dict[str, Callable[[str], object]]
    unique: tuple[tuple[str, ...], ...] = ()
    check: Callable[["Row"], Iterable[tuple[str, str]]] = lambda row: ()
    lines: int | None = None


@dataclass(frozen=True)
class Text:
    """A file of text. `check` raises ValueError with the reason for a bad one."""

    path: str
    check: Callable[[str], object] = lambda text: None


@dataclass
class Row:
    """The parsed cells of one line: `row["column"]`."""

    file: str
    line: int
    text: dict[str, str]
    cells: dict[str, object] = field(default_factory=dict)

    def __getitem__(self, column):
        return self.cells[column]

    def error(self, column, reason):
        return CellError(self.file, self.line, column, reason)


# Cells. Each parser takes the stripped text and returns its value, or raises ValueError with the reason.


def like(model, name):
    """A cell that the field of the model accepts: length, choices, URL, postcode, whether it can be empty."""
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


def required_number(model, name):
    """As `whole_number`, but not an empty cell."""
    parse = whole_number(model, name)

    def parse_required(text):
        if not text:
            raise ValueError("is empty")
        return parse(text)

    return parse_required


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
    """A cell with one of the keys of `meanings`. Parses to its value."""

    def parse(text):
        if text not in meanings:
            raise ValueError(f"“{text}” is not one of: {', '.join(key or '(empty)' for key in meanings)}")
        return meanings[text]

    return parse


def items(text):
    """The items of a cell, separated by semicolons. Raises ValueError for repeated items."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    repeated = {part for part in parts if parts.count(part) > 1}
    if repeated:
        raise ValueError(f"repeats “{'”, “'.join(sorted(repeated))}”")
    return parts


def many(parse):
    """A cell with a list, each item parsed by `parse`."""
    return lambda text: [parse(part) for part in items(text)]


# Files.


def read_file(folder, path):
    """Return the text of the file and [`CellError`], which is empty if it can be read."""
    try:
        content = (folder / path).read_bytes()
    except OSError as error:
        return "", [CellError(path, None, "", f"cannot be read ({error.strerror})")]
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return "", [CellError(path, line, "", "is not in UTF-8: save the file as “CSV UTF-8”")]


def _clean(cell):
    """The text of a cell without invisible marks. Control characters stay, and are errors."""
    return cell.strip() if CONTROL_CHARACTER.search(cell) else clean_text(cell).strip()


def read_text(folder, text):
    """Return the text of one file and its errors."""
    content, errors = read_file(folder, text.path)
    if "\0" in content:
        errors.append(CellError(text.path, None, "", "contains a control character"))
    try:
        text.check(content)
    except ValueError as error:
        errors.append(CellError(text.path, None, "", str(error)))
    return clean_text(content), errors


def read_table(folder, table):
    """Return the rows of one file and its errors. Cells with errors are missing from their rows."""
    content, errors = read_file(folder, table.path)
    if errors:
        return [], errors

    rows, errors = [], []
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        errors += header_errors(table, header)
        if errors:
            return [], errors
        line = reader.line_num + 1
        for values in reader:
            if any(value.strip() for value in values):
                if len(values) == len(header):
                    row = Row(table.path, line, dict(zip(header, map(_clean, values), strict=True)))
                    errors += parse_cells(table, row)
                    rows.append(row)
                else:
                    reason = f"has {len(values)} cells where the header has {len(header)}"
                    errors.append(CellError(table.path, line, "", reason))
            line = reader.line_num + 1
    except csv.Error as error:
        errors.append(CellError(table.path, reader.line_num, "", f"is not a line of CSV ({error})"))
    if not errors and table.lines not in {None, len(rows)}:
        errors.append(
            CellError(table.path, None, "", f"has {len(rows)} lines below the header, where it must have {table.lines}")
        )
    return rows, errors + repeated_keys(table, rows)


def header_errors(table, header):
    errors = [CellError(table.path, 1, name, "the column is missing") for name in table.columns if name not in header]
    for position, name in enumerate(header):
        if name in header[:position]:
            errors.append(CellError(table.path, 1, name, "the column is repeated"))
        elif name not in table.columns:
            errors.append(CellError(table.path, 1, name or "(no name)", "is not a column of this file"))
    return errors


def parse_cells(table, row):
    """Fill `row.cells` and return the errors. Checks the row only if all its cells are good."""
    errors = []
    for column, parse in table.columns.items():
        text = row.text[column]
        if CONTROL_CHARACTER.search(text):
            errors.append(row.error(column, "contains a control character"))
            continue
        try:
            row.cells[column] = parse(text)
        except ValueError as error:
            errors.append(row.error(column, str(error)))
    return errors or [row.error(column, reason) for column, reason in table.check(row)]


def repeated_keys(table, rows):
    """Errors of rows that repeat the key of an earlier row. Ignores keys with an empty first part."""
    errors = []
    for columns in table.unique:
        seen = {}
        for row in rows:
            key = tuple(row.text[column] for column in columns)
            if key[0] and key in seen:
                errors.append(row.error(columns[0], f"“{key[0]}” is already on line {seen[key]}"))
            seen.setdefault(key, row.line)
    return errors


def unknown_references(tables, rows_of, unread):
    """Errors of cells that name a missing row. Ignores references to the `unread` files."""
    errors = []
    for name, table in tables.items():
        for column, reference in table.columns.items():
            if isinstance(reference, Reference) and tables[reference.table].path not in unread:
                known = {row.text[reference.column] for row in rows_of[reference.table]}
                for row in rows_of[name]:
                    cell = row.cells.get(column) or []
                    for value in cell if reference.many else [cell]:
                        if value and value not in known:
                            source = tables[reference.table].path
                            errors.append(row.error(column, f"“{value}” is not a {reference.column} in {source}"))
    return errors


def circles(rows, key, pointer):
    """Errors of rows that lead back to themselves, following `pointer` to another row's `key`."""
    targets = {row.text[key]: row.text[pointer] for row in rows}
    errors = []
    for row in rows:
        seen, target = set(), row.text[pointer]
        while target and target not in seen:
            seen.add(target)
            target = targets.get(target, "")
        if row.text[key] in seen:
            errors.append(row.error(pointer, "leads back to this row"))
    return errors


def read_tables(folder, tables, texts, further_checks):
    """Return ({name: rows} of the tables, {name: content} of the texts). Raises ImportErrors with every error."""
    rows_of, content_of, errors = {}, {}, []
    for name, table in tables.items():
        rows_of[name], file_errors = read_table(folder, table)
        errors += file_errors
    for name, text in texts.items():
        content_of[name], file_errors = read_text(folder, text)
        errors += file_errors
    unread = {error.file for error in errors if not error.column or error.line == 1}
    errors += unknown_references(tables, rows_of, unread)
    errors += further_checks(rows_of)
    if errors:
        order = [file.path for file in (*tables.values(), *texts.values())]
        raise ImportErrors(sorted(errors, key=lambda error: (order.index(error.file), error.line or 0)))
    return rows_of, content_of
