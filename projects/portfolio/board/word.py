"""The report as a Word file, made with python-docx, with headings and tables that users can edit."""

import io

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from estates_portal.identity import current_system
from estates_portal.printable import printable as _text
from projects.labels import PALETTE

from .blocks import Facts, Heading, NewPage, Picture, Text
from .pdf import RATING_COLOURS, pictures_of

WIDTH = 297 - 2 * 14  # millimetres between the margins of landscape A4
FONT, LANGUAGE = "Arial", "en-GB"


def word_of(report, file):
    """Write the report to a binary file."""
    document = Document()
    _set_language_and_fonts(document)
    _lay_out(document, report)
    document.add_heading(_text(report.title), 0)
    document.add_paragraph(_text(report.scope))
    document.add_paragraph(_text(report.created))
    if report.has_examples:
        document.add_paragraph("Projects marked Example data are made up.")
    document.add_page_break()
    _add_contents(document, [block for block in report.blocks if isinstance(block, Heading) and block.level == 2])
    document.add_page_break()
    for block in report.blocks:
        _add(document, block)
    document.save(file)


def _set_language_and_fonts(document):
    """Replace the language of python-docx's template, and the fonts of its theme, which win over named ones."""
    rels = document.part.rels
    for key in [key for key, rel in rels.items() if rel.reltype.endswith("/stylesWithEffects")]:
        del rels[key]  # the same styles again, for Word 2010
    for part in (document.styles.element, document.settings.element):
        for element in part.iter(qn("w:lang"), qn("w:themeFontLang")):
            element.set(qn("w:val"), LANGUAGE)
            element.attrib.pop(qn("w:eastAsia"), None)
    for fonts in document.styles.element.iter(qn("w:rFonts")):
        fonts.attrib.clear()
        for letters in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{letters}"), FONT)


def _lay_out(document, report):
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = Mm(14)
    section.bottom_margin, section.footer_distance = Mm(18), Mm(8)
    document.styles["Normal"].font.size = Pt(10)
    for level in (1, 2):
        document.styles[f"Heading {level}"].font.color.rgb = RGBColor.from_string(_hex(PALETTE["blue"]))
    properties = document.core_properties
    properties.title, properties.language = _text(report.title), LANGUAGE
    properties.author = current_system().service_name
    if report.draft:
        draft = section.header.paragraphs[0].add_run(_text(report.draft))
        draft.bold, draft.font.color.rgb = True, RGBColor.from_string(_hex(PALETTE["red"]))
    footer = section.footer.paragraphs[0]
    footer.style.paragraph_format.tab_stops.clear_all()
    footer.paragraph_format.tab_stops.add_tab_stop(Mm(WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    footer.add_run(f"{_text(report.title)}\tPage ")
    _add_field(footer, "PAGE", "1")
    footer.add_run(" of ")
    _add_field(footer, "NUMPAGES", "1")


def _hex(colour):
    return colour.removeprefix("#")


def _add_field(paragraph, code, shown):
    """Add a field, which Word computes; `shown` is its text until then."""
    _add_field_mark(paragraph, "begin")
    instruction = OxmlElement("w:instrText")
    instruction.text = f" {code} "
    paragraph.add_run()._r.append(instruction)
    _add_field_mark(paragraph, "separate")
    paragraph.add_run(shown)
    _add_field_mark(paragraph, "end")


def _add_field_mark(paragraph, kind):
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(mark)


def _add_contents(document, headings):
    """Add a contents field with links to the headings. Word adds the page numbers when a reader updates it."""
    document.add_paragraph("Contents", style="TOC Heading")
    paragraph = document.add_paragraph()
    _add_field_mark(paragraph, "begin")
    instruction = OxmlElement("w:instrText")
    instruction.text = ' TOC \\o "1-1" \\h \\z '
    paragraph.add_run()._r.append(instruction)
    _add_field_mark(paragraph, "separate")
    for number, heading in enumerate(headings):
        if number:
            paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(2)
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), _bookmark(heading))
        run = paragraph.add_run(_text(heading.text))
        link.append(run._r)
        paragraph._p.append(link)
    _add_field_mark(paragraph, "end")


def _bookmark(heading):
    """The name of the bookmark of a heading with a key: letters, digits and _, at most 40."""
    return f"_{heading.key.replace('-', '_')}"[:40]


def _add_heading(document, block):
    heading = document.add_heading(_text(block.text), block.level - 1)
    if block.key:
        number = str(len(document.element.body))
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        start.set(qn("w:name"), _bookmark(block))
        for mark in (start, end):
            mark.set(qn("w:id"), number)
            heading._p.append(mark)


def _add(document, block):
    if isinstance(block, NewPage):
        document.add_page_break()
    elif isinstance(block, Heading):
        _add_heading(document, block)
    elif isinstance(block, Text):
        for line in block.text.splitlines():
            if line.strip():
                document.add_paragraph(_text(line))
    elif isinstance(block, Picture):
        for picture, alt in pictures_of(block.timeline):
            shape = document.add_picture(io.BytesIO(picture), width=Mm(WIDTH))
            shape._inline.docPr.set("descr", _text(alt))
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
    _set_row(table.rows[0], "tblHeader")
    for row in table.rows:
        _set_row(row, "cantSplit")
    _describe(table, block.caption)
    for number, row in enumerate(block.rows, 1):
        for index, cell in enumerate(row):
            _fill(grid[number][index], cell.text, widths[index], right=index in block.numbers)
            if cell.rating in RATING_COLOURS:
                _shade(grid[number][index], _hex(RATING_COLOURS[cell.rating]))
    document.add_paragraph()


def _fill(cell, text, width, *, bold=False, right=False):
    cell.width = width
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(_text(text))
    run.font.size = Pt(8)
    if bold:
        run.bold = True
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _shade(cell, colour):
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _describe(table, caption):
    """Add the caption as the title of the table for screen readers."""
    title = OxmlElement("w:tblCaption")
    title.set(qn("w:val"), _text(caption))
    table._tbl.tblPr.append(title)


def _set_row(row, *properties):
    """Set properties of a row: "tblHeader" repeats it on each page, "cantSplit" keeps it on one page."""
    for name in properties:
        mark = OxmlElement(f"w:{name}")
        mark.set(qn("w:val"), "true")
        row._tr.get_or_add_trPr().append(mark)
