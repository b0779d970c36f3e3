"""The report as a PDF file, made with ReportLab. DejaVu Sans has the letters of most alphabets."""

import functools
from xml.sax.saxutils import escape

from django.conf import settings
from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, Rect, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Frame,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from estates_portal.identity import current_system
from projects.labels import PALETTE

from .blocks import Facts, Heading, NewPage, Picture, Text

MARGIN = 14 * mm
SIZE = landscape(A4)
WIDTH = SIZE[0] - 2 * MARGIN
BLUE, GREY, RED = (colors.HexColor(PALETTE[name]) for name in ("blue", "secondary-text", "red"))
# As on screen: the label is always shown too.
RATING_COLOURS = {rating: PALETTE[f"rating-{rating}"] for rating in ("red", "amber", "green")}
MIN_SPACE = {2: 45 * mm, 3: 20 * mm}  # below a heading of each level, else it moves to the next page
BOXES = 8  # facts in a row
MAX_CHARACTERS = 1200  # in a cell: longer text would not fit on a page


@functools.cache
def _register_fonts():
    folder = settings.BASE_DIR / "node_modules" / "dejavu-fonts-ttf" / "ttf"
    for name, file in (("Portal", "DejaVuSansCondensed"), ("Portal-Bold", "DejaVuSansCondensed-Bold")):
        pdfmetrics.registerFont(TTFont(name, folder / f"{file}.ttf"))
    pdfmetrics.registerFontFamily(
        "Portal", normal="Portal", bold="Portal-Bold", italic="Portal", boldItalic="Portal-Bold"
    )


def _style(size, bold=False, **more):
    font = "Portal-Bold" if bold else "Portal"
    return ParagraphStyle("", fontName=font, fontSize=size, leading=size * 1.35, **more)


STYLES = {
    "title": _style(26, True, spaceAfter=10, textColor=BLUE),
    2: _style(16, True, spaceBefore=12, spaceAfter=6, textColor=BLUE),
    3: _style(10.5, True, spaceBefore=6, spaceAfter=2),
    "": _style(9.5, spaceAfter=4),
    "lede": _style(11, spaceAfter=4),
    "meta": _style(8.5, spaceAfter=4, textColor=GREY),
    "cell": _style(8),
    "number": _style(8, alignment=2),
    "head": _style(8, True),
    "value": _style(12, True, alignment=1),
    "number-head": _style(8, True, alignment=2),
    "label": _style(7.5, alignment=1, textColor=GREY),
}


def pdf_of(report, file):
    """Write the report to a binary file. Returns the number of pages."""
    _register_fonts()
    document = _Report(file, report)
    story = [
        Spacer(1, 40 * mm),
        Paragraph(escape(report.title), STYLES["title"]),
        Paragraph(escape(report.scope), STYLES["lede"]),
        Paragraph(escape(report.created), STYLES["meta"]),
    ]
    if report.has_examples:
        story.append(Paragraph("Projects marked Example data are made up.", STYLES["lede"]))
    story.append(PageBreak())
    for block in report.blocks:
        story += _flowables(block)
    document.build(story)
    return document.page


class _Report(BaseDocTemplate):
    """Pages with a footer of title and page number, and a line above drafts; headings are bookmarks."""

    def __init__(self, file, report):
        super().__init__(
            file,
            pagesize=SIZE,
            title=report.title,
            author=current_system().service_name,
            subject=report.scope,
            lang="en-GB",
        )
        self.footer, self.draft = report.title, report.draft
        frame = Frame(MARGIN, MARGIN, WIDTH, SIZE[1] - 2 * MARGIN, 0, 0, 0, 0)
        self.addPageTemplates([PageTemplate("page", [frame], onPage=self._margins)])

    def _margins(self, canvas, document):
        canvas.saveState()
        canvas.setFont("Portal-Bold", 9)
        canvas.setFillColor(RED)
        canvas.drawRightString(SIZE[0] - MARGIN, SIZE[1] - 9 * mm, self.draft)
        canvas.setFont("Portal", 7.5)
        canvas.setFillColor(GREY)
        canvas.drawString(MARGIN, 7 * mm, self.footer)
        canvas.drawRightString(SIZE[0] - MARGIN, 7 * mm, f"Page {document.page}")
        canvas.restoreState()

    def afterFlowable(self, flowable):
        mark = getattr(flowable, "mark", None)
        if mark:
            self.canv.bookmarkPage(mark)
            self.canv.addOutlineEntry(flowable.getPlainText(), mark, 0)


def _flowables(block):
    if isinstance(block, NewPage):
        return [PageBreak()]
    if isinstance(block, Heading):
        heading = Paragraph(escape(block.text), STYLES[block.level])
        heading.mark = block.key
        return [CondPageBreak(MIN_SPACE[block.level]), heading]
    if isinstance(block, Text):
        return [Paragraph(escape(line), STYLES[block.kind]) for line in block.text.splitlines() if line.strip()]
    if isinstance(block, Facts):
        return [*_facts(block.pairs), Spacer(1, 4 * mm)]
    if isinstance(block, Picture):
        return [_picture(block.timeline), _key(block.timeline), Spacer(1, 4 * mm)]
    return [_table(block), Spacer(1, 4 * mm)]


def _facts(pairs):
    """Boxes of values with their labels, BOXES in a row."""
    rows = []
    for start in range(0, len(pairs), BOXES):
        row_pairs = pairs[start : start + BOXES]
        cells = [
            [Paragraph(escape(value), STYLES["value"]), Paragraph(escape(label), STYLES["label"])]
            for label, value in row_pairs
        ]
        row = Table([cells], colWidths=[WIDTH / BOXES] * len(row_pairs), hAlign="LEFT")
        row.setStyle(TableStyle([("BOX", (n, 0), (n, 0), 0.5, GREY) for n in range(len(row_pairs))]))
        rows += [row, Spacer(1, 1.5 * mm)]
    return rows


