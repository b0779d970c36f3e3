"""The blocks of a board report, for the page, PDF and Word."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Heading:
    text: str
    level: int = 2
    key: str = ""


@dataclass(slots=True)
class Text:
    """A paragraph; `kind` is "", "lede" or "meta"."""

    text: str
    kind: str = ""


@dataclass(slots=True)
class Cell:
    """A cell of a table; `rating` colours it; the label is its text."""

    text: str
    rating: str = ""


@dataclass(slots=True)
class Table:
    """Rows of `Cell`s; `widths` are shares of the page, `numbers` the columns that are right-aligned."""

    caption: str
    heads: list
    rows: list
    widths: list
    numbers: tuple = ()


@dataclass(slots=True)
class Facts:
    """Short facts side by side: [(label, value)]."""

    pairs: list = field(default_factory=list)


@dataclass(slots=True)
class Picture:
    """The timeline of the projects, drawn on the page and in PDF. Word has only the table after it."""

    timeline: object


@dataclass(slots=True)
class NewPage:
    pass
