"""The board report: what it says (`content`), once, and how it is put: a page, a PDF file, a Word file."""

from .content import BoardReport, board_report
from .pdf import pdf_of
from .word import word_of

__all__ = ["BoardReport", "board_report", "pdf_of", "word_of"]
