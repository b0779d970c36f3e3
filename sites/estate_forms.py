"""The form of an estate return in the admin, with reasons and age bands as lines of text."""

import re
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from estates_portal.admin_merging import MergedModelForm

from .models import EstateReturn
from .models.estate import ESTATE_FIGURES

NOT_KNOWN = "not known"
MAX_REASON = 200  # characters
MAX_BAND = 60
MAX_TEXT = 5_000
FULL = Decimal("100.5")  # published shares are rounded


def label_of(name):
    return str(EstateReturn._meta.get_field(name).verbose_name)


NAMES = {label_of(name).casefold(): name for name in (*ESTATE_FIGURES, "age_bands")}


class LinesField(forms.Field):
    """A value that is entered as lines of text. Subclasses define `line_of` an entry and `read` of [(number, line)]."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
    text = forms.CharField(
        required=False,
        max_length=MAX_TEXT,
        error_messages={"max_length": f"The text must be {MAX_TEXT:,} characters or less"},
    )

    def prepare_value(self, value):
        if isinstance(value, str):
            return value  # as it was typed
        return "\n".join(self.line_of(*entry) for entry in (value.items() if isinstance(value, dict) else value or []))

    def to_python(self, text):
        lines = enumerate(self.text.clean(text).splitlines(), start=1)
        return self.read([(number, line) for number, line in lines if line.strip()])


class ReasonsField(LinesField):
    """{figure: why it is unknown}, as lines such as "void (%): Not Applicable"."""

    def line_of(self, name, why):
        return f"{label_of(name)}: {why}"

    def read(self, lines):
        reasons = {}
        for number, line in lines:
            label, _colon, why = (part.strip() for part in line.partition(":"))
            name = NAMES.get(label.casefold())
            if name is None:
                raise ValidationError(
                    f"Line {number}: “{label[:60]}” is not a figure of a return. Enter, for example, "
                    "“void (%): Not Applicable”"
                )
            if not 0 < len(why) <= MAX_REASON:
                raise ValidationError(f"Line {number}: enter a reason of 1 to {MAX_REASON} characters after the colon")
            if name in reasons:
                raise ValidationError(f"Line {number}: “{label}” already has a reason")
            reasons[name] = why
        return reasons


class AgeBandsField(LinesField):
    """[[band, share in per cent or None]], as lines such as "1948 to 1954: 12.5"."""

    def line_of(self, band, share):
        return f"{band}: {NOT_KNOWN if share is None else f'{share:.2f}'.rstrip('0').rstrip('.')}"

    def read(self, lines):
        return [self.band_of(number, line) for number, line in lines]

    def band_of(self, number, line):
        band, _colon, text = (part.strip() for part in line.rpartition(":"))
        if not 0 < len(band) <= MAX_BAND:
            raise ValidationError(f"Line {number}: enter a band of 1 to {MAX_BAND} characters before a colon")
        if text.casefold() == NOT_KNOWN:
            return [band, None]
        text = text.removesuffix("%").strip()
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text) or Decimal(text) > 100:
            raise ValidationError(f"Line {number}: enter a share from 0 to 100, or “{NOT_KNOWN}”")
        return [band, float(text)]


class EstateReturnForm(MergedModelForm):
    """Reasons stay only with figures that are unknown. Age bands as published can be saved, whatever their sum."""

    why_unknown = ReasonsField(
        label="Why figures are unknown",
        required=False,
        initial=dict,
        help_text="A line for each figure: its label, a colon and the text in the return. "
        "For example, void (%): Not Applicable",
    )
    age_bands = AgeBandsField(
        label="Age bands",
        required=False,
        initial=list,
        help_text="A line for each band: the band as published, a colon and its share of the floor area in per cent. "
        "For example, 1948 to 1954: 12.5",
    )

    class Meta:
        model = EstateReturn
        fields = ()  # those of the inline

    def clean_age_bands(self):
        bands = self.cleaned_data["age_bands"]
        total = sum(Decimal(str(share)) for _band, share in bands if share is not None)
        if total > FULL and bands != self.initial.get("age_bands"):
            raise ValidationError("The shares must add up to 100 or less")
        return bands

    def clean(self):
        cleaned_data = super().clean()
        reasons = cleaned_data.get("why_unknown", {})
        cleaned_data["why_unknown"] = {name: why for name, why in reasons.items() if is_unknown(cleaned_data.get(name))}
        return cleaned_data


def is_unknown(value):
    """Whether a figure is unknown; of age bands, whether one of them is or there are none."""
    return value is None or (isinstance(value, list) and (not value or any(share is None for _band, share in value)))
