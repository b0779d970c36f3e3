"""Bars as SVG."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.charts import bars

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
