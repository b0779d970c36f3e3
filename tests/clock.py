"""The time at which tests run."""

import datetime

import pytest
import time_machine

NOW = datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC)  # a Monday; reports for November are open


@pytest.fixture
def clock(request):
    """Stop the clock at NOW of the test's module, or at the default above. `clock.move_to(...)` sets another time."""
    with time_machine.travel(getattr(request.module, "NOW", NOW), tick=False) as clock:
        yield clock
