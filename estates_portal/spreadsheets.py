"""Reads the tables of uploaded files: .xls workbooks and CSV files, known by their content and not by their name."""

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from estates_portal.text import clean_text

MAX_BYTES = 20_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 1_000
MAX_CELLS = 3_000_000
READER = Path(__file__).with_name("xls_reader.py")
READING_SECONDS = 25

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
ENCRYPTED_XLSX = "EncryptedPackage".encode("utf-16-le")  # a protected .xlsx workbook, in a container like that of .xls
NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f]")
DELIMITERS = (",", ";", "\t")
SAVE_AS_CSV = "Open it in Excel, save the sheet as “CSV UTF-8” and choose that file"


class UnreadableFile(Exception):
    """The file cannot be used. Its text is a sentence, or two, for the person who chose it."""


@dataclass(frozen=True)
class Sheet:
    """A table of texts: `rows[0]` is row 1 as Excel counts it. Rows can be of different lengths. A CSV has no name."""

    name: str
    rows: list


def read_sheets(content):
    """[`Sheet`] of the file, without hidden ones. Raises UnreadableFile for every file that cannot be read."""
    if not content:
        raise UnreadableFile("The file is empty")
    if len(content) > MAX_BYTES:
        raise UnreadableFile(f"The file must be smaller than {MAX_BYTES // 1_000_000} MB")
    if content.startswith(OLE):
        sheets = read_xls(content)
    elif content.startswith(ZIP):
        raise UnreadableFile(f"This is an .xlsx workbook or a zip file. {SAVE_AS_CSV}")
    else:
        sheets = [Sheet("", read_csv(content))]
    for sheet in sheets:
        check_size(sheet)
    return sheets


def check_size(sheet):
    where = f"The sheet “{sheet.name}”" if sheet.name else "The file"
    if len(sheet.rows) > MAX_ROWS:
        raise UnreadableFile(f"{where} must have at most {MAX_ROWS:,} rows")
    if any(len(row) > MAX_COLUMNS for row in sheet.rows):
        raise UnreadableFile(f"{where} must have at most {MAX_COLUMNS:,} columns")


def read_xls(content):
    if ENCRYPTED_XLSX in content:
        raise UnreadableFile("The file has a password. Remove the password in Excel, save the file and choose it again")
    try:
        done = subprocess.run(  # noqa: S603 - our own script
            [sys.executable, "-I", str(READER)], input=content, capture_output=True, timeout=READING_SECONDS
        )
        answer = json.loads(done.stdout) if done.returncode == 0 else {"error": ""}
    except (subprocess.TimeoutExpired, ValueError):
        answer = {"error": ""}
    if "encrypted" in answer.get("error", "").lower():
        raise UnreadableFile("The file has a password. Remove the password in Excel, save the file and choose it again")
    if "sheets" not in answer:
        raise UnreadableFile(f"The file is damaged, too large or not an Excel workbook. {SAVE_AS_CSV}")
    if sum(len(row) for _name, rows in answer["sheets"] for row in rows) > MAX_CELLS:
        raise UnreadableFile(f"The file must have at most {MAX_CELLS:,} cells")
    return [Sheet(_cell(name), [list(map(_cell, row)) for row in rows]) for name, rows in answer["sheets"]]


def _cell(text):
    return clean_text(text).strip()


def decode(content):
    """The text of a file in UTF-8 or, if it is not, in Windows-1252, as Excel saves CSV files."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFile(f"The file is not in UTF-8. {SAVE_AS_CSV}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise UnreadableFile(f"Line {line} has characters that cannot be read. {SAVE_AS_CSV}") from None
    if NOT_TEXT.search(text):
        raise UnreadableFile("The file is neither an Excel workbook (.xls) nor a CSV file")
    return text


def read_csv(content):
    """The rows of a CSV file, separated by commas, semicolons or tabs."""
    text = decode(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    if text.count(delimiter) + text.count("\n") > MAX_CELLS:
        raise UnreadableFile(f"The file must have at most {MAX_CELLS:,} cells")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [list(map(_cell, row)) for row in reader]
    except csv.Error:
        raise UnreadableFile(f"Line {reader.line_num} is not a line of a CSV file. {SAVE_AS_CSV}") from None
