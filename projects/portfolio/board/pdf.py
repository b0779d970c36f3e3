"""The report as a tagged PDF file (PDF/UA), made with Typst. DejaVu Sans has the letters of most alphabets."""

import re

from estates_portal.identity import current_system
from estates_portal.printable import printable
from projects.labels import PALETTE

from .blocks import Facts, Heading, NewPage, Picture, Text
from .typesetting import typeset

# As on screen: the label is always shown too.
RATING_COLOURS = {rating: PALETTE[f"rating-{rating}"] for rating in ("red", "amber", "green")}
BARS = {
    "approved": PALETTE["shade"],
    **{stage: PALETTE[f"stage-{stage}"] for stage in ("obc", "fbc", "construction", "commissioning")},
    "operational": PALETTE["rating-green"],
}
ROWS = 25  # of a timeline in one picture
LONG_WORD = re.compile(r"\S{30}")


def pdf_of(report, file):
    """Write the report to a binary file."""
    cover = [report.scope, report.created]
    if report.has_examples:
        cover.append("Projects marked Example data are made up.")
    data = {
        "title": printable(report.title),
        "author": current_system().service_name,
        "scope": printable(report.scope),
        "cover": [_text(line) for line in cover],
        "draft": _text(report.draft),
        "palette": PALETTE,
        "blocks": [_block(block) for block in report.blocks],
    }
    file.write(typeset("report.typ", data))


def pictures_of(timeline):
    """[(picture as PNG, alternative text)] of a timeline, ROWS projects on each picture."""
    pictures = []
    for start in range(0, len(timeline.rows), ROWS):
        rows = timeline.rows[start : start + ROWS]
        axis = timeline.axis
        alt = f"Timeline of {', '.join(row.title for row in rows)} from {axis.first.year} to {axis.last.year}"
        data = {"block": _timeline(timeline, rows), "palette": PALETTE}
        pictures.append((typeset("picture.typ", data, "png"), alt))
    return pictures


def _block(block):
    """The block as data for the template."""
    if isinstance(block, NewPage):
        return {"kind": "page"}
    if isinstance(block, Heading):
        return {"kind": "heading", "level": block.level - 1, "text": _text(block.text)}
    if isinstance(block, Text):
        return {"kind": "text", "style": block.kind, "lines": _lines(block.text)}
    if isinstance(block, Facts):
        return {"kind": "facts", "pairs": [[_text(label), _text(value)] for label, value in block.pairs]}
    if isinstance(block, Picture):
        return {"kind": "timeline", **_timeline(block.timeline, block.timeline.rows)}
    return {
        "kind": "table",
        "heads": [{"lines": [_text(head)], "colour": PALETTE["shade"]} for head in block.heads],
        "rows": [
            [{"lines": _lines(cell.text), "colour": RATING_COLOURS.get(cell.rating, "")} for cell in row]
            for row in block.rows
        ],
        "widths": block.widths,
        "numbers": block.numbers,
    }


def _timeline(timeline, rows):
    axis = timeline.axis
    return {
        "width": float(axis.width),
        "first": str(axis.first.year),
        "last": str(axis.last.year),
        "line": float(timeline.today),
        "ticks": [[float(x), label] for x, label in timeline.ticks],
        "stages": [[_bar_colour(stage), label] for stage, label in timeline.stages],
        "rows": [
            {
                "title": _text(row.title),
                "alt": printable("; ".join(part.label for part in [*row.bars, *row.marks])) or "No dates",
                "bars": [
                    {"x": float(bar.x), "width": float(bar.width), "colour": _bar_colour(bar.kind)} for bar in row.bars
                ],
                "marks": [{"x": float(mark.x), "kind": mark.kind, "year": mark.year} for mark in row.marks],
            }
            for row in rows
        ],
    }


def _bar_colour(kind):
    return BARS.get(kind, PALETTE["border"])


def _lines(text):
    return [_text(line) for line in text.splitlines() if line.strip()] or [""]


def _text(text):
    """The text without control characters, with places to break words that are too long for a column."""
    return LONG_WORD.sub("\\g<0>\u200b", printable(text))
