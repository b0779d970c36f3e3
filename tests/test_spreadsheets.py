"""Uploaded tables: good ones are read, broken and hostile ones refused with a sentence."""

import io
import zipfile

import pytest

from estates_portal import spreadsheets
from estates_portal.spreadsheets import UnreadableFile, read_sheets
from tests.eric import xls_bytes


@pytest.fixture(scope="module")
def workbook():
    return xls_bytes()


def zipped():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return content.getvalue()


def test_workbook_has_its_sheets_as_text(workbook):
    sheets = read_sheets(workbook)
    assert [sheet.name for sheet in sheets] == ["Trust Data", "Site Data", "Disclaimer"]
    assert sheets[1].rows[0][7] == "Facilities Management (FM) Services"
    assert sheets[1].rows[139][4:6] == ["RC971", "LUTON AND DUNSTABLE HOSPITAL"]
    assert sheets[1].rows[137][22] == "15.46"
    assert sheets[1].rows[137][39] == "196181"


@pytest.mark.parametrize(
    "content",
    [
        "Site,Floor (m²)\r\nA,1\r\n".encode(),
        "Site,Floor (m²)\r\nA,1\r\n".encode("cp1252"),
        "\ufeffSite;Floor (m²)\nA;1".encode(),
    ],
)
def test_csv_is_read_in_utf_8_and_windows_1252(content):
    (sheet,) = read_sheets(content)
    assert sheet.rows == [["Site", "Floor (m²)"], ["A", "1"]]


def test_cells_have_plain_breaks_and_no_control_characters():
    (sheet,) = read_sheets('"One\r\r\ntwo\xa0three\x7f",x\n'.encode())
    assert sheet.rows == [["One\ntwo three", "x"]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04rest", "This is an .xlsx workbook or a zip file"),
        (zipped(), "This is an .xlsx workbook or a zip file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "neither an Excel workbook"),
        (b"%PDF-1.7\n\x01\x02", "neither an Excel workbook"),
        ("a,b\n1,2\n".encode("utf-16"), "not in UTF-8"),
        (b"a,b\n1,\x81\n", "Line 2 has characters that cannot be read"),
        (b'a,b\n1,"2\n3,4\n', "is not a line of a CSV file"),
        (spreadsheets.OLE, "damaged, too large or not an Excel workbook"),
        (spreadsheets.OLE + bytes(5000), "damaged, too large or not an Excel workbook"),
        (spreadsheets.OLE + bytes(100) + spreadsheets.ENCRYPTED_XLSX, "has a password"),
        (b"a," * 1_001, "at most 1,000 columns"),
        (b"a\n" * 20_001, "at most 20,000 rows"),
        (b"," * 3_000_001, "at most 3,000,000 cells"),
        (b"a" * 20_000_001, "smaller than 20 MB"),
        (b'"' + b"a" * 200_000 + b'"', "is not a line of a CSV file"),
    ],
)
def test_bad_file_is_refused_with_a_sentence(content, sentence):
    with pytest.raises(UnreadableFile, match=sentence):
        read_sheets(content)


@pytest.mark.parametrize("cut", [5_000, 700_000])
def test_damaged_workbook_is_refused_or_read(workbook, cut):
    """Never an error of the reader, whatever is missing."""
    try:
        read_sheets(workbook[:cut])
    except UnreadableFile as error:
        assert "damaged" in str(error)


@pytest.mark.parametrize("position", [30, 48, 76, 520])
def test_workbook_with_changed_bytes_is_refused_or_read(workbook, position):
    content = bytearray(workbook)
    content[position : position + 4] = b"\xff\xff\xff\x7f"
    try:
        read_sheets(bytes(content))
    except UnreadableFile as error:
        assert str(error)


@pytest.mark.parametrize(
    ("limit", "value", "sentence"),
    [
        ("MAX_ROWS", 1_000, "The sheet “Site Data” must have at most 1,000 rows"),
        ("MAX_COLUMNS", 50, "The sheet “Site Data” must have at most 50 columns"),
        ("MAX_CELLS", 9_999, "The file must have at most 9,999 cells"),
    ],
)
def test_workbook_above_a_limit_is_refused(monkeypatch, workbook, limit, value, sentence):
    monkeypatch.setattr(spreadsheets, limit, value)
    with pytest.raises(UnreadableFile, match=sentence):
        read_sheets(workbook)


def test_workbook_with_a_password_is_refused():
    with pytest.raises(UnreadableFile, match="has a password"):
        read_sheets(encrypted_workbook())


def test_reader_that_takes_too_long_is_stopped(monkeypatch, tmp_path, workbook):
    slow = tmp_path / "slow.py"
    slow.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(spreadsheets, "READER", slow)
    monkeypatch.setattr(spreadsheets, "READING_SECONDS", 0.2)
    with pytest.raises(UnreadableFile, match="damaged"):
        read_sheets(workbook)


def test_reader_without_enough_memory_is_refused(monkeypatch, tmp_path, workbook):
    small = tmp_path / "small.py"
    small.write_text(spreadsheets.READER.read_text().replace("600 * 1024", "20 * 1024"))
    monkeypatch.setattr(spreadsheets, "READER", small)
    with pytest.raises(UnreadableFile, match="damaged"):
        read_sheets(workbook)


def encrypted_workbook():
    """The workbook with the mark of a password in place of its second record."""
    content = bytearray(xls_bytes())
    first = content.index(b"\x09\x08\x10\x00\x00\x06\x05\x00")  # the first record of its globals
    content[first + 20 : first + 22] = b"\x2f\x00"
    return bytes(content)
