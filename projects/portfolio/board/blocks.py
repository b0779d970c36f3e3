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
class ReportCell:
    """A cell of a table. `rating` sets its colour."""

    text: str
    rating: str = ""


@dataclass(slots=True)
class ReportTable:
    """A table with rows of `ReportCell`. `widths` are shares of the page; `numbers` are right-aligned columns."""

    caption: str
    heads: list
    rows: list
    widths: list
    numbers: tuple = ()


@dataclass(slots=True)
class Facts:
    """Short facts in a row: [(label, value)]."""

    pairs: list = field(default_factory=list)


@dataclass(slots=True)
class Picture:
    """The timeline of the projects."""

    timeline: object


@dataclass(slots=True)
class NewPage:
    pass
