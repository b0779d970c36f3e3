"""What a report is made of, whatever it is put into."""

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
    """A cell of a table; `rating` colours it, and its word is there to be read."""

    text: str
    rating: str = ""


@dataclass(slots=True)
class Table:
    """Rows of `Cell`s; `widths` are shares of the page, `numbers` the columns that are set to the right."""

    caption: str
    heads: list
    rows: list
    widths: list
    numbers: tuple = ()


@dataclass(slots=True)
class Facts:
    """Short facts side by side: [(words, value)]."""

    pairs: list = field(default_factory=list)


@dataclass(slots=True)
class Picture:
    """The timeline of the projects, drawn on the page and in PDF; Word has the table after it alone."""

    timeline: object


@dataclass(slots=True)
class NewPage:
    pass
