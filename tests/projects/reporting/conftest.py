"""The period that most tests of reporting take place in."""

import pytest

from tests.periods import month


@pytest.fixture
def period(db):
    return month(11)