def _table(block):
    heads = [
        Paragraph(escape(label), STYLES["number-head" if index in block.numbers else "head"])
        for index, label in enumerate(block.heads)
    ]
    rows, style = (
        [heads],
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor(PALETTE["line"])),
            ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor(PALETTE["shade"])),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ],
    )
    for number, row in enumerate(block.rows, 1):
        cells = []
        for index, cell in enumerate(row):
            text = cell.text if len(cell.text) <= MAX_CHARACTERS else f"{cell.text[:MAX_CHARACTERS]}…"
            cells.append(Paragraph(escape(text), STYLES["number" if index in block.numbers else "cell"]))
            if cell.rating in RATING_COLOURS:
                colour = colors.HexColor(RATING_COLOURS[cell.rating])
                style.append(("BACKGROUND", (index, number), (index, number), colour))
        rows.append(cells)
    total = sum(block.widths)
    widths = [WIDTH * share / total for share in block.widths]
    return Table(rows, colWidths=widths, repeatRows=1, style=TableStyle(style), splitInRow=1)


# The timeline --------------------------------------------------------------------------------------------------------

TITLES = 0.26  # of the width
ROW = 6 * mm
BARS = {
    "approved": PALETTE["shade"],
    **{stage: PALETTE[f"stage-{stage}"] for stage in ("obc", "fbc", "construction", "commissioning")},
    "operational": PALETTE["rating-green"],
}


def _picture(timeline):
    """A row for each project, with its stages as bars and its milestones as marks, like the page."""
    width = WIDTH * (1 - TITLES)
    scale = width / timeline.axis.width
    rows = [["", _years(timeline, width, scale)]]
    for row in timeline.rows:
        rows.append([Paragraph(escape(row.title), STYLES["cell"]), _drawn(row, timeline, width, scale)])
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor(PALETTE["line"])),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
        ]
    )
    return Table(rows, colWidths=[WIDTH * TITLES, width], repeatRows=1, style=style)


def _years(timeline, width, scale):
    drawing = Drawing(width, ROW)
    for x, label in timeline.ticks:
        drawing.add(String(float(x) * scale + 1, 5, label, fontName="Portal", fontSize=7, fillColor=GREY))
    return drawing


def _drawn(row, timeline, width, scale):
    drawing = Drawing(width, ROW)
    for x, _label in timeline.ticks:
        drawing.add(
            Line(
                float(x) * scale,
                0,
                float(x) * scale,
                ROW,
                strokeColor=colors.HexColor(PALETTE["tick"]),
                strokeWidth=0.4,
            )
        )
    for bar in row.bars:
        x, size = float(bar.x) * scale, float(bar.width) * scale
        colour = colors.HexColor(BARS.get(bar.kind, PALETTE["border"]))
        drawing.add(Rect(x, ROW * 0.25, size, ROW * 0.5, fillColor=colour, strokeColor=None))
    today = float(timeline.today) * scale
    drawing.add(
        Line(today, 0, today, ROW, strokeColor=colors.HexColor(PALETTE["red"]), strokeWidth=1, strokeDashArray=[2, 1.5])
    )
    for mark in row.marks:
        x = float(mark.x) * scale
        drawing.add(_mark(mark.kind, x, ROW / 2))
        if mark.year:
            anchor, offset = ("start", 5) if mark.kind == "before" else ("end", -5)
            drawing.add(
                String(
                    x + offset,
                    ROW / 2 - 2.5,
                    mark.year,
                    fontName="Portal",
                    fontSize=6,
                    fillColor=GREY,
                    textAnchor=anchor,
                )
            )
    return drawing


def _mark(kind, x, y):
    if kind in {"before", "after"}:
        tip, base = (x, x + 4) if kind == "before" else (x, x - 4)
        return Polygon([tip, y, base, y + 3, base, y - 3], fillColor=GREY, strokeColor=None)
    if kind == "actual":
        return Circle(x, y, 2.2, fillColor=colors.HexColor(PALETTE["green"]), strokeColor=None)
    size = 3.2 if kind == "baseline" else 2.6
    points = [x - size, y, x, y + size, x + size, y, x, y - size]
    if kind == "baseline":
        return Polygon(points, fillColor=colors.white, strokeColor=colors.HexColor(PALETTE["text"]), strokeWidth=0.7)
    return Polygon(points, fillColor=BLUE, strokeColor=None)


def _key(timeline):
    """The key of marks and bars."""
    parts = [("baseline", "approved, or first planned"), ("forecast", "forecast"), ("actual", "reached")]
    drawing, x = Drawing(WIDTH, ROW), 4
    for kind, label in parts:
        drawing.add(_mark(kind, x, ROW / 2))
        drawing.add(String(x + 6, ROW / 2 - 2.5, label, fontName="Portal", fontSize=7, fillColor=GREY))
        x += 16 + pdfmetrics.stringWidth(label, "Portal", 7)
    for stage, label in timeline.stages:
        drawing.add(Rect(x, ROW * 0.3, 10, ROW * 0.4, fillColor=colors.HexColor(BARS[stage]), strokeColor=None))
        drawing.add(String(x + 13, ROW / 2 - 2.5, label, fontName="Portal", fontSize=7, fillColor=GREY))
        x += 22 + pdfmetrics.stringWidth(label, "Portal", 7)
    return drawing
