"""Small charts drawn by the server. Pages show the same figures in a table."""

from dataclasses import dataclass

WIDTH, HEIGHT, LEFT = 480, 120, 0


@dataclass
class Bar:
    label: str
    value: object
    x: float
    y: float
    width: float
    height: float


@dataclass
class Bars:
    """Bars in an SVG of `width` by `height`. `line` is the y position of a line to compare with, or None."""

    bars: list
    line: float | None
    width: int = WIDTH
    height: int = HEIGHT


def bars(pairs, line=None):
    """The `Bars` of [(label, number)], scaled to the highest number or `line`; None without pairs."""
    if not pairs:
        return None
    highest = max([value for _label, value in pairs] + ([line] if line else []))
    scale = HEIGHT / float(highest) if highest else 0
    step = (WIDTH - LEFT) / len(pairs)
    drawn_bars = []
    for number, (label, value) in enumerate(pairs):
        height = float(value) * scale
        drawn_bars.append(
            Bar(
                label,
                value,
                round(LEFT + number * step + step * 0.15, 1),
                round(HEIGHT - height, 1),
                round(min(step * 0.7, 60), 1),
                round(height, 1),
            )
        )
    return Bars(drawn_bars, round(HEIGHT - float(line) * scale, 1) if line else None)
