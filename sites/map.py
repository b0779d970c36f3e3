"""The map of the system: outlines of places and points of sites on a flat grid, drawn as SVG."""

import functools
import itertools
import json
import math
from dataclasses import dataclass

WIDTH = 600  # in units of the picture


class BadBoundary(ValueError):
    """The text is not the outlines of places; the message says why."""


@dataclass(frozen=True)
class Outline:
    """The outline of one place, in degrees: each ring is a list of (longitude, latitude)."""

    gss_code: str
    name: str
    rings: tuple

    @property
    def middle(self):
        """The (longitude, latitude) of the centre of its largest ring."""
        longitudes, latitudes = zip(*max(self.rings, key=len), strict=True)
        return (min(longitudes) + max(longitudes)) / 2, (min(latitudes) + max(latitudes)) / 2


@dataclass(frozen=True)
class Grid:
    """Converts degrees to units of the picture. Longitudes shrink with latitude, so that distances match."""

    west: float
    north: float
    scale: float
    squeeze: float
    height: int
    width: int = WIDTH

    def point(self, longitude, latitude):
        """The (x, y) in the picture, in whole units from the top left."""
        x = (float(longitude) - self.west) * self.squeeze * self.scale
        y = (self.north - float(latitude)) * self.scale
        return round(x), round(y)


@dataclass(frozen=True)
class DrawnPlace:
    """The SVG path of a place and the position of its name."""

    gss_code: str
    name: str
    path: str
    x: int
    y: int


@dataclass(frozen=True)
class Picture:
    grid: Grid
    places: tuple


def outlines(boundary):
    """The outlines in a GeoJSON text, an empty list for "". Raises BadBoundary.

    Each feature is one place. Its code and name are the properties that end in CD and NM, as the Office for National
    Statistics publishes them.
    """
    if not boundary:
        return []
    try:
        features = json.loads(boundary)["features"]
        parsed = [_outline(feature["properties"], feature["geometry"]) for feature in features]
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration, RuntimeError) as error:
        raise BadBoundary(
            "This is not GeoJSON with a polygon for each place, named by properties that end in CD and NM"
        ) from error
    west, south, east, north = _extent(parsed)
    if not (west < east and south < north):
        raise BadBoundary("The outlines have no area")
    return parsed


def _outline(properties, geometry):
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    rings = tuple(_ring(points) for polygon in polygons for points in polygon)
    return Outline(_property(properties, "CD"), _property(properties, "NM"), rings)


def _ring(points):
    """The points of a closed line. Raises ValueError for too few points or a point not on Earth."""
    ring = tuple((float(x), float(y)) for x, y, *_height in points)
    if len(ring) < 4 or not all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in ring):
        raise ValueError
    return ring


def _property(properties, ending):
    return next(str(value) for name, value in properties.items() if name.upper().endswith(ending))


def _extent(parsed):
    """West, south, east and north of all the outlines."""
    points = [point for outline in parsed for ring in outline.rings for point in ring] or [(0, 0)]
    longitudes, latitudes = zip(*points, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


@functools.lru_cache(maxsize=12)
def picture(boundary, gss_code=""):
    """The outlines in a GeoJSON text as a Picture, drawn once in each process; None without outlines.

    With the GSS code of an outline, the picture is as large as that one: the others go beyond its edges.
    """
    parsed = outlines(boundary)
    if not parsed:
        return None
    west, south, east, north = _extent([outline for outline in parsed if outline.gss_code == gss_code] or parsed)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * squeeze)
    grid = Grid(west, north, scale, squeeze, round((north - south) * scale))
    return Picture(grid, tuple(_drawn(outline, grid) for outline in parsed))


def _drawn(outline, grid):
    drawn = [[grid.point(*point) for point in ring] for ring in outline.rings]
    largest = max(drawn, key=len)
    xs, ys = [x for x, _y in largest], [y for _x, y in largest]
    path = "".join(_path(ring) for ring in drawn)
    return DrawnPlace(outline.gss_code, outline.name, path, (min(xs) + max(xs)) // 2, (min(ys) + max(ys)) // 2)


def _path(ring):
    """The path of a ring as relative lines in whole units. Points at the same position are drawn once."""
    (x, y), *rest = ring
    parts = [f"M{x} {y}l"]
    steps = []
    for next_x, next_y in rest:
        if (next_x, next_y) != (x, y):
            steps.append(f"{next_x - x} {next_y - y}")
            x, y = next_x, next_y
    return parts[0] + " ".join(steps).replace(" -", "-") + "z"


def apart(points, gap):
    """The points, moved where needed so that no two are nearer than `gap`, each to the nearest free one around it.

    The first of two points that are too near stays.
    """
    cells, moved = {}, []
    for x, y in points:
        spot = next(spot for spot in _around(x, y, gap) if not _has_neighbour(cells, spot, gap))
        cells.setdefault((spot[0] // gap, spot[1] // gap), []).append(spot)
        moved.append(spot)
    return moved


def _around(x, y, gap):
    """The point itself, then points in wider and wider rings around it."""
    yield x, y
    for ring in itertools.count(1):
        radius = ring * gap / 2
        number = 6 * ring
        for step in range(number):
            angle = 2 * math.pi * step / number
            yield round(x + radius * math.cos(angle)), round(y + radius * math.sin(angle))


def _has_neighbour(cells, spot, gap):
    """Whether a point in the same or a neighbouring cell is nearer than `gap`."""
    column, row = spot[0] // gap, spot[1] // gap
    return any(
        math.hypot(spot[0] - x, spot[1] - y) < gap
        for beside, below in itertools.product((-1, 0, 1), repeat=2)
        for x, y in cells.get((column + beside, row + below), ())
    )
