"""Parsing of pounds and years."""

from decimal import Decimal

import pytest

from projects.fields import PoundsField, YearField

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def pounds(text):
    return PoundsField().clean(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("", None),
        ("1500000", "1500000"),
        ("£1,500,000", "1500000"),
        ("1.5m", "1500000"),
        ("1.125m", "1125000"),
        ("12,500.50", "12500.50"),
        ("£ 250 k", "250000"),
        ("0.05", "0.05"),
        ("3.1M", "3100000"),
        ("2bn", "2000000000"),
        ("0", "0"),
    ],
)
def test_pounds_are_parsed_in_common_formats(text, amount):
    assert pounds(text) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    "text", ["-1", "much", "1.005", "1,5m", "1.500", "1.500.000", "15,00", "1e9", "NaN", "9" * 20, "1.5mm", "٣", "\0"]
)
def test_invalid_pounds_are_rejected(text):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        pounds(text)


@pytest.mark.parametrize(("text", "year"), [("2026/27", 2026), ("2026-27", 2026), ("2026", 2026), ("2026/2027", 2026)])
def test_years_are_parsed(text, year):
    assert YearField().clean(text) == year


@pytest.mark.parametrize("text", ["2026/28", "26/27", "1899/00", "soon", "2026/27/28"])
def test_invalid_years_are_rejected(text):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        YearField().clean(text)
