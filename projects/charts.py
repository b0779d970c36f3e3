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
    """Bars in an SVG of `width` by `height`; `line` is the height of the line to compare with, or None."""

    bars: list
    line: float | None
    width: int = WIDTH
    height: int = HEIGHT


def bars(pairs, line=None):
    """The `Bars` of (label, number) pairs, from zero to the greatest of them and `line`; None without any."""
    if not pairs:
        return None
    most = max([value for _label, value in pairs] + ([line] if line else []))
    scale = HEIGHT / float(most) if most else 0
    step = (WIDTH - LEFT) / len(pairs)
    drawn = []
    for number, (label, value) in enumerate(pairs):
        height = float(value) * scale
        drawn.append(
            Bar(
                label,
                value,
                round(LEFT + number * step + step * 0.15, 1),
                round(HEIGHT - height, 1),
                round(min(step * 0.7, 60), 1),
                round(height, 1),
            )
        )
    return Bars(drawn, round(HEIGHT - float(line) * scale, 1) if line else None)
