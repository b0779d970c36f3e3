"""Labels of values."""

import pytest

from projects.labels import stated_money
from projects.templatetags.projects import cut_at_word


@pytest.mark.parametrize(
    ("text", "length", "cut"),
    [
        ("Rooms in a library", 18, "Rooms in a library"),
        ("Rooms in a library", 17, "Rooms in a…"),
        ("Rooms, in a library", 8, "Rooms…"),
        ("Rooms\nin a\n library", 40, "Rooms in a library"),
        ("Antidisestablishmentarianism", 10, "Antidises…"),
        ("", 10, ""),
    ],
)
def test_text_is_cut_after_a_word(text, length, cut):
    assert cut_at_word(text, length) == cut


@pytest.mark.parametrize(
    ("pounds", "expected"),
    [
        (None, ""),
        (525_000, "£525,000"),
        (43_000_000, "£43m"),
        (168_600_000, "£168.6m"),
        (8_750_000, "£8.75m"),
        (3_427_647, "£3,427,647"),
        (100_000_000, "£100m"),
    ],
)
def test_stated_amount_is_short_only_where_nothing_is_lost(pounds, expected):
    assert stated_money(pounds) == expected
