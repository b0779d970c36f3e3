"""The four boroughs as a picture: boundaries and points on one flat grid, drawn as SVG on the server."""

import functools
import json
import math
from dataclasses import dataclass
from pathlib import Path

BOUNDARIES = Path(__file__).parent / "data" / "boundaries" / "blmk-local-authorities.geojson"
WIDTH = 600  # of the picture's own units


@dataclass(frozen=True)
class Grid:
    """From degrees to the picture: longitudes shrink with latitude, so that a mile is as long both ways."""

    west: float
    north: float
    scale: float
    squeeze: float
    height: int

    def point(self, longitude, latitude):
        """Where it lies in the picture, in whole units from the top left."""
        x = (float(longitude) - self.west) * self.squeeze * self.scale
        y = (self.north - float(latitude)) * self.scale
        return round(x), round(y)


@dataclass(frozen=True)
class Borough:
    """The outline of one local authority, as the data of an SVG path, and where its name goes."""

    gss_code: str
    name: str
    path: str
    x: int
    y: int


@dataclass(frozen=True)
class Picture:
    grid: Grid
    boroughs: tuple


@functools.cache
def picture():
    """The boundaries, read and drawn once for each process."""
    features = json.loads(BOUNDARIES.read_text(encoding="utf-8"))["features"]
    shapes = [(feature["properties"], _rings(feature["geometry"])) for feature in features]
    points = [point for _properties, rings in shapes for ring in rings for point in ring]
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * squeeze)
    grid = Grid(west, north, scale, squeeze, round((north - south) * scale))
    return Picture(grid, tuple(_borough(properties, rings, grid) for properties, rings in shapes))


def _rings(geometry):
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [ring for polygon in polygons for ring in polygon]


def _borough(properties, rings, grid):
    drawn = [[grid.point(*point) for point in ring] for ring in rings]
    largest = max(drawn, key=len)
    xs, ys = [x for x, _y in largest], [y for _x, y in largest]
    path = "".join(_path(ring) for ring in drawn)
    code = next(value for key, value in properties.items() if str(value).startswith("E06"))
    name = next(value for key, value in properties.items() if key.upper().endswith("NM"))
    return Borough(code, name, path, (min(xs) + max(xs)) // 2, (min(ys) + max(ys)) // 2)


def _path(ring):
    """Relative lines in whole units; points that fall together on the grid are drawn once."""
    (x, y), *rest = ring
    parts = [f"M{x} {y}l"]
    steps = []
    for next_x, next_y in rest:
        if (next_x, next_y) != (x, y):
            steps.append(f"{next_x - x} {next_y - y}")
            x, y = next_x, next_y
    return parts[0] + " ".join(steps).replace(" -", "-") + "z"
