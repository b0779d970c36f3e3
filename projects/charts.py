"""Small charts drawn by the server. Pages show the same figures in a table."""

import itertools
import math
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
    """The `Bars` of [(label, number)], scaled to the highest number or `line`; None without pairs.

    A number below zero has no bar: its label shows it.
    """
    if not pairs:
        return None
    highest = max([value for _label, value in pairs] + ([line] if line else []))
    scale = HEIGHT / float(highest) if highest > 0 else 0
    step = (WIDTH - LEFT) / len(pairs)
    drawn_bars = []
    for number, (label, value) in enumerate(pairs):
        height = max(float(value), 0) * scale
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


# Stacked bars --------------------------------------------------------------------------------------------------------

PLOT_TOP, PLOT_HEIGHT, AXIS = 24, 180, 32  # room above the plot for a total, and below it for the labels
SCALE_WIDTH = 56  # for the labels of the scale
SHOWN_LABELS = 8  # with more, every second one is left out
LETTER_HEIGHT = 16  # of a part that has room for a letter


@dataclass
class Part:
    """A part of a stack. `letter` is the first of its key, "" without room for it."""

    key: str
    y: float
    height: float
    letter: str
    letter_y: float


@dataclass
class Stack:
    """One bar. `total` is the sum of its known parts; None if there is no bar. `is_partial`: a part is not known."""

    label: str
    x: float
    middle: float
    width: float
    parts: list
    total: object
    top: float
    is_gap: bool = False
    is_partial: bool = False


@dataclass
class Stacks:
    """Stacked bars. `ticks` are [(number, y position)] of the scale; the plot starts at `left` and ends at `bottom`."""

    stacks: list
    ticks: list
    left: int = SCALE_WIDTH
    width: int = WIDTH
    bottom: int = PLOT_TOP + PLOT_HEIGHT
    height: int = PLOT_TOP + PLOT_HEIGHT + AXIS


def stacks(columns):
    """The `Stacks` of [(label, [(key, number or None)], or None for a gap)]. The first key is at the bottom."""
    sums = [sum(value or 0 for _key, value in parts or []) for _label, parts in columns]
    step = scale_step(max(sums))
    top = step * max(1, math.ceil(max(sums) / step))
    per_unit = PLOT_HEIGHT / float(top)
    bottom = PLOT_TOP + PLOT_HEIGHT
    slot = (WIDTH - SCALE_WIDTH) / len(columns)
    thin = 1 if len(columns) <= SHOWN_LABELS else 2
    drawn = []
    for index, (label, parts) in enumerate(columns):
        y, rects = float(bottom), []
        for key, value in parts or []:
            height = float(value or 0) * per_unit
            y -= height
            if height:
                letter = key[0].upper() if height >= LETTER_HEIGHT else ""
                rects.append(Part(key, round(y, 1), round(height, 1), letter, round(y + height / 2 + 5, 1)))
        known = [value for _key, value in parts or [] if value is not None]
        drawn.append(
            Stack(
                label="" if index % thin else label,
                x=round(SCALE_WIDTH + index * slot + slot * 0.15, 1),
                middle=round(SCALE_WIDTH + (index + 0.5) * slot, 1),
                width=round(slot * 0.7, 1),
                parts=rects,
                total=sum(known) if known else None,
                top=round(y - 6, 1),
                is_gap=parts is None,
                is_partial=parts is not None and len(known) < len(parts),
            )
        )
    ticks = [(step * n, round(bottom - float(step * n) * per_unit, 1)) for n in range(int(top // step) + 1)]
    return Stacks(drawn, ticks)


def scale_step(highest):
    """The step of a scale up to `highest`: 1, 2 or 5 with noughts, so that it has at most 5 steps."""
    steps = (digit * 10**power for power in itertools.count() for digit in (1, 2, 5))
    return next(step for step in steps if step * 5 >= highest)
