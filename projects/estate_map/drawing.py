"""Draws the things of a layer: the position of each marker, with its number, and the names of towns."""

from dataclasses import dataclass

from estates_portal.sorting import SortKey
from projects.labels import not_accepted
from sites.map import apart, picture
from sites.models import Town

from .layers import Group, Thing

MARKER = 26  # units between the centres of two markers, so that a finger can tell them apart
MOST_MARKERS = 60  # with more, a map of the whole area has dots without numbers
NAME_WIDTH, NAME_HEIGHT = 8, 18  # units of a letter and of a line


@dataclass(frozen=True)
class Marker:
    """A thing with its position in the picture. `mark` is in its shape and in the first column of its row."""

    thing: Thing
    group: Group
    headings: tuple[str, ...]
    number: int
    x: int
    y: int

    @property
    def mark(self):
        return f"{self.group.letter}{self.number}"

    @property
    def cells(self):
        """[(heading, cell)] of its row."""
        return list(zip(self.headings, self.thing.cells, strict=True))

    @property
    def label(self):
        """What a screen reader says of it: "3. Oak Wing, Open"."""
        waiting = not_accepted(self.thing.is_accepted and self.thing.figures_accepted)
        return f"{self.mark}. {self.thing.name}, {self.group.label}{f', {waiting.lower()}' if waiting else ''}"


@dataclass(frozen=True)
class Label:
    """The name of a town, written at (x, y), and its point if the name is next to it."""

    name: str
    x: int
    y: int
    anchor: str  # "start", "middle" or "end": which part of the name is at x
    point: tuple[int, int] | None

    @property
    def box(self):
        """(left, top, right, bottom) of the name."""
        length = NAME_WIDTH * len(self.name)
        left = self.x - {"start": 0, "middle": length // 2, "end": length}[self.anchor]
        return left, self.y - NAME_HEIGHT + 4, left + length, self.y + 4


@dataclass(frozen=True)
class Drawing:
    """A layer as the reader sees it, in the whole area or in one place."""

    markers: list[Marker]
    missing: list[Thing]
    total: int
    counts: list[tuple[Group, int]]  # the groups that are on the map
    towns: list[Label]
    places: tuple
    width: int
    height: int
    with_numbers: bool
    chosen: str  # GSS code of the place, "" for the whole area


def draw(layer, reader, boundary, place=None):
    """The `Drawing` of a layer, of one place or of all. At most five queries. Without outlines there is no picture."""
    things = [thing for thing in layer.things(reader) if place is None or thing.place == place.name]
    located = [thing for thing in things if thing.is_located]
    drawing = picture(boundary, place.gss_code if place else "")
    groups = {group.key: group for group in layer.groups}
    points = [drawing.grid.point(thing.longitude, thing.latitude) for thing in located] if drawing else []
    with_numbers = place is not None or len(located) <= MOST_MARKERS
    if with_numbers:
        points = apart(points, MARKER)
    markers = [
        Marker(thing, groups[thing.group], layer.headings, number, *(points[number - 1] if points else (0, 0)))
        for number, thing in enumerate(located, start=1)
    ]
    return Drawing(
        markers=markers,
        missing=[thing for thing in things if not thing.is_located],
        total=len(things),
        counts=[
            (group, number) for group in layer.groups if (number := sum(marker.group == group for marker in markers))
        ],
        towns=_towns(drawing, place, points if with_numbers else []) if drawing else [],
        places=drawing.places if drawing else (),
        width=drawing.grid.width if drawing else 0,
        height=drawing.grid.height if drawing else 0,
        with_numbers=with_numbers,
        chosen=place.gss_code if place else "",
    )


# Where a name can be: next to its point, above, below, or further off without the point.
NAME_POSITIONS = [(7, 4, "start"), (-7, 4, "end"), (0, -9, "middle"), (0, 20, "middle")]
NAME_POSITIONS += [(0, step * side, "middle") for step in range(36, 100, 12) for side in (-1, 1)]


def _towns(drawing, place, points):
    """The names of the main towns, or of the towns of one place, as far as markers leave room. One query."""
    towns = Town.objects.filter(place=place) if place else Town.objects.filter(is_main=True)
    taken = [(x - MARKER // 2, y - MARKER // 2, x + MARKER // 2, y + MARKER // 2) for x, y in points]
    labels = []
    for town in towns.order_by("-is_main", SortKey("name")):
        positions = NAME_POSITIONS if town.is_main else NAME_POSITIONS[:4]
        label = _label(town, drawing.grid, positions, taken)
        if label:
            labels.append(label)
            taken.append(label.box)
    return labels


def _label(town, grid, positions, taken):
    """The name of the town at the first position where it is in the picture and covers nothing; None without one."""
    x, y = grid.point(town.longitude, town.latitude)
    for number, (right, down, anchor) in enumerate(positions):
        label = Label(town.name, x + right, y + down, anchor, (x, y) if number < 4 else None)
        left, top, end, bottom = label.box
        is_inside = left >= 0 and top >= 0 and end <= grid.width and bottom <= grid.height
        if is_inside and not any(left < c and a < end and top < d and b < bottom for a, b, c, d in taken):
            return label
    return None
