"""Labels of values."""

import pytest

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
