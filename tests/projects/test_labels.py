"""Labels of values."""

import pytest

from projects.labels import slippage_words

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (None, ""),
        (0, "on time"),
        (1, "1 day late"),
        (-12, "12 days early"),
        (59, "59 days late"),
        (121, "4 months late"),
    ],
)
def test_slippage_in_words(days, words):
    assert slippage_words(days) == words
