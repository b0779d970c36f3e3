"""The board report: what it says (`content`), once, and how it is put: a page, a PDF file, a Word file.

The libraries for PDF and Word are loaded with the first report: they would make every start a quarter longer.
"""

from .content import BoardReport, build_board_report

__all__ = ["BoardReport", "build_board_report", "pdf_of", "word_of"]


def pdf_of(report, file):
    """Write the report to a binary file as PDF. Returns the number of its pages."""
    from . import pdf

    return pdf.pdf_of(report, file)


def word_of(report, file):
    """Write the report to a binary file as a Word document."""
    from . import word

    word.word_of(report, file)
