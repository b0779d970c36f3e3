"""The board report: its content, and its three formats (page, PDF and Word).

The PDF and Word libraries are imported with the first report, to start the portal faster.
"""

from .content import BoardReport, build_board_report

__all__ = ["BoardReport", "build_board_report", "pdf_of", "word_of"]


def pdf_of(report, file):
    """Write the report to a binary file as PDF."""
    from . import pdf

    pdf.pdf_of(report, file)


def word_of(report, file):
    """Write the report to a binary file as a Word document."""
    from . import word

    word.word_of(report, file)
