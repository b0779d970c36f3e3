"""The headings of a table that sort it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SortHeading:
    """The heading of a column, with a link to sort by it."""

    label: str
    url: str
    direction: str
    classes: str

    @property
    def arrow(self):
        return {"ascending": "▲", "descending": "▼"}.get(self.direction, "")


def sort_headings(request, columns, current, descending, numbers=()):
    """{name: `SortHeading`} of {name: label}. The link of the current column reverses the order.

    `numbers` are the columns that are aligned right.
    """
    query = request.GET.copy()
    query.pop("page", None)
    headings = {}
    for name, label in columns.items():
        is_current = name == current
        query["sort"] = f"-{name}" if is_current and not descending else name
        direction = ("descending" if descending else "ascending") if is_current else ""
        classes = "app-number" if name in numbers else ""
        headings[name] = SortHeading(label, f"?{query.urlencode()}", direction, classes)
    return headings
