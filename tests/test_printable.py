"""Text for files of other formats."""

import pytest

from estates_portal.printable import printable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Walls\vand roof", "Walls\nand roof"),
        ("a\x00b\x07c\ufffe\uffffd", "abcd"),
        ("Café 中文 🏥\tand\nmore", "Café 中文 🏥\tand\nmore"),
    ],
)
def test_characters_that_xml_does_not_allow_are_left_out(text, expected):
    assert printable(text) == expected
