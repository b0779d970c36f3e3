"""Bars as SVG."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.charts import PLOT_TOP, bars, scale_step, stacks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@given(st.lists(st.decimals(0, 10**9, places=2), min_size=1, max_size=12), st.none() | st.decimals(1, 10**9, places=2))
def test_bars_stay_inside_the_chart(values, line):
    drawn = bars([(str(number), value) for number, value in enumerate(values)], line)
    for bar in drawn.bars:
        assert bar.x >= 0 and bar.x + bar.width <= drawn.width + 0.2
        assert bar.y >= -0.1 and bar.y + bar.height <= drawn.height + 0.2
    assert drawn.line is None or -0.1 <= drawn.line <= drawn.height


def test_chart_without_values_has_no_bars():
    assert bars([]) is None
    assert bars([("a", Decimal(0))]).bars[0].height == 0


FIGURES = st.none() | st.decimals(0, 10**9, places=2)


@given(st.lists(st.none() | st.lists(FIGURES, min_size=4, max_size=4), min_size=1, max_size=30))
def test_stacks_stay_inside_the_chart(columns):
    drawn = stacks([(str(n), parts and list(zip("abcd", parts, strict=True))) for n, parts in enumerate(columns)])
    assert 2 <= len(drawn.ticks) <= 7
    for stack, parts in zip(drawn.stacks, columns, strict=True):
        assert stack.is_gap == (parts is None)
        assert drawn.left <= stack.x and stack.x + stack.width <= drawn.width + 0.2
        for part in stack.parts:
            assert part.y >= PLOT_TOP - 0.1 and part.y + part.height <= drawn.bottom + 0.2


@pytest.mark.parametrize(("highest", "step"), [(0, 1), (5, 1), (6, 2), (11, 5), (34_360_560, 10_000_000)])
def test_scale_has_round_steps(highest, step):
    assert scale_step(highest) == step
