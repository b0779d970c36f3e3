"""Amounts as people type them, in models and forms: pounds, and figures without a unit."""

import re
from decimal import Decimal

from django import forms
from django.db import models

UNITS = {
    "": 1,
    **dict.fromkeys(("k", "thousand"), 1_000),
    **dict.fromkeys(("m", "mn", "mil", "mill", "million"), 1_000_000),
    **dict.fromkeys(("bn", "billion"), 1_000_000_000),
}
_UNIT = rf"(?: ?(?P<unit>{'|'.join(filter(None, UNITS))}))?"
_SIGN = r"(?P<sign>-?) ?£? ?(?P<later_sign>-?)"
_AMOUNT = re.compile(
    rf"{_SIGN}(?P<whole>\d{{1,15}}|\d{{1,3}}(?:,\d{{3}}){{1,4}}|\d{{1,3}}(?: \d{{3}}){{1,4}})"
    rf"(?:\.(?P<fraction>\d{{1,9}}))?{_UNIT}",
    re.ASCII,
)
_UNCLEAR = re.compile(rf"{_SIGN}(?P<whole>\d{{1,6}}),(?P<fraction>\d{{1,2}}){_UNIT}", re.ASCII)


class AmountField(forms.DecimalField):
    """A figure as people type it: "1,500", "1 500", "1.5k", "(900)" for -900. Cleans to Decimal, or None.

    Commas and spaces only separate thousands: "1,5" is not read as 15, it is asked about. It is not below zero unless
    `can_be_negative`.
    """

    currency = ""
    unnamed_errors = frozenset({"invalid", "min_value", "max_digits", "max_whole_digits", "max_decimal_places"})
    format_error = "Enter a number, for example 1,500 or 12.5"

    def __init__(self, *, required=False, can_be_negative=False, error_messages=None, **kwargs):
        too_large = f"Enter an amount under {self.currency}1 trillion"
        messages = {
            "min_value": "Amount must be 0 or more",
            "max_digits": too_large,
            "max_whole_digits": too_large,
            "max_decimal_places": "Amount must have 2 decimal places or less",
        }
        super().__init__(
            required=required,
            min_value=None if can_be_negative else 0,
            widget=forms.TextInput(attrs={"inputmode": "text" if can_be_negative else "decimal"}),
            error_messages=messages | (error_messages or {}),
            **{"max_digits": 14, "decimal_places": 2, **kwargs},
        )

    def to_python(self, value):
        if isinstance(value, Decimal | int | float):
            return super().to_python(value)
        text = " ".join(str(value or "").replace("−", "-").lower().split())
        if not text:
            return None
        in_brackets = re.fullmatch(r"\((.*)\)", text)
        if in_brackets:
            text = f"-{in_brackets[1]}"
        match = _AMOUNT.fullmatch(text)
        if not match or (match["sign"] and match["later_sign"]):
            raise forms.ValidationError(self._question(text) or self.format_error, code="invalid")
        fraction = match["fraction"] or ""
        number = Decimal(re.sub("[, ]", "", match["whole"]) + f".{fraction or 0}")
        amount = number * UNITS[match["unit"] or ""]
        if len(fraction) == 3 and number >= 1 and not match["unit"]:
            thousands = self._written(Decimal(f"{match['whole']}{fraction}".replace(",", "").replace(" ", "")))
            question = f"Did you mean {self.currency}{thousands}? Use commas between thousands"
            raise forms.ValidationError(question, code="invalid")
        if (len(fraction) > 2 and not match["unit"]) or amount != amount.quantize(Decimal("0.01")):
            raise forms.ValidationError(self.error_messages["max_decimal_places"], code="max_decimal_places")
        if match["sign"] or match["later_sign"]:
            amount = -amount
        return super().to_python(f"{amount.normalize():f}")

    def _question(self, text):
        """What a comma may mean: "Did you mean £1.5 million or £15 million?"; "" if it has no two meanings."""
        match = _UNCLEAR.fullmatch(text)
        if not match:
            return ""
        unit = UNITS[match["unit"] or ""]
        readings = [Decimal(f"{match['whole']}{mark}{match['fraction']}") * unit for mark in (".", "")]
        return "Did you mean {} or {}?".format(*map(self._label, readings))

    def _label(self, amount):
        for unit, name in ((1_000_000_000, "billion"), (1_000_000, "million")):
            if amount >= unit:
                return f"{self.currency}{_trimmed(amount / unit)} {name}"
        return self.currency + self._written(amount)

    def _written(self, amount):
        return _trimmed(amount)

    def prepare_value(self, value):
        return self._written(value) if isinstance(value, Decimal) else value


def _trimmed(number):
    return f"{number:,f}".rstrip("0").rstrip(".") if number % 1 else f"{number:,.0f}"


class PoundsField(AmountField):
    """Pounds as people type them: "1,500,000", "£1.5m", "1.5 million", "250k". Cleans to Decimal pounds, or None."""

    currency = "£"
    format_error = "Enter an amount in pounds, for example 1,500,000 or 1.5m"

    def _written(self, amount):
        return f"{amount:,.2f}".removesuffix(".00")


class Amount(models.DecimalField):
    """A figure with up to 2 decimal places. Forms show its `AmountField`. Migrations know it as Django's field."""

    form_class = AmountField

    def __init__(self, *args, can_be_negative=True, max_digits=14, decimal_places=2, **kwargs):
        self.can_be_negative = can_be_negative
        super().__init__(*args, max_digits=max_digits, decimal_places=decimal_places, **kwargs)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DecimalField", args, kwargs

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": self.form_class, "can_be_negative": self.can_be_negative, **kwargs})


class Pounds(Amount):
    """An amount in pounds and pence, 0 or more unless it `can_be_negative`."""

    form_class = PoundsField

    def __init__(self, *args, can_be_negative=False, **kwargs):
        super().__init__(*args, can_be_negative=can_be_negative, **kwargs)
