"""Years of a grid."""

import pytest
from django.core.exceptions import ValidationError

from projects.fields import YearField


@pytest.mark.parametrize(("text", "year"), [("2026/27", 2026), ("2026-27", 2026), ("2026", 2026), ("2026/2027", 2026)])
def test_years_are_parsed(text, year):
    assert YearField().clean(text) == year


@pytest.mark.parametrize("text", ["2026/28", "26/27", "1899/00", "soon", "2026/27/28"])
def test_invalid_years_are_rejected(text):
    with pytest.raises(ValidationError):
        YearField().clean(text)
