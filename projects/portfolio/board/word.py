"""The report as a Word file, made with python-docx, with headings and tables that users can edit."""

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from estates_portal.identity import current_system
from projects.labels import PALETTE

from .blocks import Facts, Heading, NewPage, Picture, Text

RATING_COLOURS = {rating: PALETTE[f"rating-{rating}"].removeprefix("#") for rating in ("red", "amber", "green")}
WIDTH = 297 - 2 * 14  # millimetres between the margins of landscape A4


def word_of(report, file):
    """Write the report to a binary file."""
    document = Document()
    _lay_out(document, report)
    document.add_heading(_text(report.title), 0)
    document.add_paragraph(_text(report.scope))
    document.add_paragraph(_text(report.created))
    if report.has_examples:
        document.add_paragraph("Projects marked Example data are made up.")
    document.add_page_break()
    for block in report.blocks:
        _add(document, block)
    document.save(file)


def _lay_out(document, report):
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = Mm(14)
    section.bottom_margin, section.footer_distance = Mm(18), Mm(8)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(10)
    for level in (1, 2):
        style = document.styles[f"Heading {level}"]
        style.font.name, style.font.color.rgb = "Arial", RGBColor(0x00, 0x5E, 0xB8)
        style.element.rPr.rFonts.set(qn("w:asciiTheme"), "")
    properties = document.core_properties
    properties.title, properties.language = _text(report.title), "en-GB"
    properties.author = current_system().service_name
    section.footer.paragraphs[0].text = _text(report.title)
    if report.draft:
        draft = section.header.paragraphs[0].add_run(_text(report.draft))
        draft.bold, draft.font.color.rgb = True, RGBColor.from_string(PALETTE["red"].removeprefix("#"))


def _add(document, block):
    if isinstance(block, NewPage):
        document.add_page_break()
    elif isinstance(block, Heading):
        document.add_heading(_text(block.text), block.level - 1)
    elif isinstance(block, Text):
        for line in block.text.splitlines():
            if line.strip():
                document.add_paragraph(_text(line))
    elif isinstance(block, Picture):
        document.add_paragraph("See the PDF for the timeline. Dates are in the table below.")
    elif isinstance(block, Facts):
        _facts(document, block.pairs)
    else:
        _table(document, block)


def _facts(document, pairs):
    paragraph = document.add_paragraph()
    for index, (label, value) in enumerate(pairs):
        if index:
            paragraph.add_run("   ·   ")
        paragraph.add_run(f"{_text(label)}: ")
        paragraph.add_run(_text(value)).bold = True


def _table(document, block):
    table = document.add_table(rows=1 + len(block.rows), cols=len(block.heads), style="Table Grid")
    table.autofit = False
    total = sum(block.widths)
    widths = [Mm(WIDTH * share / total) for share in block.widths]
    for index, column in enumerate(table.columns):
        column.width = widths[index]
    grid = [row.cells for row in table.rows]
    for index, label in enumerate(block.heads):
        _fill(grid[0][index], label, widths[index], bold=True, right=index in block.numbers)
    _repeat(table.rows[0])
    for number, row in enumerate(block.rows, 1):
        for index, cell in enumerate(row):
            _fill(grid[number][index], cell.text, widths[index], right=index in block.numbers)
            if cell.rating in RATING_COLOURS:
                _shade(grid[number][index], RATING_COLOURS[cell.rating])
    document.add_paragraph()


def _fill(cell, text, width, *, bold=False, right=False):
    cell.width = width
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(_text(text))
    run.font.size, run.bold = Pt(8), bold
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _shade(cell, colour):
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _repeat(row):
    """Repeat the row as the heading of the table on each page."""
    heading = OxmlElement("w:tblHeader")
    heading.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(heading)


def _text(text):
    """The text without characters that XML does not allow."""
    return "".join(letter for letter in text if letter in "\t\n" or ord(letter) >= 32)
