"""The period of most tests of reporting."""

import pytest

from tests.periods import month


@pytest.fixture
def period(db):
    return month(11)
